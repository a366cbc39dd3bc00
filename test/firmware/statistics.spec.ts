import { describe, expect, it } from "vitest";
import { runFirmware } from "./firmware.ts";

/** The published or derived figures are means over chips: several seeds, each measured by firmware. */
const CHIP_SEEDS = [1, 2, 3, 4];

interface Setting {
  readonly activation: number;
  readonly weight: number;
  readonly rows: number;
  readonly sends: number;
  readonly trials: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

/** Results by trial and column, as the firmware measured them. */
async function measure(chipSeed: number, setting: Setting): Promise<number[][]> {
  const { activation, weight, rows, sends, trials } = setting;
  const { chip, result } = await runFirmware("characterise.ts", { chipSeed, noiseSeed: 9 }, "top", (c) => {
    const words = new DataView(new ArrayBuffer(20));
    for (const [n, word] of [activation, weight, rows, sends, trials].entries()) words.setUint32(4 * n, word);
    c.externalMemory.write(0, new Uint8Array(words.buffer));
  });
  expect(result.reason).toBe("finished");
  expect(chip.returnCode("top")).toBe(0);
  return Array.from({ length: trials }, (_, trial) =>
    Array.from(new Int8Array(chip.externalMemory.read(256 * (trial + 1), 256))),
  );
}

/** Mean over trials of each column. */
const columns = (results: number[][]) =>
  results[0].map((_, column) => mean(results.map((trial) => trial[column])));

/** Columns that react: dead ones (0.2 %) stay at the baseline. */
const alive = (values: number[]) => values.filter((value) => value > 5);

async function overChips(setting: Setting, figure: (results: number[][]) => number): Promise<number> {
  const figures: number[] = [];
  for (const seed of CHIP_SEEDS) figures.push(figure(await measure(seed, setting)));
  return mean(figures);
}

describe("the analog core, measured by firmware (figures of analog-core section 6)", () => {
  it("one row, 100 sends: mean 45..52, 5..7 % between columns", async () => {
    const setting = { activation: 12, weight: 21, rows: 1, sends: 100, trials: 8 };
    const level = await overChips(setting, (results) => mean(alive(columns(results))));
    const spread = await overChips(setting, (results) => {
      const values = alive(columns(results));
      return deviation(values) / mean(values);
    });
    console.log(
      `one row, x 12, w 21, 100 sends: mean ${level.toFixed(1)}, spread ${(100 * spread).toFixed(1)} %`,
    );
    expect(level).toBeGreaterThan(45);
    expect(level).toBeLessThan(52);
    expect(spread).toBeGreaterThan(0.05);
    expect(spread).toBeLessThan(0.07);
  });

  it("100 rows, one send: mean 55..60, about 5 % between columns", async () => {
    const setting = { activation: 15, weight: 21, rows: 100, sends: 1, trials: 8 };
    const level = await overChips(setting, (results) => mean(alive(columns(results))));
    const spread = await overChips(setting, (results) => {
      const values = alive(columns(results));
      return deviation(values) / mean(values);
    });
    console.log(`100 rows, x 15, w 21: mean ${level.toFixed(1)}, spread ${(100 * spread).toFixed(1)} %`);
    expect(level).toBeGreaterThan(55);
    expect(level).toBeLessThan(60);
    expect(spread).toBeGreaterThan(0.04);
    expect(spread).toBeLessThan(0.06);
  });

  it.each([
    [1, 1.36],
    [4, 1.5],
    [16, 2.1],
  ])("128 rows, %i sends: trial-to-trial deviation %f LSB", async (sends, expected) => {
    const setting = { activation: 15, weight: 0, rows: 128, sends, trials: 40 };
    const noise = await overChips(setting, (results) => {
      const perColumn = results[0].map((_, column) => deviation(results.map((trial) => trial[column])));
      return Math.sqrt(mean(perColumn.map((value) => value ** 2)));
    });
    console.log(`128 rows, ${sends} sends: ${noise.toFixed(2)} LSB from trial to trial`);
    // one count of quantisation adds 1/12 LSB^2
    expect(noise).toBeGreaterThan(expected - 0.1);
    expect(noise).toBeLessThan(expected + 0.2);
  });

  it("an ideal chip repeats itself and has no spread", async () => {
    const { chip } = await runFirmware("characterise.ts", { ideal: true }, "top", (c) => {
      const words = new DataView(new ArrayBuffer(20));
      for (const [n, word] of [15, 21, 100, 1, 3].entries()) words.setUint32(4 * n, word);
      c.externalMemory.write(0, new Uint8Array(words.buffer));
    });
    const results = new Int8Array(chip.externalMemory.read(256, 3 * 256));
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toBe(Math.floor(0.0018 * 15 * 21 * 100));
  });
});
