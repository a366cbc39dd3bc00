/** The kernels against plain loops, bit by bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as layout from "./kernels/layout.ts";
import { AnalogMemory } from "./kernels.ts";
import { decayFactor, exponential, philox } from "./random.ts";

const { COLUMNS, DRIVERS } = layout;

/** Random numbers from a seed: integers below a bound, and doubles of both signs with all bits of the mantissa. */
function source(seed: number) {
  const words = new Uint32Array(4);
  let n = 0;
  const below = (bound: number) => {
    philox(n++, 0, 0, 0, seed, 1, words);
    return words[0] % bound;
  };
  const double = (scale: number) => {
    const sign = below(2) ? 1 : -1;
    return sign * (words[1] + words[2] / 2 ** 32) * (scale / 2 ** 32);
  };
  return { below, double };
}

const bits = (values: Float64Array | Uint8Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
const seed = fc.nat(0xffffffff);
const columns = fc.oneof(fc.constant(COLUMNS), fc.integer({ min: 0, max: COLUMNS }));

function filled(memory: AnalogMemory, address: number, make: () => number, length = COLUMNS): Float64Array {
  const values = memory.doubles(address, length);
  for (let n = 0; n < length; n++) values[n] = make();
  return values;
}

function filledBytes(memory: AnalogMemory, address: number, make: () => number, length = COLUMNS) {
  const values = memory.bytes(address, length);
  for (let n = 0; n < length; n++) values[n] = make();
  return values;
}

describe("sum over drivers", () => {
  it("adds four products at a time, then single ones, in every column", () => {
    const memory = new AnalogMemory();
    const products = memory.doubles(layout.PRODUCTS, 2 * DRIVERS * COLUMNS);
    const { double } = source(5);
    for (let n = 0; n < products.length; n++) products[n] = n % 7 === 0 ? 0 : double(60);
    memory.bytes(layout.VALID, 2 * DRIVERS).fill(1);
    const extents = memory.int32(layout.EXTENTS, 2 * DRIVERS).fill(COLUMNS);
    for (let index = 0; index < 2 * DRIVERS; index++) {
      if (index % 3 === 0) continue;
      extents[index] = index & 0x7f;
      products.fill(0, index * COLUMNS + extents[index], (index + 1) * COLUMNS);
    }
    const totals = memory.doubles(layout.TOTALS);
    fc.assert(
      fc.property(seed, fc.nat(4), columns, (key, density, limit) => {
        const random = source(key);
        const make = () => (random.below(4) < density ? random.double(33) : 0);
        const pulses = filled(memory, layout.PULSES, make, 2 * DRIVERS);
        const expected = new Float64Array(COLUMNS);
        const product = (index: number, j: number) => pulses[index] * products[index * COLUMNS + j];
        for (let bit = 0; bit < 2; bit++) {
          const active = [...pulses.keys()].filter((at) => at >> 7 === bit && pulses[at] !== 0);
          let n = 0;
          for (; n + 3 < active.length; n += 4) {
            const [a, b, c, d] = active.slice(n, n + 4);
            for (let j = 0; j < limit; j++) {
              expected[j] += product(a, j) + product(b, j) + product(c, j) + product(d, j);
            }
          }
          for (; n < active.length; n++) {
            for (let j = 0; j < limit; j++) expected[j] += product(active[n], j);
          }
        }
        memory.kernels.sumPulses(limit);
        expect(bits(totals)).toBe(bits(expected));
      }),
    );
  });

  it("reaches the membranes of the columns that are not discarded", () => {
    const memory = new AnalogMemory();
    const { below, double } = source(2);
    const membrane = filled(memory, layout.MEMBRANE, () => double(1e4));
    const totals = filled(memory, layout.TOTALS, () => double(1e4));
    const discarded = filledBytes(memory, layout.DISCARDED, () => below(2));
    const expected = membrane.map((charge, j) => (discarded[j] ? charge : charge + totals[j]));
    memory.kernels.collect();
    expect(bits(membrane)).toBe(bits(expected));
  });
});

describe("products of weight, synapse and gain", () => {
  it("are those of both rows of a driver, up to the last column that has one", () => {
    const memory = new AnalogMemory();
    const synapses = memory.singles(layout.SYNAPSES, COLUMNS * COLUMNS);
    fc.assert(
      fc.property(seed, fc.nat(1), fc.nat(DRIVERS - 1), columns, (key, bit, driver, used) => {
        const { below, double } = source(key);
        const [first, span] = [2 * driver * COLUMNS, 2 * COLUMNS];
        const weights = filledBytes(memory, layout.WEIGHTS + first, () => below(64) * below(2), span);
        for (let n = 0; n < span; n++) if (n % COLUMNS >= used) weights[n] = 0;
        const labels = filledBytes(memory, layout.LABELS + first, () => below(64), span);
        for (let n = 0; n < span; n++) synapses[first + n] = Math.abs(double(2));
        const modes = filledBytes(memory, layout.ROW_MODES + 2 * driver, () => below(4), 2);
        const inputs = filledBytes(memory, layout.NEURON_INPUTS, () => below(4));
        const excitatory = filled(memory, layout.EXCITATORY, () => Math.abs(double(2)));
        const inhibitory = filled(memory, layout.INHIBITORY, () => Math.abs(double(2)));
        const expected = new Float64Array(COLUMNS);
        for (let j = 0; j < COLUMNS; j++) {
          for (let row = 0; row < 2; row++) {
            const n = row * COLUMNS + j;
            if (labels[n] >> 5 !== bit || weights[n] === 0) continue;
            const current = weights[n] * synapses[first + n];
            const signs = modes[row] & inputs[j];
            expected[j] +=
              (signs & 1 ? current * excitatory[j] : 0) - (signs & 2 ? current * inhibitory[j] : 0);
          }
        }
        const index = bit * DRIVERS + driver;
        memory.bytes(layout.VALID, 2 * DRIVERS).fill(0);
        memory.doubles(layout.PULSES, 2 * DRIVERS).fill(0)[index] = 1;
        memory.kernels.sumPulses(COLUMNS);
        const products = memory.doubles(layout.PRODUCTS + index * COLUMNS * 8);
        expect(bits(products)).toBe(bits(expected));
        expect(bits(memory.doubles(layout.TOTALS))).toBe(bits(expected));
        const extent = expected.findLastIndex((value) => value !== 0) + 1;
        expect(memory.int32(layout.EXTENTS, 2 * DRIVERS)[index]).toBe(extent);
        expect(memory.bytes(layout.VALID, 2 * DRIVERS).indexOf(1)).toBe(index);
      }),
    );
  });
});

describe("leak and offset currents", () => {
  /** Times rates gives exponents from 0 to far beyond the polynomial, and to where nothing is left. */
  const time = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 3000 }),
    fc.integer({ min: 1, max: 10_000_000 }),
  );

  function rates(memory: AnalogMemory, key: number, address: number): Float64Array {
    const { below, double } = source(key);
    return filled(memory, address, () => (below(8) === 0 ? 0 : Math.abs(double(2e-4))));
  }

  it("are those of decayFactor and exponential", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, time, columns, (key, age, count) => {
        const { below, double } = source(key + 1);
        const rate = rates(memory, key, layout.LEAK_RATE);
        memory.kernels.fillDecays(count, age);
        const decays = rate.map((value) => decayFactor(age * value)).slice(0, count);
        expect(bits(memory.doubles(layout.DECAYS, count))).toBe(bits(decays));

        const membrane = filled(memory, layout.MEMBRANE, () => (below(4) === 0 ? 0 : double(1e4)));
        const left = membrane.map((charge, j) => charge * (charge === 0 ? 1 : exponential(-age * rate[j])));
        memory.kernels.leak(age);
        expect(bits(membrane)).toBe(bits(left));

        const totals = filled(memory, layout.TOTALS, () => double(1e4));
        const lost = totals.map((charge, j) => charge * decayFactor(age * (1e-4 - rate[j])));
        memory.kernels.leakTotals(age, 1e-4);
        expect(bits(totals)).toBe(bits(lost));
      }),
    );
  });

  it("move columns as their inputs are connected", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, time, columns, (key, end, count) => {
        const { below, double } = source(key + 1);
        const make = (address: number, scale: number) => filled(memory, address, () => double(scale));
        const rate = rates(memory, key, layout.CONDUCTANCE);
        const inputs = filledBytes(memory, layout.NEURON_INPUTS, () => below(4));
        const resets = filled(memory, layout.RESET_CYCLE, () => below(2000));
        const [excitatory, inhibitory] = [layout.EXCITATORY_OFFSET, layout.INHIBITORY_OFFSET].map((address) =>
          make(address, 0.1),
        );
        const [rest, drift] = [make(layout.REST, 40), make(layout.DRIFT, 0.01)];
        const expected = rate.map((value, j) => {
          const since = Math.max(0, end - resets[j]);
          let current = 0;
          if (inputs[j] & 1) current += excitatory[j];
          if (inputs[j] & 2) current += inhibitory[j];
          if (value === 0) return current * since;
          const approached = 1 - decayFactor(value * since);
          return (
            (current / value) * approached + rest[j] * approached + drift[j] * (approached / value - since)
          );
        });
        memory.kernels.fillDriven(count, end);
        expect(bits(memory.doubles(layout.DRIVEN, count))).toBe(bits(expected.slice(0, count)));
      }),
    );
  });
});

describe("conversion", () => {
  it("makes levels of membranes in the order of operations of the model", () => {
    const memory = new AnalogMemory();
    const flags = fc.record({ alike: fc.boolean(), driven: fc.boolean(), noisy: fc.boolean() });
    fc.assert(
      fc.property(seed, flags, columns, (key, { alike, driven, noisy }, count) => {
        const { below, double } = source(key);
        const make = (address: number, scale: number) => filled(memory, address, () => double(scale));
        const [membrane, drift] = [make(layout.MEMBRANE, 1e5), make(layout.DRIFT, 0.01)];
        const [offset, normals] = [make(layout.RESULT_OFFSET, 3), make(layout.NORMALS, 4)];
        const [decays, drivenBy] = [make(layout.DECAYS, 1), make(layout.DRIVEN, 10)];
        const [resets, events] = [layout.RESET_CYCLE, layout.EVENTS_AT_RESET].map((address) =>
          filled(memory, address, () => below(10_000)),
        );
        const [gain, decay, end, variance, ofEvent] = [0.0018, 0.93, 7000, 1.44, 0.001225];
        const expected = membrane.map((charge, j) => {
          const time = Math.max(0, end - resets[j]);
          const sigma = Math.sqrt(variance + (10_000 - events[j]) * ofEvent);
          let level = gain * charge * (alike ? decay : decays[j]) + drift[j] * time + offset[j];
          if (driven) level += drivenBy[j];
          if (noisy) level += sigma * normals[j];
          return level;
        });
        const [isDriven, isNoisy] = [Number(driven), Number(noisy)];
        const shared = alike ? decay : -1;
        memory.kernels.membraneLevels(
          ...([count, gain, shared, end, isDriven, isNoisy, variance, ofEvent, 10_000] as const),
        );
        expect(bits(memory.doubles(layout.LEVELS, count))).toBe(bits(expected.slice(0, count)));
      }),
    );
  });

  it("counts as the converter does, within 0..255, and leaves other columns alone", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, fc.nat(1), fc.boolean(), columns, (key, type, referenced, count) => {
        const { below, double } = source(key);
        const make = (address: number, scale: number, length = COLUMNS) =>
          filled(memory, address, () => double(scale), length);
        const [levels, resetShift] = [make(layout.LEVELS, 200), make(layout.RESET_SHIFT, 5)];
        levels.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e12, -1e12], 20);
        const [reset, open] = [make(layout.RESET_LEVEL, 128), make(layout.OPEN_LEVEL, 128)];
        const [gain, normals] = [make(layout.CONVERTER_GAIN, 1), make(layout.NORMALS, 4)];
        const [shift, factor] = [make(layout.COUNT_SHIFT, 9), make(layout.COUNT_FACTOR, 1.5)];
        const channels = make(layout.CHANNEL_OFFSET, 9, 2 * COLUMNS);
        const steps = memory.int16(layout.OFFSETS, 2 * COLUMNS).map(() => below(256) - 128);
        memory.int16(layout.OFFSETS, 2 * COLUMNS).set(steps);
        const dead = filledBytes(memory, layout.DEAD, () => Number(below(9) === 0));
        const switches = filledBytes(memory, layout.WEIGHTS, () => below(64));
        const out = memory.bytes(type === 0 ? layout.CAUSAL : layout.ACAUSAL).fill(77);
        const [sigma, west, east] = [0.5, 11.25, -7.125];
        const expected = out.map((kept, j) => {
          if (j >= count) return kept;
          const connected = !referenced && (switches[j] & 0x20) !== 0;
          let level = connected ? reset[j] : open[j];
          if (connected && dead[j] === 0) level += gain[j] * (levels[j] + resetShift[j]);
          if (referenced) level += gain[j] * (j < 128 ? west : east);
          level = (level - shift[j]) * factor[j];
          const channel = type * COLUMNS + j;
          level += channels[channel] + steps[channel] + sigma * normals[j];
          return Math.min(Math.max(Math.floor(level + 0.5), 0), 255);
        });
        const selected = Number(referenced);
        const { byteOffset } = out;
        memory.kernels.digitise(
          ...([byteOffset, layout.WEIGHTS, type, count, sigma, selected, west, east] as const),
        );
        expect(bits(out)).toBe(bits(expected));
      }),
    );
  });
});
