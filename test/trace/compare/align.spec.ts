/** Alignment of sequences against plain dynamic programming. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { align, findRun, RUN, resynchronize, type Segment } from "../../../src/trace/compare/align.ts";

/** Fewest single elements to leave out and put in. */
function editDistance(a: readonly unknown[], b: readonly unknown[]): number {
  let row = b.map((_, j) => j + 1);
  row.unshift(0);
  for (const [i, x] of a.entries()) {
    const next = [i + 1];
    for (const [j, y] of b.entries()) next.push(x === y ? row[j] : 1 + Math.min(row[j + 1], next[j]));
    row = next;
  }
  return row[b.length];
}

const edited = (segments: readonly Segment[]): number =>
  segments.filter(({ kind }) => kind === "edit").reduce((sum, { a, b }) => sum + a + b, 0);

const lengths = (segments: readonly Segment[]) => [
  segments.reduce((sum, { a }) => sum + a, 0),
  segments.reduce((sum, { b }) => sum + b, 0),
];

const sequence = (letters: number, most: number) => fc.array(fc.nat(letters - 1), { maxLength: most });

describe("align", () => {
  it("takes both sequences apart without rest, with equal elements in matches", () => {
    fc.assert(
      fc.property(sequence(4, 60), sequence(4, 60), (a, b) => {
        const segments = align(a, b);
        expect(lengths(segments)).toEqual([a.length, b.length]);
        let [i, j] = [0, 0];
        for (const segment of segments) {
          if (segment.kind === "match") expect(a.slice(i, i + segment.a)).toEqual(b.slice(j, j + segment.b));
          i += segment.a;
          j += segment.b;
        }
      }),
    );
  });

  it("finds the shortest edit; only matches of one or two elements between edits may be given up", () => {
    fc.assert(
      fc.property(sequence(3, 40), sequence(3, 40), (a, b) => {
        const segments = align(a, b);
        const edits = segments.filter(({ kind }) => kind === "edit");
        expect(edited(segments)).toBeGreaterThanOrEqual(editDistance(a, b));
        if (edits.length <= 1) return;
        // What lies between edits is long enough to be no accident.
        for (const { kind, a: length } of segments.slice(1, -1))
          if (kind === "match") expect(length).toBeGreaterThan(2);
      }),
    );
    fc.assert(
      fc.property(
        sequence(1000, 30),
        fc.nat(30),
        fc.array(fc.integer({ min: 2000, max: 3000 }), { maxLength: 9 }),
        (a, at, added) => {
          const b = [...a.slice(0, at), ...added, ...a.slice(at)];
          expect(edited(align(a, b))).toBe(added.length);
        },
      ),
    );
  });

  it("keeps to the shortest edit where matches are long", () => {
    const run = (begin: number) => Array.from({ length: 10 }, (_, i) => begin + i);
    const a = [...run(0), -1, ...run(10), ...run(20), -2, -3, ...run(30)];
    const b = [...run(0), -4, ...run(10), -5, ...run(20), ...run(30)];
    expect(editDistance(a, b)).toBe(5);
    expect(align(a, b)).toEqual([
      { kind: "match", a: 10, b: 10 },
      { kind: "edit", a: 1, b: 1 },
      { kind: "match", a: 10, b: 10 },
      { kind: "edit", a: 0, b: 1 },
      { kind: "match", a: 10, b: 10 },
      { kind: "edit", a: 2, b: 0 },
      { kind: "match", a: 10, b: 10 },
    ]);
  });

  it("gives up long edits as a whole", () => {
    const a = Array.from({ length: 1500 }, (_, i) => i);
    const b = a.map((key) => -1 - key);
    expect(align(a, b)).toEqual([{ kind: "edit", a: 1500, b: 1500 }]);
  });
});

describe("resynchronize", () => {
  /** All pairs of places, the nearest first. */
  function search(a: readonly number[], b: readonly number[]): number | undefined {
    const padded = [a, b].map((keys) => [...keys, ...Array.from({ length: RUN }, () => -1)]);
    let best: number | undefined;
    for (let i = 0; i <= a.length; i++) {
      for (let j = 0; j <= b.length; j++) {
        const isRun = Array.from({ length: RUN }, (_, k) => padded[0][i + k] === padded[1][j + k]).every(
          Boolean,
        );
        if (isRun) best = Math.min(best ?? Number.POSITIVE_INFINITY, Math.max(i, j));
      }
    }
    return best;
  }

  it("finds the nearest common run", () => {
    fc.assert(
      fc.property(sequence(2, 60), sequence(2, 60), (a, b) => {
        const place = resynchronize({ keys: a, isEnd: true }, { keys: b, isEnd: true });
        expect(place && Math.max(place.a, place.b)).toBe(search(a, b));
        if (!place) return;
        const [x, y] = [a.slice(place.a, place.a + RUN), b.slice(place.b, place.b + RUN)];
        expect(x).toEqual(y);
      }),
      { numRuns: 300 },
    );
  });

  it("takes one other element for another before one more and one less", () => {
    const loop = Array.from({ length: 30 }, () => 7);
    const keys = { keys: loop, isEnd: false };
    expect(resynchronize({ keys: [1, ...loop], isEnd: false }, keys)).toEqual({ a: 1, b: 1 });
  });

  it("does not take the end of a window for the end of a sequence", () => {
    expect(resynchronize({ keys: [1, 2], isEnd: false }, { keys: [3, 4], isEnd: false })).toBeUndefined();
    expect(resynchronize({ keys: [1, 2], isEnd: true }, { keys: [3, 4], isEnd: false })).toBeUndefined();
    expect(resynchronize({ keys: [1, 2], isEnd: true }, { keys: [3, 4], isEnd: true })).toEqual({
      a: 2,
      b: 2,
    });
  });
});

describe("findRun", () => {
  it("finds the first place", () => {
    expect(findRun([1, 2], [0, 1, 1, 2, 1, 2])).toBe(2);
    expect(findRun([1, 3], [0, 1, 1, 2])).toBeUndefined();
    expect(findRun([1, 2, 3], [1, 2])).toBeUndefined();
  });
});
