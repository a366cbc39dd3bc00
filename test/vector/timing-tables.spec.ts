import { describe, expect, it } from "vitest";
import type { TimingClass } from "../../isa/types.ts";
import { VECTOR_TIMING_CLASSES, vectorTimingIndex } from "../../src/core/vector/timing-classes.ts";
import { VECTOR_UNIT_STATE_BYTES, VectorUnit } from "../../src/core/vector/unit.ts";
import { RandomLanes } from "./random-lanes.ts";

interface Step {
  readonly timing: TimingClass;
  readonly vrt?: number;
  readonly vra?: number;
  readonly vrb?: number;
  readonly predicated?: boolean;
}

/** Issues the steps back to back from cycle 0; everything in the words of timing-measured section 2. */
function measure(steps: readonly Step[], vectorLatency = 1, parallelLatency = 1) {
  const unit = new VectorUnit();
  const issued: number[] = [];
  const written: number[] = [];
  const requests: number[] = [];
  unit.observe({
    written: (timing, vrt, cycle) => {
      // Completion may come out of order; a step is known by class and target.
      const index = steps.findIndex(
        (step, i) =>
          written[i] === undefined && vectorTimingIndex(step.timing) === timing && (step.vrt ?? 0) === vrt,
      );
      written[index] = cycle;
    },
    parallelRequest: (cycle) => requests.push(cycle),
  });
  let cycle = 0;
  for (const { timing, vrt = 0, vra = 0, vrb = 0, predicated } of steps) {
    issued.push(cycle);
    const latency = timing.startsWith("vector") ? vectorLatency : parallelLatency;
    cycle = unit.issue(vectorTimingIndex(timing), vrt, vra, vrb, predicated ? 1 : 0, cycle, latency);
  }
  return { issued, sync: unit.drainedAt(), written, requests };
}

const repeat = (count: number, step: (index: number) => Step) =>
  Array.from({ length: count }, (_, i) => step(i));
const independent = (timing: TimingClass, count: number) =>
  repeat(count, (i) => ({
    timing,
    vrt: timing.endsWith("Store") || timing.endsWith("Write") ? 20 : i % 16,
    vra: 21,
    vrb: 22,
  }));
const distances = (cycles: readonly number[]) => cycles.slice(1).map((cycle, i) => cycle - cycles[i]);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Instructions issued one per cycle before the first stall. */
const accepted = ({ issued }: { issued: number[] }) => {
  const stall = issued.findIndex((cycle, i) => cycle !== i);
  return stall < 0 ? issued.length : stall;
};

/** Rows: class, written, sync, accepted (with Lv = Lp = 1). */
const SINGLE: [TimingClass, number | undefined, number, number][] = [
  ["madd2", 15, 16, 8],
  ["madd2acc", 15, 16, 8],
  ["madd1", 14, 15, 8],
  ["madd1acc", 14, 15, 8],
  ["permute2", 11, 12, 6],
  ["shift", 10, 11, 6],
  ["splat", 9, 10, 6],
  ["compare", 9, 10, 5],
  ["vectorLoad", 42, 43, 6],
  ["vectorStore", undefined, 43, 6],
  ["parallelRead", 10, 11, 25],
  ["parallelWrite", undefined, 12, 25],
];

/** Rows: class, mean distance of independent instructions, figures known to one decimal. */
const INTERVALS: [TimingClass, number][] = [
  ["madd2", 5],
  ["madd2acc", 4],
  ["madd1", 3],
  ["madd1acc", 3],
  ["permute2", 5.6],
  ["shift", 4.5],
  ["splat", 3.2],
  ["compare", 8],
  ["vectorLoad", 38],
  ["vectorStore", 38],
  ["parallelRead", 2.5],
  ["parallelWrite", 3.5],
];

describe("one class of vector instructions", () => {
  it("is listed for all twelve classes", () => {
    expect(SINGLE.map(([timing]) => timing)).toEqual(VECTOR_TIMING_CLASSES.map(({ name }) => name));
  });

  it.each(SINGLE)("%s: written, sync, accepted", (timing, written, sync, room) => {
    const one = measure([{ timing, vrt: 1, vra: 2, vrb: 3 }]);
    if (written !== undefined) expect(one.written).toEqual([written]);
    expect(one.sync).toBe(sync);
    expect(accepted(measure(independent(timing, 40)))).toBeGreaterThanOrEqual(room);
    if (!timing.startsWith("parallel")) expect(accepted(measure(independent(timing, 40)))).toBe(room);
  });

  it("waits for the response of its port", () => {
    expect(measure([{ timing: "vectorLoad" }], 7).written).toEqual([41 + 7]);
    expect(measure([{ timing: "vectorStore" }], 7).sync).toBe(42 + 7);
    expect(measure([{ timing: "parallelRead" }], 1, 27)).toMatchObject({ written: [9 + 27], requests: [7] });
    expect(measure([{ timing: "parallelWrite" }], 1, 27)).toMatchObject({ sync: 11 + 27, requests: [8] });
  });

  it.each(INTERVALS)("%s: interval %d", (timing, interval) => {
    const { sync } = measure(independent(timing, 16));
    const longer = measure(independent(timing, 76)).sync;
    // Single fractional figures were read off short runs.
    expect(Math.abs((longer - sync) / 60 - interval)).toBeLessThanOrEqual(
      timing === "vectorLoad" ? 0.5 : 0.15,
    );
  });

  it("keeps the patterns of CMP and of the parallel port", () => {
    expect(distances(measure(independent("compare", 8)).written)).toEqual([6, 10, 6, 10, 6, 10, 6]);
    expect(distances(measure(independent("parallelRead", 9)).written)).toEqual([2, 2, 2, 4, 2, 2, 2, 4]);
    expect(distances(measure(independent("parallelWrite", 9)).requests)).toEqual([3, 3, 3, 5, 3, 3, 3, 5]);
  });

  it("has the chains", () => {
    const chain = (timing: TimingClass) =>
      mean(distances(measure(repeat(11, () => ({ timing, vrt: 1, vra: 1, vrb: 1 }))).written));
    expect(chain("madd2")).toBe(12);
    expect(chain("madd1")).toBe(11);
    expect(chain("permute2")).toBeCloseTo(8.6, 0.1);
    expect(chain("shift")).toBeCloseTo(7.4, 0.1);
  });

  it("sends up to 16 parallel reads ahead of their responses", () => {
    const { requests } = measure(independent("parallelRead", 20), 1, 400);
    expect(distances(requests.slice(0, 16)).every((distance) => distance === 2)).toBe(true);
    expect(requests[16]).toBeGreaterThan(400);
  });
});

describe("pairs of vector instructions", () => {
  const add = (vrt: number, vra: number, vrb: number, predicated = false): Step => ({
    timing: "madd2",
    vrt,
    vra,
    vrb,
    predicated,
  });
  const PAIRS: [string, Step[], (number | undefined)[]][] = [
    ["splat -> add", [{ timing: "splat", vrt: 1 }, add(2, 1, 3)], [9, 20]],
    ["add -> pack", [add(1, 2, 3), { timing: "permute2", vrt: 4, vra: 1, vrb: 5 }], [15, 23]],
    ["lax -> add", [{ timing: "vectorLoad", vrt: 1 }, add(2, 1, 3)], [42, 53]],
    ["inx -> add", [{ timing: "parallelRead", vrt: 1 }, add(2, 1, 3)], [10, 21]],
    ["cmp -> predicated add", [{ timing: "compare", vra: 2 }, add(4, 5, 6, true)], [9, 20]],
    [
      "cmp -> predicated sel",
      [
        { timing: "compare", vra: 2 },
        { timing: "permute2", vrt: 4, vra: 5, vrb: 6, predicated: true },
      ],
      [9, 16],
    ],
    ["predicated add, cmp", [add(4, 5, 6, true), { timing: "compare", vra: 2 }], [15, 19]],
    ["add v9, add v9", [add(9, 5, 6), add(9, 5, 6)], [15, 27]],
    ["add reading v8, splat v8", [add(9, 8, 6), { timing: "splat", vrt: 8 }], [15, 13]],
    ["add; pack", [add(1, 2, 3), { timing: "permute2", vrt: 4, vra: 5, vrb: 6 }], [17, 12]],
    [
      "mtach; matachm; matachm; addachm",
      [
        { timing: "madd1acc", vra: 2 },
        { timing: "madd2acc", vra: 5, vrb: 6 },
        { timing: "madd2acc", vra: 5, vrb: 6 },
        { timing: "madd1", vrt: 7, vra: 8 },
      ],
      [14, 18, 22, 25],
    ],
  ];

  it.each(PAIRS)("%s", (_, steps, written) => {
    expect(measure(steps).written).toEqual(written);
  });
});

describe("state of the vector unit", () => {
  const random = new RandomLanes(24);
  const steps: Step[] = repeat(200, () => ({
    timing: random.pick(VECTOR_TIMING_CLASSES).name,
    vrt: random.next() % 6,
    vra: random.next() % 6,
    vrb: random.next() % 6,
    predicated: random.next() % 3 === 0,
  }));
  const play = (unit: VectorUnit, from: number, to: number, start: number) => {
    let cycle = start;
    const cycles: number[] = [];
    for (const { timing, vrt = 0, vra = 0, vrb = 0, predicated } of steps.slice(from, to)) {
      cycle = unit.issue(vectorTimingIndex(timing), vrt, vra, vrb, predicated ? 1 : 0, cycle, 3);
      cycles.push(cycle);
    }
    return cycles;
  };

  it("is all in the buffer: a copy continues with the same cycles", () => {
    const buffer = new ArrayBuffer(VECTOR_UNIT_STATE_BYTES);
    const unit = new VectorUnit(buffer);
    for (let at = 0, cycle = 0; at < 200; at += 20) {
      const copy = buffer.slice(0);
      const cycles = play(unit, at, at + 20, cycle);
      const restoredBuffer = new ArrayBuffer(VECTOR_UNIT_STATE_BYTES);
      const restored = new VectorUnit(restoredBuffer);
      new Uint8Array(restoredBuffer).set(new Uint8Array(copy));
      expect(play(restored, at, at + 20, cycle)).toEqual(cycles);
      cycle = cycles.at(-1)!;
    }
  });

  it("does not depend on where time starts", () => {
    const early = new VectorUnit();
    const late = new VectorUnit();
    const offset = 2 ** 40;
    const cycles = play(early, 0, 200, 0);
    expect(play(late, 0, 200, offset).map((cycle) => cycle - offset)).toEqual(cycles);
    expect(late.drainedAt() - offset).toBe(early.drainedAt());
  });

  it("is empty after reset", () => {
    const unit = new VectorUnit();
    expect(unit.drainedAt()).toBe(0);
    const cycles = play(unit, 0, 100, 0);
    unit.reset();
    expect(unit.drainedAt()).toBe(0);
    expect(play(unit, 0, 100, 0)).toEqual(cycles);
  });
});
