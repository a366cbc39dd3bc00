import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileTrees, libraryDirectory } from "../../../src/toolchain/frontend/index.ts";
import { functionOf, nodesOf, trees } from "./compile.ts";

describe("trees", () => {
  it("turn imports into intrinsics with constant operands through inline wrappers", async () => {
    const { module } = await trees(`
import { Bytes, loadBytes, GT } from "ppu/vector";
const a = memory.data(256);
export function main(): i32 {
  const x = loadBytes(a);
  x.cmp();
  (x.addfs(loadBytes(a, 128), GT) << 3).store(a);
  return 0;
}`);
    const intrinsics = nodesOf(module).filter((node) => node.op === "intrinsic");
    expect(intrinsics.map(({ name }) => name).sort()).toEqual(
      ["fxvaddbfs_if", "fxvcmpb", "fxvlax", "fxvlax", "fxvshb", "fxvstax"].sort(),
    );
    const shift = intrinsics.find(({ name }) => name === "fxvshb");
    expect(shift?.arguments[1]).toMatchObject({ op: "const", value: 3 });
    const add = intrinsics.find(({ name }) => name === "fxvaddbfs_if");
    expect(add?.arguments[3]).toMatchObject({ op: "const", value: 1 });
    expect(functionOf(module).locals).toContain("bytes");
  });

  it("type both kinds of vectors and the zero vector", async () => {
    const { module } = await trees(`
import { Bytes, Halves, loadBytes, loadHalves } from "ppu/vector";
export function f(a: Bytes, h: Halves, n: i32): Halves { let z: Halves = null; return n ? h : z; }
export function main(): i32 { f(loadBytes(0), loadHalves(0), 1).store(0); return 0; }`);
    const f = functionOf(module, "f");
    expect([f.parameters, f.result]).toEqual([["bytes", "halves", "i32"], "halves"]);
  });

  it("make copies of what is no word of the machine", async () => {
    const { module } = await trees(`
const a = memory.data(64);
export function main(): i32 {
  memory.copy(a + 1, a + 20, 4);
  memory.copy(a + 8, a + 24, 8);
  store<u64>(a, 0x0102030405060708, 40);
  memory.fill(a + 51, 7, 4);
  store<i64>(a, load<i64>(a, 56), 32);
  return load<i32>(a, 3, 1);
}`);
    const nodes = nodesOf(module);
    const copies = nodes.flatMap((node) => (node.op === "memoryCopy" ? [node.bytes] : []));
    expect(copies).toEqual([4, 8, 8].map((value) => expect.objectContaining({ op: "const", value })));
    for (const node of nodes) expect(["i32", "none", "unreachable"]).toContain(node.type);
    const bases = [...new Set(nodes.flatMap((node) => (node.op === "load" ? [node.bytes] : [])))];
    expect(bases).toEqual([1]);
  });

  it("know switches, indirect calls and functions in external memory", async () => {
    const { module } = await trees(`
// @ts-ignore: decorator
@cold function rare(x: i32): i32 { return x * x + 1; }
function one(x: i32): i32 { return x + 1; }
function two(x: i32): i32 { return x + 2; }
export function choose(n: i32): i32 {
  switch (n) { case 0: return rare(n); case 1: return 7; case 2: return rare(n + 1); case 3: return 9; case 4: return 17; case 5: return 1; }
  return -1;
}
export function main(): i32 {
  const f = load<i32>(0) ? one : two;
  return f(choose(load<i32>(4)));
}`);
    expect(functionOf(module, "main/rare").placement).toBe("external");
    expect(functionOf(module, "choose").placement).toBe("internal");
    const [indirect] = nodesOf(module).filter((node) => node.op === "callIndirect");
    expect(indirect).toMatchObject({ parameters: ["i32"], type: "i32" });
    expect(module.table).toEqual(expect.arrayContaining(["main/one", "main/two"]));
    expect(nodesOf(module, "choose").some((node) => node.op === "switch")).toBe(true);
  });

  it("drop assertions and bounds checks unless asked", async () => {
    const source = `const a: StaticArray<i32> = [1, 2, 3];
export function main(): i32 { const i = load<i32>(0); assert(i > 0, "positive"); return a[i]; }`;
    const traps = async (checks: boolean): Promise<number> =>
      nodesOf((await trees(source, { checks })).module).filter(({ op }) => op === "unreachable").length;
    expect(await traps(false)).toBe(0);
    expect(await traps(true)).toBeGreaterThanOrEqual(2);
  });

  it("are the same every time", async () => {
    const source =
      'import { print } from "ppu/mailbox"; export function main(): i32 { print("x"); return 1; }';
    const [first, second] = [await trees(source), await trees(source)];
    expect(second.module).toEqual(first.module);
  });
});

describe("source locations", () => {
  it("are those of the author's lines, also for inlined wrappers and operators", async () => {
    const { module } = await trees(`import { Bytes, loadBytes } from "ppu/vector";
const a = memory.data(256);
export function main(): i32 {
  const x = loadBytes(a);
  const y =
    x +
    x.mulfs(loadBytes(a, 128));
  y.store(a);
  return 0;
}`);
    const line = (name: string): number[] =>
      nodesOf(module).flatMap((node) =>
        node.op === "intrinsic" && node.name === name ? [node.location?.line ?? 0] : [],
      );
    expect(line("fxvlax").sort()).toEqual([4, 7]);
    expect(line("fxvmulbfs")).toEqual([7]);
    expect(line("fxvaddbm")).toEqual([6]);
    expect(line("fxvstax")).toEqual([8]);
    expect(functionOf(module).location).toEqual({ file: "main.ts", line: 3, column: 17 });
  });

  const firmware = join(libraryDirectory(), "..");
  const programs = readdirSync(firmware).filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
  it.each(programs)("belong to every function of %s", async (program) => {
    const { module, unpaired } = await compileTrees(join(firmware, program));
    expect(unpaired).toBe(0);
    for (const { location } of nodesOf(module)) expect(location?.line).toBeGreaterThan(0);
  });
});
