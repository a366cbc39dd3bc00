/** Reports of calibration steps as text. */
import type { Check } from "./bands.ts";
import type { Figures } from "./statistics.ts";
import type { StepReport } from "./step.ts";

const COLUMNS = [20, 8, 9, 9, 9, 9, 6, 7, 9] as const;
const line = (cells: readonly string[]) =>
  cells.map((cell, at) => (at < 2 ? cell.padEnd(COLUMNS[at]) : cell.padStart(COLUMNS[at]))).join("");

/** Four significant digits at most, no exponent. */
export function shortNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : Math.abs(value) >= 0.1 ? 3 : 4;
  return Number.parseFloat(value.toFixed(digits)).toString();
}

export const STEP_HEADER = [
  line(["", "", "mean", "std", "min", "max", "ends", "reads", "chip ms"]),
  "-".repeat(COLUMNS.reduce((sum, width) => sum + width, 0)),
].join("\n");

function figuresLine(head: string, when: string, { mean, std, min, max }: Figures, rest: string[]): string {
  return line([head, when, ...[mean, std, min, max].map(shortNumber), ...rest]);
}

/** Before, after and, where some instances ended at a range end, after of the others. */
export function stepLines(report: StepReport): string {
  const { name, unit, quantity, before, after, inRange, atRangeEnd, instances, reads, chipTime } = report;
  const lines = [
    `${name}: ${quantity}${unit ? ` (${unit})` : ""}; ${instances} instances`,
    figuresLine("", "before", before, []),
    figuresLine("", "after", after, [`${atRangeEnd}`, `${reads}`, (chipTime / 1000).toFixed(0)]),
    ...(atRangeEnd > 0 ? [figuresLine("", "in range", inRange, [])] : []),
    ...(report.cycles ? [`  ${cyclesLine(report.cycles, report.awakeCycles)}`] : []),
    ...report.checks.map((check) => `  ${checkLine(check)}`),
  ];
  return lines.map((text) => text.trimEnd()).join("\n");
}

/** Cycles of the PPUs, asleep or not. */
function cyclesLine(cycles: number, awake = cycles): string {
  return `${cycles.toLocaleString("en")} PPU cycles, awake for ${awake.toLocaleString("en")}`;
}

export function checkLine({ what, value, least, most, unit, ok, source }: Check): string {
  const limit = least === undefined ? `at most ${most}` : `at least ${least}`;
  const range = least !== undefined && most !== undefined ? `${least}..${most}` : limit;
  const shown = `${shortNumber(value)}${unit ? ` ${unit}` : ""}`;
  return `${ok ? "ok  " : "MISS"} ${what}: ${shown} (${range}; ${source})`;
}
