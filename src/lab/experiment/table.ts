/** Results of the experiment as text, in Markdown. */

import { counted } from "../counted.ts";
import { type DataSetName, dataSet } from "../data-sets.ts";
import { validationCount } from "../training/in-the-loop.ts";
import { keptEpoch, NO_BETTER_EPOCH } from "../training/kept-epoch.ts";
import type { AccuracyResult, CurveResult, TrainingResult } from "./results.ts";
import type { ExperimentResults } from "./run.ts";
import { CHIP_ROW_NAMES, CHIP_ROWS, type ChipRow, STARTS, type Start, type Task } from "./tasks.ts";

const percent = (share: number) => (100 * share).toFixed(2);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const START_NAMES: Readonly<Record<Start, string>> = {
  converted: "float, converted",
  pretrained: "pre-trained on model chips",
};

/** Figures of Weis et al. 2020 by data set and row; "-raw" is theirs before calibration. */
const PAPER: Readonly<
  Partial<Record<DataSetName, Readonly<Partial<Record<ChipRow | "float" | "quantised", string>>>>>
> = {
  mnist: {
    float: "98.29",
    quantised: "98.10",
    "converted-raw": "useless",
    "converted-calibrated": "92.13",
    "converted-loop": "98.01",
  },
};

/** Names of the parts in the line of times. */
const PART_NAMES: Readonly<Record<Task["kind"], string>> = {
  float: "training in floats",
  pretraining: "training on model chips",
  calibration: "calibration",
  training: "training in the loop",
  host: "figures of the host",
  ideal: "ideal chip",
  accuracy: "firmware on raw chips",
  noise: "noise",
  mismatch: "mismatch",
  temperature: "temperature",
  transfer: "transfer",
};

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Chips, from 1 on, whose training in the loop had no epoch better than its start. */
export const chipsAsStarted = (training: readonly TrainingResult[]): number[] =>
  training.flatMap((course, n) => (keptEpoch(course) === 0 ? [n + 1] : []));

/** For each start whose rows before and in the loop are equal on some chips: a line that says why. */
export function equalRowLines({ training }: ExperimentResults): string[] {
  return STARTS.flatMap((start) => {
    const chips = chipsAsStarted(training[start]);
    if (chips.length === 0) return [];
    const which = chips.length === 1 ? `chip ${chips[0]}` : `chips ${chips.join(", ")}`;
    return [
      `Network “${START_NAMES[start]}, then in the loop”, ${which}: ${NO_BETTER_EPOCH}, so the figures equal those before it.`,
    ];
  });
}

/** Table of the paper, one column a chip; first the networks of the paper, then the pre-trained ones. */
export function accuracyTable({ options, host, ideal, rows }: ExperimentResults): string {
  const paper = PAPER[options.data];
  const chips = rows["converted-raw"].map((_, n) => `chip ${n + 1}`);
  const line = (
    network: string,
    place: string,
    stated: string | undefined,
    figure: number,
    each: readonly string[] = chips.map(() => ""),
  ) => [network, place, ...(paper ? [stated ?? ""] : []), percent(figure), ...each];
  const chipLine = (row: ChipRow) => {
    const { start, calibrated, inTheLoop } = CHIP_ROWS[row];
    const shares = rows[row].map(({ accuracy }: AccuracyResult) => accuracy);
    const network = `${START_NAMES[start]}${inTheLoop ? ", then in the loop" : ""}`;
    const place = calibrated ? "calibrated chip" : "uncalibrated chip";
    return line(network, place, paper?.[row], mean(shares), shares.map(percent));
  };
  const of = (start: Start) => CHIP_ROW_NAMES.filter((row) => CHIP_ROWS[row].start === start).map(chipLine);
  const head = ["network", "executed on", ...(paper ? ["paper"] : []), "here (mean)", ...chips];
  return markdown(head, [
    line("float", "host, floats", paper?.float, host.float),
    line(START_NAMES.converted, "host, integers", paper?.quantised, host.quantised),
    ...of("converted"),
    line(START_NAMES.pretrained, "ideal chip", undefined, ideal.accuracy),
    ...of("pretrained"),
  ]);
}

/** Mean over the chips of the accuracies along a curve. */
export function curveTable(name: string, curves: readonly CurveResult[]): string {
  const [{ x, loop }] = curves;
  const rows = [["pre-trained", ...x.map((_, n) => percent(mean(curves.map(({ start }) => start[n]))))]];
  if (loop !== undefined) {
    rows.push([
      "in the loop",
      ...x.map((_, n) => percent(mean(curves.map((curve) => (curve.loop ?? [])[n])))),
    ]);
  }
  return markdown([name, ...x.map(String)], rows);
}

/** Weights of chip A (rows) on chip B (columns). */
export function transferTable(name: string, matrix: readonly (readonly number[])[]): string {
  const head = [name, ...matrix.map((_, n) => `on ${n + 1}`)];
  return markdown(
    head,
    matrix.map((row, n) => [`weights of ${n + 1}`, ...row.map(percent)]),
  );
}

/** Minutes of computing by part. */
export function timeLine({ seconds }: ExperimentResults): string {
  const parts = Object.entries(seconds) as [Task["kind"], number][];
  const minutes = (value: number) => (value / 60).toFixed(1);
  const total = parts.reduce((sum, [, value]) => sum + value, 0);
  const list = parts.map(([kind, value]) => `${PART_NAMES[kind]} ${minutes(value)}`);
  return `Minutes of computing, all jobs together: ${minutes(total)} (${list.join(", ")}).`;
}

/** Everything, as one text. */
export function experimentReport(results: ExperimentResults): string {
  const { data, images, curveImages, trainImages, epochs } = results.options;
  const { title, noun } = dataSet(data);
  return [
    `${title}, accuracy in %: ${counted(images, `test ${noun}`)}; ${counted(trainImages, `training ${noun}`)}, ${validationCount(trainImages)} of them to validate, ${counted(epochs, "epoch")} in the loop. Rows of chips: firmware on the PPUs of raw chips.`,
    accuracyTable(results),
    ...equalRowLines(results),
    `Curves and transfer of the pre-trained network: the first ${counted(curveImages, `test ${noun}`)} on the fast path, mean over the chips.`,
    curveTable("noise x", results.noise),
    curveTable("mismatch after calibration x", results.mismatch),
    curveTable("temperature, C", results.temperature),
    transferTable(
      "calibrated chips",
      results.transfer.map(({ calibrated }) => calibrated),
    ),
    transferTable(
      "raw chips",
      results.transfer.map(({ raw }) => raw),
    ),
    timeLine(results),
  ].join("\n\n");
}
