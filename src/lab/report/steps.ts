/** Pictures of calibration steps: all instances before and after, with published limits. */
import type { BandName, Check } from "../calibration/bands.ts";
import type { StepFindings, StepReport } from "../calibration/step.ts";
import { NEAR } from "../calibration/step-kinds.ts";
import { shortNumber } from "../calibration/table.ts";
import type { Interval } from "../plot/frame.ts";
import { dotPlot, type HistogramOptions, histogram } from "../plot/histogram.ts";
import type { Picture } from "../plot/svg.ts";

export type StepValues = Pick<StepFindings, "before" | "after">;

/** What a step reports, and its values where they are known. */
export interface StepOutcome {
  readonly report: StepReport;
  readonly values?: StepValues;
}

/** Checks that a picture can show, and what their limits mean on its axis: for each value, or for the deviation. */
const SHOWN: Partial<Record<BandName, (check: Check, target: number) => readonly [Interval, string]>> = {
  rampError: ({ most = 0 }, target) => [[target - most, target + most], `limit ±${most}`],
  channelSpread: deviation,
  drift: deviation,
  baselineShare: ({ least = 0 }, target) => [
    [target - NEAR, target + NEAR],
    `±${NEAR}: at least ${100 * least} % of the columns`,
  ],
  rampSlope: deviation,
  driverResidual: deviation,
  driverSpread: deviation,
  quadrantStrength: deviation,
  gainPublished: deviation,
  ratioResidual: deviation,
  trialNoise: ({ least = 0, most = 0 }) => [[least, most], `published range ${least} to ${most}`],
  resultResidual: deviation,
};

function deviation({ most = 0 }: Check, target: number): readonly [Interval, string] {
  return [[target - most, target + most], `limit of the std ±${shortNumber(most)}`];
}

/** The range of a step's values that a published or expected limit allows. */
export function limitOf({ checks, target, unit }: StepReport): HistogramOptions["region"] {
  for (const check of checks) {
    const shown = SHOWN[check.name]?.(check, target);
    if (shown) return { range: shown[0], label: withUnit(shown[1], check.unit || unit) };
  }
  return undefined;
}

const withUnit = (text: string, unit: string) => (unit && !text.includes("%") ? `${text} ${unit}` : text);

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
  const { name, quantity, unit, target, before, after, inRange, atRangeEnd } = report;
  const std = ({ std }: { readonly std: number }) => `std ${shortNumber(std)}${unit && ` ${unit}`}`;
  const file = `step-${String(position).padStart(2, "0")}-${slug(name)}`;
  const region = limitOf(report);
  const sets: HistogramOptions["sets"] = [
    { name: "before", note: std(before), series: "orange", values: values.before },
    { name: "after", note: std(after), series: "blue", values: values.after },
  ];
  const common = {
    xLabel: `${name}${unit ? `, ${unit}` : ", relative"}`,
    instances: INSTANCES[report.instances] ?? "instances",
    ...(region && { region }),
  };
  const words = `${quantity}. Before: mean ${shortNumber(before.mean)}, ${std(before)}; after: mean ${shortNumber(after.mean)}, ${std(after)}; target ${shortNumber(target)}.`;
  const both = {
    ...common,
    ...{ name: file, title: `${name}, before and after`, description: words },
    ...{ sets, include: region ? region.range : [target] },
  };
  if (report.instances <= FEW) return [dotPlot(both)];
  const alone: HistogramOptions = {
    ...common,
    ...{ name: `${file}-after`, title: `${name}, after`, description: words },
    ...{ sets: [{ ...sets[1], ...(atRangeEnd > 0 && { note: `${std(inRange)} in range` }) }], cut: 0.03 },
  };
  return [histogram({ ...both, relative: true }), histogram(alone)];
}
