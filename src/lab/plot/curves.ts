/** Lines over a common x axis, with spreads, points and marked levels. */
import { area, line } from "d3-shape";
import {
  type Axis,
  drawFrame,
  drawLevelRegion,
  type Frame,
  HALF_LETTER,
  type Interval,
  type LegendEntry,
} from "./frame.ts";
import { element, type Picture, textAt, textWidth } from "./svg.ts";
import type { Series } from "./theme.ts";

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  /** Spread around y. */
  readonly low?: number;
  readonly high?: number;
}

export interface Curve {
  readonly label: string;
  readonly series: Series;
  readonly points: readonly CurvePoint[];
  /** "points": dots without a line; "both"; default: a line. */
  readonly draw?: "line" | "points" | "both";
}

export interface CurvesOptions extends Pick<Picture, "name" | "title" | "description"> {
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
  readonly region?: { readonly range: Interval; readonly label: string };
  /** Labels behind the ends of the lines instead of a legend. */
  readonly labelEnds?: boolean;
}

const LABEL_DISTANCE = 14;

/** Moves labels apart that would lie on each other; keeps their order and the sum of small moves small. */
export function spreadLabels(wanted: readonly number[], distance: number, [least, most]: Interval): number[] {
  const order = wanted.map((_, n) => n).sort((a, b) => wanted[a] - wanted[b]);
  const placed = [...wanted];
  let previous = least - distance;
  for (const n of order) previous = placed[n] = Math.max(placed[n], previous + distance);
  let next = most + distance;
  for (const n of order.toReversed()) next = placed[n] = Math.min(placed[n], next - distance);
  return placed;
}

function drawCurve(frame: Frame, { series, points, draw = "line" }: Curve): string {
  const x = ({ x }: CurvePoint) => frame.x(x);
  const parts: string[] = [];
  if (points.some(({ low }) => low !== undefined)) {
    const spread = area<CurvePoint>(
      x,
      ({ low, y }) => frame.y(low ?? y),
      ({ high, y }) => frame.y(high ?? y),
    ).digits(2);
    parts.push(element("path", { class: `spread ${series}`, d: spread(points) ?? "" }));
  }
  if (draw !== "points") {
    const path = line<CurvePoint>(x, ({ y }) => frame.y(y)).digits(2);
    parts.push(element("path", { class: `line ${series}`, d: path(points) ?? "" }));
  }
  if (draw === "points" || draw === "both") {
    parts.push(
      ...points.map((point) =>
        element("circle", { class: series, cx: x(point), cy: frame.y(point.y), r: draw === "both" ? 3 : 4 }),
      ),
    );
  }
  return parts.join("");
}

const MARKS: Readonly<Record<NonNullable<Curve["draw"]>, LegendEntry["mark"]>> = {
  line: "line",
  both: "line",
  points: "point",
};

export function plotCurves(options: CurvesOptions): Picture {
  const { name, title, description, x, y, curves, region, labelEnds = false } = options;
  const legend: LegendEntry[] = labelEnds
    ? []
    : curves.map(({ label, series, draw = "line" }) => ({ label, series, mark: MARKS[draw] }));
  if (region) legend.push({ label: region.label, mark: "region" });
  const right = labelEnds ? 14 + Math.max(...curves.map(({ label }) => textWidth(label))) : undefined;
  const frame = drawFrame({ x, y, legend, right });
  const ends = labelEnds ? endLabels(frame, curves) : "";
  const body = [
    region ? drawLevelRegion(frame, region.range) : "",
    frame.grid,
    ...curves.map((curve) => drawCurve(frame, curve)),
    frame.axes,
    ends,
  ].join("");
  return { name, title, description, width: frame.width, height: frame.height, body };
}

function endLabels(frame: Frame, curves: readonly Curve[]): string {
  const wanted = curves.map(({ points }) => frame.y(points[points.length - 1].y) + HALF_LETTER);
  const placed = spreadLabels(wanted, LABEL_DISTANCE, [frame.top, frame.bottom]);
  return curves.map(({ label }, n) => textAt(frame.right + 6, placed[n], label)).join("");
}
