import { describe, expect, it } from "vitest";
import type { Bus } from "../../../src/core/bus.ts";
import { Ppu } from "../../../src/core/ppu.ts";
import { compileSource } from "../../../src/toolchain/compile.ts";
import type { DebugFrame, FrameRow } from "../../../src/toolchain/debug-info.ts";
import type { Image } from "../../../src/toolchain/image.ts";

const SOURCE = `import { enableInterrupts, disableInterrupts, stopTimers } from "ppu/interrupts";
import { load32, store32 } from "ppu/intrinsics";
import { acknowledgeDecrementer, startPeriodicDecrementer } from "ppu/time";
import { type Bytes, splatBytes } from "ppu/vector";
const ticks = memory.data(4, 4);
const area = memory.data(128, 128);
function depth(n: i32, a: i32, b: i32): i32 {
  if (n <= 0) return a;
  const below = depth(n - 1, b, a + n) * 3;
  return below + depth(n - 2, a, below) + b;
}
function fold(n: i32, v: Bytes): Bytes {
  if (n <= 0) return v;
  const inner = fold(n - 1, v + v);
  return inner * v;
}
// @ts-ignore: decorator
@cold
function far(n: i32): i32 { return depth(3, n, n + 1) - 1; }
export function isr_dec(): void {
  acknowledgeDecrementer();
  fold(2, splatBytes(load32(ticks))).store(<usize>area, 0);
  store32(ticks, load32(ticks) + 1);
}
export function main(): i32 {
  startPeriodicDecrementer(777);
  enableInterrupts();
  let sum = 0;
  while (load32(ticks) < 6) sum += far(load32(ticks)) + depth(4, sum, 2);
  disableInterrupts();
  stopTimers();
  fold(3, splatBytes(sum)).store(<usize>area, 0);
  return sum;
}
`;

/** Registers that an unwinder knows of a frame. */
interface Frame {
  readonly pc: number;
  readonly r1: number;
  readonly gprs: ReadonlyMap<number, number>;
  readonly lr: number;
}

function rowAt(frames: readonly DebugFrame[], pc: number): { kind: DebugFrame["kind"]; row: FrameRow } {
  const frame = frames.find(({ address, size }) => pc >= address && pc < address + size);
  const row = frame?.rows.findLast(({ address }) => address <= pc);
  if (!frame || !row) throw new Error(`no frame at 0x${pc.toString(16)}`);
  return { kind: frame.kind, row };
}

/** The caller's frame; undefined where there is none. `called`: pc is where a call returns to. */
function caller(
  image: Image,
  ppu: Ppu,
  frame: Frame,
  called: boolean,
): (Frame & { exact: boolean }) | undefined {
  const { kind, row } = rowAt(image.debug!.frames, called ? frame.pc - 4 : frame.pc);
  if (kind === "outermost") return undefined;
  const r1 = (row.caller.indirect ? ppu.readSramWord(frame.r1) : frame.r1) + row.caller.offset;
  let lr = frame.lr;
  let back = kind === "interrupt" ? ppu.spr(26) : frame.lr;
  const gprs = new Map(frame.gprs);
  for (const { register, offset, relative } of row.saved) {
    const word = ppu.readSramWord((relative === "caller" ? r1 : frame.r1) + offset);
    if (register === "returnAddress") back = word;
    else if (register === "lr") lr = word;
    else gprs.set(register, word);
  }
  return { pc: back >>> 0, r1, gprs, lr, exact: kind === "interrupt" };
}

class ExternalBus implements Bus {
  readonly memory = new DataView(new ArrayBuffer(0x20000));
  load(): number {
    return 0;
  }
  store(): void {}
  fetch(address: number): number {
    return this.memory.getInt32((address >>> 0) % 0x40000000);
  }
  loadVector(): void {}
  storeVector(): void {}
  readParallel(): void {}
  writeParallel(): void {}
  dataLatency(): number {
    return 1;
  }
  vectorLatency(): number {
    return 1;
  }
  parallelLatency(): number {
    return 1;
  }
}

const SAVED = Array.from({ length: 18 }, (_, i) => 14 + i);

/** Steps through the program and compares all callers at each instruction with what really called. */
function checkFrames(image: Image): { steps: number; deepest: number; interrupts: number } {
  const bus = new ExternalBus();
  const ppu = new Ppu({ name: "top", bus });
  for (const { address, data } of image.sections) {
    if (!data) continue;
    if (address < 0x4000) ppu.writeSram(address, data);
    else new Uint8Array(bus.memory.buffer).set(data, address % 0x40000000);
  }
  ppu.reset();
  // The begin of the program sets the stack pointer.
  while (!image.symbols.some(({ name, address }) => name === "__init" && address === ppu.pc)) ppu.step();
  ppu.step();
  const stack: { back: number; r1: number; saved: number[]; interrupt: boolean }[] = [];
  const [steps, result] = [30_000, { steps: 0, deepest: 0, interrupts: 0 }];
  const word = (pc: number) => (pc < 0x4000 ? ppu.readSramWord(pc) : bus.fetch(pc));
  for (let n = 0; n < steps; n++) {
    let frame: Frame = {
      pc: ppu.pc,
      r1: ppu.gpr(1),
      gprs: new Map(SAVED.map((i) => [i, ppu.gpr(i)])),
      lr: ppu.spr(8),
    };
    let called = false;
    for (const real of [...stack].reverse()) {
      const up = caller(image, ppu, frame, called);
      const right =
        up?.pc === real.back && up.r1 === real.r1 && SAVED.every((i, k) => up.gprs.get(i) === real.saved[k]);
      if (!right) expect(up, `step ${n} at 0x${ppu.pc.toString(16)}`).toEqual(real);
      frame = up!;
      called = !real.interrupt;
    }
    const { pc } = ppu;
    const x = word(pc);
    const r1 = ppu.gpr(1);
    const saved = SAVED.map((i) => ppu.gpr(i));
    if (ppu.step() === "sleep") break;
    result.steps++;
    const linked = (x & 1) === 1 && (x >>> 26 === 18 || (x >>> 26 === 19 && ((x >> 1) & 0x3ff) === 528));
    if (linked) stack.push({ back: pc + 4, r1, saved, interrupt: false });
    else if (x >>> 26 === 19 && ((x >> 1) & 0x3ff) === 50) stack.pop();
    else if (x >>> 26 === 19 && ((x >> 1) & 0x3ff) === 16 && ppu.pc !== pc + 4) stack.pop();
    if (ppu.pc === 0x30) {
      result.interrupts++;
      stack.push({
        back: ppu.spr(26) >>> 0,
        r1: ppu.gpr(1),
        saved: SAVED.map((i) => ppu.gpr(i)),
        interrupt: true,
      });
    }
    result.deepest = Math.max(result.deepest, stack.length);
  }
  return result;
}

describe("call frames", () => {
  it.each([true, false])(
    "lead from every instruction to what called, also through interrupts; debug build: %s",
    async (debug) => {
      const { image } = await compileSource(SOURCE, { debug });
      const { steps, deepest, interrupts } = checkFrames(image);
      expect(steps).toBeGreaterThan(2000);
      expect(deepest).toBeGreaterThan(6);
      expect(interrupts).toBeGreaterThan(4);
    },
  );
});
