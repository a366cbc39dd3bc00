import { describe, expect, it } from "vitest";
import {
  checkSeed,
  decayFactor,
  exponential,
  fillNormal,
  fillUniform,
  logarithm,
  normalQuantile,
  philox,
  STREAM,
} from "./random.ts";

const block = (counter: number[], key: number[]) => {
  const out = new Uint32Array(4);
  philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1], out);
  return [...out].map((word) => word.toString(16).padStart(8, "0")).join(" ");
};

/** Central moments of a sample. */
function moments(values: Float64Array) {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  const central = (power: number) => {
    let sum = 0;
    for (const value of values) sum += (value - mean) ** power;
    return sum / values.length;
  };
  const variance = central(2);
  return { mean, variance, skewness: central(3) / variance ** 1.5, kurtosis: central(4) / variance ** 2 };
}

function normals(size: number, seed: number, stream: number = STREAM.membraneNoise, unit = 0, count = 0) {
  const values = new Float64Array(size);
  fillNormal(values, seed, stream, unit, count);
  return values;
}

describe("Philox4x32-10", () => {
  it("gives the known answers of the Random123 distribution", () => {
    expect(block([0, 0, 0, 0], [0, 0])).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
    const ones = 0xffffffff;
    expect(block([ones, ones, ones, ones], [ones, ones])).toBe("408f276d 41c83b0e a20bc7c6 6d5451fd");
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toBe(
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    );
  });
});

describe("functions from exactly defined operations", () => {
  it("agree with the host's library", () => {
    for (let n = 0; n < 2000; n++) {
      const x = 10 ** (n / 100 - 10);
      expect(logarithm(x)).toBeCloseTo(Math.log(x), 11);
      const y = (n - 1500) / 50;
      expect(exponential(y) / Math.exp(y)).toBeCloseTo(1, 11);
    }
    expect(exponential(Number.NEGATIVE_INFINITY)).toBe(0);
  });

  it("inverts the normal distribution at tabulated quantiles", () => {
    // Quantiles from NIST/SEMATECH and from AS 241's own test values.
    const table = [
      [0.25, -0.6744897502],
      [0.001, -3.0902323062],
      [1e-20, -9.262340089],
      [0.975, 1.959963985],
      [0.9, 1.281551566],
      [1e-6, -4.753424309],
      [0.5, 0],
    ];
    for (const [probability, quantile] of table) {
      expect(normalQuantile(probability)).toBeCloseTo(quantile, 5);
    }
    for (let n = 1; n < 5000; n++) {
      expect(normalQuantile(n / 10000)).toBeCloseTo(-normalQuantile(1 - n / 10000), 6);
      expect(normalQuantile((n + 1) / 10000)).toBeGreaterThan(normalQuantile(n / 10000));
    }
  });
});

describe("normal numbers", () => {
  const sample = normals(1_000_000, 42);

  it("have the moments of the normal distribution", () => {
    const m = moments(sample);
    expect(Math.abs(m.mean)).toBeLessThan(0.004);
    expect(Math.abs(m.variance - 1)).toBeLessThan(0.006);
    expect(Math.abs(m.skewness)).toBeLessThan(0.01);
    expect(Math.abs(m.kurtosis - 3)).toBeLessThan(0.03);
  });

  it("have its tails and its body (chi-squared over 40 classes of equal probability)", () => {
    const beyond = (limit: number) => sample.reduce((n, value) => n + (Math.abs(value) > limit ? 1 : 0), 0);
    expect(beyond(3)).toBeGreaterThan(2699 - 4 * 52);
    expect(beyond(3)).toBeLessThan(2699 + 4 * 52);
    expect(beyond(4)).toBeGreaterThan(30);
    expect(beyond(4)).toBeLessThan(100);
    expect(beyond(6.4)).toBe(0);
    const edges = Array.from({ length: 39 }, (_, k) => normalQuantile((k + 1) / 40));
    const counts = new Float64Array(40);
    for (const value of sample) counts[edges.filter((edge) => edge < value).length]++;
    const chi = counts.reduce((sum, count) => sum + (count - 25000) ** 2 / 25000, 0);
    expect(chi).toBeLessThan(39 + 5 * Math.sqrt(78));
  });

  it("of neighbouring elements, counts, seeds, units and streams are independent", () => {
    const size = 200_000;
    const one = sample.subarray(0, size);
    const others = [
      sample.subarray(1, size + 1),
      sample.subarray(4, size + 4),
      normals(size, 42, STREAM.membraneNoise, 0, 1),
      normals(size, 43),
      normals(size, 42 + 2 ** 32),
      normals(size, 42, STREAM.membraneNoise, 1),
      normals(size, 42, STREAM.causalNoise),
      normals(size, 42, STREAM.membraneNoise, 0, 2 ** 32),
    ];
    for (const other of others) {
      let product = 0;
      let squares = 0;
      for (let n = 0; n < size; n++) {
        product += one[n] * other[n];
        squares += (one[n] * one[n] - 1) * (other[n] * other[n] - 1);
      }
      expect(Math.abs(product / size)).toBeLessThan(5 / Math.sqrt(size));
      expect(Math.abs(squares / size)).toBeLessThan(10 / Math.sqrt(size));
    }
  });

  it("of all streams differ in every element, and don't depend on the length asked for", () => {
    const streams = Object.values(STREAM).map((stream) => normals(8, 1, stream));
    expect(new Set(streams.flatMap((values) => [...values])).size).toBe(streams.length * 8);
    expect([...normals(7, 5)]).toEqual([...normals(100, 5).subarray(0, 7)]);
  });

  it("are these bytes on every host", () => {
    const values = new Float64Array(4096);
    fillNormal(values, 123456789012345, STREAM.synapse, 1, 77);
    const words = new Uint32Array(values.buffer);
    let hash = 0x811c9dc5;
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193) >>> 0;
    expect(hash.toString(16)).toBe("ed28ac4c");
  });
});

describe("normal numbers in single precision", () => {
  it("exist where the uniform number rounds to 1", () => {
    // Word 41874 of the stream is 0xfffffff4.
    const values = new Float32Array(41876);
    fillNormal(values, 178, STREAM.synapse, 1);
    expect(values[41874]).toBe(Math.fround(normalQuantile((0xfffffff4 + 0.5) / 2 ** 32)));
    expect(values[41874]).toBeCloseTo(5.836, 3);
  });
});

describe("uniform numbers and seeds", () => {
  it("stay inside (0, 1)", () => {
    const values = new Float64Array(100_000);
    fillUniform(values, 9, STREAM.dead, 0);
    const m = moments(values);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(m.mean - 0.5)).toBeLessThan(0.005);
    expect(Math.abs(m.variance - 1 / 12)).toBeLessThan(0.002);
  });

  it("refuses seeds that are not integers below 2^53", () => {
    expect(checkSeed(2 ** 53 - 1, "chip seed")).toBe(2 ** 53 - 1);
    for (const seed of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => checkSeed(seed, "chip seed")).toThrow("chip seed must be an integer from 0 to 2^53-1");
    }
  });
});

describe("decayFactor", () => {
  it("is exp(-x) to 1e-12, on both sides of the polynomial's end", () => {
    for (let n = -400; n <= 2000; n++) {
      const x = n / 1000;
      expect(Math.abs(decayFactor(x) / Math.exp(-x) - 1)).toBeLessThan(1e-12);
    }
    expect(decayFactor(0)).toBe(1);
  });
});
