/**
 * Interrupt handlers at any point of vector code. A handler hands back all registers of the scalar core and all vector
 * registers; ACC and VCR belong to everybody, so a handler that changes them changes them for what it interrupts.
 */
import { describe, expect, it } from "vitest";
import { generateCode } from "../../../src/toolchain/backend/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import type { Node, ValueType, WasmFunction } from "../../../src/toolchain/wasm-tree.ts";
import { Interpreter } from "./interpreter.ts";
import { compileAndRun, execute } from "./machine.ts";
import * as t from "./trees.ts";

const c = t.constant;
const add = (a: Node, b: Node) => t.binary("add", a, b);
const h = (name: string, ...args: Node[]) => t.intrinsic(name, args, "halves");
const v = (i: number) => t.get(i, "halves");
const spr = (n: number, value: number) => t.intrinsic("mtspr", [c(n), c(value)]);

const [DEC, DECAR, TSR, TCR] = [22, 54, 336, 340];
const DATA_END = 0x600;
const COUNT = 0x100;
const PERIOD = 0x108;
const HANDLER_VECTOR = 0x180;
const RESULTS = [0x200, 0x280];

/** Starts the decrementer with a period of so many cycles. */
const start = (period: Node): Node[] => [
  t.intrinsic("mtspr", [c(DECAR), period]),
  t.intrinsic("mtspr", [c(DEC), period]),
  spr(TCR, 0x04400000),
  t.intrinsic("mtmsr", [c(0x8000)]),
];
const stop: Node[] = [t.intrinsic("mtmsr", [c(0)]), spr(TCR, 0)];
const counted: Node = t.store(4, c(COUNT), add(t.load(4, c(COUNT)), c(1)));

const storeVector = (value: Node, at: number): Node[] => [
  t.intrinsic("sync", []),
  t.intrinsic("fxvstax", [value, c(at), c(0)]),
  t.intrinsic("sync", []),
];

/** Computes with vectors of its own, in a loop with a call, and keeps scalars busy. */
const handler: WasmFunction[] = [
  t.func(
    "mix",
    ["halves", "i32"],
    "halves",
    [],
    h("fxvaddhm", h("fxvmulhm", v(0), v(0)), h("fxvsplath", t.get(1))),
  ),
  t.func(
    "isr_dec",
    [],
    "none",
    ["i32", "halves", "i32"],
    spr(TSR, 0x08000000),
    counted,
    t.set(1, h("fxvsplath", t.load(4, c(COUNT)))),
    t.counting(
      "again",
      0,
      c(0),
      c(3),
      t.set(1, t.call("mix", [v(1), t.get(0)], "halves")),
      t.set(2, add(t.binary("mul", t.get(2), c(7)), t.load(4, c(COUNT)))),
    ),
    t.store(4, c(COUNT + 4), t.get(2)),
    ...storeVector(v(1), HANDLER_VECTOR),
  ),
];

/** More vectors alive than there are registers, accumulator and conditions, scalars, and a loop on CTR. */
const VECTORS = 34;
const spilling = t.func(
  "work",
  ["i32"],
  "halves",
  [...new Array<ValueType>(VECTORS).fill("halves"), "i32", "i32"],
  ...Array.from({ length: VECTORS }, (_, i) =>
    t.set(i + 1, h("fxvsplath", t.binary("mul", t.get(0), c(i + 1)))),
  ),
  t.intrinsic("fxvmtach", [v(1)]),
  t.counting(
    "rounds",
    VECTORS + 1,
    c(0),
    c(3),
    ...Array.from({ length: VECTORS - 1 }, (_, i) => t.set(i + 2, h("fxvaddhm", v(i + 2), v(i + 1)))),
    t.intrinsic("fxvmatachm", [v(VECTORS), v(2)]),
    t.set(VECTORS + 2, add(t.binary("mul", t.get(VECTORS + 2), c(5)), t.get(VECTORS + 1))),
  ),
  t.intrinsic("fxvcmph", [v(5)]),
  h(
    "fxvaddhm_if",
    h("fxvaddachm", h("fxvsplath", t.get(VECTORS + 2))),
    v(3),
    Array.from({ length: VECTORS }, (_, i) => v(i + 1)).reduce((a, b) =>
      h("fxvsubbm", h("fxvshh", a, c(1)), b),
    ),
    c(1),
  ),
);

/** Vectors alive across recursive calls, scalar work between. */
const recursive = t.func(
  "work",
  ["i32"],
  "halves",
  ["halves", "halves", "i32"],
  t.set(1, h("fxvsplath", t.get(0))),
  t.counting(
    "busy",
    3,
    c(0),
    t.get(0),
    t.set(1, h("fxvaddhm", h("fxvshh", v(1), c(1)), h("fxvsplath", t.get(3)))),
  ),
  t.when(t.get(0), t.set(2, h("fxvmulhm", t.call("work", [add(t.get(0), c(-1))], "halves"), v(1)))),
  h("fxvsubbm", v(2), v(1)),
);

const halves = (word: (at: number) => number, at: number) =>
  Array.from({ length: 32 }, (_, i) => word(at + 4 * i));

describe("a decrementer that fires all the time", () => {
  for (const [name, work] of [
    ["more vectors than registers", spilling],
    ["recursion with vectors", recursive],
  ] as const) {
    const twice = RESULTS.flatMap((at, i) => storeVector(t.call("work", [c(5 + i)], "halves"), at));
    const quiet = new Interpreter(
      t.moduleOf([work, t.func("main", [], "i32", [], ...twice, c(7))], { dataEnd: DATA_END }),
    );

    it(`leaves the results of ${name} alone`, () => {
      expect(quiet.run()).toBe(7);
      const expected = RESULTS.flatMap((at) => halves((address) => quiet.memory.getInt32(address), at));
      const main = t.func("main", [], "i32", [], ...start(t.load(4, c(PERIOD))), ...twice, ...stop, c(7));
      const data = [{ address: PERIOD, bytes: new Uint8Array(4) }];
      const { image } = generateCode(t.moduleOf([...handler, work, main], { data, dataEnd: DATA_END }), {
        minimumStack: 64,
      });
      const withPeriod = (period: number): Image => ({
        ...image,
        sections: image.sections.map((section) => {
          const at = PERIOD - section.address;
          if (!section.data || at < 0 || at >= section.size) return section;
          const bytes = section.data.slice();
          new DataView(bytes.buffer).setInt32(at, period);
          return { ...section, data: bytes };
        }),
      });
      let fired = 0;
      for (const period of Array.from({ length: 16 }, (_, i) => 1201 + 41 * i)) {
        const outcome = execute(withPeriod(period));
        expect(outcome.stop).toBe("sleep");
        expect(outcome.returnCode).toBe(7);
        expect(RESULTS.flatMap((at) => halves((address) => outcome.word(address), at))).toEqual(expected);
        expect(outcome.word(COUNT), `interrupts every ${period} cycles`).toBeGreaterThan(0);
        fired += outcome.word(COUNT);
        const again = new Interpreter(
          t.moduleOf(
            [
              handler[0],
              t.func(
                "main",
                [],
                "i32",
                ["i32", "halves"],
                t.set(1, h("fxvsplath", c(outcome.word(COUNT)))),
                t.counting("again", 0, c(0), c(3), t.set(1, t.call("mix", [v(1), t.get(0)], "halves"))),
                ...storeVector(v(1), HANDLER_VECTOR),
                c(0),
              ),
            ],
            { dataEnd: DATA_END },
          ),
        );
        again.run();
        expect(halves((address) => outcome.word(address), HANDLER_VECTOR)).toEqual(
          halves((address) => again.memory.getInt32(address), HANDLER_VECTOR),
        );
      }
      expect(fired).toBeGreaterThan(20);
    });
  }
});

describe("accumulator and conditions under an interrupt", () => {
  /** Sets ACC to 3 and EQ everywhere, waits for a handler, and gives ACC + 0 where EQ still holds, else -1. */
  const waiting = (inHandler: Node[]) =>
    compileAndRun(
      t.moduleOf(
        [
          t.func("isr_dec", [], "none", [], spr(TSR, 0x08000000), ...inHandler, counted),
          t.func(
            "main",
            [],
            "i32",
            ["halves"],
            t.intrinsic("fxvmtach", [h("fxvsplath", c(3))]),
            t.intrinsic("fxvcmph", [h("fxvsplath", c(0))]),
            ...start(c(500)),
            t.loop("l", t.br("l", t.unary("eqz", t.intrinsic("load32", [c(COUNT)], "i32")))),
            ...stop,
            t.set(0, h("fxvsel", h("fxvsplath", c(-1)), h("fxvaddachm", h("fxvsplath", c(0))), c(3))),
            ...storeVector(v(0), RESULTS[0]),
            t.load(4, c(RESULTS[0])),
          ),
        ],
        { dataEnd: DATA_END },
      ),
    ).returnCode;

  it("stay when the handler does not touch them, whatever else it computes with vectors", () => {
    expect(
      waiting(storeVector(h("fxvmulhm", h("fxvsplath", c(9)), h("fxvsplath", c(11))), HANDLER_VECTOR)),
    ).toBe(0x00030003);
  });

  it("are those of the handler when it uses them", () => {
    expect(waiting([t.intrinsic("fxvmtach", [h("fxvsplath", c(8))])])).toBe(0x00080008);
    expect(waiting([t.intrinsic("fxvcmph", [h("fxvsplath", c(1))])])).toBe(-1);
  });
});
