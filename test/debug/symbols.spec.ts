/** Types, values, names and files of programs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  assign,
  createProgramSymbols,
  integerBytes,
  integerOf,
  type MemoryReader,
  type Place,
  type PlaceWriter,
  type RegisterReader,
  type Type,
} from "../../src/debug/symbols/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { isInstalled } from "../toolchain/installed-tools.ts";
import { machineOf } from "./symbols-machine.ts";
import { COMPILER, compileC, PROGRAM, readImage } from "./symbols-programs.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-values-"));
afterAll(() => rmSync(directory, { recursive: true }));

const i8: Type = { kind: "base", name: "i8", bytes: 1, encoding: "signed" };
const i32: Type = { kind: "base", name: "i32", bytes: 4, encoding: "signed" };
const u16: Type = { kind: "base", name: "u16", bytes: 2, encoding: "unsigned" };
const char: Type = { kind: "base", name: "char", bytes: 1, encoding: "unsignedCharacter" };
const f32: Type = { kind: "base", name: "float", bytes: 4, encoding: "float" };
const array = (element: Type, count: number, vector = false): Type => ({
  kind: "array",
  name: `${element.name} [${count}]`,
  bytes: element.bytes * count,
  element,
  count,
  vector,
});
const point: Type = {
  kind: "struct",
  name: "point",
  bytes: 6,
  members: [
    { name: "x", type: u16, offset: 0, isBase: false },
    { name: "low", type: i8, offset: 2, isBase: false, bits: { first: 16, count: 3 } },
    { name: "high", type: u16, offset: 2, isBase: false, bits: { first: 19, count: 9 } },
    { name: "text", type: array(char, 2), offset: 4, isBase: false },
  ],
};

const symbols = createProgramSymbols(
  assemble("  .global main, data\nmain: blr\n  .data\ndata: .long 7\n", "values.s"),
);

it("breaks at the first instruction of a function in assembly text", () => {
  const program = createProgramSymbols(
    assemble("  .type f, @function\nf:\n  li 3, 1\n  li 4, 2\n  blr\n  .size f, .-f\n", "steps.s"),
  );
  expect(program.placesOfFunction("f")).toEqual([0]);
  expect(program.placesOfLine("steps.s", 3)[0].addresses).toEqual([0]);
});

/** Registers and memory of bytes that can be written. */
function machine() {
  const bytes = new Uint8Array(256);
  const gprs = new Uint32Array(32);
  const vectors = Array.from({ length: 32 }, () => new Uint8Array(128));
  const registers: RegisterReader = {
    pc: 0,
    gpr: (register) => gprs[register],
    special: () => undefined,
    vector: (register) => vectors[register],
  };
  const memory: MemoryReader = {
    read: (address, length) => (address + length <= 256 ? bytes.slice(address, address + length) : undefined),
  };
  const writer: PlaceWriter = {
    writeMemory: (address, data) => bytes.set(data, address),
    writeGpr: (register, value) => {
      gprs[register] = value;
    },
    writeSpecial: () => expect.unreachable(),
    writeVector: (register, lanes) => vectors[register].set(lanes),
  };
  const value = (type: Type, place: Place) => symbols.valueAt(type, place, memory, registers);
  return { bytes, gprs, vectors, writer, value };
}

describe("values", () => {
  it("shows scalars, texts, structs with bit fields, repeats and pointers", () => {
    const { bytes, value } = machine();
    bytes.set([0xff, 0xff, 0xff, 0xfe, 0x41, 0x0a, 0x22, 0x00], 16);
    const at = (type: Type, address = 16) => value(type, { kind: "memory", address }).text();
    expect(at(i32)).toBe("-2");
    expect(value(i32, { kind: "memory", address: 16 }).text({ radix: 16 })).toBe("0xfffffffe");
    expect(at(char, 20)).toBe("65 'A'");
    expect(at(array(char, 4), 20)).toBe('"A\\n\\""');
    expect(at(array(u16, 4))).toBe("{65535, 65534, 16650, 8704}");
    expect(at(array(i8, 40), 100)).toBe("{0 <repeats 40 times>}");
    bytes.set([0, 7, 0b101_01010, 0b1010_1111, 0x61, 0], 32);
    expect(at(point, 32)).toBe('{x = 7, low = -3, high = 170, text = "a"}');
    bytes.set([0, 0, 0, 32], 48);
    const pointer: Type = { kind: "pointer", name: "point *", bytes: 4, target: point };
    const place: Place = { kind: "memory", address: 48 };
    expect(value(pointer, place).text()).toBe("0x20");
    expect(value(pointer, place).dereference()?.children()[0].value.number()).toBe(7);
    const text: Type = { kind: "pointer", name: "char *", bytes: 4, target: char };
    bytes.set([0, 0, 0, 20], 48);
    expect(value(text, place).text()).toBe('0x14 "A\\n\\""');
    expect(at(i32, 254)).toBe("<no memory at 0xfe>");
    expect(value(i32, { kind: "absent", reason: "optimized out" }).text()).toBe("<optimized out>");
    bytes.set([0x3f, 0x80, 0, 0], 60);
    expect(at(f32, 60)).toBe("1");
  });

  it("cuts long arrays and deep structs", () => {
    const { bytes, value } = machine();
    bytes.set(Array.from({ length: 100 }, (_, n) => n));
    const long = value(array(i8, 100), { kind: "memory", address: 0 });
    expect(long.text({ elements: 3 })).toBe("{0, 1, 2...}");
    expect(long.childCount).toBe(100);
    expect(long.children(98).map(({ name, value }) => [name, value.number()])).toEqual([
      ["[98]", 98],
      ["[99]", 99],
    ]);
  });

  it("stays short for types that contain themselves", () => {
    const { value } = machine();
    const members: { name: string; type: Type; offset: number; isBase: boolean }[] = [];
    const endless: Type = { kind: "struct", name: "endless", bytes: 4, members };
    for (let n = 0; n < 30; n++) members.push({ name: `m${n}`, type: endless, offset: 0, isBase: false });
    expect(value(endless, { kind: "memory", address: 0 }).text().length).toBeLessThan(100_000);
  });

  it("reads lanes of vector registers and parts of registers", () => {
    const { gprs, vectors, value } = machine();
    vectors[5].set([0xff, 0xfe, 1, 2]);
    const lanes = value(array({ ...u16, encoding: "signed" }, 64, true), { kind: "vector", register: 5 });
    expect(lanes.children(0, 2).map((child) => child.value.number())).toEqual([-2, 258]);
    gprs[3] = 0x1234_80ff;
    expect(value(i8, { kind: "gpr", register: 3 }).number()).toBe(-1);
    const pieces: Place = {
      kind: "pieces",
      pieces: [
        { place: { kind: "gpr", register: 3 }, bytes: 4 },
        { place: { kind: "absent", reason: "optimized out" }, bytes: 2 },
      ],
    };
    expect(value(array(u16, 3), pieces).text()).toBe("{4660, 33023, <optimized out>}");
  });

  it("assigns what it reads back, and nothing beside it", () => {
    const places: readonly Place[] = [
      { kind: "memory", address: 77 },
      { kind: "gpr", register: 9 },
      { kind: "part", of: { kind: "vector", register: 2 }, whole: 128, offset: 40 },
      {
        kind: "pieces",
        pieces: [0, 1].map((n) => ({ place: { kind: "memory", address: 100 - 50 * n } as const, bytes: 2 })),
      },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.integer(),
        fc.constantFrom(i32, i8, u16),
        (place, number, type) => {
          const { bytes, vectors, writer, value } = machine();
          const target = value(type, place);
          expect(assign(target, number, writer)).toBeUndefined();
          const expected = integerOf(integerBytes(number, type.bytes), type !== u16);
          expect(target.number()).toBe(expected);
          const changed = [...bytes, ...vectors[2]].filter((byte) => byte !== 0).length;
          expect(changed).toBeLessThanOrEqual(type.bytes);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it("says why a value can't be assigned", () => {
    const { writer, value } = machine();
    expect(assign(value(i32, { kind: "absent", reason: "optimized out" }), 1, writer)).toBe("optimized out");
    expect(assign(value(i32, { kind: "value", bytes: new Uint8Array(4) }), 1, writer)).toMatch(/no place/);
    expect(assign(value(point, { kind: "memory", address: 0 }), 1, writer)).toMatch(/assign its members/);
    expect(assign(value(i32, { kind: "memory", address: 0 }), new Uint8Array(3), writer)).toMatch(/4 bytes/);
  });
});

describe("a program without debug information", () => {
  it("has functions, globals as words, and no lines", () => {
    const memory: MemoryReader = { read: (_, length) => new Uint8Array(length).fill(1) };
    expect(symbols.findFunctions("main")).toHaveLength(1);
    expect(symbols.placesOfLine("nowhere.c", 3)).toEqual([]);
    expect(symbols.findType("int")).toBeUndefined();
    expect(symbols.lookup("nothing", undefined, memory)).toBeUndefined();
  });
});

describe.runIf(isInstalled(COMPILER))("a program with debug information", () => {
  const path = isInstalled(COMPILER) ? compileC(directory, "names", PROGRAM, ["-O0", "-gdwarf-5"]) : "";
  const image = path === "" ? assemble("", "empty.s") : readImage(path);
  const program = createProgramSymbols(image, { path });
  const { memory } = machineOf(image);

  it("finds files by the end of their path, and their text", () => {
    const [file] = program.findFiles("names.c");
    expect(program.findFiles(file)).toEqual([file]);
    expect(program.findFiles("ames.c")).toEqual([]);
    expect(program.sourceText(file)).toEqual(PROGRAM.trimEnd().split("\n"));
    expect(program.sourceText("other.c")).toBeUndefined();
    const [first] = program.linesWithCode(file);
    expect(program.sourceText(file)?.[first - 1]).toMatch(/int result = n \* n/);
  });

  it("knows types by name, with pointers and recursive structs", () => {
    expect(program.findType("u8")).toMatchObject({ kind: "typedef", bytes: 1 });
    expect(program.findType("struct point")).toMatchObject({ kind: "struct", bytes: 4 });
    expect(program.findType("struct node")).toMatchObject({ kind: "struct", name: "node", bytes: 20 });
    expect(program.findType("node *")).toMatchObject({ kind: "pointer", name: "node *" });
    expect(program.findType("struct wide **")?.name).toBe("wide **");
    expect(program.findType("nothing")).toBeUndefined();
    const node = program.findType("node");
    const next = node?.kind === "struct" ? node.members.find((member) => member.name === "next") : undefined;
    expect(next?.type.kind === "pointer" && next.type.target).toBe(node);
    expect(program.typeNames).toEqual(expect.arrayContaining(["node", "point", "color", "unsigned char"]));
  });

  it("shows globals", () => {
    const text = (name: string) => program.lookup(name, undefined, memory)?.text();
    expect(text("counter")).toBe("3");
    expect(text("greeting")).toBe('"hello\\n"');
    expect(program.lookup("nodes", undefined, memory)?.children()[1].value.text()).toMatch(
      /^\{value = 4, next = 0x4001[0-9a-f]{4}, at = \{x = -5, y = 6\}, color = BLUE, low = 7, middle = 21, rest = 8 '\\b'\}$/,
    );
    expect(program.findGlobal("nodes")).toMatchObject({ bytes: 60, type: { name: "node [3]" } });
  });

  it("gives a line's rows, the next line with code, and the line of an address", () => {
    const line = PROGRAM.split("\n").findIndex((text) => text.includes("shifted -= p.x")) + 1;
    const [place] = program.placesOfLine("names.c", line);
    expect(program.sourceAt(place.addresses[0])).toMatchObject({ file: place.file, line });
    expect(program.rowsOfLine("names.c", line).some((row) => row.low === place.addresses[0])).toBe(true);
    expect(program.functionAt(place.addresses[0])?.name).toBe("widen");
    const [next] = program.placesOfLine("names.c", 1);
    expect(next.line).toBeGreaterThan(1);
    expect(program.placesOfLine("names.c", 10_000)).toEqual([]);
  });
});
