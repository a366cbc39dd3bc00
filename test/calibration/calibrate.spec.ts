import { beforeAll, describe, expect, test } from "vitest";
import { KNOB_NAMES, type KnobName } from "../../src/chip/analog/knobs.ts";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { applySettings } from "../../src/chip/settings.ts";
import { attachRegisters } from "../../src/chip/wiring.ts";
import { Bench } from "../../src/lab/calibration/bench.ts";
import { type Calibration, calibrate } from "../../src/lab/calibration/calibrate.ts";
import { readCalibration } from "../../src/lab/calibration/file.ts";
import { figures } from "../../src/lab/calibration/statistics.ts";
import type { StepReport } from "../../src/lab/calibration/step.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { accuracy, classify, quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import { fitNoise, MEASURE_DEFAULTS, measureChip } from "../../src/lab/report/measure.ts";
import { SoftwareChip } from "../../src/lab/software-model.ts";
import { ppu, workspace } from "../cli/harness.ts";

const { path } = workspace();
const SEED = 3;
const raw = analogParameters("raw");

/** A raw chip, other noise than during calibration, with settings or without. */
function softwareChip(settings?: Calibration["settings"]): SoftwareChip {
  const chip = new SoftwareChip({ chipSeed: SEED, noiseSeed: 99, parameters: raw, baselineReads: 20 });
  const registers = attachRegisters(chip.hemispheres);
  if (settings) applySettings({ registers }, settings);
  return chip;
}

/** Mean results of 256 columns over 20 runs with one weight everywhere and one activation on all inputs. */
function response(chip: SoftwareChip, weight: number, x: number): Float64Array {
  chip.writeBlock(0, new Int8Array(128 * 256).fill(weight), 256, 0);
  chip.readBaseline(0);
  const sum = new Float64Array(256);
  for (let run = 0; run < 20; run++) {
    const results = chip.multiply(0, new Uint8Array(128).fill(x), 1);
    for (let j = 0; j < sum.length; j++) sum[j] += results[j] / 20;
  }
  return sum;
}

/** Without the outer twentieths, where columns are whose knobs ran out of range. */
const inner = (values: Float64Array) => values.toSorted().slice(13, -13);

describe("calibration of a raw chip", () => {
  let calibration: Calibration;
  const steps: string[] = [];
  const step = (name: string): StepReport => {
    const found = calibration.steps.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`no step ${name}`);
    return found;
  };

  beforeAll(() => {
    calibration = calibrate({ chipSeed: SEED, noiseSeed: 1, onStep: ({ name }) => steps.push(name) });
  }, 120_000);

  test("narrows every spread to what is expected, and says so", () => {
    expect(steps).toEqual(calibration.steps.map(({ name }) => name));
    const spreads = {
      "ADC channels": [8, 1.5],
      "leak off": [0.2, 0.06],
      baseline: [15, 1],
      "driver offset": [2.5, 0.7],
      "excitatory gain": [0.25, 0.05],
      "inhibitory gain": [0.3, 0.05],
      "inh / exc": [0.2, 0.04],
      "result offset": [8, 1.2],
    };
    for (const [name, [least, most]] of Object.entries(spreads)) {
      const { before, inRange } = step(name);
      expect(before.std, `${name} before`).toBeGreaterThan(least);
      expect(inRange.std, `${name} after`).toBeLessThan(most);
    }
    for (const { name, checks, reads, knobs, chipTime } of calibration.steps) {
      expect(
        checks.filter(({ ok }) => !ok).map(({ what }) => what),
        name,
      ).toEqual([]);
      if (knobs.length === 0) continue;
      expect(reads, name).toBeGreaterThan(0);
      expect(chipTime, name).toBeGreaterThan(0);
    }
  });

  test("holds for other patterns, activations and noise than it was made with", () => {
    const chip = softwareChip(calibration.settings);
    const untouched = softwareChip();
    for (const [weight, x] of [
      [10, 8],
      [-10, 15],
      [20, 12],
    ]) {
      const expected = 0.0018 * 128 * weight * x;
      const { mean, std } = figures(inner(response(chip, weight, x)));
      expect(mean / expected).toBeGreaterThan(0.85);
      expect(mean / expected).toBeLessThan(1.2);
      expect(Math.abs(std / mean)).toBeLessThan(0.05);
      const fresh = figures(inner(response(untouched, weight, x)));
      expect(Math.abs(fresh.std / fresh.mean)).toBeGreaterThan(0.25);
    }
  });

  test("repeats bit by bit with the same seeds and differs with another noise", () => {
    const short = (noiseSeed: number) =>
      calibrate({ chipSeed: SEED, noiseSeed, stages: ["cadc", "baseline"] });
    expect(short(1)).toEqual(short(1));
    expect(short(2).settings).not.toEqual(short(1).settings);
  });

  test("makes the digit network work, which fails on the raw chip", () => {
    const set = loadMnist("test");
    const images = quantiseImages(set.images.subarray(0, 784 * 200));
    const share = (chip: SoftwareChip) =>
      accuracy(classify(chip.evaluate(readParameters(), images)), set.labels.subarray(0, 200));
    expect(share(softwareChip())).toBeLessThan(0.7);
    expect(share(softwareChip(calibration.settings))).toBeGreaterThan(0.95);
  });
});

test("changes noise by the ramps of the ADC and by no other knob", () => {
  const { settings } = calibrate({ chipSeed: SEED, noiseSeed: 1 });
  const rest = (knobs: readonly KnobName[]) => {
    const chip = { chipSeed: SEED, noiseSeed: 2 };
    const own = Bench.of(chip).settings();
    const mixed = { ...own, ...Object.fromEntries(knobs.map((name) => [name, settings[name]])) };
    const few = { ...MEASURE_DEFAULTS, activations: [], weights: [], gainRuns: 1, sends: [1, 4] };
    return fitNoise(measureChip(chip, mixed, few).noise).rest;
  };
  const ramps = ["cadc_v_ramp_offset", "cadc_i_ramp_slope"] as const;
  const [raw, all] = [rest([]), rest(KNOB_NAMES)];
  expect(all).toBeGreaterThan(raw * 1.03);
  expect(rest(ramps)).toBeCloseTo(all, 1.5);
  expect(rest(KNOB_NAMES.filter((name) => !ramps.some((ramp) => ramp === name)))).toBeCloseTo(raw, 1.5);
});

test("a low baseline makes the ADC clip negative results", () => {
  const { settings, steps } = calibrate({
    ...{ chipSeed: SEED, noiseSeed: 1, baselineTarget: 0 },
    stages: ["cadc", "leak", "baseline", "offsets", "neurons"],
  });
  expect(steps.at(-1)?.name).toBe("final baseline");
  const chip = softwareChip(settings);
  const negative = inner(response(chip, -10, 15));
  expect(negative.every((value) => value <= 0 && value > -3)).toBe(true);
  const positive = inner(response(chip, 10, 15));
  expect(positive.every((value) => value > 15)).toBe(true);
});

test("a gain target is met", () => {
  const options = {
    chipSeed: SEED,
    noiseSeed: 1,
    stages: ["leak", "baseline", "offsets", "neurons"],
  } as const;
  const gains = [0.0014, 0.0022].map((gain) => {
    const { steps } = calibrate({ ...options, gain });
    const check = steps.flatMap(({ checks }) => checks).find(({ name }) => name === "gainRange");
    return check!.value / gain;
  });
  for (const ratio of gains) expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
});

test("ppu calibrate writes a file for ppu mnist and ppu run", async () => {
  const output = path("chip.json");
  const text = await ppu("calibrate", "--chip-seed", "4", "--steps", "leak,cadc", "-o", output);
  expect(text).toMatchObject({ code: 0, stderr: "" });
  expect(text.stdout).toMatch(/ADC channels: .*\n +before .*\n +after /);
  expect(text.stdout).toContain(`wrote ${output}`);
  const kept = readCalibration(output, 4);
  expect(kept.stages).toEqual(["cadc", "leak"]);
  expect([...kept.settings.i_bias_leak]).toEqual(new Array(512).fill(0));

  const json = await ppu("calibrate", "--chip-seed", "4", "--steps", "cadc", "-o", output, "--json");
  const report = JSON.parse(json.stdout);
  expect(report).toMatchObject({ file: output, chipSeed: 4, stages: ["cadc"] });
  expect(report.reads).toBe(report.steps[0].reads + report.steps[1].reads);
});

test("ppu calibrate says in one line what it can't use", async () => {
  const line = async (...argv: string[]) => {
    const { code, stderr } = await ppu("calibrate", ...argv);
    expect(code).toBe(127);
    return stderr;
  };
  expect(await line("--steps", "cadc,gains")).toMatch(/^ppu: --steps knows cadc, .*, not "gains"\n$/);
  expect(await line("--gain", "1")).toMatch(/^ppu: --gain needs 0\.001\.\.0\.04 .* got "1"\n$/);
  expect(await line("--baseline-target", "300")).toMatch(/^ppu: --baseline-target needs .* 0 to 180/);
  expect(await line("--steps", "cadc", "-o", path("no/where.json"))).toMatch(
    /cannot write .*where\.json: no such directory/,
  );
});
