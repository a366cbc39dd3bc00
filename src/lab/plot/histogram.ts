/** Histograms of one or more sets of values over the same bins; single values where there are few. */
import { bin, extent, max, quantileSorted, tickStep, ticks } from "d3-array";
import { scaleLinear } from "d3-scale";
import { drawFrame, drawRegion, type Frame, type Interval, type LegendEntry } from "./frame.ts";
import { element, type Picture } from "./svg.ts";
import type { Series } from "./theme.ts";

export interface ValueSet {
  readonly name: string;
  /** Stands behind the name in the legend. */
  readonly note?: string;
  readonly series: Series;
  readonly values: ArrayLike<number>;
}

export interface MarkedRange {
  readonly range: Interval;
  readonly label: string;
}

export interface HistogramOptions extends Pick<Picture, "name" | "title" | "description"> {
  readonly sets: readonly ValueSet[];
  /** Quantity with its unit. */
  readonly xLabel: string;
  /** What the values are of, e.g. "columns". */
  readonly instances: string;
  /** Values that have to be on the axis. */
  readonly include?: readonly number[];
  /** Marked ranges, the widest first; the others lie within it. */
  readonly regions?: readonly MarkedRange[];
  /** Counts of each set relative to its fullest bin, so that narrow and wide sets can be compared. Default: counts. */
  readonly relative?: boolean;
  /** As in `domainOf`. */
  readonly cut?: number;
  /** Axis and number of bins; default: what suits the values. */
  readonly bins?: { readonly domain: Interval; readonly count: number };
}

export interface Counts {
  /** Edges of the bins, one more than counts. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Values that are left or right of all bins. */
  readonly below: number;
  readonly above: number;
}

/** About how many bins there are; their widths are 1, 2 or 5 of a decimal place, as means of reads are steps too. */
const BINS = 30;
/** Values this small share of a bin below an edge lie on it, for rounding's sake. */
const EDGE = 1e-9;
/** Share of the values at each end that may be cut off the axis. */
const TAIL = 0.005;

/** Counts of the values in equal bins over a domain; the last bin includes its upper edge. */
export function countInBins(values: ArrayLike<number>, domain: Interval, bins?: number): Counts {
  const [least, most] = domain;
  const count = bins ?? Math.max(1, Math.round((most - least) / tickStep(least, most, BINS)));
  const width = (most - least) / count;
  const inner = Array.from({ length: count - 1 }, (_, n) => least + (n + 1 - EDGE) * width);
  const counts = bin()
    .domain([least, most])
    .thresholds(inner)(Array.from(values))
    .map(({ length }) => length);
  const all = Array.from(values);
  return {
    edges: [least, ...inner, most],
    counts,
    below: all.filter((value) => value < least).length,
    above: all.filter((value) => value > most).length,
  };
}

/**
 * An axis for the values. At most the share `cut` of them at each end may be left out, if they lie further off than half of
 * the range of the others.
 */
export function domainOf(
  values: ArrayLike<number>,
  include: readonly number[] = [],
  cut: number = TAIL,
): Interval {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const at = (share: number) => quantileSorted(sorted, share) ?? 0;
  const [low, high] = [at(cut), at(1 - cut)];
  const room = (high - low) / 2;
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  const [least = 0, most = 0] = extent([
    Math.max(first, low - room),
    Math.min(last, high + room),
    ...include,
  ]);
  const margin = most > least ? 0 : Math.max(Math.abs(most) * 0.1, 0.5);
  const [from, to] = scaleLinear()
    .domain([least - margin, most + margin])
    .nice(BINS)
    .domain();
  return [from, to];
}

const together = (sets: readonly ValueSet[]) => sets.flatMap(({ values }) => Array.from(values));

/** `beyond`: how many values of each set are not on the axis. */
const markOf = (_: MarkedRange, n: number) => (n === 0 ? "region" : "inner");

const drawRegions = (frame: Frame, regions: readonly MarkedRange[] = []): string =>
  regions.map((region, n) => drawRegion(frame, region.range, markOf(region, n))).join("");

function legendOf({ sets, regions = [] }: HistogramOptions, beyond: readonly number[] = []): LegendEntry[] {
  const entries: LegendEntry[] = sets.map(({ name, note, series }, n) => {
    const outside = beyond[n] > 0 ? `${beyond[n]} beyond the axis` : undefined;
    const notes = [note, outside].filter((text) => text !== undefined);
    return { label: [name, ...notes].join(", "), mark: "area", series };
  });
  const marked = regions.map((region, n) => ({ label: region.label, mark: markOf(region, n) }) as const);
  return [...entries, ...marked];
}

export function histogram(options: HistogramOptions): Picture {
  const { name, title, description, sets, xLabel, instances, include, regions, relative, cut } = options;
  const domain = options.bins?.domain ?? domainOf(together(sets), include, cut);
  const counted = sets.map(({ values }) => countInBins(values, domain, options.bins?.count));
  const heights = counted.map(({ counts }) => {
    const largest = Math.max(1, ...counts);
    return counts.map((count) => (relative ? (100 * count) / largest : count));
  });
  const most = relative ? 100 : (max(heights.flat()) ?? 1);
  const frame = drawFrame({
    x: { label: xLabel, domain },
    y: {
      label: relative ? `${instances}, % of the fullest bin` : instances,
      domain: [0, most],
      ticks: relative ? 5 : ticks(0, most, 5).filter(Number.isInteger),
    },
    legend: legendOf(
      options,
      counted.map(({ below, above }) => below + above),
    ),
  });
  const bars = sets.map(({ series }, n) =>
    heights[n].map((height, at) => {
      if (height === 0) return "";
      const [from, to] = counted[n].edges.slice(at, at + 2).map(frame.x);
      const y = frame.y(height);
      return element("rect", {
        class: `bar ${series}`,
        ...{ x: from, y, width: to - from, height: frame.bottom - y },
      });
    }),
  );
  const body = [drawRegions(frame, regions), frame.grid, ...bars.flat(), frame.axes].join("");
  return { name, title, description, width: frame.width, height: frame.height, body };
}

/** Each value as a dot, a row for each set: for a handful of instances. */
export function dotPlot(options: HistogramOptions): Picture {
  const { name, title, description, sets, xLabel, include, regions } = options;
  const domain = domainOf(together(sets), include);
  const rowAt = (set: number) => sets.length - set - 0.5;
  const frame = drawFrame({
    x: { label: xLabel, domain },
    y: {
      label: `each of the ${options.instances}`,
      domain: [0, sets.length],
      ticks: sets.map((_, set) => rowAt(set)),
      format: (row) => sets[sets.length - row - 0.5].name,
    },
    legend: legendOf(options),
    height: 190,
  });
  const dots = sets.flatMap(({ series, values }, set) =>
    Array.from(values, (value) =>
      element("circle", { class: `bar ${series}`, cx: frame.x(value), cy: frame.y(rowAt(set)), r: 5 }),
    ),
  );
  const body = [drawRegions(frame, regions), frame.grid, ...dots, frame.axes].join("");
  return { name, title, description, width: frame.width, height: frame.height, body };
}
