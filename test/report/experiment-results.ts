/** Results of an experiment with three chips as `ppu experiment mnist` writes them; the figures are made up. */
import type { ExperimentResults } from "../../src/lab/experiment/run.ts";
import {
  CHIP_ROW_NAMES,
  type ChipRow,
  EXPERIMENT_DEFAULTS,
  FACTORS,
  STARTS,
  type Start,
  TEMPERATURES,
} from "../../src/lab/experiment/tasks.ts";

const CHIPS = [0, 1, 2];
const accuracyOf = (row: ChipRow, chip: number) =>
  row.endsWith("raw") ? 0.3 + 0.1 * chip : 0.97 + chip / 200;

const curves = (x: readonly number[], loop: boolean) =>
  CHIPS.map((chip) => ({
    x,
    start: x.map((at) => 0.985 - (at * at) / 1000 / (1 + x[x.length - 1]) - chip / 500),
    ...(loop && { loop: x.map((at) => 0.988 - at / 1000 / (1 + x[x.length - 1]) - chip / 900) }),
  }));

/** On the second chip no epoch is better than the pre-trained start. */
const beforeOf = (start: Start, chip: number) =>
  start === "pretrained" && chip === 1 ? 0.988 : 0.975 - chip / 400;

export const EXPERIMENT_RESULTS: ExperimentResults = {
  options: { ...EXPERIMENT_DEFAULTS, chips: CHIPS.length },
  host: { float: 0.986, quantised: 0.985 },
  ideal: { accuracy: 0.987, images: 10000, cycles: 1e9 },
  rows: Object.fromEntries(
    CHIP_ROW_NAMES.map((row) => [
      row,
      CHIPS.map((chip) => ({ accuracy: accuracyOf(row, chip), images: 10000, cycles: 1e9 })),
    ]),
  ) as unknown as ExperimentResults["rows"],
  training: Object.fromEntries(
    STARTS.map((start: Start) => [
      start,
      CHIPS.map((chip) => ({
        ...{ rate: 0.05, gain: 0.0018, noise: 1.5, before: beforeOf(start, chip), best: 0.986 },
        history: [1, 2, 3, 4, 5].map((epoch) => ({
          epoch,
          loss: 0.3 / epoch + chip / 100,
          validation: 0.98 + epoch / 900 - chip / 1000,
        })),
      })),
    ]),
  ) as unknown as ExperimentResults["training"],
  noise: curves(FACTORS, true),
  mismatch: curves(FACTORS, false),
  temperature: curves(TEMPERATURES, true),
  transfer: CHIPS.map((from) => ({
    calibrated: CHIPS.map((on) => (from === on ? 0.99 : 0.984 - on / 500)),
    raw: CHIPS.map((on) => 0.3 + 0.1 * on + 0.02 * from),
  })),
  seconds: { host: 1 },
};
