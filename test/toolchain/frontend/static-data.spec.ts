import { describe, expect, it } from "vitest";
import { compileSource } from "../../../src/toolchain/compile.ts";
import type { WasmModule } from "../../../src/toolchain/wasm-tree.ts";
import { functionOf, nodesOf, problemsOf, trees } from "./compile.ts";

function variable(module: WasmModule, name: string): { address: number; bytes: Uint8Array } {
  return module.data.find((data) => data.name === `main/${name}`) ?? expect.fail(`no data named ${name}`);
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe("static data", () => {
  const compiled = trees(`
const bytes = memory.data<i8>([1, -2, 3, 4]);
const halves = memory.data<i16>([0x1234, -2]);
const words = memory.data<u32>([0x12345678, 1]);
const wide = memory.data<u64>([0x0123456789abcdef]);
const numbers: StaticArray<u16> = [0x1234, 5];
const text = "Hé";
const space = memory.data(256);
const aligned = memory.data(20, 64);
// @ts-ignore: decorator
@cold const far = memory.data<u32>([0xcafe]);
function twice(x: i32): i32 { return 2 * x; }
const f: (x: i32) => i32 = twice;
export function main(): i32 {
  store<i32>(space, text.length + numbers.length + numbers[0] + f(1), 4);
  return load<i8>(bytes) + load<i16>(halves) + load<i32>(words) + load<i32>(wide) + load<i32>(far) + load<i32>(aligned);
}`);

  it("is big endian in every width", async () => {
    const { module } = await compiled;
    expect([...variable(module, "bytes").bytes]).toEqual([1, 0xfe, 3, 4]);
    expect([...variable(module, "halves").bytes]).toEqual([0x12, 0x34, 0xff, 0xfe]);
    expect(view(variable(module, "words").bytes).getUint32(0)).toBe(0x12345678);
    expect(view(variable(module, "wide").bytes).getBigUint64(0)).toBe(0x0123456789abcdefn);
  });

  it("has big-endian object headers: type id and size in bytes before the elements", async () => {
    const { module } = await compiled;
    const array = view(variable(module, "numbers").bytes);
    expect([array.getUint32(16), array.getUint16(20), array.getUint16(22)]).toEqual([4, 0x1234, 5]);
    const text = view(variable(module, "text").bytes);
    expect([text.getUint32(16), text.getUint16(20), text.getUint16(22)]).toEqual([4, 0x48, 0xe9]);
  });

  it("has big-endian table indices in function references", async () => {
    const { module } = await compiled;
    const reference = view(variable(module, "f").bytes);
    expect(module.table[reference.getUint32(20)]).toBe("main/twice");
  });

  it("aligns whole vectors to 128 bytes, and more where asked", async () => {
    const { module } = await compiled;
    expect(variable(module, "space").address % 128).toBe(0);
    expect(variable(module, "aligned").address % 64).toBe(0);
    expect(Math.min(...module.data.map(({ address }) => address))).toBeGreaterThanOrEqual(0x100);
    expect(module.dataEnd).toBeGreaterThanOrEqual(variable(module, "aligned").address + 20);
  });

  it("marked @cold lies in external memory and is addressed there", async () => {
    const { module } = await compiled;
    const far = variable(module, "far");
    expect(far.address).toBe(0x40010000);
    expect(view(far.bytes).getUint32(0)).toBe(0xcafe);
    const addresses = nodesOf(module).flatMap((node) =>
      node.op === "load" && node.address.op === "const" ? [node.address.value + node.offset] : [],
    );
    expect(addresses).toContain(far.address);
  });

  it("keeps WebAssembly's byte order in the WebAssembly module", async () => {
    const { wasm } = await compiled;
    const bytes = [...wasm].join(",");
    expect(bytes).toContain([0x78, 0x56, 0x34, 0x12].join(","));
    expect(bytes).not.toContain([0x12, 0x34, 0x56, 0x78].join(","));
  });

  it("that does not fit is an error", async () => {
    const [problem] = await problemsOf(
      "const b = memory.data(64);\nconst a = memory.data(20000); export function main(): i32 { return load<i32>(a) + load<i32>(b); }",
    );
    expect(problem).toMatch(/^main\.ts:2:7: .*memory.*main\/a 20000, main\/b 64/i);
    expect(problem).toContain("@cold");
  });

  it("needs no initialiser for constants; other globals are initialised before main", async () => {
    const { module } = await trees(`let a = load<i32>(64); const b = 3; let c: i32 = 7;
export function main(): i32 { c += b; return a + c; }`);
    expect(module.globals.map(({ name, initial }) => [name, initial])).toEqual([
      ["main/a", 0],
      ["main/c", 7],
    ]);
    const { body } = functionOf(module);
    expect(body.op === "block" && body.body[0]).toMatchObject({ op: "globalSet", name: "main/a" });
  });
});

describe("symbols of variables", () => {
  it("are file/name, and the plain name where it is unique; scalars have one too", async () => {
    const other = "export const table = memory.data<u32>([7]); export const same = memory.data<u32>([8]);";
    const { image } = await compileSource(
      `import { table, same as theirs } from "./other";
let counter: i32 = 5;
const same = memory.data(8);
export function main(): i32 { counter += load<i32>(same); return counter + load<i32>(table) + load<i32>(theirs); }`,
      { sources: new Map([["other.ts", other]]) },
    );
    const named = (name: string) => image.symbols.find((symbol) => symbol.name === name);
    expect(named("table")).toEqual({ ...named("other/table"), name: "table" });
    expect(named("table")).toMatchObject({ type: "object", size: 4 });
    expect(named("counter")).toEqual({ ...named("main/counter"), name: "counter" });
    const counter = named("counter")!;
    expect(counter).toMatchObject({ type: "object", size: 4 });
    const section = image.sections.find((s) => s.name === counter.section)!;
    const { buffer, byteOffset } = section.data!;
    expect(new DataView(buffer, byteOffset).getInt32(counter.address - section.address)).toBe(5);
    expect(named("main/same")).toBeDefined();
    expect(named("other/same")).toBeDefined();
    expect(named("same")).toBeUndefined();
  });
});

describe("byte order and the optimiser", () => {
  // The trees are run big endian, so the optimiser must not use the byte order of WebAssembly.
  const probes: readonly (readonly [source: string, loads: number[], stores: number[]])[] = [
    ["return load<u32>(a) & 0xff;", [4], []],
    ["return <u8>load<u32>(a);", [4], []],
    ["return <u16>load<u32>(a);", [4], []],
    ["return load<u32>(a) >>> 24;", [4], []],
    ["return load<u16>(a) & 0xff;", [2], []],
    ["return <i8>load<i16>(a);", [2], []],
    ["store<u8>(a, load<u32>(b)); return 0;", [4], [1]],
    ["store<u16>(a, load<u32>(b)); return 0;", [4], [2]],
    ["store<u32>(a, n); return load<u8>(a);", [1], [4]],
    ["store<u8>(a, n); store<u8>(a, n >> 8, 1); return load<u16>(a);", [2], [1, 1]],
    ["store<u16>(a, n); store<u16>(a, n, 2); return load<u32>(a);", [4], [2, 2]],
    ["return (load<u8>(a) << 8) | load<u8>(a, 1);", [1, 1], []],
  ];
  it.each(probes)("%s", async (source, loads, stores) => {
    for (const optimizeLevel of [2, 3] as const) {
      const { module } = await trees(
        `const a = memory.data(8); const b = memory.data(8);
export function f(n: i32): i32 { ${source} }
export function main(): i32 { return f(load<i32>(b, 4)); }`,
        { optimizeLevel },
      );
      const nodes = nodesOf(module, "f");
      const widths = (op: "load" | "store"): number[] =>
        nodes.flatMap((node) => (node.op === op ? [(node as { bytes: number }).bytes] : []));
      expect(widths("load")).toEqual(loads);
      expect(widths("store")).toEqual(stores);
    }
  });
});
