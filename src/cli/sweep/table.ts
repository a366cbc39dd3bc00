/** Statistics of a sweep as a table for the terminal. */
import Table from "cli-table3";
import { counted } from "../../lab/counted.ts";
import { seedsText } from "../../lab/sweep/grid.ts";
import type { SweepResults } from "../../lab/sweep/journal.ts";
import { measureText } from "../../lab/sweep/picture.ts";
import { type SettingSummary, summariseSweep } from "../../lab/sweep/summary.ts";
import { escapeControls } from "../../text.ts";

const QUANTILE_HEADS = { q05: "5 %", q25: "25 %", median: "median", q75: "75 %", q95: "95 %" } as const;

export function sweepTable(results: SweepResults): string {
  const { grid, measure } = results.plan;
  const axes = grid.axes.filter(({ values }) => values.length > 1);
  const quantiles = Object.keys(QUANTILE_HEADS) as (keyof typeof QUANTILE_HEADS)[];
  const head = [
    ...axes.map(({ name }) => name),
    ...["chips", "mean", "deviation", "of noise", "min"],
    ...Object.values(QUANTILE_HEADS),
    ...["max", "failed"],
  ];
  const text = (value: number | null) => (value === null ? "" : measureText(measure, value));
  const row = ({ settings, chips, statistics, noiseDeviation, failed }: SettingSummary) => [
    ...axes.map(({ name }) => String(settings[name])),
    String(chips),
    ...(statistics
      ? [
          ...[statistics.mean, statistics.deviation, noiseDeviation, statistics.min].map(text),
          ...quantiles.map((name) => text(statistics[name])),
          text(statistics.max),
        ]
      : Array<string>(10).fill("")),
    failed === 0 ? "" : String(failed),
  ];
  const table = new Table({
    head,
    colAligns: head.map((_, n) => (n < axes.length ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const summary of summariseSweep(results)) table.push(row(summary));
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
