/** The DWARF reader against readelf, and on damaged sections. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { CallFrames, type RegisterRule } from "../../src/debug/dwarf/call-frame.ts";
import { evaluateLocation, evaluateNumber } from "../../src/debug/dwarf/expression.ts";
import { createProgramSymbols, type RegisterReader } from "../../src/debug/symbols/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { OP } from "../../src/toolchain/elf/dwarf-constants.ts";
import { debugSections } from "../../src/toolchain/elf/index.ts";
import { readLineTables } from "../../src/toolchain/elf/line-table.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { isInstalled, outputOf } from "../toolchain/installed-tools.ts";
import { COMPILER, compileC, PROGRAM, readImage } from "./symbols-programs.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-dwarf-"));
afterAll(() => rmSync(directory, { recursive: true }));

const compiler = isInstalled(COMPILER);
const READELF = "powerpc-linux-gnu-readelf";
const readelf = isInstalled(READELF);

/** The interpreted call frames that readelf prints: by address, `CFA` and registers as `r1+16`, `c-4`, `u`. */
function framesOfReadelf(text: string): [number, Record<string, string>][] {
  const rows: [number, Record<string, string>][] = [];
  let columns: string[] = [];
  let isFunction = false;
  for (const line of text.split("\n")) {
    const words = line.trim().split(/\s+/);
    if (/ (CIE|FDE) /.test(line)) isFunction = line.includes(" FDE ");
    else if (words[0] === "LOC") columns = words;
    else if (isFunction && /^[0-9a-f]{8}$/.test(words[0])) {
      rows.push([Number.parseInt(words[0], 16), Object.fromEntries(columns.map((c, n) => [c, words[n]]))]);
    }
  }
  return rows;
}

const signed = (offset: number): string => `${offset < 0 ? "" : "+"}${offset}`;

function ruleText(rule: RegisterRule | undefined): string {
  if (!rule || rule.kind === "undefined") return "u";
  if (rule.kind === "offset") return `c${signed(rule.offset)}`;
  if (rule.kind === "register") return `r${rule.register}`;
  return rule.kind === "same" ? "s" : rule.kind;
}

describe.runIf(compiler && readelf)("the same as readelf", () => {
  it.each([
    ["-O0", "-gdwarf-2"],
    ["-O1", "-gdwarf-3"],
    ["-O2", "-gdwarf-4"],
    ["-O2", "-gdwarf-5"],
  ])("%s %s: rows of the line tables", (level, version) => {
    const elf = compileC(directory, `lines${level}${version}`, PROGRAM, [level, version]);
    const text = outputOf(READELF, ["--debug-dump=decodedline", "--wide", elf]);
    const theirs = [...text.matchAll(/^\S+\s+(\d+|-)\s+(0x[0-9a-f]+|0)\s*(?:\d+\s*)?(x?)\s*(?:END)?$/gm)]
      .filter(([, line]) => line !== "-")
      .map(([, line, address, statement]) => [Number(address), Number(line), statement === "x"]);
    const ours = [...readLineTables(debugSections(readImage(elf))).values()].flatMap((table) =>
      table.sequences.flatMap(({ rows }) => rows.map((row) => [row.address, row.line, row.isStatement])),
    );
    expect(ours.length).toBeGreaterThan(50);
    expect(ours).toEqual(theirs);
  });

  it.each([
    ["-O0", ".debug_frame", "-fno-asynchronous-unwind-tables"],
    ["-O2", ".debug_frame", "-fno-asynchronous-unwind-tables"],
    ["-O2", ".eh_frame", "-fasynchronous-unwind-tables"],
  ])("%s: rules of %s", (level, name, option) => {
    const elf = compileC(directory, `frames${level}${name}`, PROGRAM, [level, "-gdwarf-4", option]);
    const image = readImage(elf);
    const bytes = image.debugSections!.get(name);
    expect(bytes).toBeDefined();
    const ehFrameAddress = image.sections.find((section) => section.name === ".eh_frame")?.address;
    const frames = new CallFrames(
      name === ".eh_frame" ? { ehFrame: bytes, ehFrameAddress } : { debugFrame: bytes },
      (error) => {
        throw error;
      },
    );
    const rows = framesOfReadelf(outputOf(READELF, ["--debug-dump=frames-interp", "--wide", elf]));
    expect(rows.length).toBeGreaterThan(12);
    for (const [address, row] of rows) {
      const rules = frames.at(address);
      const cfa = rules?.frameAddress;
      const at = `at 0x${address.toString(16)}`;
      expect(cfa?.kind === "register" && `r${cfa.register}${signed(cfa.offset)}`, at).toBe(row.CFA);
      for (const [column, text] of Object.entries(row)) {
        if (column === "LOC" || column === "CFA") continue;
        const register = column === "ra" ? 65 : Number(column.slice(1));
        expect(ruleText(rules?.registers.get(register)), `${at}, ${column}`).toBe(text);
      }
    }
  });
});

describe("location expressions", () => {
  const context = {
    register: (number: number) => (number < 32 ? 100 * number : undefined),
    memory: (address: number, length: number) =>
      address < 0x1000 ? Uint8Array.from({ length }, (_, n) => address + n) : undefined,
    frameBase: () => 0x800,
    frameAddress: () => 0x900,
  };
  const cases: readonly (readonly [string, readonly number[], number | undefined])[] = [
    ["addition", [OP.lit0 + 30, OP.lit0 + 12, OP.plus], 42],
    ["signed division", [OP.const1s, 0xf8, OP.lit0 + 2, OP.div], 0xffff_fffc],
    ["unsigned remainder", [OP.const1s, 0xff, OP.lit0 + 10, OP.mod], 5],
    ["shift of the sign", [OP.const1s, 0x80, OP.lit0 + 4, OP.shra], 0xffff_fff8],
    ["shift to zero", [OP.lit0 + 1, OP.const1u, 40, OP.shl], 0],
    ["signed comparison", [OP.const1s, 0xff, OP.lit0, OP.lt], 1],
    ["frame base", [OP.fbreg, 0x78], 0x7f8],
    ["frame address", [OP.callFrameCfa], 0x900],
    ["register and offset", [OP.breg0 + 3, 0x10], 316],
    ["register by number", [OP.bregx, 0x04, 0x7f], 399],
    ["dereference", [OP.lit0 + 16, OP.deref], 0x10111213],
    ["short dereference", [OP.lit0 + 16, OP.derefSize, 2], 0x1011],
    ["stack", [OP.lit0 + 1, OP.lit0 + 2, OP.lit0 + 3, OP.rot, OP.minus, OP.over, OP.plus, OP.plus], 5],
    ["branch", [OP.lit0, OP.bra, 0, 1, OP.lit0 + 7, OP.nop], 7],
    ["skip", [OP.lit0 + 9, OP.skip, 0, 1, OP.drop], 9],
    ["division by zero", [OP.lit0 + 1, OP.lit0, OP.div], undefined],
    ["empty stack", [OP.plus], undefined],
    ["no such memory", [OP.const2u, 0x20, 0, OP.deref], undefined],
    ["no such register", [OP.bregx, 0x40, 0], undefined],
    ["endless loop", [OP.skip, 0xff, 0xfd], undefined],
    ["truncated", [OP.const4u, 1, 2], undefined],
    ["unknown operation", [0xe9], undefined],
  ];
  it.each(cases)("%s", (_, bytes, expected) => {
    expect(evaluateNumber(Uint8Array.from(bytes), context)).toBe(expected);
  });

  it("gives registers, values, constants and pieces", () => {
    const locate = (...bytes: number[]) => evaluateLocation(Uint8Array.from(bytes), context);
    expect(locate(OP.reg0 + 5)).toEqual({ kind: "register", register: 5 });
    expect(locate(OP.regx, 0xe4, 0x08)).toEqual({ kind: "register", register: 1124 });
    expect(locate(OP.lit0 + 7, OP.stackValue)).toEqual({ kind: "value", value: 7n });
    expect(locate(OP.implicitValue, 2, 1, 2)).toEqual({ kind: "bytes", bytes: Uint8Array.of(1, 2) });
    expect(locate()).toEqual({ kind: "absent", reason: "optimized out" });
    expect(locate(OP.entryValue, 1, OP.reg0 + 3, OP.stackValue)).toMatchObject({ kind: "absent" });
    expect(locate(OP.reg0 + 3, OP.piece, 4, OP.piece, 2, OP.fbreg, 8, OP.piece, 2)).toEqual({
      kind: "pieces",
      pieces: [
        { location: { kind: "register", register: 3 }, bytes: 4 },
        { location: { kind: "absent", reason: "optimized out" }, bytes: 2 },
        { location: { kind: "memory", address: 0x808 }, bytes: 2 },
      ],
    });
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        evaluateLocation(bytes, context);
      }),
      { seed: 4, numRuns: 5000 },
    );
  });
});

const ASSEMBLY = `
  .global start, inner, table
start:
  stwu 1, -32(1)
  mflr 0
  stw 0, 36(1)
  bl inner
  b start
inner:
  addi 3, 3, 1
  blr
  .type inner, @function
  .size inner, 8
`;

/** Asks everything of the symbols of an image. */
function useAll(image: Image): void {
  const symbols = createProgramSymbols(image);
  const memory = { read: (_: number, length: number) => new Uint8Array(Math.min(length, 4096)).fill(0x41) };
  for (const file of symbols.files) symbols.placesOfLine(file, 10);
  for (const name of symbols.typeNames) symbols.findType(name);
  for (const { name } of symbols.globals) symbols.lookup(name, undefined, memory)?.text();
  for (const { name, entry } of symbols.functions.slice(0, 8)) {
    symbols.placesOfFunction(name);
    for (const pc of [entry, entry + 24, entry + 64]) {
      const registers: RegisterReader = {
        pc,
        gpr: (register) => 0x4001_0000 + 64 * register,
        special: () => entry + 4,
        vector: () => undefined,
      };
      for (const frame of symbols.backtrace(registers, memory, 8).frames) {
        for (const variable of symbols.variables(frame, memory)) variable.value.text({ elements: 8 });
      }
    }
  }
  expect(symbols.problems.every((problem) => !problem.includes("\n"))).toBe(true);
}

const damage = fc.record({
  section: fc.nat(30),
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
  changes: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), { maxLength: 6 }),
});

describe("damaged debug information", () => {
  const sources: [string, () => Image][] = [
    ["of the assembler", () => assemble(ASSEMBLY, "fuzz.s")],
    ...(compiler
      ? ["-gdwarf-2", "-gdwarf-4", "-gdwarf-5"].map((version): [string, () => Image] => [
          `of gcc ${version}`,
          () => readImage(compileC(directory, `fuzz${version}`, PROGRAM, ["-O2", version])),
        ])
      : []),
  ];
  it.each(sources)("%s: never throws and always ends", (_, make) => {
    const image = make();
    const sections = [...debugSections(image)];
    useAll(image);
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (list) => {
        const damaged = new Map(sections);
        for (const { section, cut, changes } of list) {
          const [name] = sections[section % sections.length];
          const bytes = damaged.get(name)!.slice();
          for (const [at, value] of changes) bytes[Math.floor(at * bytes.length)] = value;
          damaged.set(name, cut === null ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length)));
        }
        useAll({ ...image, debugSections: damaged });
      }),
      { seed: 11, numRuns: 120 },
    );
  });

  it("sections that are missing leave the symbol table", () => {
    const image = assemble(ASSEMBLY, "fuzz.s");
    const symbols = createProgramSymbols({ ...image, debugSections: new Map() });
    expect(symbols.problems).toEqual([]);
    expect(symbols.functions.map((f) => f.name)).toEqual(["start", "inner"]);
    expect(symbols.functionAt(image.entry)?.described).toBe(false);
  });
});
