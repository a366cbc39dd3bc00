/** The expression language: parser, integers, lanes, memory, names. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Node, parseExpression, printExpression } from "../../src/debug/expression/syntax.ts";
import { DebugSession, ExpressionError } from "../../src/debug/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";

const session = () => {
  const made = new DebugSession({
    image: assemble("start: b start\nword: .long 77", "e.s"),
    chip: { ideal: true },
  });
  made.writeRegister(
    "top",
    "v3",
    Uint8Array.from({ length: 128 }, (_, lane) => lane + 100),
  );
  made.writeRegister("top", "r3", 0xffff_fffe);
  made.writeRegister("bottom", "r3", 5);
  return made;
};

const names = fc.constantFrom("r3", "$pc", "total", "row", "top", "_x1", "cr0");
const { tree } = fc.letrec<{ tree: Node }>((tie) => {
  const part = tie("tree");
  const column = fc.constant(0);
  return {
    tree: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      fc.record({
        kind: fc.constant("number" as const),
        value: fc.integer({ min: 0, max: 2 ** 33 }),
        column,
      }),
      fc.record({ kind: fc.constant("name" as const), name: names, quoted: fc.constant(false), column }),
      fc.record({
        kind: fc.constant("name" as const),
        name: fc.constantFrom("a/b", "~lib/x", "r3"),
        quoted: fc.constant(true),
        column,
      }),
      fc.record({
        kind: fc.constant("unary" as const),
        operator: fc.constantFrom(
          "-" as const,
          "+" as const,
          "~" as const,
          "!" as const,
          "*" as const,
          "&" as const,
        ),
        operand: part,
        column,
      }),
      fc.record({
        kind: fc.constant("binary" as const),
        operator: fc.constantFrom(
          "+",
          "-",
          "*",
          "/",
          "%",
          "<<",
          ">>",
          ">>>",
          "<",
          "<=",
          "==",
          "!=",
          "&",
          "|",
          "^",
          "&&",
          "||",
        ),
        left: part,
        right: part,
        column,
      }),
      fc.record({
        kind: fc.constant("conditional" as const),
        condition: part,
        whenTrue: part,
        whenFalse: part,
        column,
      }),
      fc.record({
        kind: fc.constant("call" as const),
        callee: part,
        parts: fc.array(part, { maxLength: 3 }),
        column,
      }),
      fc.record({ kind: fc.constant("index" as const), object: part, index: part, column }),
      fc.record({ kind: fc.constant("slice" as const), object: part, first: part, last: part, column }),
      fc.record({
        kind: fc.constant("member" as const),
        object: part,
        name: fc.constantFrom("h", "b", "next/x"),
        arrow: fc.boolean(),
        column,
      }),
      fc.record({ kind: fc.constant("assign" as const), target: part, value: part, column }),
    ) as fc.Arbitrary<Node>,
  };
});

const withoutColumns = (node: unknown): unknown =>
  JSON.parse(JSON.stringify(node, (key, value) => (key === "column" ? undefined : value)));

describe("the parser", () => {
  it("reads what it prints", () => {
    fc.assert(
      fc.property(tree, (node) => {
        expect(withoutColumns(parseExpression(printExpression(node)))).toEqual(withoutColumns(node));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("answers any text with a tree or one line", () => {
    const token = fc.constantFrom(
      ..."r3 v3.h [ ] ( ) .. . -> + - * & && < << = == ? : , 0x 12 'a' ` ~ $ mem32 row top".split(" "),
    );
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.array(token, { maxLength: 12 }).map((list) => list.join("")),
    );
    const s = session();
    fc.assert(
      fc.property(texts, (text) => {
        try {
          s.evaluate(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
          const { column, caret } = error as ExpressionError;
          expect(column).toBeGreaterThanOrEqual(0);
          expect(column).toBeLessThanOrEqual(text.length);
          expect(caret.endsWith("^")).toBe(true);
        }
      }),
      { numRuns: 2000, seed: 2 },
    );
    expect(() => parseExpression("(".repeat(5000))).toThrow(/nested too deeply/);
  });
});

describe("values", () => {
  const s = session();
  const text = (expression: string) => s.evaluate(expression, { ppu: "top" }).text;

  it("are those of C on 32 bits", () => {
    const signed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const operators: Record<string, (a: number, b: number) => number> = {
      "+": (a, b) => (a + b) | 0,
      "-": (a, b) => (a - b) | 0,
      "*": Math.imul,
      "&": (a, b) => a & b,
      "|": (a, b) => a | b,
      "^": (a, b) => a ^ b,
      "<": (a, b) => (a < b ? 1 : 0),
      ">=": (a, b) => (a >= b ? 1 : 0),
      ">>": (a, b) => a >> (b & 31),
      "<<": (a, b) => a << (b & 31),
    };
    fc.assert(
      fc.property(signed, signed, fc.constantFrom(...Object.keys(operators)), (a, b, operator) => {
        expect(text(`i32(${a}) ${operator} i32(${b})`)).toBe(`${operators[operator](a, b)}`);
      }),
      { numRuns: 300, seed: 3 },
    );
    expect([
      text("0xffffffff > 1"),
      text("-1 > 0xffffffff - 1"),
      text("-7 / 2"),
      text("-7 % 3"),
      text("0xfffffffe >> 1"),
    ]).toEqual(["1", "1", "-3", "-1", "2147483647"]);
    expect(text("'a' + 1")).toBe("98");
    expect(text("1 ? 2 : 3 / 0")).toBe("2");
    expect(() => text("3 / 0")).toThrow(/division by 0 \(column 3/);
  });

  it("are registers of both PPUs, signed and with fields", () => {
    expect([
      text("r3"),
      text("bottom.r3"),
      text("top.r3"),
      text("$r3"),
      text("u32(r3)"),
      text("u8(r3)"),
    ]).toEqual(["-2", "5", "-2", "-2", "4294967294", "254"]);
    expect(s.evaluate("r3", {}, "hex").text).toBe("0xfffffffe");
    expect(text("pc")).toBe("0x0");
    expect(() => text("$r99")).toThrow(/no register r99 \(column 1/);
  });

  it("are lanes in each shape, with slices and sums", () => {
    expect(text("v3.b[27]")).toBe("127");
    expect(text("v3.sb[28]")).toBe("-128");
    expect(text("v3.h[0]")).toBe(`${(100 << 8) | 101}`);
    expect(text("v3.h[14 .. 15]")).toBe(`{${((128 << 8) | 129) - 65536}, ${((130 << 8) | 131) - 65536}}`);
    expect(text("max(v3.b)")).toBe("227");
    expect(text("any(v3.b > 227)")).toBe("0");
    expect(text("sum(v3.b == 101)")).toBe("1");
    expect(() => text("v3.h[64]")).toThrow(/lanes are 0\.\.63/);
    expect(() => text("v3.q[0]")).toThrow(/no lanes q/);
    expect(() => text("v3 + 'x' && 1")).toThrow(/several lanes/);
  });

  it("are memory, rows and symbols", () => {
    expect(text("mem32(word)")).toBe("77");
    expect(text("*word + mem8(word + 3)")).toBe("154");
    expect(text("word")).toBe("0x4");
    expect(text("row(12)[5]")).toBe("0");
    expect(text("length(row(12))")).toBe("256");
    expect(() => text("row(300)")).toThrow(/rows are 0\.\.256/);
    expect(() => text("mem32(0x30000000)")).toThrow(/no memory at 0x30000000/);
  });

  it("can be assigned where they have a place", () => {
    const own = session();
    const after = (expression: string, look: string) => {
      own.evaluate(expression, { ppu: "top" });
      return own.evaluate(look, { ppu: "top" }).text;
    };
    expect(after("r5 = bottom.r6 = 7", "r5 + bottom.r6")).toBe("14");
    expect(after("v4.h[3] = -5", "v4.h[3]")).toBe("-5");
    expect(after("v5 = 3", "sum(v5.b)")).toBe("384");
    expect(after("v6 = v3", "v6.b[9]")).toBe("109");
    expect(after("acc.w[2] = -9", "acc.w[2]")).toBe("-9");
    expect(after("acc.h[5] = 4", "acc.w[2] & 0xffff")).toBe("4");
    expect(after("vcr.gt[7] = 1", "sum(vcr.gt)")).toBe("1");
    expect(after("row(12)[5] = 33", "bottom.row(12)[5] * 100 + top.row(12)[5]")).toBe("33");
    expect(after("mem16(0x200) = 0x12345", "mem16(0x200)")).toBe("9029");
    expect(after("(r7 = r7 + 1) + 0", "r7")).toBe("1");
    expect(after("cr0 = 9", "cr")).toBe(`${0x9000_0000}`);
    expect(() => own.evaluate("r3 + 1 = 4")).toThrow(/cannot be assigned \(column 4/);
    expect(() => own.evaluate("mem8(0x30000000) = 4")).toThrow(/no memory/);
    expect(() => own.evaluate("tbl = 4")).toThrow(/tbl|assigned/);
  });

  it("say what they are for watchpoints", () => {
    expect(s.parseWatchTarget("v3.h[17]")).toEqual({
      kind: "vector",
      ppu: "top",
      register: 3,
      lane: { type: "h", index: 17 },
    });
    expect(s.parseWatchTarget("bottom.acc.w[2]")).toEqual({ kind: "accumulator", ppu: "bottom", lane: 2 });
    expect(s.parseWatchTarget("*0x300@16")).toEqual({
      kind: "memory",
      ppu: "top",
      address: 0x300,
      length: 16,
    });
    expect(s.parseWatchTarget("mem32(0x300)")).toEqual({
      kind: "memory",
      ppu: "top",
      address: 0x300,
      length: 4,
    });
    expect(s.parseWatchTarget("bottom.cadc")).toEqual({ kind: "cadc", hemisphere: "bottom" });
    expect(s.parseWatchTarget("r3 > 4")).toEqual({ kind: "expression", ppu: "top", text: "r3 > 4" });
  });

  it("are completed", () => {
    const texts = (beginning: string) => s.complete(beginning).map((completion) => completion.text);
    expect(texts("1 + sta")).toEqual(["start"]);
    expect(texts("v3.")).toEqual(["b", "h", "sb", "uh"]);
    expect(texts("$srr")).toEqual(["srr0", "srr1"]);
    expect(texts("bottom.ct")).toEqual(["ctr"]);
  });
});
