/** The search of firmware/calibrate on knobs made up here: 64 to 256 instances in vector registers at once. */
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Chip } from "../../src/chip/chip.ts";
import { packageRoot } from "../../src/package-root.ts";
import { compileFirmware } from "../../src/toolchain/compile.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { memoryPieces } from "../../src/toolchain/loader.ts";

const PARAMETERS = 0x8000;
const CODES = 0x9000;
const ENDS = 0x9400;
const FIRST = 0x9800;
const MEASUREMENTS = 0x9c00;

// Every instance answers a code with offset + direction * ((slope * code) >> 4).
const PROGRAM = `
import { EXTERNAL_MEMORY } from "../lib/addresses";
import { load32, store32 } from "../lib/intrinsics";
import { sync } from "../lib/vector";
import { copy } from "./reads";
import { codesOf, endsOf, measured, search, seedScatter, stateBytes, targetsOf } from "./search";

const PARAMETERS: u32 = EXTERNAL_MEMORY + ${PARAMETERS};
const state = memory.data(3072, 128);
const slopes = memory.data(512, 128);
const offsets = memory.data(512, 128);
let vectors: u32 = 0;
let direction: i32 = 0;
let measurements: u32 = 0;
let most: i32 = 0;
let outside: u32 = 0;

function apply(): void {
  sync();
  if (measurements == 0) copy(EXTERNAL_MEMORY + ${FIRST}, codesOf(state), vectors);
  for (let n: u32 = 0; n < 64 * vectors; n++) {
    const code = load<i16>(codesOf(state) + 2 * n);
    if (code < 0 || code > most) outside++;
  }
}

function measure(): void {
  for (let n: u32 = 0; n < 64 * vectors; n++) {
    const code = <i32>load<i16>(codesOf(state) + 2 * n);
    const rise = (<i32>load<i16>(slopes + 2 * n) * code) >> 4;
    store<i16>(measured + 2 * n, load<i16>(offsets + 2 * n) + direction * rise);
  }
  sync();
  measurements++;
}

export function main(): i32 {
  vectors = load32(PARAMETERS);
  most = load32(PARAMETERS + 4);
  direction = load32(PARAMETERS + 8);
  seedScatter(load32(PARAMETERS + 12));
  copy(slopes, PARAMETERS + 128, 4);
  copy(offsets, PARAMETERS + 128 + 512, 4);
  copy(targetsOf(state, vectors), PARAMETERS + 128 + 1024, vectors);
  search(state, vectors, most, direction, apply, measure);
  copy(EXTERNAL_MEMORY + ${CODES}, codesOf(state), vectors);
  copy(EXTERNAL_MEMORY + ${ENDS}, endsOf(state, vectors), vectors);
  store32(EXTERNAL_MEMORY + ${MEASUREMENTS}, measurements);
  return outside;
}
`;

interface Knobs {
  readonly vectors: number;
  readonly most: number;
  readonly direction: 1 | -1;
  readonly seed: number;
  readonly slopes: readonly number[];
  readonly offsets: readonly number[];
  readonly targets: readonly number[];
}

let image: Image;
beforeAll(async () => {
  const entry = join(packageRoot(), "firmware", "calibrate", "search-check.ts");
  ({ image } = await compileFirmware(entry, { sources: new Map([[entry, PROGRAM]]) }));
}, 600_000);

interface Found {
  readonly codes: number[];
  readonly ends: number[];
  /** Codes of the first measurement. */
  readonly first: number[];
  readonly measurements: number;
}

function run(knobs: Knobs): Found {
  const chip = new Chip({ ideal: true });
  chip.load(memoryPieces(image), "top");
  const view = new DataView(new ArrayBuffer(128 + 3 * 512));
  [knobs.vectors, knobs.most, knobs.direction, knobs.seed].forEach((word, n) => {
    view.setInt32(4 * n, word);
  });
  [knobs.slopes, knobs.offsets, knobs.targets].forEach((list, l) => {
    list.forEach((value, n) => {
      view.setInt16(128 + 512 * l + 2 * n, value);
    });
  });
  chip.externalMemory.write(PARAMETERS, new Uint8Array(view.buffer));
  chip.reset("top");
  expect(chip.run({ maxCycles: 20_000_000 }).reason).toBe("finished");
  expect(chip.returnCode("top"), "codes outside of the range").toBe(0);
  expect(chip.diagnostics).toEqual([]);
  const bytes = (at: number, length: number) => {
    const copy = chip.externalMemory.read(at, length);
    return new DataView(copy.buffer, copy.byteOffset, length);
  };
  const halves = (at: number) =>
    Array.from({ length: 64 * knobs.vectors }, (_, n) => bytes(at, 512).getInt16(2 * n));
  return {
    codes: halves(CODES),
    ends: halves(ENDS),
    first: halves(FIRST),
    measurements: bytes(MEASUREMENTS, 4).getInt32(0),
  };
}

const lists = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: 256, maxLength: 256 });

test("finds the best code of any monotone knob in every lane", () => {
  const knobs: fc.Arbitrary<Knobs> = fc.record({
    vectors: fc.constantFrom(1, 2, 4),
    most: fc.constantFrom(63, 1022),
    direction: fc.constantFrom(1 as const, -1 as const),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    slopes: lists(fc.integer({ min: 0, max: 120 })),
    offsets: lists(fc.integer({ min: -3000, max: 3000 })),
    targets: lists(fc.integer({ min: -6000, max: 6000 })),
  });
  fc.assert(
    fc.property(knobs, (example) => {
      const { codes, ends, measurements } = run(example);
      const { most, direction } = example;
      for (const [n, code] of codes.entries()) {
        const miss = (at: number) =>
          Math.abs(example.offsets[n] + direction * ((example.slopes[n] * at) >> 4) - example.targets[n]);
        let least = Infinity;
        for (let at = 0; at <= most; at++) least = Math.min(least, miss(at));
        expect(miss(code), `instance ${n}`).toBe(least);
        expect(ends[n], `instance ${n}`).toBe(code === 0 || code === most ? 1 : 0);
      }
      expect(measurements).toBe(most === 63 ? 6 + 2 : 11 + 2);
    }),
    { numRuns: 12 },
  );
});

test("scatters the first codes of analog cells by up to five steps, by seed, and those of no other knobs", () => {
  const zeros = new Array<number>(256).fill(0);
  const first = (most: number, seed: number) =>
    run({ vectors: 4, most, direction: 1, seed, slopes: zeros, offsets: zeros, targets: zeros }).first;
  const codes = first(1022, 1);
  expect(Math.min(...codes)).toBe(511 - 5);
  expect(Math.max(...codes)).toBe(511 + 5);
  // A code that 256 / 11 = 23 lanes are to get on average; 5 standard deviations of a fair draw are 23.
  for (let code = 506; code <= 516; code++) {
    const lanes = codes.filter((value) => value === code).length;
    expect(lanes, `code ${code}`).toBeGreaterThan(0);
    expect(lanes, `code ${code}`).toBeLessThan(47);
  }
  expect(first(1022, 1)).toEqual(codes);
  expect(first(1022, 2)).not.toEqual(codes);
  expect(new Set(first(63, 1))).toEqual(new Set([32]));
});
