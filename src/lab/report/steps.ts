/** Pictures of calibration steps: all instances before and after, with published limits. */
import type { BandName, Check } from "../calibration/bands.ts";
import type { StepFindings, StepReport } from "../calibration/step.ts";
import { NEAR, TRIAL_NOISE } from "../calibration/step-kinds.ts";
import { shortNumber } from "../calibration/table.ts";
import type { Interval } from "../plot/frame.ts";
import { dotPlot, type HistogramOptions, histogram, type MarkedRange } from "../plot/histogram.ts";
import { decimalNumber, type Picture } from "../plot/svg.ts";

export type StepValues = Pick<StepFindings, "before" | "after">;

/** What a step reports, and its values where they are known. */
export interface StepOutcome {
  readonly report: StepReport;
  readonly values?: StepValues;
}

type Shown = (check: Check, target: number) => readonly [Interval, string];

/** A limit or an expected size of the standard deviation, as a range around the target. */
const deviation =
  (kind: "limit" | "published" | "expected", of = ""): Shown =>
  ({ most = 0, unit }, target) => [
    [target - most, target + most],
    `${kind}: std ${[withUnit(shortNumber(most), unit), of].filter((part) => part !== "").join(" ")}`,
  ];

/** Checks that a picture can show, and what their limits mean on its axis: for each value, or for the deviation. */
const SHOWN: Partial<Record<BandName, Shown>> = {
  rampError: ({ most = 0, unit }, target) => [
    [target - most, target + most],
    `limit: ±${withUnit(`${most}`, unit)} each`,
  ],
  channelSpread: deviation("limit"),
  channelResidual: deviation("expected"),
  drift: deviation("limit"),
  baselineShare: ({ least = 0 }, target) => [
    [target - NEAR, target + NEAR],
    `limit: ±${NEAR} LSB for ${100 * least} % of the columns`,
  ],
  rampSlope: deviation("limit"),
  driverResidual: deviation("expected", "in range"),
  driverSpread: deviation("limit"),
  quadrantStrength: deviation("limit"),
  gainPublished: deviation("published", "in range"),
  gainResidual: deviation("expected", "in range"),
  ratioResidual: deviation("expected", "in range"),
  trialNoise: ({ least = 0, most = 0, unit }) => [
    [least, most],
    `published: mean ${withUnit(`${least} to ${most}`, unit)}`,
  ],
  resultResidual: deviation("expected"),
};

/** The ranges of a step's values that published and expected limits allow, the widest first. */
export function limitsOf({ checks, target }: StepReport): MarkedRange[] {
  return checks
    .flatMap((check) => {
      const shown = SHOWN[check.name]?.(check, target);
      return shown === undefined ? [] : [{ range: shown[0], label: shown[1] }];
    })
    .sort((a, b) => b.range[1] - b.range[0] - (a.range[1] - a.range[0]));
}

const withUnit = (text: string, unit: string) => (unit ? `${text} ${unit}` : text);

/** What the step aims at; undefined for noise, which has neither target nor knob. */
export const targetOf = ({ name, target }: StepReport): number | undefined =>
  name === TRIAL_NOISE ? undefined : target;

/** Writes figures of a step with the same decimals: two digits of the spread that is left. */
export function numberOf({ inRange, after }: StepReport): (value: number) => string {
  const std = inRange.std > 0 ? inRange.std : after.std;
  const digits = std > 0 ? Math.min(Math.max(1 - Math.floor(Math.log10(std)), 1), 4) : 1;
  return (value) => decimalNumber(value, digits);
}

/** Steps with at most this many instances show each of them. */
const FEW = 16;

/** What the values of a step are of. */
const INSTANCES: Readonly<Record<number, string>> = {
  4: "quadrants",
  8: "quadrants at two references",
  256: "drivers",
  512: "columns",
  1024: "channels",
};

const slug = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/**
 * Before and after on one axis, and where there are many instances the outcome alone, enlarged. `position` of the step,
 * from 1 on, is part of the pictures' names.
 */
export function stepPictures({ report, values }: Required<StepOutcome>, position: number): Picture[] {
  const { name, quantity, unit, before, after, inRange, atRangeEnd } = report;
  const number = numberOf(report);
  const std = (of: { readonly std: number }) => `std ${number(of.std)}`;
  const left = atRangeEnd > 0 ? `${std(inRange)} in range, ${number(after.std)} all` : std(after);
  const file = `step-${String(position).padStart(2, "0")}-${slug(name)}`;
  const regions = limitsOf(report);
  const target = targetOf(report);
  const sets: HistogramOptions["sets"] = [
    { name: "before", note: std(before), series: "orange", values: values.before },
    { name: "after", note: left, series: "blue", values: values.after },
  ];
  const common = {
    xLabel: `${name}${unit ? `, ${unit}` : ", relative"}`,
    instances: INSTANCES[report.instances] ?? "instances",
    regions,
  };
  const aim = target === undefined ? "" : `; target ${shortNumber(target)}`;
  const words = `${quantity}. Before: mean ${number(before.mean)}, ${std(before)}; after: mean ${number(after.mean)}, ${left}${aim}.`;
  const include = regions.length > 0 ? regions[0].range : target === undefined ? [] : [target];
  const both = {
    ...common,
    ...{ name: file, title: `${name}, before and after`, description: words },
    ...{ sets, include },
  };
  if (report.instances <= FEW) return [dotPlot(both)];
  const alone: HistogramOptions = {
    ...common,
    ...{ name: `${file}-after`, title: `${name}, after`, description: words },
    ...{ sets: [sets[1]], cut: 0.03 },
  };
  return [histogram({ ...both, relative: true }), histogram(alone)];
}
