/** Results as CSV and JSON, in grid order: the same bytes however they were computed. */
import { seedsText } from "./grid.ts";
import type { SweepResults } from "./journal.ts";
import { type SettingSummary, summariseSweep } from "./summary.ts";

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** A field as RFC 4180 has it. */
function csvField(value: string | number | null | undefined): string {
  const text = String(value ?? "");
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line a cell below a line of names: axes, seeds, columns of the results, error. */
export function sweepCsv(results: SweepResults): string {
  const { grid, columns } = results.plan;
  const axes = grid.axes.map(({ name }) => name);
  const head = [...axes, "chipSeed", "noiseSeed", ...columns, "error"];
  const lines = [...results.entries()].map(({ cell, result }) => [
    ...axes.map((name) => cell.settings[name]),
    ...[cell.chipSeed, cell.noiseSeed],
    ...[...columns, "error"].map((name) => result[name]),
  ]);
  return [head, ...lines].map((line) => `${line.map(csvField).join(",")}\r\n`).join("");
}

const summaryObject = ({ values: _, statistics, ...rest }: SettingSummary) => ({ ...rest, ...statistics });

/** Everything as data: the sweep, statistics of each setting, cells. */
export function sweepObject(results: SweepResults) {
  const { grid, columns: _, ...plan } = results.plan;
  return {
    sweep: {
      ...plan,
      chipSeeds: seedsText(grid.chipSeeds),
      noiseSeeds: seedsText(grid.noiseSeeds),
      axes: Object.fromEntries(grid.axes.map(({ name, values }) => [name, values])),
    },
    missing: results.missing,
    summary: summariseSweep(results).map(summaryObject),
    cells: [...results.entries()].map(({ cell, result }) => ({
      ...cell.settings,
      chipSeed: cell.chipSeed,
      noiseSeed: cell.noiseSeed,
      ...result,
    })),
  };
}

export const sweepJson = (results: SweepResults): string =>
  `${JSON.stringify(sweepObject(results), null, 2)}\n`;
