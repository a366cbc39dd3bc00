/** Results of the experiment as text, in Markdown. */
import type { ExperimentResults } from "./run.ts";
import type { ChipRow, CurveResult } from "./tasks.ts";

const percent = (share: number) => (100 * share).toFixed(2);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const ROW_NAMES: Readonly<Record<ChipRow, readonly [name: string, paper: string]>> = {
  uncalibrated: ["raw chip, uncalibrated", "useless"],
  converted: ["calibrated, float network converted", "92.13"],
  calibrated: ["calibrated, network pre-trained on model chips", ""],
  loop: ["calibrated + in the loop", "98.01"],
};

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Table of the paper, one column a chip. */
export function accuracyTable(results: ExperimentResults): string {
  const chips = results.rows.loop.map((_, n) => `chip ${n + 1}`);
  const same = (share: number) => [percent(share), ...chips.map(() => "")];
  const rows = [
    ["float", "98.29", ...same(results.float.float)],
    ["6-bit weights, 5-bit activations", "98.10", ...same(results.float.quantised)],
    ["ideal chip", "", ...same(results.ideal.accuracy)],
    ...(Object.keys(ROW_NAMES) as ChipRow[]).map((row) => {
      const shares = results.rows[row].map(({ accuracy }) => accuracy);
      return [...ROW_NAMES[row], percent(mean(shares)), ...shares.map(percent)];
    }),
  ];
  return markdown(["accuracy, %", "paper", "mean", ...chips], rows);
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

/** Everything, as one text. */
export function experimentReport(results: ExperimentResults): string {
  const { images, curveImages, trainImages, epochs } = results.options;
  return [
    `Table: ${images} test digits by firmware on the PPUs; ${trainImages} training digits, ${epochs} epochs in the loop.`,
    accuracyTable(results),
    `Curves and transfer: the first ${curveImages} test digits on the fast path, mean over the chips.`,
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
  ].join("\n\n");
}
