/** Calibration by firmware on both PPUs, beside that by the host on the same chip. */
import { beforeAll, describe, expect, test } from "vitest";
import { KNOBS, type KnobName } from "../../src/chip/analog/knobs.ts";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { applySettings, type ChipSettings } from "../../src/chip/settings.ts";
import { attachRegisters } from "../../src/chip/wiring.ts";
import { CYCLES_PER_MICROSECOND } from "../../src/core/clock.ts";
import { type Calibration, type CalibrationOptions, calibrate } from "../../src/lab/calibration/calibrate.ts";
import { decodeCalibration, encodeCalibration, readCalibration } from "../../src/lab/calibration/file.ts";
import {
  calibrateOnChip,
  compileCalibrationFirmware,
  type OnChipCalibration,
} from "../../src/lab/calibration/on-chip.ts";
import { figures } from "../../src/lab/calibration/statistics.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { accuracy, classify, quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import { SoftwareChip } from "../../src/lab/software-model.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { ppu, workspace } from "../cli/harness.ts";

const { path } = workspace();
const SEED = 3;
/** A tenth of all steps. */
const SHORT: CalibrationOptions = { chipSeed: SEED, noiseSeed: 1, stages: ["leak", "baseline"] };
let firmware: Image;

beforeAll(async () => {
  firmware = await compileCalibrationFirmware();
}, 600_000);

describe("calibration on the PPUs and by the host", () => {
  let onChip: OnChipCalibration;
  let byHost: Calibration;
  const seen: string[] = [];

  beforeAll(() => {
    byHost = calibrate({ chipSeed: SEED, noiseSeed: 1 });
    const options = { chipSeed: SEED, noiseSeed: 1, onStep: ({ name }: { name: string }) => seen.push(name) };
    onChip = calibrateOnChip(options, firmware);
  }, 600_000);

  test("take the same steps, with the same limits and residuals", () => {
    expect(seen).toEqual(onChip.steps.map(({ name }) => name));
    const comparable = byHost.steps.filter(({ name }) => name !== "trial noise");
    expect(seen).toEqual(comparable.map(({ name }) => name));
    for (const [n, step] of onChip.steps.entries()) {
      const host = comparable[n];
      const { name } = step;
      const failed = step.checks.filter(({ ok }) => !ok).map(({ what }) => what);
      expect(failed, name).toEqual([]);
      expect(step.checks.map((check) => check.name)).toEqual(host.checks.map((check) => check.name));
      expect([step.instances, step.unit, step.knobs]).toEqual([host.instances, host.unit, host.knobs]);
      // Columns whose quantity lies just at an end of the range may come out on either side.
      expect(Math.abs(step.atRangeEnd - host.atRangeEnd), name).toBeLessThanOrEqual(3);
      // Both are set by resolution and noise. Of few instances (quadrants) the spread itself is uncertain.
      const few = step.instances < 100;
      expect(step.inRange.std, name).toBeLessThan(host.inRange.std * (few ? 4 : 1.25) + (few ? 0.3 : 0));
      // The first step sees the same untouched chip: other noise only.
      if (n === 0) expect(Math.abs(step.before.std - host.before.std)).toBeLessThan(1);
    }
  });

  test("find the same codes within their noise, on either hemisphere", () => {
    // Two searches with noise of their own differ by sqrt(2) times the noise of one; reads are averaged as the host does.
    // v_reset: 3 reads of 1.3 LSB, 4/7 LSB a step: 1.3 codes for a single comparison, which errs in several.
    // Gains: 5 reads of 1.4 LSB and the zero's noise on 56 LSB, gain ~ code^1.5: 3.7 codes at 450, and the synapse bias.
    // Shifts: 3 reads, 0.66 LSB a step after 33 us: 1.2 codes; dead columns find nothing, hence the limit at 95 %.
    const limits: Partial<Record<KnobName, { readonly std?: number; readonly most95: number }>> = {
      v_reset: { std: 4, most95: 8 },
      i_bias_synin_exc_gm: { std: 8, most95: 18 },
      i_bias_synin_inh_gm: { std: 8, most95: 18 },
      i_bias_synin_exc_shift: { most95: 6 },
      i_bias_synin_inh_shift: { most95: 7 },
      hagen_dac_offset: { std: 2, most95: 4 },
      cadc_channel_offset: { std: 3, most95: 5 },
    };
    for (const [name, { std = Infinity, most95 }] of Object.entries(limits)) {
      const [ppus, host] = [onChip, byHost].map(({ settings }) => settings[name as KnobName]);
      const half = host.length / 2;
      for (const first of [0, half]) {
        const apart = Float64Array.from({ length: half }, (_, n) => ppus[first + n] - host[first + n]);
        const label = `${name} from instance ${first}`;
        expect(figures(apart).std, label).toBeLessThan(std);
        expect(Math.abs(figures(apart).mean), label).toBeLessThan(most95 / 4);
        expect(apart.map(Math.abs).sort()[Math.floor(0.95 * half)], label).toBeLessThanOrEqual(most95);
      }
    }
    const few: Partial<Record<KnobName, number>> = {
      cadc_v_ramp_offset: 2,
      cadc_i_ramp_slope: 2,
      // 1 % of the amplitude, and of the rise of the pulses
      syn_i_bias_dac: 20,
      stp_i_ramp: 15,
    };
    for (const [name, most] of Object.entries(few)) {
      const codes = [...onChip.settings[name as KnobName]];
      for (const [quadrant, code] of byHost.settings[name as KnobName].entries()) {
        expect(Math.abs(codes[quadrant] - code), `${name} of quadrant ${quadrant}`).toBeLessThanOrEqual(most);
      }
    }
    expect(onChip.settings.stp_i_calib).toEqual(onChip.settings.stp_i_ramp);
    expect(onChip.settings.i_bias_leak).toEqual(byHost.settings.i_bias_leak);
    expect(onChip.settings.v_leak).toEqual(byHost.settings.v_leak);
  });

  test("agree on the columns that are out of reach", () => {
    for (const name of ["v_reset", "i_bias_synin_exc_gm", "i_bias_synin_inh_gm"] as const) {
      const { least, most } = KNOBS[name];
      const ends = ({ settings }: Calibration) =>
        [...settings[name]].flatMap((code, n) => (code === least || code === most ? [n] : []));
      const [ppus, host] = [ends(onChip), ends(byHost)];
      expect(host.length, name).toBeGreaterThan(0);
      expect(ppus.filter((n) => !host.includes(n)).length, name).toBeLessThanOrEqual(2);
      expect(host.filter((n) => !ppus.includes(n)).length, name).toBeLessThanOrEqual(2);
    }
  });

  test("count cycles, of which the PPUs sleep the most", () => {
    for (const { name, knobs, cycles, awakeCycles, chipTime, reads } of onChip.steps) {
      expect(chipTime, name).toBe(cycles / CYCLES_PER_MICROSECOND);
      expect(awakeCycles, name).toBeLessThanOrEqual(cycles);
      if (knobs.length === 0) continue;
      expect(reads, name).toBeGreaterThan(0);
      // A conversion and what belongs to it take more than 1.6 us.
      expect(awakeCycles, name).toBeGreaterThan(reads * 1.6 * CYCLES_PER_MICROSECOND);
    }
    const sum = onChip.steps.reduce((total, { cycles }) => total + cycles, 0);
    expect(sum).toBeLessThanOrEqual(onChip.cycles);
    expect(sum).toBeGreaterThan(0.98 * onChip.cycles);
    const awake = onChip.steps.reduce((total, { awakeCycles }) => total + awakeCycles, 0);
    expect(awake).toBeLessThan(0.15 * sum);
  });

  test("make files that give back what was found", () => {
    const text = encodeCalibration(onChip);
    expect(decodeCalibration(text, SEED)).toEqual(onChip);
    expect(JSON.parse(text)).toMatchObject({ where: "ppu", version: 1 });
    expect(() =>
      decodeCalibration(encodeCalibration({ ...onChip, where: "moon" } as unknown as Calibration)),
    ).toThrow(/made by "moon", which is unknown here/);
  });

  test("make the digit network work alike", () => {
    const set = loadMnist("test");
    const images = quantiseImages(set.images.subarray(0, 784 * 200));
    const share = (settings: ChipSettings) => {
      const chip = new SoftwareChip({
        ...{ chipSeed: SEED, noiseSeed: 99, parameters: analogParameters("raw"), baselineReads: 20 },
      });
      applySettings({ registers: attachRegisters(chip.hemispheres) }, settings);
      return accuracy(classify(chip.evaluate(readParameters(), images)), set.labels.subarray(0, 200));
    };
    const ppus = share(onChip.settings);
    expect(ppus).toBeGreaterThan(0.95);
    expect(Math.abs(ppus - share(byHost.settings))).toBeLessThan(0.03);
  });
});

test("repeats bit by bit with the same seeds, and depends on each", () => {
  const run = (change: Partial<CalibrationOptions> = {}) =>
    calibrateOnChip({ ...SHORT, stages: ["baseline"], ...change }, firmware);
  const first = run();
  expect(run()).toEqual(first);
  for (const change of [{ noiseSeed: 2 }, { searchSeed: 2 }, { chipSeed: 4 }]) {
    const other = run(change).settings.v_reset;
    for (const hemisphere of [0, 256]) {
      expect(other.slice(hemisphere, hemisphere + 256)).not.toEqual(
        first.settings.v_reset.slice(hemisphere, hemisphere + 256),
      );
    }
  }
});

test("brings the baseline and the gain to targets of one's own", () => {
  const low = calibrateOnChip({ ...SHORT, baselineTarget: 0 }, firmware);
  expect(low.steps.map(({ name }) => name)).toEqual(["leak off", "baseline", "final baseline"]);
  expect(low.steps[1].after.mean).toBeCloseTo(120, 0);
  expect(low.steps[2].target).toBe(0);
  // Half of the noise around 0 is clipped.
  expect(low.steps[2].after.mean).toBeLessThan(1.5);

  const gain = 0.0014;
  const stages = ["leak", "baseline", "offsets", "neurons"] as const;
  const { steps } = calibrateOnChip({ ...SHORT, stages, gain }, firmware);
  const check = steps.flatMap(({ checks }) => checks).find(({ name }) => name === "gainRange");
  expect(Math.abs(check!.value / gain - 1)).toBeLessThan(0.02);
});

test("refuses options out of range, and says how other firmware ended", async () => {
  expect(() => calibrateOnChip({ ...SHORT, baselineTarget: 300 }, firmware)).toThrow(/must be 0\.\.180/);
  const { image } = await compileSource("export function main(): i32 { return 7; }");
  expect(() => calibrateOnChip(SHORT, image)).toThrow(
    /^the calibration firmware stopped by "finished" with return codes 7 and 7; no diagnostics$/,
  );
});

test("ppu calibrate --on-chip writes the file and prints cycles", async () => {
  const output = path("chip.json");
  const options = ["calibrate", "--on-chip", "--chip-seed", "4", "--steps", "leak", "-o", output];
  const text = await ppu(...options);
  expect(text).toMatchObject({ code: 0, stderr: "" });
  expect(text.stdout).toMatch(/^Compiling firmware\/calibrate for the PPUs/);
  expect(text.stdout).toMatch(
    /leak off: .*\n +before .*\n +after .*\n +5,\d{3},\d{3} PPU cycles, awake for /,
  );
  expect(readCalibration(output, 4)).toMatchObject({ where: "ppu", stages: ["leak"] });
  const json = JSON.parse((await ppu(...options, "--json")).stdout);
  expect(json).toMatchObject({ file: output, where: "ppu", chipSeed: 4 });
  expect(json.steps[0].cycles).toBeGreaterThan(json.steps[0].awakeCycles);
  expect(json.cycles).toBeGreaterThan(5_000_000);
});
