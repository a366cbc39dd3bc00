/** Matrices as coloured cells with a colour bar. */
import { ticks as ticksOf } from "d3-array";
import { interpolatePuOr, interpolateViridis } from "d3-scale-chromatic";
import type { Interval } from "./frame.ts";
import { HALF_LETTER, PLOT_WIDTH } from "./frame.ts";
import { coordinate, element, type Picture, textAt, textWidth } from "./svg.ts";

export interface HeatMapBlock {
  /** Heading above the block. */
  readonly label?: string;
  readonly rows: readonly { readonly label?: string; readonly values: ArrayLike<number> }[];
}

export interface HeatMapOptions extends Pick<Picture, "name" | "title" | "description"> {
  /** Below each other, all with the same columns. */
  readonly blocks: readonly HeatMapBlock[];
  readonly rowHeight: number;
  /** Of the columns: where a number stands below the lowest block, and what the columns are. */
  readonly columnTicks: readonly { readonly at: number; readonly text: string }[];
  readonly columnLabel: string;
  readonly color: {
    /** "diverging": its middle is neutral. */
    readonly kind: "diverging" | "sequential";
    readonly domain: Interval;
    /** Quantity with its unit. */
    readonly label: string;
  };
  /** Writes the value into the cell. */
  readonly format?: (value: number) => string;
}

/** Colours are steps, so that cells of one colour are one path. */
export const COLOR_STEPS = 24;
const BAR_HEIGHT = 10;
/** Room for half of the last number. */
const RIGHT = 22;
/** Cells reach a little below their neighbours and have sharp edges: else the background shines through between them. */
const OVERLAP = 0.4;
const CRISP = { "shape-rendering": "crispEdges" } as const;

/** Step 0..COLOR_STEPS-1 of a value; values beyond the domain have the colours of its ends; undefined for NaN. */
export function colorStep(value: number, [least, most]: Interval): number | undefined {
  if (Number.isNaN(value)) return undefined;
  const step = Math.floor(((value - least) / (most - least)) * COLOR_STEPS);
  return Math.min(Math.max(step, 0), COLOR_STEPS - 1);
}

function colorOf(kind: "diverging" | "sequential", step: number): string {
  const at = (step + 0.5) / COLOR_STEPS;
  return kind === "diverging" ? interpolatePuOr(1 - at) : interpolateViridis(at);
}

/** Black or white, whichever is told apart better from a colour "rgb(r, g, b)" or "#rrggbb". */
export function inkOn(color: string): string {
  const hex = /^#(..)(..)(..)$/.exec(color);
  const parts = hex
    ? hex.slice(1).map((digits) => Number.parseInt(digits, 16))
    : (color.match(/\d+/g) ?? []).map(Number);
  const [r, g, b] = parts.map((part) => (part / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}

interface Grid {
  readonly x: number;
  readonly y: number;
  readonly cell: number;
  readonly rowHeight: number;
}

/** All cells of a block, one path for each colour. */
function drawCells(
  rows: HeatMapBlock["rows"],
  { x, y, cell, rowHeight }: Grid,
  options: HeatMapOptions,
): string {
  const { kind, domain } = options.color;
  const paths = new Map<number | undefined, string[]>();
  for (const [row, { values }] of rows.entries()) {
    for (let column = 0; column < values.length; column++) {
      const step = colorStep(values[column], domain);
      const path = paths.get(step) ?? [];
      paths.set(step, path);
      const width = column + 1 < values.length ? cell + OVERLAP : cell;
      const height = row + 1 < rows.length ? rowHeight + OVERLAP : rowHeight;
      path.push(
        `M${coordinate(x + column * cell)} ${coordinate(y + row * rowHeight)}h${coordinate(width)}v${height}h${coordinate(-width)}z`,
      );
    }
  }
  return [...paths]
    .sort(([a = -1], [b = -1]) => a - b)
    .map(([step, path]) =>
      step === undefined
        ? element("path", { class: "missing", ...CRISP, d: path.join("") })
        : element("path", { fill: colorOf(kind, step), ...CRISP, d: path.join("") }),
    )
    .join("");
}

function drawNumbers(
  rows: HeatMapBlock["rows"],
  { x, y, cell, rowHeight }: Grid,
  options: HeatMapOptions,
): string {
  const { format, color } = options;
  if (!format) return "";
  return rows
    .flatMap(({ values }, row) =>
      Array.from(values, (value, column) => {
        const step = colorStep(value, color.domain);
        if (step === undefined) return "";
        const style = `fill:${inkOn(colorOf(color.kind, step))}`;
        const [cx, cy] = [x + (column + 0.5) * cell, y + (row + 0.5) * rowHeight + HALF_LETTER];
        return textAt(cx, cy, format(value), { "text-anchor": "middle", style });
      }),
    )
    .join("");
}

function drawColorBar({ color }: HeatMapOptions, left: number, width: number, y: number): string {
  const [least, most] = color.domain;
  const step = width / COLOR_STEPS;
  const cells = Array.from({ length: COLOR_STEPS }, (_, n) =>
    element("rect", {
      ...{ x: left + n * step, y, width: step + 0.3, height: BAR_HEIGHT },
      fill: colorOf(color.kind, n),
    }),
  );
  const numbers = ticksOf(least, most, 5).map((value) =>
    textAt(left + ((value - least) / (most - least)) * width, y + BAR_HEIGHT + 14, String(value), {
      ...{ class: "tick", "text-anchor": "middle" },
    }),
  );
  return [textAt(2, y - 6, color.label), ...cells, ...numbers].join("");
}

export function heatMap(options: HeatMapOptions): Picture {
  const { name, title, description, blocks, rowHeight, columnTicks, columnLabel } = options;
  const width = PLOT_WIDTH;
  const labels = blocks.flatMap(({ rows }) => rows.map(({ label = "" }) => textWidth(label)));
  const left = 8 + Math.max(...labels);
  const columns = Math.max(...blocks.flatMap(({ rows }) => rows.map(({ values }) => values.length)));
  const cell = (width - left - RIGHT) / columns;
  const parts = [drawColorBar(options, left, width - left - RIGHT, 20)];
  let y = 62;
  for (const { label, rows } of blocks) {
    if (label !== undefined) parts.push(textAt(2, (y += 20) - 9, label));
    const grid = { x: left, y, cell, rowHeight };
    parts.push(drawCells(rows, grid, options), drawNumbers(rows, grid, options));
    rows.forEach((row, n) => {
      const middle = y + (n + 0.5) * rowHeight + HALF_LETTER;
      if (row.label !== undefined) {
        parts.push(textAt(left - 6, middle, row.label, { class: "tick", "text-anchor": "end" }));
      }
    });
    y += rows.length * rowHeight + 10;
  }
  const marks = columnTicks.map(({ at, text }) =>
    textAt(left + (at + 0.5) * cell, y + 6, text, { class: "tick", "text-anchor": "middle" }),
  );
  parts.push(...marks, textAt((left + width - RIGHT) / 2, y + 24, columnLabel, { "text-anchor": "middle" }));
  return { name, title, description, width, height: y + 30, body: parts.join("") };
}
