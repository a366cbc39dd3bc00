import { describe, expect, it } from "vitest";
import { compileTrees } from "../../../src/toolchain/frontend/index.ts";
import { problemsOf } from "./compile.ts";

const MAIN = "export function main(): i32 { return test(); }\n";

/** Problems of a program whose function `test` has the given body from line 2 on. */
function inTest(body: string, outside = ""): Promise<string[]> {
  return problemsOf(`${MAIN}function test(): i32 {\n${body}\n}\n${outside}`);
}

describe("what firmware cannot use is an error with file, line and column", () => {
  const cases: readonly (readonly [
    name: string,
    body: string,
    outside: string,
    line: number,
    text: RegExp,
  ])[] = [
    [
      "new",
      "const c = new Thing();\nreturn c.x + load<i32>(0);",
      "class Thing { x: i32 = load<i32>(4); }",
      3,
      /heap/,
    ],
    ["array literals", "const a = [1, 2, load<i32>(0)];\nreturn a.length;", "", 3, /heap/],
    ["string concatenation", 'let s = "a";\nif (load<i32>(0)) s = s + "b";\nreturn s.length;', "", 4, /heap/],
    ["number formatting", "return load<i32>(0).toString().length;", "", 3, /heap/],
    ["floats", "const x: f32 = 1.5;\nreturn <i32>(x * <f32>load<i32>(0));", "", 4, /floating point/],
    ["doubles in the library", "return <i32>Math.sqrt(<f64>load<i32>(0));", "", 3, /floating point/],
    ["64-bit arithmetic", "const x = load<i64>(0);\nreturn <i32>(x * 3 / load<i64>(8));", "", 4, /64-bit/],
    ["memory.grow", "return memory.grow(1);", "", 3, /MemoryGrow/],
    [
      "vectors in globals",
      "v = splatBytes(1);\nv.store(0);\nreturn 0;",
      "let v: Bytes = null;",
      7,
      /vector.*global/,
    ],
    [
      "closures",
      "return outer(1);",
      "function outer(n: i32): i32 { const f = (): i32 => n; return f(); }",
      5,
      /closures/,
    ],
    ["exceptions", 'if (load<i32>(0)) {\nthrow new Error("x"); }\nreturn 0;', "", 4, /exceptions.*trap\(\)/],
    ["undefined names", "return missing(1);", "", 3, /missing/],
    [
      "foreign imports",
      "return other();",
      '@external("env", "other") declare function other(): i32;',
      3,
      /env\.other/,
    ],
    [
      "mixed vector types",
      "const b = splatBytes(1);\nconst h: Halves = b;\nh.store(0);\nreturn 0;",
      "",
      4,
      /not assignable/,
    ],
    ["vectors in scalar arithmetic", "return splatBytes(1) + 1;", "", 3, /./],
  ];
  it.each(cases)("%s", async (_, body, outside, line, text) => {
    const imports = /Bytes|Halves/.test(body + outside)
      ? 'import { Bytes, Halves, splatBytes } from "ppu/vector"; '
      : "";
    const problems = await problemsOf(`${imports}${MAIN}function test(): i32 {\n${body}\n}\n${outside}`);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(text);
    expect(problems[0]).toMatch(new RegExp(`^main\\.ts:${line}:[1-9]\\d*: `));
  });

  it.each([
    ["a string in a local", "const n = load<i32>(0);\nconst t = n.toString();\nprintLine(t);\nreturn 0;", 4],
    ["a sum of strings", 'const n = load<i32>(0);\nprintLine("n = " + n.toString());\nreturn 0;', 4],
    ["a chosen string", 'const n = load<i32>(0);\nprintLine("x" + (n ? "a" : "b"));\nreturn 0;', 4],
    ["a function around it", "return show(load<i32>(0));", 6],
  ])("a string made at run time, printed by the library: %s", async (_, body, line) => {
    const outside = "function show(n: i32): i32 {\nprintLine(n.toString()); return 0; }";
    const text = `import { printLine } from "ppu/mailbox"; ${MAIN}function test(): i32 {\n${body}\n}\n${outside}`;
    const problems = await problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(new RegExp(`^main\\.ts:${line}:[1-9]\\d*: heap`));
  });

  it("syntax errors keep their place", async () => {
    expect(await inTest("return (1;")).toEqual(["main.ts:3:9: ')' expected."]);
  });

  it("all problems of a program are listed, each once", async () => {
    const problems = await inTest(
      "const a = new Thing();\nconst b = new Thing();\nreturn a.x + b.x;",
      "class Thing { x: i32 = load<i32>(4); }",
    );
    expect(problems.map((problem) => problem.split(": ")[0].replace(/:\d+$/, ""))).toEqual([
      "main.ts:3",
      "main.ts:4",
    ]);
  });

  it("constants may be computed with floats and in 64 bit", async () => {
    expect(await inTest("return <i32>(0.75 * 128.0) + <i32>((<i64>1 << 40) >> 38);")).toEqual([]);
  });
});

describe("vectors live in locals: their line, their names, and a hint", () => {
  const VECTORS = 'import { Bytes, Halves, splatBytes, splatHalves } from "ppu/vector"; ';
  it.each([
    [
      "an array",
      "const a = new StaticArray<Bytes>(4);\nexport function main(): i32 { a[0] = splatBytes(1); return 0; }",
      /^main\.ts:1:\d+: .*Bytes.*keep vectors in locals.*v\.store/,
    ],
    [
      "an array literal",
      "export function main(): i32 {\nconst a: StaticArray<Halves> = [splatHalves(1)];\na[0].store(0); return 0; }",
      /^main\.ts:2:\d+: .*Halves.*keep vectors in locals/,
    ],
    [
      "a field",
      "@unmanaged class C { n: i32;\nv: Bytes; }\nexport function main(): i32 { changetype<C>(0x100).v = splatBytes(1); return 0; }",
      /^main\.ts:2:\d+: .*Bytes.*field.*keep vectors in locals/,
    ],
    [
      "store",
      "export function main(): i32 {\nstore<Bytes>(0x100, splatBytes(1)); return 0; }",
      /^main\.ts:2:\d+: .*'store'.*'Bytes'.*keep vectors in locals/,
    ],
    [
      "load",
      "export function main(): i32 {\nload<Halves>(0x100).store(0); return 0; }",
      /^main\.ts:2:\d+: .*'load'.*'Halves'.*keep vectors in locals/,
    ],
    [
      "both types in a sum",
      "export function main(): i32 {\nconst x = splatBytes(1) + splatHalves(2); x.store(0); return 0; }",
      /^main\.ts:2:\d+: .*'Halves' is not assignable to type 'Bytes'.*different types/,
    ],
  ])("%s", async (_, text, first) => {
    const problems = await problemsOf(VECTORS + text);
    expect(problems[0]).toMatch(first);
    for (const problem of problems) {
      expect(problem).toMatch(/^main\.ts:/);
      expect(problem).not.toMatch(/ref_|'void'/);
    }
  });
});

describe("programs as a whole", () => {
  it("need a function main without parameters", async () => {
    expect(await problemsOf("export function start(): i32 { return 0; }")).toEqual([
      expect.stringMatching(/^main\.ts has no function main/),
    ]);
    expect(await problemsOf("export function main(x: i32): i32 { return x; }")).toEqual([
      expect.stringMatching(/^main\.ts:1:17: main must be declared/),
    ]);
  });

  it("must exist", async () => {
    await expect(compileTrees("missing/file.ts")).rejects.toThrow(/^cannot read missing\/file\.ts/);
    expect(
      await problemsOf('import { a } from "./nowhere"; export function main(): i32 { return a; }'),
    ).toEqual([expect.stringMatching(/^main\.ts:1:19: File '.*nowhere.*' not found/)]);
  });

  it("may return nothing, which is return code 0", async () => {
    expect(await problemsOf("export function main(): void {}")).toEqual([]);
  });
});
