/** The picture of a sweep: how its measure is distributed over chips, or how it changes with a setting. */
import { extent, group as groupBy } from "d3-array";
import { scaleLinear } from "d3-scale";
import { counted } from "../counted.ts";
import { type Curve, plotCurves } from "../plot/curves.ts";
import type { Interval } from "../plot/frame.ts";
import { dotPlot, type HistogramOptions, histogram } from "../plot/histogram.ts";
import type { Picture } from "../plot/svg.ts";
import { SERIES_NAMES } from "../plot/theme.ts";
import { type Axis, type Settings, settingsText } from "./grid.ts";
import type { SweepResults } from "./journal.ts";
import type { Measure } from "./plan.ts";
import { type SettingSummary, type Statistics, summariseSweep } from "./summary.ts";

/** More chips than this are counted in bins, fewer are dots. */
const MOST_DOTS = 12;
const MOST_BINS = 30;
const LEAST_BINS = 8;

const factorOf = ({ percent }: Measure) => (percent ? 100 : 1);
const unitOf = ({ label, percent }: Measure) => (percent ? `${label}, %` : label);

/** A value of the measure with its unit; `digits` of numbers that are not per cent. */
export const measureText = ({ percent }: Measure, value: number, digits = 1): string =>
  percent ? `${(100 * value).toFixed(2)} %` : value.toFixed(Number.isInteger(value) ? 0 : digits);

/** The axis that is drawn along x: numbers, the one with most values. */
function curveAxis(axes: readonly Axis[]): Axis | undefined {
  const numeric = axes.filter(
    ({ values }) => values.length > 1 && values.every((value) => typeof value === "number"),
  );
  return numeric.toSorted((a, b) => b.values.length - a.values.length)[0];
}

const without = (settings: Settings, axis: Axis): string =>
  settingsText(Object.fromEntries(Object.entries(settings).filter(([name]) => name !== axis.name)));

const withStatistics = (summaries: readonly SettingSummary[]) =>
  summaries.filter((summary): summary is SettingSummary & { statistics: Statistics } =>
    Boolean(summary.statistics),
  );

/** As many groups as there are colours. */
function coloured<T>(groups: readonly T[]): { readonly shown: readonly T[]; readonly note: string } {
  const shown = groups.slice(0, SERIES_NAMES.length);
  return { shown, note: shown.length < groups.length ? ` (the first ${shown.length} settings)` : "" };
}

function valueDomain(values: readonly number[], { percent }: Measure): Interval {
  const [least = 0, most = 1] = extent(values);
  const room = Math.max((most - least) * 0.08, percent ? 0.5 : Math.abs(most) * 0.01 || 0.5);
  const [from, to] = scaleLinear()
    .domain([least - room, most + room])
    .nice(6)
    .domain();
  return percent ? [Math.max(0, from), Math.min(100, to)] : [from, to];
}

function curvesOver(axis: Axis, summaries: readonly SettingSummary[], measure: Measure): Picture {
  const factor = factorOf(measure);
  const groups = groupBy(withStatistics(summaries), ({ settings }) => without(settings, axis));
  const { shown, note } = coloured([...groups]);
  const curves = shown.map(([label, group], n): Curve => {
    const points = group
      .map(({ settings, statistics: { mean, q05, q95 } }) => ({
        x: Number(settings[axis.name]),
        ...{ y: factor * mean, low: factor * q05, high: factor * q95 },
      }))
      .sort((a, b) => a.x - b.x);
    return { label: label || "mean of the chips", series: SERIES_NAMES[n], draw: "both", points };
  });
  const all = curves.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low!, high!]));
  const [first = 0, last = 1] = extent(axis.values as readonly number[]);
  return plotCurves({
    name: "sweep",
    title: `${measure.label} over ${axis.name}${note}`,
    description: `Mean of the chips at each value of ${axis.name}; shaded: 5 % to 95 % of the chips.`,
    x: { label: axis.name, domain: [first, last] },
    y: { label: unitOf(measure), domain: valueDomain(all, measure) },
    curves,
  });
}

/**
 * Bins for per cent of so many trials: each holds the same number of possible values, and none lies on an edge. Bins of
 * other widths would be empty now and then.
 */
export function shareBins(values: readonly number[], trials: number): NonNullable<HistogramOptions["bins"]> {
  const grain = 100 / trials;
  const [least = 0, most = 100] = extent(values);
  const possible = Math.round((most - least) / grain) + 1;
  const each = Math.ceil(possible / MOST_BINS);
  const count = Math.max(LEAST_BINS, Math.ceil(possible / each));
  const end = most + grain / 2;
  return { domain: [end - count * each * grain, end], count };
}

function distribution(summaries: readonly SettingSummary[], measure: Measure, trials?: number): Picture {
  const factor = factorOf(measure);
  const { shown, note } = coloured(withStatistics(summaries));
  const sets = shown.map(({ settings, statistics, values }, n) => ({
    name: settingsText(settings) || "chips",
    note: `mean ${measureText(measure, statistics.mean)}`,
    series: SERIES_NAMES[n],
    values: [...values.values()].map((value) => factor * value),
  }));
  const chips = Math.max(...shown.map(({ values }) => values.size));
  const options: HistogramOptions = {
    name: "sweep",
    title: `${measure.label} of ${counted(chips, "chip")}${note}`,
    description: shown
      .map(({ settings, statistics: { mean, min, max } }) => {
        const text = (value: number) => measureText(measure, value);
        return `${settingsText(settings) || "All chips"}: mean ${text(mean)}, ${text(min)} to ${text(max)}.`;
      })
      .join(" "),
    ...{ sets, xLabel: unitOf(measure), instances: "chips", cut: 0, relative: sets.length > 1 },
    ...(trials !== undefined && {
      bins: shareBins(
        sets.flatMap(({ values }) => values),
        trials,
      ),
    }),
  };
  return chips > MOST_DOTS ? histogram(options) : dotPlot(options);
}

/** undefined while there is nothing to draw. */
export function sweepPicture(results: SweepResults): Picture | undefined {
  const { grid, measure, options } = results.plan;
  const summaries = summariseSweep(results);
  if (withStatistics(summaries).length === 0) return undefined;
  const axis = curveAxis(grid.axes);
  if (axis) return curvesOver(axis, summaries, measure);
  const { images } = options;
  const trials = typeof images === "number" ? images * grid.noiseSeeds.length : undefined;
  return distribution(summaries, measure, measure.percent ? trials : undefined);
}
