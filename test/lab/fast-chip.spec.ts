import { beforeAll, describe, expect, it } from "vitest";
import type { ChipOptions } from "../../src/chip/chip.ts";
import {
  FIRMWARE_TIMING,
  MeanClock,
  RecordedClock,
  ReplayError,
  type RunTiming,
  type Stage,
} from "../../src/lab/fast-chip/clock.ts";
import { FastChip, type FastChipOptions } from "../../src/lab/fast-chip/fast-chip.ts";
import { measureGain } from "../../src/lab/fast-chip/gain.ts";
import { meanTiming, type ObservedRun, observe } from "../../src/lab/fast-chip/record.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../../src/lab/mnist-run.ts";
import { evaluateIdeal, quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import type { Image } from "../../src/toolchain/image.ts";

const IMAGES = 24;
const network = readParameters();
const raw = loadMnist("test").images.subarray(0, IMAGES * 784);
const images = quantiseImages(raw);
const USED: Readonly<Record<Stage, number>> = { baseline: 256, 0: 20, 1: 256, 2: 10 };
/** A raw chip with other codes than at power-on. */
const ADJUSTED = {
  chip: "raw",
  settings: {
    i_bias_leak: new Uint16Array(512),
    i_bias_synin_exc_gm: Uint16Array.from({ length: 512 }, (_, n) => 350 + (n % 100)),
    cadc_channel_offset: Int16Array.from({ length: 1024 }, (_, n) => (n % 21) - 10),
    stp_i_ramp: Uint16Array.of(480, 500, 520, 510),
  },
} as const;
let firmware: Image;

beforeAll(async () => {
  firmware = await compileMnistFirmware();
}, 120_000);

async function recorded(options: ChipOptions): Promise<{ run: ObservedRun; results: Int8Array }> {
  const mnist = new MnistRun(network, firmware, options);
  const run = observe(mnist.chip);
  const { results } = await mnist.classify(raw);
  run.stop();
  return { run, results };
}

/** Replays a recorded run and counts CADC bytes that are looked at and those that differ. */
function replay(run: ObservedRun, options: FastChipOptions) {
  const clock = new RecordedClock(run);
  const fast = new FastChip(options, clock);
  const at = [0, 0];
  const reads = [0, 0];
  let compared = 0;
  let different = 0;
  fast.onConversion = (side, stage, causal) => {
    const expected = run.reads[side][at[side]++];
    const left = stage === 1 && reads[side]++ % 2 === 0;
    for (let j = 0; j < (left ? 128 : USED[stage]); j++) {
      compared++;
      if (causal[j] !== expected[j]) different++;
    }
  };
  const results = fast.evaluate(network, images, IMAGES);
  return { results, compared, different, left: clock.left };
}

describe("fast path of the analog core", () => {
  const chips = {
    "calibrated chip": {},
    "raw chip": { chip: "raw" },
    "raw chip with settings": ADJUSTED,
  } as const;
  for (const [name, chip] of Object.entries(chips)) {
    it(`gives the CADC bytes of the firmware on a ${name} with mismatch and noise`, async () => {
      const options: FastChipOptions = { chipSeed: 11, noiseSeed: 5, ...chip };
      const { run, results } = await recorded(options);
      const replayed = replay(run, options);
      expect(replayed.compared).toBeGreaterThan(IMAGES * 1000);
      expect(replayed.different).toBe(0);
      expect(replayed.left).toBe(0);
      expect(replayed.results).toEqual(results);
      // Another trial has other activations, so other events.
      expect(() => replay(run, { ...options, noiseSeed: 6 })).toThrow(ReplayError);
    });
  }

  it("has the mean timing of the firmware", async () => {
    const { run } = await recorded({ chipSeed: 11, noiseSeed: 5 });
    const measured = meanTiming(run, IMAGES);
    console.log(JSON.stringify(measured));
    const length = ({ resetToEvent, event, settle }: RunTiming) => resetToEvent + 60 * event + settle;
    for (const stage of ["baseline", 0, 1, 2] as const) {
      const [assumed, now] = [length(FIRMWARE_TIMING[stage]), length(measured[stage])];
      expect(Math.abs(assumed - now), `a run of 60 events, stage ${stage}`).toBeLessThan(0.25 * now);
    }
  });

  it("is the integer model on an ideal chip", () => {
    const fast = new FastChip({ chipSeed: 1, noiseSeed: 1, chip: "ideal" }, new MeanClock());
    expect(fast.evaluate(network, images)).toEqual(evaluateIdeal(network, images, 0.0018));
  });

  it("has the same chip with the noise of another trial", () => {
    const options = { chipSeed: 3, ...ADJUSTED };
    const original = new FastChip({ ...options, noiseSeed: 1 });
    const part = images.subarray(0, 5 * 784);
    const first = original.evaluate(network, part);
    expect(original.withNoise(2).evaluate(network, part)).toEqual(
      new FastChip({ ...options, noiseSeed: 2 }).evaluate(network, part),
    );
    expect(original.withNoise(1).evaluate(network, part)).toEqual(first);
    expect(original.withNoise(2).evaluate(network, part)).not.toEqual(first);
  });

  it("measures gain and noise of a chip as they are", () => {
    const noiseless = { chipSeed: 2, noiseSeed: 1, chip: "ideal" } as const;
    expect(measureGain(new FastChip(noiseless), 1)).toEqual({ gain: expect.closeTo(0.0018, 4), noise: 0 });
    const { gain, noise } = measureGain(new FastChip({ chipSeed: 2, noiseSeed: 1 }), 1);
    expect(gain).toBeGreaterThan(0.0017);
    expect(gain).toBeLessThan(0.002);
    // sigmaRead 1.3 and 113 events of 0.035 LSB
    expect(Math.abs(noise - 1.35)).toBeLessThan(0.15);
  });

  it("refuses a recording of something else", async () => {
    const { run } = await recorded({ chipSeed: 11, noiseSeed: 5 });
    run.operations[1][40] = "convert";
    expect(() => replay(run, { chipSeed: 11, noiseSeed: 5 })).toThrow(ReplayError);
  });
});
