/** Figures as text. */
import { group as groupBy } from "d3-array";
import type { Goal, Row, SuiteResult } from "./types.ts";

const LINE_WIDTH = 110;

/** Three significant digits, no exponent. */
function formatValue(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}

const isMet = (value: number, goal: Goal): boolean =>
  "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;

function goalText({ value, goal }: Row): string {
  if (goal === undefined) return "";
  const bound = "atLeast" in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`;
  return `goal ${bound}: ${isMet(value, goal) ? "met" : "missed"}`;
}

/** "x speed of qemu-ppc", "x time of gcc -O2", "ms". */
const unitText = ({ unit, peer }: Row): string => (peer === undefined ? unit : `${unit} of ${peer}`);

function singleLines(rows: readonly Row[]): string[] {
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));
  const nameWidth = widest(rows.map(({ name }) => name));
  const valueWidth = widest(rows.map(({ value }) => formatValue(value)));
  const unitWidth = widest(rows.map(unitText));
  return rows.map((row) => {
    const cells = [
      row.name.padEnd(nameWidth),
      formatValue(row.value).padStart(valueWidth),
      unitText(row).padEnd(unitWidth),
    ];
    return `  ${[...cells, goalText(row)].join("  ").trimEnd()}`;
  });
}

/** A heading and as many figures side by side as fit into a line. */
function groupLines(title: string, rows: readonly Row[]): string[] {
  const [first] = rows;
  const missed = rows.filter(({ value, goal }) => goal !== undefined && !isMet(value, goal)).length;
  const [bound] = goalText(first).split(":");
  const goal = bound === "" ? "" : `, ${bound}: ${rows.length - missed} of ${rows.length} met`;
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const cells = rows.map(({ name, value }) => `${name.padEnd(nameWidth)} ${formatValue(value).padStart(6)}`);
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - 4) / (nameWidth + 10)));
  const lines = [`  ${title}${goal}:`];
  for (let at = 0; at < cells.length; at += perLine) {
    lines.push(`    ${cells.slice(at, at + perLine).join("   ")}`);
  }
  return lines;
}

/** Table of one suite: its single rows, then its groups, then its notes. */
export function suiteTable({ name, seconds, rows, notes }: SuiteResult): string {
  const groups = groupBy(
    rows.filter(({ group }) => group !== undefined),
    (row) => `${row.group}, ${unitText(row)}`,
  );
  const lines = [
    `== ${name} == (${seconds.toFixed(0)} s)`,
    ...singleLines(rows.filter(({ group }) => group === undefined)),
    ...[...groups].flatMap(([title, members]) => groupLines(title, members)),
    ...notes.map((note) => `  note: ${note}`),
  ];
  return `${lines.join("\n")}\n`;
}
