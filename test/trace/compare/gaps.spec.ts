/** What one trace does not have is skipped in the other one, said, and compared again behind it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawImage } from "../../../src/toolchain/loader.ts";
import { type CompareOptions, TraceComparison } from "../../../src/trace/compare/comparison.ts";
import type { GapRecord, Trace, TraceRecord } from "../../../src/trace/model.ts";
import { readProgram } from "../../core/golden.ts";
import { programBytes } from "../golden-chip.ts";
import { differences, kept, recorded } from "./fixture.ts";

const traceOf = (name: string): Trace =>
  recorded(rawImage(programBytes(readProgram(name))), {
    ideal: true,
    timing: "rtl,branch-cache=0",
    maxCycles: 700,
  });
const random = traceOf("p34_scalar_random");
const exceptions = traceOf("p08_exceptions");

/** Stretches of instructions, by number and length. */
const stretches = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 40 })), {
  minLength: 1,
  maxLength: 4,
});

const isInstruction = ({ kind }: TraceRecord): boolean => kind === "instruction";

/** Leaves instructions out, with what happened behind each; a gap stands in their place. */
function withGaps(trace: Trace, left: readonly (readonly [number, number])[], isCounted: boolean): Trace {
  const isLeft = (number: number) => left.some(([first, count]) => number > first && number <= first + count);
  return kept(trace, (ppu, records) => {
    const result: TraceRecord[] = [];
    let number = 0;
    let missing = 0;
    const close = (cycle: number) => {
      if (missing === 0) return;
      const gap: GapRecord = {
        kind: "gap",
        ppu,
        cycle,
        instructions: isCounted ? missing : undefined,
        reason: "filter",
      };
      result.push(gap);
      missing = 0;
    };
    for (const record of records) {
      if (isInstruction(record)) number++;
      if (!isLeft(number)) close(record.cycle);
      if (!isLeft(number)) result.push(record);
      else if (isInstruction(record)) missing++;
    }
    close((records.at(-1)?.cycle ?? 0) + 1);
    return result;
  });
}

const EXACT: CompareOptions = {};
const WITHOUT_CYCLES: CompareOptions = { ignore: ["cycles"] };

describe("gaps", () => {
  it.each([
    ["cycles tell where they end", EXACT, false],
    ["their numbers of instructions tell where they end", WITHOUT_CYCLES, true],
  ] as const)("of one trace: %s", (_name, options, isCounted) => {
    for (const trace of [random, exceptions]) {
      fc.assert(
        fc.property(stretches, fc.boolean(), (left, isFirst) => {
          const cut = withGaps(trace, left, isCounted);
          const pair = isFirst ? ([cut, trace] as const) : ([trace, cut] as const);
          expect(differences(...pair, options)).toEqual([]);
        }),
        { numRuns: 60, seed: 1 },
      );
    }
  });

  it("of both traces", () => {
    fc.assert(
      fc.property(stretches, stretches, fc.boolean(), (a, b, hasCycles) => {
        const [cutA, cutB] = [withGaps(random, a, !hasCycles), withGaps(random, b, !hasCycles)];
        expect(differences(cutA, cutB, hasCycles ? EXACT : WITHOUT_CYCLES)).toEqual([]);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it("are counted and said", () => {
    const cut = withGaps(
      random,
      [
        [10, 5],
        [100, 7],
      ],
      true,
    );
    const comparison = new TraceComparison(cut, random);
    expect([...comparison.differences()]).toEqual([]);
    expect(comparison.totals[0].missing).toEqual([[{ reason: "filter", gaps: 2, instructions: 12 }], []]);
    const length = [...random.records("top")].filter(isInstruction).length;
    expect(comparison.totals[0].instructions).toEqual([length, length]);
  });

  it("do not hide what differs behind them", () => {
    const cut = withGaps(random, [[10, 50]], true);
    const changed = kept(random, (ppu, records) =>
      ppu === "top"
        ? records.map((record) => {
            if (record !== [...random.records("top")][200] || record.kind !== "instruction") return record;
            return { ...record, pc: record.pc + 0x1000 };
          })
        : records,
    );
    const [first, ...others] = differences(cut, changed);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ kind: "replaced", instruction: [201, 201] });
  });

  it("at the end leave the rest uncompared", () => {
    const cut = withGaps(random, [[250, 400]], false);
    expect(differences(cut, random)).toEqual([]);
    expect(differences(random, cut, WITHOUT_CYCLES)).toEqual([]);
  });

  it("of the same number of instructions with other ones behind them tell that the traces are lost", () => {
    const cut = withGaps(random, [[10, 20]], false);
    const other = kept(cut, (_, records) => {
      const at = records.findIndex(({ kind }) => kind === "gap");
      return records.map((record, index) =>
        index > at && record.kind === "instruction" ? { ...record, pc: record.pc + 0x2000 } : record,
      );
    });
    const [first, ...others] = differences(cut, other, WITHOUT_CYCLES);
    expect(others).toEqual([]);
    expect(first.kind).toBe("lost");
  });
});
