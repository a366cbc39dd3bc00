/** The way back from a difference to its cause. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Image } from "../../../src/toolchain/image.ts";
import type { Cause, EndReason } from "../../../src/trace/compare/cause.ts";
import type { CompareOptions } from "../../../src/trace/compare/comparison.ts";
import type { Trace } from "../../../src/trace/model.ts";
import { assembled, atFirst, firmware, kept, type RunOptions, recorded } from "./fixture.ts";

/** Names of operands from the difference to the end, the first one at each step, and the end. */
function pathOf(cause: Cause): string[] {
  const [operand] = cause.operands;
  if (operand) return [operand.name, ...pathOf(operand.cause)];
  return [cause.end!.reason];
}

/** pcs of A's instructions along the same way. */
function instructionsOf(cause: Cause): number[] {
  const record = cause.of[0]?.record;
  const own = record?.kind === "instruction" ? [record.pc] : [];
  return [...own, ...(cause.operands[0] ? instructionsOf(cause.operands[0].cause) : [])];
}

const causeOf = (a: Trace, b: Trace, options: CompareOptions): Cause =>
  atFirst(a, b, options, (found) => found.cause())!;

const run = (text: string, options: RunOptions = {}) =>
  recorded(assembled(text), { ideal: true, ...options });
const FAST = { timing: "rtl,branch-cache=0" };

describe("a difference comes from", () => {
  /** The load waits longer with the timing of the chip, so the time base is another. */
  const CLOCK = `
    li 8, 0x1f00
    lwz 9, 0(8)
    add 9, 9, 9
    mfspr 6, 284
    addi 7, 6, 1
    stw 7, 0x1f04(0)
    li 9, 0x1f04
    lwz 5, 0(9)
    add 4, 5, 9
    wait
  `;

  it("the time base, through memory", () => {
    const cause = causeOf(run(CLOCK), run(CLOCK, FAST), { only: ["r4"] });
    expect(pathOf(cause)).toEqual(["r5", "sram", "r7", "r6", "clock"]);
    expect(instructionsOf(cause)).toEqual([0x20, 0x1c, 0x14, 0x10, 0x0c]);
  });

  it("a register at the begin", () => {
    const text = "add 4, 9, 9\nsubf 5, 4, 9\nstw 5, 0x1f00(0)\nwait\n";
    const other = run(text, { prepare: (chip) => chip.ppus.top.setGpr(9, 5) });
    const cause = causeOf(run(text), other, { only: ["memory"] });
    expect(pathOf(cause)).toEqual(["r5", "r9", "start"]);
    expect(pathOf(cause.operands[0].cause.operands[1].cause)).toEqual(["r9", "start"]);
    expect(cause.operands[0].cause.operands.map(({ name, values }) => [name, values])).toEqual([
      ["r9", [0, 5]],
      ["r4", [0, 10]],
    ]);
  });

  it("the contents of memory at the begin", () => {
    const text = (value: number) =>
      `li 9, data@l\nlwz 5, 0(9)\nadd 6, 5, 5\nwait\n.data\ndata: .long ${value}\n`;
    expect(pathOf(causeOf(run(text(1)), run(text(2)), { only: ["r6"] }))).toEqual(["r5", "sram", "start"]);
    expect(pathOf(causeOf(run(text(1)), run(text(2)), {}))).toEqual(["sram", "start"]);
  });

  it("the store that wrote the byte that differs, not a later one beside it", () => {
    const text = "li 8, 0x1f00\nstb 7, 1(8)\nli 6, 3\nstb 6, 2(8)\nstb 6, 0(8)\nlwz 5, 0(8)\nwait\n";
    const other = run(text, { prepare: (chip) => chip.ppus.top.setGpr(7, 9) });
    const cause = causeOf(run(text), other, { only: ["r5"] });
    expect(pathOf(cause)).toEqual(["sram", "r7", "start"]);
    expect(instructionsOf(cause)).toEqual([0x14, 0x04]);
  });

  it("what the other PPU stored into this one's memory", () => {
    // r20 tells the bottom PPU, which stores its r21 into the SRAM of the top PPU.
    const text = `
      cmpwi 20, 1
      beq other
      li 8, 200
      mtctr 8
1:    bdnz 1b
      lwz 5, 0x1f00(0)
      addi 6, 5, 1
      wait
other: lis 9, 0x8a00
      ori 9, 9, 0x1f00
      addi 22, 21, 1
      stw 22, 0(9)
      wait
    `;
    const prepare =
      (value: number): RunOptions["prepare"] =>
      (chip) => {
        chip.ppus.bottom.setGpr(20, 1);
        chip.ppus.bottom.setGpr(21, value);
      };
    const options = { ppus: "both", ideal: true } as const;
    const image = assembled(text);
    const [a, b] = [1, 2].map((value) => recorded(image, { ...options, prepare: prepare(value) }));
    const cause = causeOf(a, b, { only: ["r6"] });
    expect(pathOf(cause)).toEqual(["r5", "sram", "r22", "r21", "start"]);
    expect(cause.operands[0].cause.operands[0].cause.of[0]!.record.ppu).toBe("bottom");
  });

  it("flags, of which only those that are read matter", () => {
    const text = "li 3, -1\nadd 4, 9, 3\naddic 5, 9, 1\nadde 6, 3, 3\nwait\n";
    const other = run(text, { prepare: (chip) => chip.ppus.top.setGpr(9, -1) });
    expect(pathOf(causeOf(run(text), other, { only: ["r6"] }))).toEqual(["xer", "r9", "start"]);
  });

  it("a condition, where the way parts", () => {
    const text = "cmpwi 9, 5\nbeq 1f\nli 3, 1\nli 4, 4\n1: li 5, 5\nli 6, 6\nwait\n";
    const other = run(text, { prepare: (chip) => chip.ppus.top.setGpr(9, 5) });
    // Registers are not compared, so that the way is the first difference.
    const withoutWrites = (trace: Trace): Trace => ({
      ...kept(trace),
      header: { ...trace.header, has: { ...trace.header.has, writes: false } },
    });
    const cause = causeOf(run(text), withoutWrites(other), { ignore: ["cycles", "stalls"] });
    expect(instructionsOf(cause).slice(0, 2)).toEqual([0x04, 0x00]);
    expect(cause.operands[0]).toMatchObject({ name: "cr0", values: [8, undefined] });
    expect(pathOf(cause)).toEqual(["cr0", "r9", "start"]);
  });

  it("an interrupt", () => {
    const text = `
      b start
      .org 0x30
      mtspr 336, 7
      rfi
      .org 0x40
start: lis 3, 0x0440
      lis 7, 0x0800
      li 4, 60
      mtspr 22, 4
      mtspr 340, 3
      li 5, 0
      ori 5, 5, 0x8000
      mtmsr 5
1:    lwz 9, 0x1f00(0)
      add 9, 9, 9
      b 1b
    `;
    const [a, b] = [run(text, { maxCycles: 300 }), run(text, { ...FAST, maxCycles: 300 })];
    expect(pathOf(causeOf(a, b, { ignore: ["cycles", "stalls"] }))).toEqual(["interrupt"]);
  });

  it("waiting", () => {
    expect(pathOf(causeOf(run(CLOCK), run(CLOCK, FAST), {}))).toEqual(["timing"]);
  });

  it("another program", () => {
    const text = (word: string) => `nop\n${word}\nli 5, 5\nli 6, 6\nwait\n`;
    const [a, b] = [run(text("li 4, 4")), run(text("li 4, 5"))];
    expect(pathOf(causeOf(a, b, {}))).toEqual(["program"]);
    expect(
      pathOf(causeOf(a, run(text("li 4, 4\nnop")), { ignore: ["addresses", "cycles", "stalls"] })),
    ).toEqual(["program"]);
  });

  it("instructions that wrote the same at different places", () => {
    const text = "cmpwi 9, 5\nbeq 1f\nli 3, 1\nb 2f\n1: li 3, 2\n2: add 4, 3, 3\nwait\n";
    const other = run(text, { prepare: (chip) => chip.ppus.top.setGpr(9, 5) });
    expect(pathOf(causeOf(run(text), other, { only: ["r4"] }))).toEqual(["r3", "writers"]);
  });

  it("a planted value: all operands are equal", () => {
    const trace = run(CLOCK);
    const planted = kept(trace, (_, records) =>
      records.map((record, index) =>
        index === 4 && record.kind === "instruction"
          ? { ...record, writes: [{ register: "r7", value: 1 }] }
          : record,
      ),
    );
    expect(pathOf(causeOf(trace, planted, {}))).toEqual(["operands"]);
    expect(pathOf(causeOf(trace, planted, { only: ["gpr"] }))).toEqual(["operands"]);
  });

  it("something that lies too far back, or in a gap", () => {
    const loop = "mfspr 6, 284\nli 8, 100\nmtctr 8\n1: bdnz 1b\nadd 4, 6, 6\nwait\n";
    const slow = run(`lwz 9, 0(0)\nadd 9, 9, 9\n${loop}`);
    const fast = run(`lwz 9, 0(0)\nadd 9, 9, 9\n${loop}`, FAST);
    const ends: EndReason[] = ["clock", "clock"];
    // The last writer of a register is known however far back it is; what it read is not.
    expect(
      [undefined, 16].map((history) =>
        pathOf(causeOf(slow, fast, { only: ["r4"], ...(history && { history }) })).at(-1),
      ),
    ).toEqual(ends);
    const cut = (trace: Trace) =>
      kept(trace, (ppu, records) =>
        ppu === "top"
          ? records.toSpliced(20, 1, {
              kind: "gap",
              ppu,
              cycle: records[21].cycle,
              instructions: 1,
              reason: "filter",
            })
          : records,
      );
    expect(pathOf(causeOf(cut(slow), cut(fast), { only: ["r4"] }))).toEqual(["r6", "gap"]);
    expect(pathOf(causeOf(cut(slow), cut(fast), { only: ["r4"], history: 16 }))).toEqual(["r6", "gap"]);
  });

  describe("noise", () => {
    let image: Image;
    beforeAll(async () => {
      image = await firmware("vmm");
    });

    it("in a conversion", () => {
      const [a, b] = [1, 2].map((noiseSeed) => recorded(image, { noiseSeed, maxCycles: 60_000 }));
      const direct = causeOf(a, b, {});
      expect(pathOf(direct)).toEqual(["causal", "conversion"]);
      const stored = causeOf(a, b, { only: ["memory"] });
      const path = pathOf(stored);
      expect(path.slice(-2)).toEqual(["causal", "conversion"]);
      expect(path.slice(0, -2).every((name) => /^(v\d+|acc|vcr)$/.test(name))).toBe(true);
      expect(path.length).toBeGreaterThan(4);
      const ends = (cause: Cause): NonNullable<Cause["end"]>[] =>
        cause.end ? [cause.end] : cause.operands.flatMap((operand) => ends(operand.cause));
      const conversions = ends(stored).filter(({ reason }) => reason === "conversion");
      expect(conversions.length).toBeGreaterThan(0);
      for (const { conversions: found } of conversions) {
        expect(found!.map((placed) => placed!.record.kind)).toEqual(["conversion", "conversion"]);
      }
    });
  });
});
