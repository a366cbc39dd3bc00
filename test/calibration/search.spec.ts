import fc from "fast-check";
import { expect, test } from "vitest";
import { binarySearch } from "../../src/lab/calibration/search.ts";

/** The code of a range whose response is next to the target; the lower of two that are equally near. */
function best(response: (code: number) => number, target: number, least: number, most: number): number[] {
  let smallest = Infinity;
  let codes: number[] = [];
  for (let code = least; code <= most; code++) {
    const error = Math.abs(response(code) - target);
    if (error < smallest) codes = [];
    if (error <= smallest) {
      smallest = error;
      codes.push(code);
    }
  }
  return codes;
}

const ranges = fc
  .tuple(fc.integer({ min: -128, max: 20 }), fc.integer({ min: 30, max: 1022 }))
  .map(([least, most]) => ({ least, most }));

test("finds the best code of any monotone knob, from scattered starts too", () => {
  const knobs = fc.record({
    range: ranges,
    direction: fc.constantFrom(1 as const, -1 as const),
    scale: fc.double({ min: 0.01, max: 10, noNaN: true }),
    power: fc.constantFrom(0.5, 1, 1.5, 2),
    targets: fc.array(fc.double({ min: -0.3, max: 1.3, noNaN: true }), { minLength: 1, maxLength: 12 }),
    starts: fc.option(
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 12, maxLength: 12 }),
    ),
  });
  fc.assert(
    fc.property(knobs, ({ range, direction, scale, power, targets, starts }) => {
      const { least, most } = range;
      const response = (code: number) =>
        direction * scale * ((code - least) / (most - least)) ** power + (direction < 0 ? scale : 0);
      const wanted = targets.map((share) => share * scale);
      let next = 0;
      const { codes, atRangeEnd, measurements } = binarySearch({
        ...{ least, most, direction, target: wanted, instances: wanted.length },
        measure: (tried) => {
          expect(Math.min(...tried)).toBeGreaterThanOrEqual(least);
          expect(Math.max(...tried)).toBeLessThanOrEqual(most);
          return Float64Array.from(tried, response);
        },
        ...(starts === null ? {} : { random: () => starts[next++] }),
      });
      wanted.forEach((target, n) => {
        const error = Math.abs(response(codes[n]) - target);
        expect(error).toBe(Math.abs(response(best(response, target, least, most)[0]) - target));
        expect(atRangeEnd[n]).toBe(codes[n] === least || codes[n] === most ? 1 : 0);
      });
      expect(measurements).toBeLessThanOrEqual(Math.ceil(Math.log2(most - least + 1)) + 4);
    }),
  );
});

test("ends at the end of the range where a target is out of reach, also when the response is flat and noisy", () => {
  let count = 0;
  const noise = () => ((count++ * 37) % 11) / 10;
  const search = (direction: 1 | -1, target: number) =>
    binarySearch({
      ...{ least: 0, most: 63, instances: 4, direction, target },
      measure: (codes) => Float64Array.from(codes, noise),
    });
  for (const [direction, target, end] of [
    [1, 5, 63],
    [1, -5, 0],
    [-1, 5, 0],
    [-1, -5, 63],
  ] as const) {
    const { codes, atRangeEnd } = search(direction, target);
    expect([...codes]).toEqual([end, end, end, end]);
    expect([...atRangeEnd]).toEqual([1, 1, 1, 1]);
  }
});

test("noise of a step's size leaves the result within a few steps", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 1000 }),
      fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
      (target, noise) => {
        const { codes } = binarySearch({
          ...{ least: 0, most: 1022, instances: 1, direction: 1, target },
          measure: (tried) => Float64Array.from(tried, (code) => code + noise.next().value!),
        });
        expect(Math.abs(codes[0] - target)).toBeLessThanOrEqual(2);
      },
    ),
  );
});
