/**
 * Translated code against the stepping engine: random programs with all instructions, stores into their own code,
 * exceptions, interrupts and accesses beyond the SRAM, on lone PPUs and on whole chips, come to the same state in the same cycle
 * wherever a run is cut.
 */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { Chip } from "../../src/chip/index.ts";
import { type Bus, NO_BUS } from "../../src/core/bus.ts";
import { Ppu } from "../../src/core/ppu.ts";
import { CHIP_TIMING, RTL_TIMING, type TimingProfile } from "../../src/core/timing-profile.ts";
import type { TranslationMode } from "../../src/core/translation/mode.ts";
import { randomSource } from "../isa/random.ts";
import { randomProgram } from "./random-program.ts";

const long = process.env.PPU_LONG_TESTS !== undefined;
const LONE_PROGRAMS = long ? 80_000 : 150;
const CHIP_PROGRAMS = long ? 20_000 : 30;
const CYCLES = 6000;
/** Programs that once came to different states, by loads with update of their own base and writes that wait for the port. */
const FOUND = [373, 880, 114689, 119097, 120228, 210477, 218860, 221572, 228076];

const AROUND = {
  outside: [0x40000000, 0x50000000, 0x8a003000, 0x8e003000, 0x83c00000, 0x80440000, 0x80460000, 0x80000000],
  parallel: [0, 1, 0x40000, 0x80000, 0x180000, 0xc90200, 0x80000000, 0xc0000000, 0x123456],
};

const PROFILES: readonly TimingProfile[] = [
  CHIP_TIMING,
  RTL_TIMING,
  { ...CHIP_TIMING, branchCacheEntries: 0 },
  { ...RTL_TIMING, branchCacheEntries: 3, sramLatency: 5, dataLatency: 5 },
];

const dataLatency = (address: number) => 1 + ((address >>> 4) & 7);
const POSTED = { address: 0x8a003000, latency: dataLatency(0x8a003000) };

/** Answers by address alone, so that it does not matter who asks how often; notes value and cycle of stores of words. */
function busWith(stores: number[]): Bus {
  return {
    ...NO_BUS,
    load: (address, bytes) => (Math.imul(address, 0x9e3779b1) >>> (32 - 8 * bytes)) | 0,
    store: (address, bytes, value, cycle) => {
      if (bytes === 4) stores.push(address | 0, value | 0, cycle);
    },
    fetch: (address) => ((address & 0xff) === 0x40 ? 0x48000004 : 0x38630001),
    dataLatency,
    posted: POSTED,
    post: (values, cycles, count) => {
      for (let index = 0; index < count; index++)
        stores.push(POSTED.address | 0, values[index], cycles[index]);
    },
  };
}

/** Bytes of the snapshots that differ. */
function differences(a: Uint8Array, b: Uint8Array): string[] {
  if (Buffer.compare(a, b) === 0) return [];
  return [...a.keys()].filter((at) => a[at] !== b[at]).map((at) => `0x${at.toString(16)}: ${a[at]} ${b[at]}`);
}

function lonePpu(seed: number, translation: TranslationMode, stores: number[]): Ppu {
  const ppu = new Ppu({
    name: "lone",
    bus: busWith(stores),
    timing: PROFILES[seed % PROFILES.length],
    translation,
  });
  randomProgram(seed, AROUND).forEach((word, index) => {
    ppu.writeSramWord(4 * index, word);
  });
  return ppu;
}

describe("translated code", () => {
  it(`does what the stepping engine does (${LONE_PROGRAMS} programs)`, () => {
    let instructions = 0;
    const seeds = [...FOUND, ...Array.from({ length: LONE_PROGRAMS }, (_, index) => index + 1)];
    for (const seed of seeds) {
      const next = randomSource(seed);
      const stores: number[][] = [[], []];
      const stepping = lonePpu(seed, "off", stores[0]);
      const translating = lonePpu(seed, "always", stores[1]);
      for (let cycle = 0; cycle < CYCLES; ) {
        cycle += 1 + ((next() >>> 0) % ((next() & 3) === 0 ? 50 : 2000));
        const reason = stepping.run(cycle);
        expect(translating.run(cycle), `program ${seed}`).toBe(reason);
        const different = differences(stepping.snapshot(), translating.snapshot());
        expect(different, `program ${seed}, cycle ${stepping.cycle}`).toEqual([]);
        expect(stores[1], `program ${seed}, stores`).toEqual(stores[0]);
        if (reason === "sleep") break;
      }
      instructions += translating.instructions;
    }
    expect(instructions / LONE_PROGRAMS).toBeGreaterThan(500);
  });

  it(`does it on whole chips (${CHIP_PROGRAMS} programs)`, () => {
    const chips = (["off", "always"] as const).map(
      (translation) => new Chip({ chipSeed: 1, noiseSeed: 1, translation }),
    );
    const start = chips[0].snapshot();
    for (let seed = 1; seed <= CHIP_PROGRAMS; seed++) {
      const next = randomSource(seed);
      for (const chip of chips) {
        chip.restore(start);
        (["top", "bottom"] as const).forEach((name, side) => {
          randomProgram(2 * seed + side, AROUND).forEach((word, index) => {
            chip.ppus[name].writeSramWord(4 * index, word);
          });
        });
        chip.reset(seed % 3 === 0 ? "top" : "both");
      }
      while (chips[0].cycle < CYCLES) {
        const maxCycles = 1 + ((next() >>> 0) % 1000);
        const [stepping, translating] = chips.map((chip) => chip.run({ maxCycles }));
        expect(translating.reason, `program ${seed}`).toBe(stepping.reason);
        const [one, other] = chips.map((chip) => chip.snapshot());
        for (const side of [0, 1]) {
          const different = differences(one.ppus[side], other.ppus[side]);
          expect(different, `program ${seed}, side ${side}, cycle ${chips[0].cycle}`).toEqual([]);
        }
        expect(isDeepStrictEqual(other.hemispheres, one.hemispheres), `program ${seed}`).toBe(true);
        if (stepping.reason !== "cycles") break;
      }
    }
  });
});
