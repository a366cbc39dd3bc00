/** Statistics of a sweep as a table for the terminal. */
import Table from "cli-table3";
import { counted } from "../../lab/counted.ts";
import { seedsText } from "../../lab/sweep/grid.ts";
import type { SweepResults } from "../../lab/sweep/journal.ts";
import { measureText } from "../../lab/sweep/picture.ts";
import type { Measure } from "../../lab/sweep/plan.ts";
import { failedCells, type SettingSummary, summariseSweep } from "../../lab/sweep/summary.ts";
import { escapeControls } from "../../text.ts";

const QUANTILE_HEADS = { q05: "q05", q25: "q25", median: "median", q75: "q75", q95: "q95" } as const;

/** A number without its unit, which stands in the heading. */
const bare = (text: string): string => text.replace(/ %$/, "");

/** Quantity with its unit, as the heading of the table. */
export const measureHeading = ({ label, percent }: Measure): string =>
  `${label[0].toUpperCase()}${label.slice(1)} over the chips${percent ? ", %" : ""}`;

/** A line a setting. Columns that would be empty are left out. */
export function sweepTable(results: SweepResults): string {
  const { grid, measure } = results.plan;
  const summaries = summariseSweep(results);
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? "" : bare(measureText(measure, value));
  const columns: Record<string, (summary: SettingSummary) => string> = {};
  for (const { name, values } of grid.axes) {
    if (values.length > 1) columns[name] = ({ settings }) => String(settings[name]);
  }
  const axes = Object.keys(columns).length;
  columns.chips = ({ chips }) => String(chips);
  columns.mean = ({ statistics }) => text(statistics?.mean);
  columns.deviation = ({ statistics }) => text(statistics?.deviation);
  if (grid.noiseSeeds.length > 1) columns["of noise"] = ({ noiseDeviation }) => text(noiseDeviation);
  columns.min = ({ statistics }) => text(statistics?.min);
  for (const [name, head] of Object.entries(QUANTILE_HEADS)) {
    columns[head] = ({ statistics }) => text(statistics?.[name as keyof typeof QUANTILE_HEADS]);
  }
  columns.max = ({ statistics }) => text(statistics?.max);
  if (failedCells(summaries) > 0) columns.failed = ({ failed }) => String(failed);
  const head = Object.keys(columns);
  const table = new Table({
    head,
    colAligns: head.map((_, n) => (n < axes ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const summary of summaries) table.push(Object.values(columns).map((column) => column(summary)));
  return `${table.toString()}\n`;
}

const MOST_SHOWN = 5;

/** Which chips lie at the ends, and what failed; a line each. */
export function sweepNotes(results: SweepResults): string {
  const { measure } = results.plan;
  const lines: string[] = [];
  const summaries = summariseSweep(results);
  if (summaries.length === 1) {
    const [{ statistics, minChip, maxChip }] = summaries;
    if (statistics && statistics.min < statistics.max) {
      const least = `${measureText(measure, statistics.min)} on chip seed ${minChip}`;
      lines.push(
        `Least ${measure.label} ${least}, most ${measureText(measure, statistics.max)} on ${maxChip}`,
      );
    }
  }
  const failures = new Map<string, number[]>();
  for (const { cell, result } of results.entries()) {
    const { exitCode = 0, error, stop } = result;
    if (error === undefined && exitCode === 0) continue;
    const what = escapeControls(String(error ?? `exit code ${exitCode}, ${stop}`));
    failures.set(what, [...(failures.get(what) ?? []), cell.chipSeed]);
  }
  for (const [what, chips] of [...failures].slice(0, MOST_SHOWN)) {
    const seeds = [...new Set(chips)];
    const shown = seedsText(seeds.slice(0, 10));
    const more = seeds.length > 10 ? `, and ${seeds.length - 10} more` : "";
    lines.push(`Failed: ${counted(chips.length, "cell")} with ${what} (chip seeds ${shown}${more})`);
  }
  if (failures.size > MOST_SHOWN) lines.push(`and ${failures.size - MOST_SHOWN} other kinds of failures`);
  return lines.map((line) => `${line}\n`).join("");
}
