/** Horizontal bars that consist of parts. */
import { scaleLinear } from "d3-scale";
import { drawLegend, PLOT_WIDTH } from "./frame.ts";
import { element, type Picture, textAt } from "./svg.ts";
import { SERIES_NAMES } from "./theme.ts";

export interface StackedBarsOptions extends Pick<Picture, "name" | "title" | "description"> {
  readonly parts: readonly string[];
  /** A value for each part; `total` is written behind the bar. */
  readonly bars: readonly {
    readonly label: string;
    readonly values: readonly number[];
    readonly total: string;
  }[];
  /** Quantity with its unit. */
  readonly xLabel: string;
}

const BAR = 18;
const ROW = 44;

/** At most as many parts as there are series colours. */
export function stackedBars(options: StackedBarsOptions): Picture {
  const { name, title, description, parts, bars, xLabel } = options;
  if (parts.length > SERIES_NAMES.length) throw new RangeError(`at most ${SERIES_NAMES.length} parts`);
  const legend = drawLegend(
    parts.map((label, n) => ({ label, mark: "part", series: SERIES_NAMES[n] })),
    PLOT_WIDTH,
  );
  const sums = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const x = scaleLinear()
    .domain([0, Math.max(...sums)])
    .nice(6)
    .range([2, PLOT_WIDTH - 24]);
  const top = legend.height + 8;
  const bottom = top + bars.length * ROW;
  const ticks = x.ticks(6);
  const drawn = bars.flatMap(({ label, values, total }, row) => {
    const y = top + row * ROW;
    let sum = 0;
    const rects = values.map((value, n) => {
      const from = x(sum);
      sum += value;
      return value === 0
        ? ""
        : element("rect", {
            class: `part ${SERIES_NAMES[n]}`,
            ...{ x: from, y: y + 18, width: x(sum) - from, height: BAR },
          });
    });
    return [textAt(2, y + 13, `${label}: ${total}`), ...rects];
  });
  const body = [
    element("path", {
      class: "grid",
      d: ticks.map((tick) => `M${x(tick).toFixed(2)} ${top}V${bottom}`).join(""),
    }),
    ...drawn,
    element("path", { class: "axis", d: `M${x(0)} ${bottom}H${PLOT_WIDTH - 24}` }),
    ...ticks.map((tick) =>
      textAt(x(tick), bottom + 16, String(tick), {
        class: "tick",
        "text-anchor": tick === 0 ? "start" : "middle",
      }),
    ),
    textAt(PLOT_WIDTH / 2, bottom + 34, xLabel, { "text-anchor": "middle" }),
    legend.svg,
  ].join("");
  return { name, title, description, width: PLOT_WIDTH, height: bottom + 40, body };
}
