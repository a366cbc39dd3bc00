import { describe, expect, it } from "vitest";
import {
  ALIGNMENT_EXIT_CODE,
  CodegenError,
  generateCode,
  TRAP_EXIT_CODE,
} from "../../../src/toolchain/backend/index.ts";
import type { BinaryOperator, Node, ValueType, WasmFunction } from "../../../src/toolchain/wasm-tree.ts";
import { Interpreter } from "./interpreter.ts";
import { compileAndRun } from "./machine.ts";
import * as t from "./trees.ts";

const c = t.constant;
const add = (a: Node, b: Node) => t.binary("add", a, b);

/** Instructions of one function as text. */
function code(
  functions: WasmFunction[],
  name: string,
  rest: Parameters<typeof t.moduleOf>[1] = {},
): string[] {
  const { listing } = generateCode(t.moduleOf(functions, rest), { listing: true });
  const start = listing!.indexOf(`<${name}>:`);
  const end = listing!.indexOf("\n\n", start);
  return listing!
    .slice(start, end < 0 ? undefined : end)
    .split("\n")
    .slice(1)
    .filter((line) => line !== "" && !line.startsWith(";"))
    .map((line) => line.slice(21));
}

const mnemonics = (lines: string[]) => lines.map((line) => line.split(" ")[0]);

/** `f(arguments)` compiled, run and compared with the interpreter. */
function agree(f: WasmFunction, args: number[], rest: Parameters<typeof t.moduleOf>[1] = {}): number {
  const main = t.func("main", [], "i32", [], t.call(f.name, args.map(c)));
  const module = t.moduleOf([f, main], rest);
  const expected = new Interpreter(module).run();
  expect(compileAndRun(module).returnCode).toBe(expected);
  return expected;
}

const main = t.func("main", [], "i32", [], c(0));

describe("selection", () => {
  const body = (result: Node, parameters: ValueType[] = ["i32", "i32"]) => [
    t.func("f", parameters, "i32", [], result),
    t.func(
      "main",
      [],
      "i32",
      [],
      t.call(
        "f",
        parameters.map(() => c(7)),
      ),
    ),
  ];

  it("combines shifts and masks into one rotate", () => {
    const f = t.binary("and", t.binary("shr_u", t.get(0), c(5)), c(0x7f));
    expect(code(body(f), "f")).toEqual(["rlwinm r3, r3, 27, 25, 31", "blr"]);
    agree(t.func("f", ["i32", "i32"], "i32", [], f), [0x12345678, 0]);
  });

  it("inserts shifted bits beside others", () => {
    const f = t.binary("or", t.binary("shl", t.get(0), c(8)), t.binary("and", t.get(1), c(0xff)));
    expect(mnemonics(code(body(f), "f"))).toContain("rlwimi");
    agree(t.func("f", ["i32", "i32"], "i32", [], f), [0x123456, 0xabcd]);
  });

  it("uses displacements and indexed forms", () => {
    const near = t.load(4, add(t.get(0), c(12)), 4);
    expect(code(body(near), "f")).toEqual(["lwz r3, 16(r3)", "blr"]);
    const indexed = t.load(1, add(t.get(0), t.get(1)));
    expect(code(body(indexed), "f")).toEqual(["lbzx r3, r3, r4", "blr"]);
    const fixed = t.load(4, c(0x104));
    expect(code(body(fixed), "f")).toEqual(["lwz r3, 260(0)", "blr"]);
  });

  it("never gives lha a negative displacement", () => {
    const f = t.load(2, add(t.get(0), c(-4)), 0, true);
    expect(code(body(f), "f").join()).not.toMatch(/lha r\d+, -/);
    agree(t.func("f", ["i32"], "i32", [], t.store(2, c(0x110), c(0x8123)), f), [0x114], { dataEnd: 0x200 });
  });

  it("fuses comparison and branch, and record forms with tests", () => {
    const f = t.when(t.binary("and", t.get(0), c(4)), t.give(c(1)));
    const lines = code(
      [t.func("f", ["i32"], "i32", [], f, c(2)), main, t.func("g", [], "i32", [], c(0))],
      "f",
      {
        table: ["f"],
      },
    );
    expect(lines[0]).toMatch(/^andi\. r0, r3, 4|^andi\. r0, r3, 0x4/);
    expect(mnemonics(lines)).not.toContain("cmpwi");
  });

  it("divides by constants without divw", () => {
    for (const d of [3, 7, 10, -5, 1000, 641, 12, 16, -8, 0x7fffffff]) {
      for (const operator of ["div_s", "div_u", "rem_s", "rem_u"] as const) {
        const f = t.func("f", ["i32"], "i32", [], t.binary(operator, t.get(0), c(d)));
        for (const x of [0, 1, -1, 99, -100, 0x7fffffff, -0x80000000, 123456789, -987654321]) agree(f, [x]);
      }
    }
    expect(mnemonics(code(body(t.binary("div_s", t.get(0), c(10))), "f"))).not.toContain("divw");
  });

  it("gives comparisons as numbers without touching XER", () => {
    for (const operator of [
      "eq",
      "ne",
      "lt_s",
      "lt_u",
      "le_s",
      "le_u",
      "gt_s",
      "gt_u",
      "ge_s",
      "ge_u",
    ] as const) {
      const f = t.func("f", ["i32", "i32"], "i32", [], t.binary(operator, t.get(0), t.get(1)));
      for (const [x, y] of [
        [1, 2],
        [2, 1],
        [5, 5],
        [-1, 1],
        [1, -1],
        [-0x80000000, 0x7fffffff],
      ]) {
        agree(f, [x, y]);
      }
      for (const k of [0, 1, -1, 100, 0x8000]) {
        const g = t.func("f", ["i32"], "i32", [], t.binary(operator, t.get(0), c(k)));
        for (const x of [k - 1, k, k + 1, -k]) agree(g, [x]);
      }
    }
    const lines = code(body(t.binary("lt_s", t.get(0), t.get(1))), "f");
    expect(lines.join()).not.toMatch(/subfe|addze|addic|subfic/);
  });
});

describe("loops", () => {
  const sum = t.func(
    "f",
    ["i32", "i32"],
    "i32",
    ["i32", "i32"],
    t.counting(
      "l",
      2,
      c(0),
      t.get(1),
      t.set(3, add(t.get(3), t.load(4, add(t.get(0), t.binary("shl", t.get(2), c(2)))))),
    ),
    t.get(3),
  );
  const data = [{ address: 0x100, bytes: new Uint8Array(64).map((_, i) => 37 * i) }];

  it("run on CTR with a pointer that the load updates", () => {
    const cold: WasmFunction = { ...sum, placement: "external" };
    const lines = code([cold, main], "f", { table: ["f"] });
    expect(mnemonics(lines)).toEqual("cmpwi ble mtctr addi li lwzu add bdnz blr li blr".split(" "));
    for (const n of [0, 1, 2, 16, -3]) agree(sum, [0x100, n], { data, dataEnd: 0x140 });
  });

  it("are written down four times when they are small, with the loads in front, and finish one by one", () => {
    const lines = mnemonics(code([sum, main], "f", { table: ["f"] }));
    const unrolled = lines.slice(0, lines.indexOf("bdnz") + 1);
    expect(unrolled.filter((name) => /^(lwz|lwzu|add|bdnz)$/.test(name))).toEqual(
      "lwz lwz lwz lwzu add add add add bdnz".split(" "),
    );
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, -3]) agree(sum, [0x100, n], { data, dataEnd: 0x140 });
  });

  it("move values from local to local without copies", () => {
    const fib = t.func(
      "f",
      ["i32"],
      "i32",
      ["i32", "i32", "i32", "i32"],
      t.set(2, c(1)),
      t.counting(
        "l",
        4,
        c(0),
        t.get(0),
        t.set(3, add(t.get(1), t.get(2))),
        t.set(1, t.get(2)),
        t.set(2, t.get(3)),
      ),
      t.get(1),
    );
    const lines = mnemonics(code([fib, main], "f", { table: ["f"] }));
    const end = lines.indexOf("bdnz");
    expect(lines.slice(end - 4, end)).not.toContain("mr");
    expect(agree(fib, [20])).toBe(6765);
    for (const n of [0, 1, 2, 3, 4, 5, 6, 7]) agree(fib, [n]);
  });

  it("are unrolled only where counter, limit and step allow it", () => {
    const body = (i: number, j: number) => t.set(j, add(t.binary("mul", t.get(j), c(3)), t.get(i)));
    const running = (operator: BinaryOperator, from: Node, limit: Node, step: number) =>
      t.func(
        "f",
        ["i32", "i32"],
        "i32",
        ["i32", "i32"],
        t.set(2, from),
        t.loop(
          "l",
          t.when(
            t.binary(operator, t.get(2), limit),
            t.block(null, [body(2, 3), t.set(2, add(t.get(2), c(step))), t.br("l")]),
          ),
        ),
        add(t.binary("mul", t.get(3), c(64)), t.get(2)),
      );
    for (const [from, to] of [
      [0, 8],
      [0, 11],
      [3, 5],
      [-5, 6],
      [0x7ffffff0, 0x7ffffffc],
      [-0x7ffffffc, -0x7ffffff0],
      [5, 5],
    ]) {
      for (const fixed of [true, false]) {
        const [a, b] = fixed ? [c(from), c(to)] : [t.get(0), t.get(1)];
        for (const operator of ["lt_s", "le_s", "ne"] as const) agree(running(operator, a, b, 1), [from, to]);
        for (const operator of ["gt_s", "ge_s", "ne"] as const)
          agree(running(operator, b, a, -1), [from, to]);
        if (from >= 0)
          for (const operator of ["lt_u", "le_u"] as const) agree(running(operator, a, b, 1), [from, to]);
        agree(running("lt_s", b, a, 1), [from, to]);
      }
    }
    agree(running("lt_u", c(-5), c(5), 1), [0, 0]);
    const limitChanges = t.func(
      "f",
      ["i32"],
      "i32",
      ["i32"],
      t.counting("l", 1, c(0), t.get(0), t.set(0, t.binary("shr_u", t.get(0), c(1)))),
      t.get(1),
    );
    for (const n of [0, 1, 9, 100]) agree(limitChanges, [n]);
  });

  it("test both sides of && by branches", () => {
    const f = t.func(
      "f",
      ["i32"],
      "i32",
      ["i32"],
      t.set(1, c(9)),
      t.loop(
        "l",
        t.when(
          t.when(
            t.binary("ge_s", t.get(1), c(0)),
            t.binary("gt_s", t.load(1, add(t.get(1), c(0x100))), t.get(0)),
            c(0),
            "i32",
          ),
          t.block(null, [t.set(1, add(t.get(1), c(-1))), t.br("l")]),
        ),
      ),
      t.get(1),
    );
    expect(mnemonics(code([f, main], "f", { table: ["f"] }))).not.toContain("mfcr");
    for (const n of [-1, 0, 5, 20]) {
      agree(f, [n], {
        data: [{ address: 0x100, bytes: new Uint8Array(10).map((_, i) => i) }],
        dataEnd: 0x110,
      });
    }
  });

  it("keep the comparison when the body calls", () => {
    const f = t.func(
      "f",
      ["i32"],
      "i32",
      ["i32", "i32"],
      t.counting("l", 1, c(0), t.get(0), t.set(2, add(t.get(2), t.call("g", [t.get(1)])))),
      t.get(2),
    );
    const g = t.func("g", ["i32"], "i32", [], t.binary("mul", t.get(0), t.get(0)));
    const lines = code([f, g, main], "f", { table: ["f"] });
    expect(mnemonics(lines)).not.toContain("bdnz");
    const module = t.moduleOf([f, g, t.func("main", [], "i32", [], t.call("f", [c(9)]))]);
    expect(compileAndRun(module).returnCode).toBe(204);
  });

  it("hoist what does not change", () => {
    const f = t.func(
      "f",
      ["i32", "i32"],
      "i32",
      ["i32", "i32"],
      t.counting(
        "l",
        2,
        c(0),
        c(10),
        t.set(3, add(t.binary("xor", t.get(3), t.get(2)), t.binary("mul", t.get(0), t.get(1)))),
      ),
      t.get(3),
    );
    const lines = mnemonics(code([f, main], "f", { table: ["f"] }));
    expect(lines.indexOf("mullw")).toBeLessThan(lines.indexOf("mtctr") + 3);
    expect(lines.slice(lines.indexOf("bdnz") - 3, lines.indexOf("bdnz"))).toEqual(["xor", "add", "addi"]);
    agree(f, [3, 5]);
  });

  it("count down, up to a limit, by steps and with unsigned limits", () => {
    const count = (from: Node, test: (i: Node) => Node, step: number) =>
      t.func(
        "f",
        ["i32"],
        "i32",
        ["i32", "i32"],
        t.set(1, from),
        t.loop(
          "l",
          t.when(
            test(t.get(1)),
            t.block(null, [t.set(2, add(t.get(2), t.get(1))), t.set(1, add(t.get(1), c(step))), t.br("l")]),
          ),
        ),
        add(t.binary("mul", t.get(2), c(1000)), t.get(1)),
      );
    for (const n of [0, 1, 5, 9]) {
      agree(
        count(t.get(0), (i) => t.binary("gt_s", i, c(0)), -1),
        [n],
      );
      agree(
        count(t.get(0), (i) => t.binary("ge_s", i, c(0)), -1),
        [n],
      );
      agree(
        count(t.get(0), (i) => i, -1),
        [n],
      );
      agree(
        count(c(0), (i) => t.binary("lt_u", i, t.get(0)), 1),
        [n],
      );
      agree(
        count(c(2), (i) => t.binary("le_s", i, t.get(0)), 1),
        [n],
      );
      agree(
        count(c(2), (i) => t.binary("lt_s", i, t.get(0)), 3),
        [n],
      );
      agree(
        count(c(-3), (i) => t.binary("le_s", i, c(20)), 7),
        [n],
      );
      agree(
        count(c(0), (i) => t.binary("ne", i, t.get(0)), 1),
        [n],
      );
    }
  });
});

describe("calls and frames", () => {
  it("recursion with an early way out that builds no frame", () => {
    const fib = t.func(
      "fib",
      ["i32"],
      "i32",
      [],
      t.when(t.binary("lt_s", t.get(0), c(2)), t.give(t.get(0))),
      add(t.call("fib", [add(t.get(0), c(-1))]), t.call("fib", [add(t.get(0), c(-2))])),
    );
    expect(agree(fib, [15])).toBe(610);
    expect(mnemonics(code([fib, main], "fib", { table: ["fib"] })).slice(0, 2)).toEqual(["cmpwi", "bltlr"]);
  });

  it("leaf functions have no frame", () => {
    const f = t.func("f", ["i32", "i32"], "i32", [], add(t.get(0), t.get(1)));
    expect(code([f, main], "f", { table: ["f"] })).toEqual(["add r3, r3, r4", "blr"]);
  });

  it("thousands of constants in one function, each loaded where it is used", () => {
    const lines = (count: number, x: Node) =>
      Array.from({ length: count }, (_, i) => {
        const value = t.binary("xor", t.binary("mul", x, c(i * 7919 + 40001)), c(i * 104729 + 70001));
        return t.store(4, c(0x1000), add(t.load(4, c(0x1000)), value));
      });
    const large: WasmFunction = {
      ...t.func(
        "large",
        ["i32"],
        "i32",
        [],
        t.block(null, [...lines(3000, t.get(0)), t.load(4, c(0x1000))], "i32"),
      ),
      placement: "external",
    };
    agree(large, [12345]);
    const entry = t.func("main", [], "i32", [], t.call("large", [c(1)]));
    const text = code([large, entry], "large");
    expect(text.length).toBeLessThan(3000 * 9);
    expect(text.filter((line) => /^(lwz|stw) .*\(r1\)/.test(line))).toEqual([]);
  });

  it("more constants in a loop than there are registers", () => {
    const step = (i: number) =>
      t.set(1, t.binary("xor", t.binary("mul", t.get(1), c(i * 7919 + 40001)), c(i * 104729 + 70001)));
    const body = [
      ...Array.from({ length: 40 }, (_, i) => step(i)),
      t.set(0, add(t.get(0), c(-1))),
      t.br("again", t.get(0)),
    ];
    const loop = t.loop("again", t.block(null, body));
    agree(t.func("f", ["i32"], "i32", ["i32"], t.block(null, [loop, t.get(1)], "i32")), [5]);
  });

  it("twelve arguments, four of them on the stack", () => {
    const parameters: ValueType[] = new Array(12).fill("i32");
    const g = t.func(
      "g",
      parameters,
      "i32",
      [],
      parameters.map((_, i) => t.binary("mul", t.get(i), c(i + 3))).reduce(add),
    );
    agree(g, [5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]);
  });

  it("forty scalars alive at once, across calls", () => {
    const n = 40;
    const locals: ValueType[] = new Array(n).fill("i32");
    const f = t.func(
      "f",
      ["i32"],
      "i32",
      locals,
      ...locals.map((_, i) => t.set(i + 1, t.load(4, c(0x100 + 4 * i)))),
      t.set(0, t.call("g", [t.get(0)])),
      ...locals.map((_, i) => t.store(4, c(0x200 + 4 * i), t.binary("xor", t.get(i + 1), t.get(n - i)))),
      locals.map((_, i) => t.get(i + 1)).reduce((a, b) => add(t.binary("rotl", a, c(3)), b), t.get(0)),
    );
    const g = t.func("g", ["i32"], "i32", [], add(t.get(0), c(1)));
    const bytes = new Uint8Array(4 * n).map((_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
    const module = t.moduleOf([f, g, t.func("main", [], "i32", [], t.call("f", [c(5)]))], {
      data: [{ address: 0x100, bytes }],
      dataEnd: 0x300,
    });
    expect(compileAndRun(module).returnCode).toBe(new Interpreter(module).run());
  });

  it("more vectors alive at once than there are registers, and vectors alive across calls and recursion", () => {
    const n = 34;
    const vectors: ValueType[] = new Array(n).fill("halves");
    const v = (i: number) => t.get(i, "halves");
    const h = (name: string, ...args: Node[]) => t.intrinsic(name, args, "halves");
    const f = t.func(
      "f",
      ["i32"],
      "halves",
      vectors,
      ...vectors.map((_, i) => t.set(i + 1, h("fxvsplath", t.binary("mul", t.get(0), c(i + 1))))),
      t.when(t.get(0), t.set(1, h("fxvaddhm", v(1), t.call("f", [add(t.get(0), c(-1))], "halves")))),
      vectors.map((_, i) => v(i + 1)).reduce((a, b) => h("fxvsubbm", h("fxvshh", a, c(1)), b)),
    );
    const module = t.moduleOf(
      [
        f,
        t.func(
          "main",
          [],
          "i32",
          [],
          t.intrinsic("fxvstax", [t.call("f", [c(1)], "halves"), c(0x100), c(0)]),
          t.intrinsic("sync", []),
          t.load(4, c(0x13c)),
        ),
      ],
      { dataEnd: 0x180 },
    );
    const outcome = compileAndRun(module);
    expect(outcome.returnCode).toBe(new Interpreter(module).run());
    expect(outcome.diagnostics).toEqual([]);
  });

  it("function pointers", () => {
    const f = t.func("f", ["i32"], "i32", [], add(t.get(0), c(100)));
    const g = t.func("g", ["i32"], "i32", [], t.binary("mul", t.get(0), c(3)));
    const indirect = (i: number): Node => ({
      op: "callIndirect",
      type: "i32",
      callee: c(i),
      arguments: [c(7)],
      parameters: ["i32"],
    });
    const entry = t.func("main", [], "i32", [], add(indirect(1), t.binary("mul", indirect(2), c(1000))));
    expect(compileAndRun(t.moduleOf([f, g, entry], { table: [null, "f", "g"] })).returnCode).toBe(21107);
  });

  it("switches with a table and with a chain", () => {
    for (const cases of [2, 12]) {
      const labels = Array.from({ length: cases }, (_, i) => `c${i}`);
      let body: Node = t.block(null, [
        { op: "switch", type: "unreachable", labels, fallback: "other", index: t.get(0) },
      ]);
      for (const [i, label] of labels.entries())
        body = t.block(null, [t.block(label, [body]), t.give(c(i * i + 1))]);
      const f = t.func("f", ["i32"], "i32", [], t.block("other", [body]), c(-1));
      for (const x of [0, 1, cases - 1, cases, -1]) agree(f, [x]);
      const lines = mnemonics(code([f, main], "f", { table: ["f"] }));
      expect(lines.includes("bctr")).toBe(cases > 4);
    }
  });

  it("code in external memory calls and is called", () => {
    const far: WasmFunction = {
      ...t.func("far", ["i32"], "i32", [], add(t.call("near", [t.get(0)]), c(1))),
      placement: "external",
    };
    const near = t.func("near", ["i32"], "i32", [], t.binary("mul", t.get(0), c(2)));
    const module = t.moduleOf([far, near, t.func("main", [], "i32", [], t.call("far", [c(20)]))]);
    expect(generateCode(module).image.sections.find((s) => s.name === "ext.text")!.address).toBe(0x80000000);
    expect(compileAndRun(module).returnCode).toBe(41);
  });
});

describe("program", () => {
  it("copies and fills memory of any size and overlap", () => {
    const area = new Uint8Array(256).map((_, i) => i ^ 0x5a);
    for (const [to, from, n] of [
      [0x110, 0x150, 64],
      [0x112, 0x150, 33],
      [0x118, 0x110, 40],
      [0x110, 0x118, 40],
      [0x111, 0x110, 7],
      [0x120, 0x150, 8],
      [0x120, 0x150, 0],
    ]) {
      for (const fixed of [true, false]) {
        const bytes = fixed ? c(n) : t.get(0);
        const f = t.func(
          "f",
          ["i32"],
          "i32",
          ["i32", "i32"],
          { op: "memoryCopy", type: "none", to: c(to), from: c(from), bytes },
          { op: "memoryFill", type: "none", to: c(to + 100), value: c(0x1a5), bytes },
          t.counting(
            "l",
            1,
            c(0x100),
            c(0x200),
            t.set(2, add(t.binary("mul", t.get(2), c(31)), t.load(1, t.get(1)))),
          ),
          t.get(2),
        );
        agree(f, [n], { data: [{ address: 0x100, bytes: area }], dataEnd: 0x200 });
      }
    }
  });

  it("stops with a code of its own at unreachable code and at unaligned accesses", () => {
    const trap = t.func("main", [], "i32", [], { op: "unreachable", type: "unreachable" });
    expect(compileAndRun(t.moduleOf([trap])).returnCode).toBe(TRAP_EXIT_CODE);
    const unaligned = t.func("main", [], "i32", [], t.load(4, c(0x102)));
    expect(compileAndRun(t.moduleOf([unaligned])).returnCode).toBe(ALIGNMENT_EXIT_CODE);
  });

  it("interrupt handlers save everything and return", () => {
    const handler = t.func(
      "isr_dec",
      [],
      "none",
      ["i32"],
      t.intrinsic("mtspr", [c(336), c(0x08000000)]),
      t.store(4, c(0x100), add(t.load(4, c(0x100)), c(1))),
      t.store(4, c(0x104), t.binary("mul", t.load(4, c(0x104)), c(3))),
    );
    const entry = t.func(
      "main",
      [],
      "i32",
      ["i32", "i32"],
      t.intrinsic("mtspr", [c(54), c(300)]),
      t.intrinsic("mtspr", [c(22), c(100)]),
      t.intrinsic("mtspr", [c(340), c(0x04400000)]),
      t.intrinsic("mtmsr", [c(0x8000)]),
      t.loop(
        "l",
        t.block(null, [
          t.set(0, add(t.get(0), c(1))),
          t.set(1, t.binary("xor", t.get(1), t.binary("mul", t.get(0), c(7)))),
          t.br("l", t.binary("lt_s", t.intrinsic("load32", [c(0x100)], "i32"), c(5))),
        ]),
      ),
      t.intrinsic("mtmsr", [c(0)]),
      t.intrinsic("mtspr", [c(340), c(0)]),
      t.load(4, c(0x100)),
    );
    expect(compileAndRun(t.moduleOf([handler, entry], { dataEnd: 0x108 })).returnCode).toBe(5);
  });

  it("exit ends the program at any depth", () => {
    const deep = t.func("deep", [], "none", [], t.intrinsic("exit", [c(-7)]));
    const entry = t.func("main", [], "i32", [], t.call("deep", [], "none"), c(1));
    expect(compileAndRun(t.moduleOf([deep, entry])).returnCode).toBe(-7);
  });

  it("has the symbols, sections and line entries of the ABI", () => {
    const { image } = generateCode(t.moduleOf([main]));
    const symbols = new Map(image.symbols.map((s) => [s.name, s.address]));
    expect(symbols.get("mailbox_base")).toBe(0x3000);
    expect(symbols.get("mailbox_end")).toBe(0x4000);
    expect(symbols.get("stack_ptr_init")).toBe(0x2ff0);
    expect(image.entry).toBe(symbols.get("__init"));
    expect(image.sections[0]).toMatchObject({ name: "int.vectors", address: 0, size: 0x34 });
    expect(image.lines).toContainEqual({ file: "main.ts", line: 1, column: 1, address: symbols.get("main") });
    expect([...image.lines].sort((a, b) => a.address - b.address)).toEqual(image.lines);
  });
});

describe("errors name the place and the remedy", () => {
  const fails = (functions: WasmFunction[], message: RegExp) => {
    expect(() => generateCode(t.moduleOf(functions))).toThrow(CodegenError);
    expect(() => generateCode(t.moduleOf(functions))).toThrow(message);
  };
  const at = (node: Node, line: number): Node => ({ ...node, location: { file: "x.ts", line, column: 3 } });

  it("constant operands", () => {
    const shift = (count: Node) =>
      t.func(
        "main",
        [],
        "i32",
        ["halves", "i32"],
        t.intrinsic("fxvmtach", [at(t.intrinsic("fxvshh", [t.get(0, "halves"), count], "halves"), 12)]),
        c(0),
      );
    fails([shift(t.load(4, c(0x100)))], /^x\.ts:12:3: argument 2 of fxvshh must be a constant/);
    fails([shift(c(16))], /argument 2 of fxvshh is 16; allowed are -16 to 15/);
  });

  it("too many vectors, unknown names, no main", () => {
    const many: ValueType[] = new Array(14).fill("halves");
    const f = t.func("f", many, "none", []);
    fails(
      [
        f,
        t.func(
          "main",
          [],
          "i32",
          [],
          t.call(
            "f",
            many.map((): Node => ({ op: "null", type: "halves" })),
            "none",
          ),
          c(0),
        ),
      ],
      /more than 13 vector arguments/,
    );
    fails(
      [t.func("main", [], "i32", [], t.intrinsic("fxvnothing", []), c(0))],
      /unknown intrinsic "fxvnothing"/,
    );
    fails([t.func("main", [], "i32", [], t.call("nobody"))], /unknown function "nobody"/);
    fails([t.func("f", [], "i32", [], c(0))], /no function main/);
  });

  it("handlers of interrupts that do not exist", () => {
    const handler = t.func("isr_decrementer", [], "none", []);
    fails(
      [main, { ...handler, exports: ["isr_decrementer"] }],
      /^isr_decrementer\.ts:1:1: isr_decrementer is no interrupt handler.*isr_fit, isr_dec\b/,
    );
  });

  it("data beyond the external memory", () => {
    const data = [{ address: 0x40010000, bytes: new Uint8Array(0x10004), name: "main/far" }];
    expect(() => generateCode(t.moduleOf([main], { data }))).toThrow(
      /@cold data main\/far of 65540 bytes reaches 4 bytes beyond/,
    );
  });

  it("programs that do not fit", () => {
    const body = Array.from({ length: 4000 }, (_, i) =>
      t.store(4, c(0x100 + 4 * (i % 16)), add(t.get(0), c(i))),
    );
    const big = t.func("big", ["i32"], "i32", [], ...body, c(0));
    fails(
      [big, t.func("main", [], "i32", [], t.call("big", [c(1)]))],
      /too large for the SRAM by \d+ bytes.*largest functions: big \d+/,
    );
  });
});
