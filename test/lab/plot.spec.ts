/** Plots: well-formed markup, and marks where the values are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plotCurves, spreadLabels } from "../../src/lab/plot/curves.ts";
import { COLOR_STEPS, colorStep, heatMap, inkOn } from "../../src/lab/plot/heat-map.ts";
import { countInBins, domainOf, dotPlot, histogram } from "../../src/lab/plot/histogram.ts";
import { stackedBars } from "../../src/lab/plot/stacked-bars.ts";
import { inlineSvg, type Picture, svgFile } from "../../src/lab/plot/svg.ts";
import { PLOT_STYLE, SERIES_NAMES } from "../../src/lab/plot/theme.ts";
import { fitNoise } from "../../src/lab/report/measure.ts";
import { elementsOf, ofClass, pathPoints } from "./svg-markup.ts";

const finite = fc.integer({ min: -1e7, max: 1e7 }).map((n) => n / 1000);
const values = fc.array(finite, { minLength: 1, maxLength: 300 });
const words = { name: "plot", title: "A title", description: "What it shows" };

/** Values of the ticks of an axis with their positions. */
function ticksOf(picture: Picture, anchor: "middle" | "end"): { value: number; at: number }[] {
  return ofClass(elementsOf(inlineSvg(picture)), "tick")
    .filter(({ attributes }) => attributes["text-anchor"] === anchor)
    .map(({ text, attributes }) => ({
      value: Number(text.replaceAll(",", "").replace("−", "-")),
      at: Number(anchor === "middle" ? attributes.x : attributes.y) - (anchor === "middle" ? 0 : 4),
    }));
}

/** The value at a position, by two ticks of an axis. */
function reader(ticks: readonly { value: number; at: number }[]): (at: number) => number {
  const [first, last] = [ticks[0], ticks[ticks.length - 1]];
  return (at) => first.value + ((at - first.at) * (last.value - first.value)) / (last.at - first.at);
}

const samples: readonly Picture[] = [
  histogram({
    ...words,
    sets: [
      { name: "before <&>", note: "std 1", series: "orange", values: [1, 2, 2, 9] },
      { name: 'after "x"', series: "blue", values: [3, 3, 3.5, 4] },
    ],
    ...{ xLabel: "read, LSB", instances: "columns", relative: true },
    regions: [
      { range: [2, 4], label: "limit ±1" },
      { range: [2.5, 3.5], label: "expected ±0.5" },
    ],
  }),
  dotPlot({
    ...words,
    sets: [{ name: "before", series: "orange", values: [1, 2] }],
    ...{ xLabel: "read", instances: "quadrants" },
  }),
  plotCurves({
    ...words,
    x: { label: "x", domain: [0, 3] },
    y: { label: "y", domain: [-1, 1] },
    curves: [
      {
        label: "w = −1",
        series: "green",
        points: [
          { x: 0, y: 0, low: -1, high: 1 },
          { x: 3, y: 1 },
        ],
      },
    ],
    labelEnds: true,
    region: { range: [0, 0.5], label: "published" },
  }),
  heatMap({
    ...words,
    blocks: [{ label: "raw", rows: [{ label: "a", values: [0, 1, Number.NaN] }] }],
    ...{ rowHeight: 10, columnTicks: [{ at: 0, text: "0" }], columnLabel: "column" },
    color: { kind: "diverging", domain: [0, 1], label: "gain" },
    format: String,
  }),
  stackedBars({
    ...words,
    parts: ["a", "b"],
    bars: [{ label: "top", values: [1, 2], total: "3 us" }],
    xLabel: "us",
  }),
];

describe("markup", () => {
  it.each(samples.map((picture, n) => ({ picture, n })))(
    "of plot $n is well-formed, with a name for readers",
    ({ picture }) => {
      for (const markup of [inlineSvg(picture), svgFile(picture)]) {
        const [svg, title, description] = elementsOf(markup);
        expect(svg.attributes).toMatchObject({ role: "img", "aria-labelledby": "plot-title plot-desc" });
        expect([title.text, description.text]).toEqual(["A title", "What it shows"]);
        expect(markup).not.toMatch(/NaN|undefined|Infinity/);
      }
    },
  );

  it("of a file has its size, style and background; both kinds are the same for the same data", () => {
    const file = elementsOf(svgFile(samples[0]));
    expect(file[0].attributes).toMatchObject({ xmlns: "http://www.w3.org/2000/svg", width: "420" });
    expect(file.find(({ name }) => name === "style")?.text).toBe(PLOT_STYLE);
    expect(ofClass(file, "background")).toHaveLength(1);
    expect(svgFile(samples[0])).toBe(svgFile({ ...samples[0] }));
  });

  it("keeps any text", () => {
    const printable = fc.string({ unit: "grapheme-ascii" }).map((text) => text.trim());
    fc.assert(
      fc.property(printable, (title) => {
        const [, read] = elementsOf(svgFile({ ...samples[1], title }));
        expect(read.text.trim()).toBe(title);
      }),
    );
  });
});

describe("histogram", () => {
  it("counts each value once", () => {
    fc.assert(
      fc.property(values, finite, fc.double({ min: 0.01, max: 1e4, noNaN: true }), (list, least, width) => {
        const { edges, counts, below, above } = countInBins(list, [least, least + width], 20);
        expect(edges).toHaveLength(21);
        expect(counts.reduce((sum, count) => sum + count, 0) + below + above).toBe(list.length);
      }),
    );
  });

  it("puts values into the bin between whose edges they are, those on an edge into the upper one", () => {
    const { edges, counts } = countInBins([0, 0.1, 0.25, 0.3, 0.999, 1], [0, 1], 10);
    expect(edges[3]).toBeCloseTo(0.3, 6);
    expect(counts).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 2]);
  });

  it("has an axis that shows at least 99 % of the values, and what has to be there", () => {
    fc.assert(
      fc.property(values, finite, (list, wanted) => {
        const [least, most] = domainOf(list, [wanted]);
        expect(most).toBeGreaterThan(least);
        expect(least).toBeLessThanOrEqual(wanted);
        expect(most).toBeGreaterThanOrEqual(wanted);
        const outside = list.filter((value) => value < least || value > most).length;
        expect(outside).toBeLessThanOrEqual(Math.ceil(0.005 * (list.length - 1)) * 2);
      }),
    );
  });

  it("draws bars as high as their counts, over their bins", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 20, maxLength: 200 }), (list) => {
        const sets = [{ name: "after", series: "blue", values: list }] as const;
        const picture = histogram({ ...words, sets, xLabel: "x", instances: "columns" });
        const domain = domainOf(list);
        const { edges, counts } = countInBins(list, domain);
        const [xAt, yAt] = [reader(ticksOf(picture, "middle")), reader(ticksOf(picture, "end"))];
        const bars = ofClass(elementsOf(inlineSvg(picture)), "bar", "blue").slice(0, -1);
        const read = bars.map(({ attributes: { x, y, width } }) => ({
          from: xAt(Number(x)),
          to: xAt(Number(x) + Number(width)),
          count: yAt(Number(y)),
        }));
        const wanted = counts.flatMap((count, n) =>
          count > 0 ? [{ from: edges[n], to: edges[n + 1], count }] : [],
        );
        expect(read).toHaveLength(wanted.length);
        const tolerance = (domain[1] - domain[0]) / 1000;
        for (const [n, { from, to, count }] of wanted.entries()) {
          expect(Math.abs(read[n].from - from)).toBeLessThan(tolerance);
          expect(Math.abs(read[n].to - to)).toBeLessThan(tolerance);
          expect(Math.round(read[n].count)).toBe(count);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("says how many values are beyond the axis", () => {
    const list = [...Array.from({ length: 998 }, (_, n) => n / 998), -500, 700];
    const sets = [{ name: "after", series: "blue", values: list }] as const;
    const picture = histogram({ ...words, sets, xLabel: "x", instances: "columns" });
    expect(picture.body).toContain("after, 2 beyond the axis");
  });
});

describe("curves", () => {
  it("go through their points", () => {
    const points = fc.array(fc.record({ x: finite, y: finite }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(points, (list) => {
        const picture = plotCurves({
          ...words,
          x: { label: "x", domain: [-1e4, 1e4] },
          y: { label: "y", domain: [-1e4, 1e4] },
          curves: [{ label: "w", series: "green", points: list }],
        });
        const [xAt, yAt] = [reader(ticksOf(picture, "middle")), reader(ticksOf(picture, "end"))];
        const [line] = ofClass(elementsOf(inlineSvg(picture)), "line", "green");
        const drawn = pathPoints(line.attributes.d);
        expect(drawn).toHaveLength(list.length);
        for (const [n, [x, y]] of drawn.entries()) {
          expect(Math.abs(xAt(x) - list[n].x)).toBeLessThan(2);
          expect(Math.abs(yAt(y) - list[n].y)).toBeLessThan(2);
        }
      }),
    );
  });

  it("have labels that keep their order and do not lie on each other", () => {
    const positions = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(positions, (wanted) => {
        const placed = spreadLabels(wanted, 14, [0, 200]);
        const sorted = wanted.map((_, n) => n).sort((a, b) => wanted[a] - wanted[b]);
        for (const [n, label] of sorted.slice(1).entries()) {
          expect(placed[label] - placed[sorted[n]]).toBeGreaterThan(14 - 1e-9);
        }
        expect(Math.min(...placed)).toBeGreaterThan(-1e-9);
        expect(Math.max(...placed)).toBeLessThan(200 + 1e-9);
      }),
    );
  });
});

describe("heat map", () => {
  it("has a cell for each value, and its colour rises with the value", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (rows) => {
        const picture = heatMap({
          ...words,
          blocks: [{ rows: rows.map((row) => ({ label: "row", values: row })) }],
          ...{ rowHeight: 5, columnTicks: [], columnLabel: "column" },
          color: { kind: "sequential", domain: [-100, 100], label: "value" },
        });
        const cells = elementsOf(inlineSvg(picture))
          .filter(({ name }) => name === "path")
          .flatMap(({ attributes }) => attributes.d.match(/M/g) ?? []);
        expect(cells).toHaveLength(rows.flat().length);
      }),
      { numRuns: 20 },
    );
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((value) => colorStep(value, [-100, 100])!);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThan(COLOR_STEPS);
      }),
    );
  });

  it("marks what is missing and writes numbers that can be read", () => {
    const elements = elementsOf(inlineSvg(samples[3]));
    expect(ofClass(elements, "missing")).toHaveLength(1);
    expect(inkOn("#fde725")).toBe("#000");
    expect(inkOn("rgb(68, 1, 84)")).toBe("#fff");
  });
});

describe("stacked bars", () => {
  it("are as long as their values", () => {
    const lists = fc.array(fc.double({ min: 0.5, max: 50, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lists, (list) => {
        const parts = list.map((_, n) => `part ${n}`);
        const bars = [{ label: "top", values: list, total: "all" }];
        const picture = stackedBars({ ...words, parts, bars, xLabel: "us" });
        const rects = ofClass(elementsOf(inlineSvg(picture)), "part").slice(0, list.length);
        const left = Number(rects[0].attributes.x);
        const last = rects[rects.length - 1].attributes;
        const sum = list.reduce((total, value) => total + value, 0);
        const unit = (Number(last.x) + Number(last.width) - left) / sum;
        let before = 0;
        for (const [n, { attributes }] of rects.entries()) {
          // Coordinates have two digits.
          expect(Math.abs(Number(attributes.x) - left - unit * before)).toBeLessThan(0.03);
          expect(Math.abs(Number(attributes.width) - unit * list[n])).toBeLessThan(0.03);
          before += list[n];
        }
      }),
    );
  });

  it("refuses more parts than there are colours", () => {
    const parts = Array.from({ length: SERIES_NAMES.length + 1 }, (_, n) => `${n}`);
    expect(() => stackedBars({ ...words, parts, bars: [], xLabel: "us" })).toThrow(RangeError);
  });
});

describe("colours", () => {
  /** Contrast of two colours "#rgb" or "#rrggbb" as WCAG defines it. */
  function contrast(a: string, b: string): number {
    const luminance = (hex: string) => {
      const digits = hex.length === 4 ? [...hex.slice(1)].map((d) => d + d) : hex.slice(1).match(/../g)!;
      const [r, g, blue] = digits.map((pair) => {
        const part = Number.parseInt(pair, 16) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
    };
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  }

  it("can be told from the background in light and dark: 3 for marks, 4.5 for text", () => {
    const themes = [...PLOT_STYLE.matchAll(/--paper:[^}]*/g)].map(([text]) =>
      Object.fromEntries(text.split(";").map((rule) => rule.slice(2).split(":"))),
    );
    expect(themes.length).toBeGreaterThanOrEqual(2);
    for (const theme of themes) {
      for (const name of SERIES_NAMES) expect(contrast(theme[name], theme.paper), name).toBeGreaterThan(3);
      for (const name of ["ink", "soft"]) expect(contrast(theme[name], theme.paper)).toBeGreaterThan(4.5);
    }
  });
});

it("noise is fitted as rest and part of a send, in quadrature", () => {
  const part = fc.double({ min: 0.1, max: 3, noNaN: true });
  fc.assert(
    fc.property(part, part, (rest, perSend) => {
      const points = [1, 2, 5, 9, 16].map((sends) => ({
        sends,
        mean: Math.hypot(rest, perSend * Math.sqrt(sends)),
      }));
      const fit = fitNoise(points);
      expect(fit.rest).toBeCloseTo(rest, 4);
      expect(fit.perSend).toBeCloseTo(perSend, 4);
    }),
  );
});
