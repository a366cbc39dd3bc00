/** A vector unit that remembers against one that simulates everything. */
import { describe, expect, it } from "vitest";
import { VECTOR_TIMING_CLASSES } from "../../src/core/vector/timing-classes.ts";
import { VECTOR_UNIT_STATE_BYTES, VectorUnit } from "../../src/core/vector/unit.ts";
import { randomSource } from "../isa/random.ts";

interface Issue {
  readonly timing: number;
  readonly vrt: number;
  readonly vra: number;
  readonly vrb: number;
  readonly predicated: number;
  readonly latency: number;
  /** Cycles that the program lets pass before it. */
  readonly pause: number;
}

/** Around the longest pause that is told apart, and around the one behind which times get a new origin. */
const PAUSES = [
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  3,
  17,
  200,
  3000,
  940,
  999,
  1001,
  2 ** 28 - 400,
  2 ** 28,
  2 ** 28 + 1,
  2 ** 31,
];

/** A loop body of a few registers, so that its instructions get in each other's way. */
function body(next: () => number): Issue[] {
  const below = (limit: number) => (next() >>> 0) % limit;
  return Array.from({ length: 1 + below(12) }, () => ({
    timing: below(VECTOR_TIMING_CLASSES.length),
    vrt: below(6),
    vra: below(6),
    vrb: below(6),
    predicated: below(2),
    latency: [1, 2, 6, 10, 385][below(5)],
    pause: PAUSES[below(PAUSES.length)],
  }));
}

describe("a vector unit that remembers", () => {
  it("takes the cycles of one that simulates", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const next = randomSource(seed);
      const simulating = new VectorUnit(undefined, undefined, { remembers: false });
      let remembering = new VectorUnit();
      let cycle = 0;
      const loop = body(next);
      for (let round = 0; round < 12; round++) {
        for (const { timing, vrt, vra, vrb, predicated, latency, pause } of loop) {
          cycle += pause;
          const issue = [timing, vrt, vra, vrb, predicated, cycle, latency] as const;
          const ready = simulating.issue(...issue);
          expect(remembering.issue(...issue), `loop ${seed}, round ${round}`).toBe(ready);
          cycle = ready;
        }
        if ((next() & 3) === 0) {
          const drained = simulating.drainedAt();
          expect(Math.max(cycle, remembering.drainedAt()), `loop ${seed}`).toBe(Math.max(cycle, drained));
          cycle = Math.max(cycle, drained);
        }
        if ((next() & 3) === 0) {
          const saved = new ArrayBuffer(VECTOR_UNIT_STATE_BYTES);
          remembering.save(saved, 0);
          const again = new ArrayBuffer(VECTOR_UNIT_STATE_BYTES);
          simulating.save(again, 0);
          expect(Buffer.compare(Buffer.from(saved), Buffer.from(again)), `loop ${seed}`).toBe(0);
          const buffer = new ArrayBuffer(VECTOR_UNIT_STATE_BYTES);
          remembering = new VectorUnit(buffer);
          new Uint8Array(buffer).set(new Uint8Array(saved));
          remembering.restored();
        }
      }
    }
  });
});
