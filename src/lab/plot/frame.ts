/** The frame of a plot: scales, grid, axes with their labels, legend. */
import { type ScaleLinear, scaleLinear } from "d3-scale";
import { element, textAt, textWidth } from "./svg.ts";
import type { Series } from "./theme.ts";

export type Interval = readonly [least: number, most: number];

export interface Axis {
  /** Quantity with its unit. */
  readonly label: string;
  readonly domain: Interval;
  /** About how many ticks; or where they are. */
  readonly ticks?: number | readonly number[];
  /** Text of a tick; default: the number. */
  readonly format?: (value: number) => string;
}

export interface LegendEntry {
  readonly label: string;
  /** "region": a marked range; "inner": one that is marked within another. */
  readonly mark: "area" | "part" | "line" | "point" | "region" | "inner";
  readonly series?: Series;
}

export interface FrameOptions {
  readonly x: Axis;
  readonly y: Axis;
  readonly width?: number;
  readonly height?: number;
  readonly legend?: readonly LegendEntry[];
  /** Room for labels to the right of the plot. */
  readonly right?: number;
}

export interface Frame {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly width: number;
  readonly height: number;
  /** Edges of the area that holds data. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Grid and regions are drawn below the data, axes and legend above. */
  readonly grid: string;
  readonly axes: string;
}

export const PLOT_WIDTH = 420;
export const PLOT_HEIGHT = 280;
const ROW = 18;
const KEY = 18;
const GAP = 16;
/** Between the numbers of the x axis. */
const TICK_GAP = 8;
/** From a text's baseline to the middle of its letters. */
export const HALF_LETTER = 4;

function legendKey(x: number, y: number, { mark, series }: LegendEntry): string {
  const middle = y - HALF_LETTER;
  switch (mark) {
    case "area":
      return element("rect", { class: `bar ${series}`, x, y: middle - 5, width: 14, height: 10 });
    case "part":
      return element("rect", { class: `part ${series}`, x, y: middle - 5, width: 14, height: 10 });
    case "region":
    case "inner":
      return element("rect", { class: `${mark} ${mark}-edge`, x, y: middle - 5, width: 14, height: 10 });
    case "point":
      return element("circle", { class: series, cx: x + 7, cy: middle, r: 4 });
    default:
      return element("path", {
        class: `line ${series}`,
        d: `M${x} ${middle}h14`,
      });
  }
}

/** Entries in rows from the upper left corner. */
export function drawLegend(entries: readonly LegendEntry[], width: number): { svg: string; height: number } {
  const parts: string[] = [];
  let [x, y] = [2, 14];
  for (const entry of entries) {
    const size = KEY + textWidth(entry.label);
    if (x > 2 && x + size > width) [x, y] = [2, y + ROW];
    parts.push(legendKey(x, y, entry), textAt(x + KEY, y, entry.label));
    x += size + GAP;
  }
  return { svg: parts.join(""), height: entries.length === 0 ? 0 : y + 6 };
}

interface Tick {
  readonly value: number;
  readonly text: string;
}

function ticksOf({ ticks, format }: Axis, scale: ScaleLinear<number, number>, usual: number): Tick[] {
  const given = typeof ticks === "object";
  const values = given ? ticks : scale.ticks(ticks ?? usual);
  const textOf = format ?? (given ? String : scale.tickFormat(ticks ?? usual));
  return values.map((value) => ({ value, text: textOf(value) }));
}

const widest = (ticks: readonly Tick[]) => Math.max(0, ...ticks.map(({ text }) => textWidth(text)));

/** Some ticks are left out where their numbers would touch. */
export function drawFrame(options: FrameOptions): Frame {
  const { width = PLOT_WIDTH, height = PLOT_HEIGHT, legend = [] } = options;
  const y = scaleLinear().domain(options.y.domain);
  const x = scaleLinear().domain(options.x.domain);
  const yTicks = ticksOf(options.y, y, 5);
  const key = drawLegend(legend, width);
  const left = 12 + widest(yTicks);
  const top = key.height + 30;
  const bottom = height - 40;
  let count = 8;
  let xTicks: readonly Tick[];
  let right: number;
  do {
    xTicks = ticksOf(options.x, x, --count);
    right = width - (options.right ?? 4 + widest(xTicks) / 2);
  } while (count > 2 && xTicks.length * (widest(xTicks) + TICK_GAP) > right - left);
  y.range([bottom, top]);
  x.range([left, right]);
  const grid = yTicks.map(({ value }) => `M${left} ${y(value).toFixed(2)}H${right}`).join("");
  const marks = xTicks.map(({ value }) => `M${x(value).toFixed(2)} ${bottom}v4`).join("");
  const axes = [
    element("path", { class: "axis", d: `M${left} ${bottom}H${right}${marks}` }),
    ...yTicks.map(({ value, text }) =>
      textAt(left - 6, y(value) + HALF_LETTER, text, { class: "tick", "text-anchor": "end" }),
    ),
    ...xTicks.map(({ value, text }) =>
      textAt(x(value), bottom + 17, text, { class: "tick", "text-anchor": "middle" }),
    ),
    textAt(2, top - 12, options.y.label),
    textAt((left + right) / 2, height - 6, options.x.label, { "text-anchor": "middle" }),
    key.svg,
  ];
  return {
    ...{ x, y, width, height, left, right, top, bottom },
    grid: element("path", { class: "grid", d: grid }),
    axes: axes.join(""),
  };
}

/** A range of the x axis that is marked, as far as it lies on the axis. */
export function drawRegion(
  { x, top, bottom, left, right }: Frame,
  [least, most]: Interval,
  mark: "region" | "inner" = "region",
): string {
  const [from, to] = [Math.max(x(least), left), Math.min(x(most), right)];
  if (from >= to) return "";
  const edges = [least, most].map(x).filter((at) => at >= left && at <= right);
  return [
    element("rect", { class: mark, x: from, y: top, width: to - from, height: bottom - top }),
    element("path", {
      class: `${mark}-edge`,
      d: edges.map((at) => `M${at.toFixed(2)} ${top}V${bottom}`).join(""),
    }),
  ].join("");
}

/** The same for the y axis. */
export function drawLevelRegion({ y, top, bottom, left, right }: Frame, [least, most]: Interval): string {
  const [from, to] = [Math.max(y(most), top), Math.min(y(least), bottom)];
  if (from >= to) return "";
  const edges = [least, most].map(y).filter((at) => at >= top && at <= bottom);
  return [
    element("rect", { class: "region", x: left, y: from, width: right - left, height: to - from }),
    element("path", {
      class: "region-edge",
      d: edges.map((at) => `M${left} ${at.toFixed(2)}H${right}`).join(""),
    }),
  ].join("");
}
