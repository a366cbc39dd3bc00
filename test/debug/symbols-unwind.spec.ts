/** Stack traces at every instruction of a run: exactly the calls that the run has made, with the callers' registers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgramSymbols, type ProgramSymbols } from "../../src/debug/symbols/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { debugSections } from "../../src/toolchain/elf/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { isInstalled } from "../toolchain/installed-tools.ts";
import { type Machine, machineOf } from "./symbols-machine.ts";
import { COMPILER, compileC, PROGRAM, readImage, START_BYTES } from "./symbols-programs.ts";
import { ShadowStack } from "./symbols-shadow.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-unwind-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The image without its call frame information. */
function withoutFrames(image: Image): Image {
  const sections = new Map(debugSections(image));
  sections.delete(".debug_frame");
  sections.delete(".eh_frame");
  return { ...image, debugSections: sections };
}

interface Walk {
  readonly instructions: number;
  readonly deepest: number;
  /** Instructions at which some handler was running. */
  readonly interrupted: number;
}

/** Steps to `end` and compares the stack trace with the calls at every instruction. */
function walk(machine: Machine, symbols: ProgramSymbols, end: number): Walk {
  const { ppu, registers, memory, word } = machine;
  const shadow = new ShadowStack(ppu, word);
  let instructions = 0;
  let deepest = 0;
  let interrupted = 0;
  for (; ppu.pc !== end; instructions++) {
    const trace = symbols.backtrace(registers, memory);
    const fault = shadow.fault(trace);
    if (fault !== undefined) throw new Error(`at 0x${ppu.pc.toString(16)}: ${fault}`);
    deepest = Math.max(deepest, trace.frames.length);
    if (shadow.calls.some((call) => call.isInterrupt)) interrupted++;
    shadow.step();
    if (instructions > 20_000) throw new Error("the program does not end");
  }
  return { instructions, deepest, interrupted };
}

describe.runIf(isInstalled(COMPILER))("calls of C programs", () => {
  it.each(["-O0", "-Og", "-O1", "-O2"])("%s: with call frame information and without", (level) => {
    const image = readImage(compileC(directory, `walk${level}`, PROGRAM, [level, "-g"]));
    for (const variant of [image, withoutFrames(image)]) {
      const { instructions, deepest } = walk(
        machineOf(image),
        createProgramSymbols(variant),
        image.entry + START_BYTES,
      );
      expect(instructions).toBeGreaterThan(200);
      expect(deepest).toBeGreaterThan(4);
    }
  });

  it("without any debug information", () => {
    const image = readImage(compileC(directory, "bare", PROGRAM, ["-O2", "-g0"]));
    const symbols = createProgramSymbols(withoutFrames(image));
    expect(walk(machineOf(image), symbols, image.entry + START_BYTES).deepest).toBeGreaterThan(3);
  });
});

const FIRMWARE = `
import { disableInterrupts, enableInterrupts, stopTimers } from "ppu/interrupts";
import { mtspr } from "ppu/intrinsics";
let ticks: i32 = 0;
function mix(a: i32, b: i32): i32 {
  let s = a * 3;
  for (let i = 0; i < b; i++) { s ^= s << 1; s += i; }
  return s;
}
function recurse(n: i32, k: i32): i32 {
  if (n == 0) return mix(k, 3);
  const here = mix(n, 2);
  return recurse(n - 1, k + here) + here;
}
// @ts-ignore: decorator
@inline
function twice(x: i32): i32 {
  const doubled = x + x;
  return mix(doubled, 1);
}
export function isr_dec(): void { mtspr(336, 0x08000000); ticks += twice(ticks & 3); }
export function main(): i32 {
  mtspr(54, 397); mtspr(22, 397); mtspr(340, 0x04400000);
  enableInterrupts();
  let sum = 0;
  for (let i = 0; i < 6; i++) { sum += recurse(i, sum & 7); sum += twice(i); }
  disableInterrupts();
  stopTimers();
  return sum;
}
`;

describe("calls of firmware with interrupts", () => {
  const images: Image[] = [];
  beforeAll(async () => {
    for (const debug of [false, true]) images.push((await compileSource(FIRMWARE, { debug })).image);
  });

  it.each([
    ["release", 0],
    ["debug", 1],
  ])("%s build: with call frame information and without", (_, n) => {
    const image = images[n];
    for (const variant of [image, withoutFrames(image)]) {
      const symbols = createProgramSymbols(variant);
      expect(symbols.problems).toEqual([]);
      const machine = machineOf(image);
      machine.ppu.pc = 0;
      const [exit] = symbols.findFunctions("exit");
      machine.ppu.step();
      const { deepest, interrupted } = walk(machine, symbols, exit.entry);
      expect(deepest).toBeGreaterThan(8);
      expect(interrupted).toBeGreaterThan(100);
    }
  });

  it("debug build: names the inlined call and its variable inside the handler", () => {
    const image = images[1];
    const symbols = createProgramSymbols(image);
    const machine = machineOf(image);
    machine.ppu.pc = 0;
    for (const address of symbols.placesOfFunction("twice")) machine.ppu.breakpoints.add(address);
    machine.ppu.run(1e6);
    const { frames } = symbols.backtrace(machine.registers, machine.memory);
    expect(frames.map(({ name, kind }) => [name, kind])).toEqual([
      ["twice", "inlined"],
      ["main", "call"],
      ["__init", "call"],
    ]);
    const [x] = symbols.variables(frames[0], machine.memory);
    expect([x.name, x.role, x.value.type.name, x.value.number()]).toEqual(["x", "parameter", "i32", 0]);
  });
});

/** A handler as the libnux macros wrap it (firmware-abi section 4), and code that is interrupted anywhere. */
const LIBNUX = `
  .global __init, isr_dec, isr_dec_func, work, inner, exit
  b __init
  .rept 11
  b exit
  .endr
  b isr_dec
__init:
  addi 1, 0, 0x2ff0
  li 9, 61
  mtspr 54, 9
  mtspr 22, 9
  lis 9, 0x0440
  mtspr 340, 9
  li 9, 0
  ori 9, 9, 0x8000
  mtmsr 9
  li 3, 40
  bl work
  li 9, 0
  mtmsr 9
  b exit
exit:
  wait
  b exit
work:
  stwu 1, -32(1)
  mflr 0
  stmw 29, 20(1)
  stw 0, 36(1)
  mr 31, 3
  li 29, 0
again:
  mr 3, 31
  bl inner
  add 29, 29, 3
  addic. 31, 31, -1
  bne again
  mr 3, 29
  lwz 0, 36(1)
  mtlr 0
  lmw 29, 20(1)
  addi 1, 1, 32
  blr
inner:
  cmpwi 3, 20
  mulli 3, 3, 7
  ble early
  addi 3, 3, 1
early:
  blr
isr_dec:
  stwu 1, -136(1)
  stw 0, 8(1)
  mfcr 0
  stw 0, 12(1)
  stmw 2, 16(1)
  mflr 0
  stw 0, 140(1)
  bl isr_dec_func
  lwz 0, 140(1)
  mtlr 0
  lmw 2, 16(1)
  lwz 0, 12(1)
  mtcr 0
  lwz 0, 8(1)
  addi 1, 1, 136
  rfi
isr_dec_func:
  stwu 1, -16(1)
  mflr 0
  stw 0, 20(1)
  lis 9, 0x0800
  mtspr 336, 9
  bl inner
  lwz 0, 20(1)
  mtlr 0
  addi 1, 1, 16
  blr
`;

describe("calls of assembly with a hand-written handler", () => {
  it("goes through the handler to the interrupted code", () => {
    const image = assemble(LIBNUX, "handler.s");
    const symbols = createProgramSymbols(image);
    const machine = machineOf(image);
    machine.ppu.pc = 0;
    machine.ppu.step();
    const [exit] = symbols.findFunctions("exit");
    const { interrupted, deepest } = walk(machine, symbols, exit.entry);
    expect(interrupted).toBeGreaterThan(100);
    expect(deepest).toBe(6);
  });
});

describe("damaged stacks", () => {
  const image = assemble(LIBNUX, "handler.s");
  const symbols = createProgramSymbols(image);
  const [work] = symbols.findFunctions("inner");
  const trace = (stack: number, words: ReadonlyMap<number, number>, limit?: number) =>
    symbols.backtrace(
      {
        pc: work.entry,
        gpr: (register) => (register === 1 ? stack : 0),
        special: (name) => (name === "lr" ? symbols.findFunctions("work")[0].entry + 32 : 0),
        vector: () => undefined,
      },
      {
        read: (address, length) => {
          const word = words.get(address);
          return word === undefined || length !== 4
            ? undefined
            : Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
        },
      },
      limit,
    );
  const returnTo = symbols.findFunctions("work")[0].entry + 32;

  it("ends where a frame refers to itself or downwards", () => {
    for (const next of [0x2000, 0x1f00, 0]) {
      const words = new Map([
        [0x2000, next],
        [0x2004, returnTo],
        [next, 0x2000],
        [next + 4, returnTo],
      ]);
      const { frames, end, message } = trace(0x2000, words);
      expect(end).toBe("corrupt");
      expect(message).toMatch(/do not ascend/);
      expect(frames.length).toBeLessThan(4);
    }
  });

  it("ends where memory can't be read or the return address is no code", () => {
    expect(trace(0x2000, new Map())).toMatchObject({ end: "corrupt", message: /not known/ });
    const words = new Map([
      [0x2000, 0x2020],
      [0x2024, 0xdeadbeef],
    ]);
    expect(trace(0x2000, words).end).toBe("corrupt");
  });

  it("ends at the limit", () => {
    const words = new Map<number, number>();
    for (let at = 0x1000; at < 0x3000; at += 16) {
      words.set(at, at + 16);
      words.set(at + 4, returnTo);
    }
    const { frames, end } = trace(0x1000, words, 10);
    expect(frames).toHaveLength(10);
    expect(end).toBe("limit");
  });
});
