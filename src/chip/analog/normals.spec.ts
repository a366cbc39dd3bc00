import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NORMALS_SIZE } from "./kernels/layout.ts";
import { fillNormals } from "./normals.ts";
import { fillNormal, normalQuantile, STREAM } from "./random.ts";

const bits = (values: Float64Array | Float32Array) => Buffer.from(values.buffer).toString("base64");

const seed = fc.oneof(fc.maxSafeNat(), fc.nat(1000));
const stream = fc.nat(127);
const count = fc.oneof(fc.nat(1000), fc.maxSafeNat());

describe("normal numbers of the kernel", () => {
  it.each([Float64Array, Float32Array])("are those of random.ts in every bit (%o)", (Numbers) => {
    const length = fc.oneof(fc.nat(70), fc.nat(2 * NORMALS_SIZE + 100));
    fc.assert(
      fc.property(seed, stream, fc.nat(1), count, length, (key, purpose, unit, n, size) => {
        const expected = new Numbers(size);
        const found = new Numbers(size);
        fillNormal(expected, key, purpose, unit, n);
        fillNormals(found, key, purpose, unit, n);
        expect(bits(found)).toBe(bits(expected));
      }),
      { numRuns: 200 },
    );
  });

  it("agree over a million numbers, far into the tails", () => {
    const size = 1 << 20;
    const expected = new Float64Array(size);
    const found = new Float64Array(size);
    fillNormal(expected, 20, STREAM.free, 0);
    fillNormals(found, 20, STREAM.free, 0);
    expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.buffer))).toBe(0);
    expect(Math.max(...extremes(found))).toBeGreaterThan(4.5);
    expect(Math.min(...extremes(found))).toBeLessThan(-4.5);
  });

  it("exist where the uniform number rounds to 1 in single precision", () => {
    // Word 41874 of the stream is 0xfffffff4.
    const found = new Float32Array(41876);
    fillNormals(found, 178, STREAM.synapse, 1);
    expect(found[41874]).toBe(Math.fround(normalQuantile((0xfffffff4 + 0.5) / 2 ** 32)));
  });

  it("leave alone what lies behind their end", () => {
    const values = new Float64Array(20).fill(7);
    fillNormals(values.subarray(2, 7), 1, 1, 0);
    expect([...values].map((value) => value === 7)).toEqual(
      Array.from({ length: 20 }, (_, n) => n < 2 || n >= 7),
    );
  });
});

function extremes(values: Float64Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}
