import { describe, expect, it } from "vitest";
import { generateCode } from "../../../src/toolchain/backend/index.ts";
import type { Node, ValueType } from "../../../src/toolchain/wasm-tree.ts";
import { Interpreter } from "./interpreter.ts";
import { compileAndRun } from "./machine.ts";
import * as t from "./trees.ts";

const c = t.constant;
const add = (a: Node, b: Node) => t.binary("add", a, b);
const h = (name: string, ...args: Node[]) => t.intrinsic(name, args, "halves");
const v = (i: number) => t.get(i, "halves");

/** Instructions of the only function `f` besides main, which is kept by a table. */
function code(parameters: ValueType[], locals: ValueType[], ...body: Node[]): string[] {
  const f = t.func("f", parameters, "i32", locals, ...body);
  const main = t.func("main", [], "i32", [], c(0));
  const { listing } = generateCode(t.moduleOf([f, main], { table: ["f"], dataEnd: 0x200 }), {
    listing: true,
  });
  const start = listing!.indexOf("<f>:");
  const text = listing!.slice(start, listing!.indexOf("\n\n", start)).split("\n").slice(1);
  return text.filter((line) => line !== "" && !line.startsWith(";")).map((line) => line.slice(21));
}

const mnemonics = (lines: string[]) => lines.map((line) => line.split(" ")[0]);
const accesses = (lines: string[]) =>
  lines.filter((line) => /^(l[bhw]|st|fxv(lax|stax|inx|outx))/.test(line));

describe("scheduling", () => {
  it("puts loads in front of the uses of other loads", () => {
    const term = (offset: number) => t.binary("mul", t.load(4, t.get(0), offset), c(offset + 3));
    const lines = mnemonics(code(["i32"], [], [4, 8, 12].map(term).reduce(add, term(0))));
    expect(lines.slice(0, 4)).toEqual(["lwz", "lwz", "lwz", "lwz"]);
  });

  it("puts a comparison in front of work that does not concern it", () => {
    const lines = mnemonics(
      code(
        ["i32", "i32"],
        ["i32"],
        t.set(2, t.binary("xor", t.binary("shl", t.get(1), c(3)), t.get(1))),
        t.when(t.binary("lt_s", t.get(0), c(10)), t.store(4, c(0x100), t.get(2))),
        t.get(2),
      ),
    );
    expect(lines.indexOf("cmpwi")).toBeLessThan(lines.findIndex((name) => /^b(ge|lt)/.test(name)) - 1);
  });

  it("keeps loads behind stores that may go to the same place, and only those", () => {
    const store = (base: Node, offset: number) => t.store(4, base, c(5), offset);
    const unknown = accesses(code(["i32", "i32"], [], store(t.get(0), 4), t.load(4, t.get(1), 4)));
    expect(unknown.map((line) => line.split(" ")[0])).toEqual(["stw", "lwz"]);
    const apart = accesses(
      code(["i32", "i32"], [], store(t.get(0), 4), t.binary("mul", t.load(4, t.get(0), 8), t.get(1))),
    );
    expect(apart.map((line) => line.split(" ")[0])).toEqual(["lwz", "stw"]);
    const overlapping = accesses(
      code(["i32", "i32"], [], store(t.get(0), 4), t.binary("mul", t.load(1, t.get(0), 7), t.get(1))),
    );
    expect(overlapping.map((line) => line.split(" ")[0])).toEqual(["stw", "lbz"]);
  });

  it("never changes the order of volatile accesses among all accesses", () => {
    const lines = accesses(
      code(
        ["i32", "i32"],
        [],
        t.intrinsic("store32", [c(0x104), t.binary("mul", t.get(0), t.get(1))]),
        t.intrinsic("store32", [c(0x108), t.get(1)]),
        add(
          add(t.intrinsic("load32", [c(0x10c)], "i32"), t.load(4, c(0x110))),
          t.intrinsic("load32", [c(0x114)], "i32"),
        ),
      ),
    );
    expect(lines.map((line) => /(\d+)\(0\)/.exec(line)?.[1])).toEqual(["260", "264", "268", "272", "276"]);
  });

  it("keeps vector accesses, accumulator and conditions in order and results right", () => {
    const body = [
      t.intrinsic("fxvmtach", [h("fxvsplath", c(3))]),
      t.intrinsic("fxvcmph", [h("fxvsplath", c(-1))]),
      t.set(0, h("fxvlax", c(0x180), c(0))),
      t.set(1, h("fxvaddachm", v(0))),
      t.intrinsic("fxvmatachm", [v(0), v(1)]),
      t.set(2, h("fxvsel", h("fxvaddachm", v(1)), v(0), c(2))),
      t.intrinsic("fxvcmph", [v(1)]),
      t.set(2, h("fxvaddhm_if", v(2), v(1), v(0), c(1))),
      t.intrinsic("fxvstax", [v(2), c(0x200), c(0)]),
      t.set(1, h("fxvlax", c(0x200), c(0))),
      t.intrinsic("fxvstax", [h("fxvsubbm", v(1), v(0)), c(0x280), c(0)]),
      t.intrinsic("sync", []),
      add(t.load(4, c(0x200)), t.load(4, c(0x284))),
    ];
    const bytes = new Uint8Array(128).map((_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 25);
    const module = t.moduleOf([t.func("main", [], "i32", ["halves", "halves", "halves"], ...body)], {
      data: [{ address: 0x180, bytes }],
      dataEnd: 0x300,
    });
    const expected = new Interpreter(module).run();
    const { returnCode, word } = compileAndRun(module);
    expect(returnCode).toBe(expected);
    expect(word(0x284)).not.toBe(word(0x204));
  });

  it("does not need more registers than there are", () => {
    const n = 60;
    const locals: ValueType[] = new Array(n).fill("i32");
    const f = t.func(
      "main",
      [],
      "i32",
      locals,
      ...locals.map((_, i) => t.set(i, t.binary("mul", t.load(4, c(0x100 + 4 * i)), c(i + 3)))),
      locals.map((_, i) => t.get(i)).reduce((a, b) => add(t.binary("rotl", a, c(3)), b)),
    );
    const bytes = new Uint8Array(4 * n).map((_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
    const module = t.moduleOf([f], { data: [{ address: 0x100, bytes }], dataEnd: 0x300 });
    const { listing } = generateCode(module, { listing: true });
    expect(listing!.slice(listing!.indexOf("<main>:"))).not.toMatch(/stw r\d+, \d+\(r1\)/);
    expect(compileAndRun(module).returnCode).toBe(new Interpreter(module).run());
  });
});
