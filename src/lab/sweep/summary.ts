/** Statistics over the chips of each setting. */
import { deviation, mean, quantileSorted } from "d3-array";
import { allSettings, type Settings, settingsText } from "./grid.ts";
import type { SweepResults } from "./journal.ts";

/** Quantiles by name. */
export const QUANTILES = { q05: 0.05, q25: 0.25, median: 0.5, q75: 0.75, q95: 0.95 } as const;

export interface Statistics {
  readonly mean: number;
  /** Of the sample, with n - 1; null of a single value. */
  readonly deviation: number | null;
  readonly min: number;
  readonly q05: number;
  readonly q25: number;
  readonly median: number;
  readonly q75: number;
  readonly q95: number;
  readonly max: number;
}

/** Of values in any order; undefined without any. Quantiles interpolate linearly. */
export function statisticsOf(values: readonly number[]): Statistics | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => quantileSorted(sorted, share)!;
  const quantiles = Object.entries(QUANTILES).map(([name, share]) => [name, at(share)] as const);
  return {
    mean: mean(sorted)!,
    deviation: deviation(sorted) ?? null,
    min: sorted[0],
    ...(Object.fromEntries(quantiles) as Record<keyof typeof QUANTILES, number>),
    max: sorted[sorted.length - 1],
  };
}

/** What the chips of one setting gave. The value of a chip is the mean over its noise seeds. */
export interface SettingSummary {
  readonly settings: Settings;
  readonly chips: number;
  readonly cells: number;
  /** Cells that ended with an error or an exit code other than 0. */
  readonly failed: number;
  /** Of the values of chips; null where there are none. */
  readonly statistics: Statistics | null;
  /** Chip seeds of `min` and `max`; the first ones where several are equal. */
  readonly minChip: number | null;
  readonly maxChip: number | null;
  /** Standard deviation between noise seeds of the same chip; null with a single one. */
  readonly noiseDeviation: number | null;
  /** Chip seeds and their values, in grid order; not part of documents. */
  readonly values: ReadonlyMap<number, number>;
}

const isFailure = (result: Readonly<Record<string, unknown>>): boolean =>
  result.error !== undefined || (typeof result.exitCode === "number" && result.exitCode !== 0);

/** Root of the mean variance within groups of values. */
function deviationWithin(groups: readonly (readonly number[])[]): number | null {
  const variances = groups.map((values) => deviation(values)).filter((value) => value !== undefined);
  return variances.length === 0 ? null : Math.sqrt(mean(variances, (value) => value * value)!);
}

interface Group {
  cells: number;
  failed: number;
  readonly chips: Map<number, number[]>;
}

function summarise(settings: Settings, { cells, failed, chips }: Group): SettingSummary {
  const values = new Map(
    [...chips].filter(([, trials]) => trials.length > 0).map(([chip, trials]) => [chip, mean(trials)!]),
  );
  const statistics = statisticsOf([...values.values()]) ?? null;
  const chipWith = (wanted: number | undefined) =>
    [...values].find(([, value]) => value === wanted)?.[0] ?? null;
  return {
    ...{ settings, chips: chips.size, cells, failed, statistics },
    ...{ minChip: chipWith(statistics?.min), maxChip: chipWith(statistics?.max) },
    noiseDeviation: deviationWithin([...chips.values()]),
    values,
  };
}

/** One entry a setting, in grid order. Cells that are missing do not count. */
export function summariseSweep(results: SweepResults): SettingSummary[] {
  const { grid, measure } = results.plan;
  const groups = new Map(
    allSettings(grid).map((settings) => [
      settingsText(settings),
      { settings, group: { cells: 0, failed: 0, chips: new Map() } as Group },
    ]),
  );
  for (const { cell, result } of results.entries()) {
    const { group } = groups.get(settingsText(cell.settings))!;
    group.cells++;
    if (isFailure(result)) group.failed++;
    const trials = group.chips.get(cell.chipSeed) ?? [];
    group.chips.set(cell.chipSeed, trials);
    const value = result[measure.column];
    if (typeof value === "number") trials.push(value);
  }
  return [...groups.values()].map(({ settings, group }) => summarise(settings, group));
}

/** Cells that failed, all settings together. */
export const failedCells = (summaries: readonly SettingSummary[]): number =>
  summaries.reduce((sum, { failed }) => sum + failed, 0);
