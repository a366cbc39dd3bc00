/** Pictures of the results of `ppu experiment mnist`. */
import { scaleLinear } from "d3-scale";
import { counted } from "../counted.ts";
import { DATA_SET_NAMES, type DataSetName } from "../data-sets.ts";
import type { TrainingResult } from "../experiment/results.ts";
import type { ExperimentResults } from "../experiment/run.ts";
import { chipsAsStarted } from "../experiment/table.ts";
import type { Start } from "../experiment/tasks.ts";
import { type Curve, plotCurves } from "../plot/curves.ts";
import type { Interval } from "../plot/frame.ts";
import { heatMap } from "../plot/heat-map.ts";
import type { Picture } from "../plot/svg.ts";
import { SERIES_NAMES } from "../plot/theme.ts";

const percent = (share: number) => 100 * share;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** True for what `ppu experiment mnist` writes as results.json. */
export function isExperimentResults(value: unknown): value is ExperimentResults {
  const { options, ...parts } = (value ?? {}) as Record<string, unknown>;
  const { data } = (options ?? {}) as { readonly data?: DataSetName };
  return (
    DATA_SET_NAMES.some((name) => name === data) &&
    ["host", "ideal", "rows", "training"].every((key) => key in parts) &&
    ["noise", "mismatch", "temperature", "transfer"].every((key) => Array.isArray(parts[key]))
  );
}

/** An axis for accuracies in %, at least a point wide, at most 100. */
function accuracyDomain(values: readonly number[]): Interval {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.5, (most - least) * 0.1);
  const [from, to] = scaleLinear()
    .domain([least - room, Math.min(100, most + room)])
    .nice(6)
    .domain();
  return [Math.max(0, from), Math.min(100, to)];
}

function trainingPictures(start: Start, training: readonly TrainingResult[]): Picture[] {
  const epochs = Math.max(1, ...training.map(({ history }) => history.length));
  const x = {
    label: "epoch in the loop; 0: before",
    domain: [0, epochs] as Interval,
    ticks: Array.from({ length: epochs + 1 }, (_, epoch) => epoch),
  };
  const curveOf = (chip: number, first: number, values: readonly number[]): Curve => ({
    label: `chip ${chip + 1}`,
    series: SERIES_NAMES[chip % SERIES_NAMES.length],
    ...{ points: values.map((y, n) => ({ x: first + n, y })), draw: "both" },
  });
  const asStarted = chipsAsStarted(training);
  const accuracies = training.map(({ before, history }, chip) => {
    const curve = curveOf(chip, 0, [before, ...history.map(({ validation }) => validation)].map(percent));
    return asStarted.includes(chip + 1) ? { ...curve, label: `${curve.label}: start kept` } : curve;
  });
  const losses = training.map(({ history }, chip) =>
    curveOf(
      chip,
      1,
      history.map(({ loss }) => loss),
    ),
  );
  const valuesOf = (curves: readonly Curve[]) => curves.flatMap(({ points }) => points.map(({ y }) => y));
  const [, highest] = scaleLinear()
    .domain([0, Math.max(...valuesOf(losses))])
    .nice(5)
    .domain();
  const pictures = [
    plotCurves({
      ...{
        name: `training-${start}-accuracy`,
        title: `Training in the loop from ${start} weights: accuracy`,
      },
      description: "Accuracy on the validation split after each epoch, one line a chip.",
      y: {
        label: `validation split, %; from ${start} weights`,
        domain: accuracyDomain(valuesOf(accuracies)),
      },
      ...{ x, curves: accuracies },
    }),
  ];
  // A curve of one point is no picture; `onlyLosses` says it in words.
  if (epochs === 1) return pictures;
  return [
    ...pictures,
    plotCurves({
      ...{ name: `training-${start}-loss`, title: `Training in the loop from ${start} weights: loss` },
      description: "Mean cross entropy of each epoch, one line a chip.",
      y: { label: `cross entropy; from ${start} weights`, domain: [0, highest] },
      ...{ x, curves: losses },
    }),
  ];
}

/** Losses of trainings that had one epoch, a line a start; none for longer ones. */
export function onlyLosses({ options, training }: ExperimentResults): string[] {
  if (options.epochs > 1) return [];
  return (Object.keys(training) as Start[]).map((start) => {
    const losses = training[start].map(({ history }, n) => `chip ${n + 1} ${history[0].loss.toFixed(3)}`);
    return `Mean cross entropy of the only epoch from ${start} weights: ${losses.join(", ")}.`;
  });
}

/** Mean over the chips and their least and most accuracy. */
function meanCurve(
  label: string,
  series: Curve["series"],
  x: readonly number[],
  by: readonly (readonly number[])[],
): Curve {
  const points = x.map((at, n) => {
    const values = by.map((accuracies) => percent(accuracies[n]));
    return { x: at, y: mean(values), low: Math.min(...values), high: Math.max(...values) };
  });
  return { label, series, points, draw: "both" };
}

function robustnessPicture(
  kind: "noise" | "mismatch" | "temperature",
  { [kind]: curves, training }: ExperimentResults,
): Picture {
  const label = {
    noise: "noise, times that of the chip",
    mismatch: "mismatch after calibration, times the usual",
    temperature: "temperature, °C; calibrated at 40 °C",
  }[kind];
  const [{ x }] = curves;
  const drawn = [
    meanCurve(
      "pre-trained",
      "orange",
      x,
      curves.map(({ start }) => start),
    ),
  ];
  const loops = curves.flatMap(({ loop }) => (loop === undefined ? [] : [loop]));
  if (loops.length > 0) {
    const kept = chipsAsStarted(training.pretrained).length;
    const equal = kept === 0 ? "" : `, start kept on ${kept} of ${counted(loops.length, "chip")}`;
    drawn.push(meanCurve(`in the loop${equal}`, "blue", x, loops));
  }
  const values = drawn.flatMap(({ points }) => points.flatMap(({ y, low = y, high = y }) => [low, high]));
  return plotCurves({
    ...{ name: `robustness-${kind}`, title: `Accuracy against ${kind}` },
    description: `Accuracy in % against ${label}; mean over ${counted(curves.length, "chip")}, and the range of the chips.`,
    x: { label, domain: [x[0], x[x.length - 1]], ticks: x },
    y: { label: "accuracy, %", domain: accuracyDomain(values) },
    curves: drawn,
  });
}

function transferPicture(name: "calibrated" | "raw", { transfer }: ExperimentResults): Picture {
  const rows = transfer.map((result, n) => ({
    label: `weights of ${n + 1}`,
    values: result[name].map(percent),
  }));
  return heatMap({
    ...{ name: `weights-on-${name}`, title: `Weights of one chip on another, ${name}` },
    description: `Accuracy in % of weights trained on one chip (rows) on every ${name} chip (columns).`,
    blocks: [{ rows }],
    rowHeight: 30,
    columnTicks: rows.map((_, at) => ({ at, text: `on ${at + 1}` })),
    columnLabel: `${name} chip`,
    color: {
      ...{ kind: "sequential", label: "accuracy, %" },
      domain: accuracyDomain(rows.flatMap(({ values }) => values)),
    },
    format: (value) => value.toFixed(1),
  });
}

/** Figures in groups that belong side by side. */
export function experimentPictures(results: ExperimentResults) {
  return {
    training: (Object.keys(results.training) as Start[]).flatMap((start) =>
      trainingPictures(start, results.training[start]),
    ),
    robustness: (["noise", "mismatch", "temperature"] as const).map((kind) =>
      robustnessPicture(kind, results),
    ),
    transfer: (["calibrated", "raw"] as const).map((name) => transferPicture(name, results)),
  };
}
