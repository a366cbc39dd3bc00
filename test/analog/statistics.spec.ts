/** The model against the published and derived figures of the analog core, averaged over chip seeds. */
import { describe, expect, it } from "vitest";
import { Hemisphere } from "../../src/chip/analog/hemisphere.ts";
import {
  type AnalogOverrides,
  type AnalogPreset,
  analogParameters,
} from "../../src/chip/analog/parameters.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

function makeChip(
  chipSeed: number,
  preset: AnalogPreset = "calibrated",
  overrides: AnalogOverrides = {},
): Hemisphere {
  const parameters = analogParameters(preset, overrides);
  const chip = new Hemisphere({ hemisphere: chipSeed & 1, chipSeed, noiseSeed: 7, parameters });
  for (let column = 0; column < 256; column++) {
    chip.setSynapse("weights", 256, column, 0x20);
    chip.setSynapse("labels", 256, column, 0x20);
  }
  return chip;
}

/** One integration: the first `rows` drivers get activation x, N times. */
function integrate(chip: Hemisphere, rows: number, x: number, sends: number): void {
  const start = chip.conversions * 1e5;
  chip.resetNeurons(undefined, start);
  for (let n = 0; n < sends * rows; n++) {
    const driver = n % rows;
    chip.event(1 << (driver & 3), driver >> 2, 32 - x, start + 750 + n * 4);
  }
  chip.convert(0, start + 1000 + sends * rows * 4);
}

function setRows(chip: Hemisphere, rows: number, weight: number): void {
  for (let driver = 0; driver < rows; driver++) {
    for (let column = 0; column < 256; column++) chip.setSynapse("weights", 2 * driver + 1, column, weight);
  }
}

const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: number[]) => {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
};

/** Mean over `trials` of result minus baseline, for all columns that are not stuck. */
function amplitudes(chip: Hemisphere, rows: number, x: number, sends: number, trials: number): number[] {
  const sums = new Float64Array(256);
  for (let n = 0; n < trials; n++) {
    integrate(chip, rows, x, sends);
    for (let j = 0; j < 256; j++) sums[j] += chip.causal[j];
    integrate(chip, 0, x, 1);
    for (let j = 0; j < 256; j++) sums[j] -= chip.causal[j];
  }
  return [...sums].map((sum) => sum / trials).filter((_, j) => chip.mismatch.dead[j] === 0);
}

describe("calibrated chips", () => {
  it("one row, x = 12, w = 21, 100 sends: mean 45..52 LSB, spread 5..7 %", () => {
    const results = SEEDS.map((seed) => {
      const chip = makeChip(seed);
      setRows(chip, 1, 21);
      const values = amplitudes(chip, 1, 12, 100, 20);
      return [meanOf(values), deviation(values) / meanOf(values)];
    });
    const mean = meanOf(results.map(([value]) => value));
    const spread = meanOf(results.map(([, value]) => value));
    console.log(`one row: mean ${mean.toFixed(1)} LSB, spread ${(spread * 100).toFixed(1)} %`);
    expect(mean).toBeGreaterThan(45);
    expect(mean).toBeLessThan(52);
    expect(spread).toBeGreaterThan(0.05);
    expect(spread).toBeLessThan(0.075);
  });

  it("100 rows, x = 15, w = 21: mean 55..60 LSB, spread about 5 %", () => {
    const results = SEEDS.map((seed) => {
      const chip = makeChip(seed);
      setRows(chip, 100, 21);
      const values = amplitudes(chip, 100, 15, 1, 20);
      return [meanOf(values), deviation(values) / meanOf(values)];
    });
    const mean = meanOf(results.map(([value]) => value));
    const spread = meanOf(results.map(([, value]) => value));
    console.log(`100 rows: mean ${mean.toFixed(1)} LSB, spread ${(spread * 100).toFixed(1)} %`);
    expect(mean).toBeGreaterThan(55);
    expect(mean).toBeLessThan(61);
    expect(spread).toBeGreaterThan(0.04);
    expect(spread).toBeLessThan(0.065);
  });

  it("trial-to-trial noise at 128 rows: 1.36, 1.5, 2.1 LSB for 1, 4, 16 sends", () => {
    for (const [sends, expected] of [
      [0, 1.3],
      [1, 1.36],
      [4, 1.5],
      [16, 2.1],
    ]) {
      const chip = makeChip(3);
      setRows(chip, 128, 1);
      const trials = 100;
      const sum = new Float64Array(256);
      const squares = new Float64Array(256);
      for (let n = 0; n < trials; n++) {
        integrate(chip, sends === 0 ? 0 : 128, 1, sends);
        for (let j = 0; j < 256; j++) {
          sum[j] += chip.causal[j];
          squares[j] += chip.causal[j] ** 2;
        }
      }
      const variances = [...sum].map((s, j) => (squares[j] - (s * s) / trials) / (trials - 1));
      const alive = variances.filter((_, j) => chip.mismatch.dead[j] === 0);
      // The converter's rounding adds 1/12.
      const sigma = Math.sqrt(meanOf(alive) - 1 / 12);
      expect(Math.abs(sigma / expected - 1)).toBeLessThan(0.05);
    }
  });

  it("both channels share the membrane's noise and differ in the converter's 0.5 LSB", () => {
    const chip = makeChip(2);
    const differences: number[] = [];
    const first = new Float64Array(256);
    for (let n = 0; n < 101; n++) {
      integrate(chip, 0, 1, 0);
      for (let j = 0; j < 256; j++) {
        const difference = chip.causal[j] - chip.acausal[j];
        if (n === 0) first[j] = chip.mismatch.channelOffset[j] - chip.mismatch.channelOffset[256 + j];
        else differences.push(difference - first[j]);
      }
    }
    const sigma = Math.sqrt(deviation(differences) ** 2 - 2 / 12);
    expect(Math.abs(sigma - 0.5 * Math.SQRT2)).toBeLessThan(0.03);
  });

  it("baseline 120 with a spread of 8, two in a thousand columns stuck, lower limit 90..125 below it", () => {
    const baselines: number[] = [];
    let dead = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const chip = makeChip(seed);
      dead += chip.mismatch.dead.reduce((sum, flag) => sum + flag, 0);
      if (seed > 8) continue;
      integrate(chip, 0, 1, 0);
      baselines.push(...chip.causal);
    }
    expect(Math.abs(meanOf(baselines) - 120)).toBeLessThan(1);
    expect(Math.abs(deviation(baselines) - 8.3)).toBeLessThan(0.5);
    expect(dead).toBeGreaterThan(8);
    expect(dead).toBeLessThan(36);
  });

  it("stuck columns stay at the baseline", () => {
    const chip = makeChip(1, "calibrated", { deadFraction: 0.5 });
    setRows(chip, 128, 63);
    integrate(chip, 128, 31, 1);
    for (let j = 0; j < 256; j++) {
      if (chip.mismatch.dead[j])
        expect(Math.abs(chip.causal[j] - chip.mismatch.resetLevel[j])).toBeLessThan(8);
      else expect(chip.causal[j]).toBe(255);
    }
  });
});

describe("seeds and presets", () => {
  it("differ between chips and hemispheres, and are the same for the same seeds", () => {
    const pattern = (hemisphere: number, chipSeed: number) =>
      new Hemisphere({ hemisphere, chipSeed, noiseSeed: 1 }).mismatch;
    expect(pattern(0, 1).synapse).toEqual(pattern(0, 1).synapse);
    for (const other of [pattern(1, 1), pattern(0, 2)]) {
      let correlation = 0;
      const one = pattern(0, 1).synapse;
      for (let n = 0; n < one.length; n++)
        correlation += ((one[n] - 1) * (other.synapse[n] - 1)) / 0.035 ** 2;
      expect(Math.abs(correlation / one.length)).toBeLessThan(0.02);
      expect(other.resetLevel).not.toEqual(pattern(0, 1).resetLevel);
    }
  });

  it("a raw chip scatters as declared", () => {
    const values: Record<string, number[]> = { gain: [], channel: [], driver: [] };
    for (const seed of SEEDS) {
      const { mismatch } = makeChip(seed, "raw");
      const common = meanOf([...mismatch.excitatory]);
      values.gain.push(...[...mismatch.excitatory].map((gain) => gain / common));
      values.channel.push(...mismatch.channelOffset);
      values.driver.push(...mismatch.driverOffset);
    }
    expect(Math.abs(deviation(values.gain) - 0.35)).toBeLessThan(0.04);
    expect(Math.abs(deviation(values.channel) - 12)).toBeLessThan(0.6);
    expect(Math.abs(deviation(values.driver) - 4)).toBeLessThan(0.4);
  });
});
