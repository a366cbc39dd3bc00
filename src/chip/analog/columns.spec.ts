/** Kernels of resets, half rows and columns that are alike, against plain loops, bit by bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bits, fillBytes, fillDoubles, integers } from "../../../test/analog/kernel-values.ts";
import * as layout from "./kernels/layout.ts";
import { AnalogMemory } from "./kernels.ts";

const { COLUMNS } = layout;
const LANES = COLUMNS / 2;
const seed = fc.nat(0xffffffff);

describe("resets", () => {
  const columns = fc.constantFrom([0, 1], [0, 2], [1, 2]);
  const density = fc.constantFrom("all", "some", "without a mask");

  it("empty the enabled columns and count those that were not discarded", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, columns, density, (key, [first, step], enabled) => {
        const below = integers(key);
        const state = [layout.MEMBRANE, layout.RESET_CYCLE, layout.EVENTS_AT_RESET].map((address) =>
          fillDoubles(memory, address, () => below(1e6) / 7),
        );
        const discarded = fillBytes(memory, layout.DISCARDED, () => below(2));
        const enables = fillBytes(memory, layout.ENABLES, () => {
          return enabled === "all" ? 1 + below(255) : below(2) * 0x80;
        });
        const values = [0, 12345.25, 77];
        memory.doubles(layout.EVENT_COUNT, 1)[0] = values[2];
        const expected = [...state, discarded].map((array) => array.slice());
        let added = 0;
        for (let n = 0, column = first; column < COLUMNS; n++, column += step) {
          if (enabled !== "without a mask" && enables[n] === 0) continue;
          for (const [index, value] of values.entries()) expected[index][column] = value;
          added += 1 - discarded[column];
          expected[3][column] = 1;
        }
        const masked = Number(enabled !== "without a mask");
        expect(memory.kernels.resetColumns(first, step, masked, values[1])).toBe(added);
        expect([...state, discarded].map(bits)).toEqual(expected.map(bits));
      }),
    );
  });
});

describe("half rows", () => {
  it("are the columns of one parity, of which enabled ones are written", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, fc.nat(256), fc.nat(1), fc.constantFrom(3, 0x3f), (key, row, parity, mask) => {
        const below = integers(key);
        const address = layout.LABELS + row * COLUMNS;
        const bytes = fillBytes(memory, layout.LABELS, () => below(256), 257 * COLUMNS);
        const lanes = fillBytes(memory, layout.LANES, () => below(256), LANES);
        const enables = fillBytes(memory, layout.ENABLES, () => below(2) * below(256));
        const expected = bytes.slice();
        for (let lane = 0; lane < LANES; lane++) {
          if (enables[lane] !== 0) expected[row * COLUMNS + 2 * lane + parity] = lanes[lane] & mask;
        }
        memory.kernels.writeLanes(address, parity, mask);
        expect(bits(bytes)).toBe(bits(expected));
        memory.kernels.readLanes(address, 1 - parity);
        const read = lanes.map((_, lane) => expected[row * COLUMNS + 2 * lane + 1 - parity]);
        expect(bits(lanes)).toBe(bits(read));
      }),
    );
  });
});

/** Mostly the first, else the second. */
const mostly = <Value>(below: (bound: number) => number, usual: Value, rare: Value): Value =>
  below(40) === 0 ? rare : usual;

describe("columns that are mostly alike", () => {
  it("collect what is not discarded", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, (key) => {
        const below = integers(key);
        const membrane = fillDoubles(memory, layout.MEMBRANE, () => below(1e6) / 7);
        const totals = fillDoubles(memory, layout.TOTALS, () => below(1e6) / 11);
        const discarded = fillBytes(memory, layout.DISCARDED, () => mostly(below, 0, 1));
        const expected = membrane.map((charge, j) => (discarded[j] ? charge : charge + totals[j]));
        memory.kernels.collect();
        expect(bits(membrane)).toBe(bits(expected));
      }),
    );
  });

  it("have the noise of their events", () => {
    const memory = new AnalogMemory();
    const normals = fillDoubles(memory, layout.NORMALS, () => 1);
    fc.assert(
      fc.property(seed, (key) => {
        const below = integers(key);
        const events = fillDoubles(memory, layout.EVENTS_AT_RESET, () => mostly(below, 900, below(900)));
        const expected = normals.map((z, j) => Math.sqrt(1.5 + (1000 - events[j]) * 0.001225) * z);
        memory.kernels.membraneLevels(COLUMNS, 1, 1, 0, 0, 1, 1.5, 0.001225, 1000);
        expect(bits(memory.doubles(layout.LEVELS))).toBe(bits(expected));
      }),
    );
  });

  it("are counted where channels are open or dead, and where not", () => {
    const memory = new AnalogMemory();
    fc.assert(
      fc.property(seed, (key) => {
        const below = integers(key);
        const make = (address: number, bound: number) =>
          fillDoubles(memory, address, () => below(1000 * bound) / 1000);
        const [levels, shift] = [make(layout.LEVELS, 200), make(layout.RESET_SHIFT, 5)];
        const [reset, open] = [make(layout.RESET_LEVEL, 100), make(layout.OPEN_LEVEL, 100)];
        const [gain, factor] = [make(layout.CONVERTER_GAIN, 2), make(layout.COUNT_FACTOR, 2)];
        const dead = fillBytes(memory, layout.DEAD, () => mostly(below, 0, 1));
        const switches = fillBytes(memory, layout.WEIGHTS, () => mostly(below, 0x3f, 0x1f));
        const expected = Uint8Array.from(levels, (level, j) => {
          const read = dead[j] ? reset[j] : reset[j] + gain[j] * (level + shift[j]);
          const count = (switches[j] & 0x20 ? read : open[j]) * factor[j];
          return Math.min(Math.max(Math.floor(count + 0.5), 0), 255);
        });
        memory.kernels.digitise(layout.CAUSAL, layout.WEIGHTS, 0, COLUMNS, 0, 0, 0, 0);
        expect(bits(memory.bytes(layout.CAUSAL))).toBe(bits(expected));
      }),
    );
  });
});
