/** Records around a difference as lines: unified or side by side. */
import { RecordFormatter } from "../../text/index.ts";
import type { Found } from "../comparison.ts";
import type { Both, ContextLine, Details, Difference, Placed } from "../types.ts";
import type { BothSymbols } from "./places.ts";

/** Colours of lines. */
export interface ReportStyle {
  readonly a: (text: string) => string;
  readonly b: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

export interface LayoutOptions {
  /** Two columns instead of lines with - and +. */
  readonly sideBySide?: boolean;
  /** Characters of a line; side by side. */
  readonly width?: number;
  readonly style: ReportStyle;
}

/** Records of one difference that are shown; the others are counted. */
const MOST_RECORDS = 12;
const DEFAULT_WIDTH = 200;
const SIDES = [0, 1] as const;

/** What a line of the report shows: the same on both sides, changed, or on one side only. */
interface Row {
  readonly sides: Both<Placed | undefined>;
  readonly isEqual: boolean;
}

function rowsOf(lines: readonly ContextLine[], isEqual: Found["isEqual"]): Row[] {
  return lines.map((sides) => ({
    sides,
    isEqual: sides[0] !== undefined && sides[1] !== undefined && isEqual(sides[0], sides[1]),
  }));
}

function differingRows({ records }: Difference): Row[] {
  const length = Math.min(MOST_RECORDS, Math.max(records[0].length, records[1].length));
  return Array.from({ length }, (_, i) => ({ sides: [records[0][i], records[1][i]], isEqual: false }));
}

/** Lines of both sides around a difference, the differing ones marked. */
export function contextLines(
  found: Found,
  details: Details,
  symbols: BothSymbols,
  options: LayoutOptions,
): string[] {
  const { difference, isEqual } = found;
  const formatters = symbols.map((names) => new RecordFormatter({ names, short: true }));
  const rows = [
    ...rowsOf(details.before, isEqual),
    ...differingRows(difference),
    ...rowsOf(details.after, isEqual),
  ];
  const texts = rows.map(({ sides, isEqual: isSame }) => ({
    isSame,
    sides: SIDES.map((side) => sides[side] && formatters[side].line(sides[side].record)) as unknown as Both<
      string | undefined
    >,
  }));
  const hidden = Math.max(...difference.counts) - MOST_RECORDS;
  const lines = texts.map((row) => (options.sideBySide ? sideBySide(row, options) : unified(row, options)));
  if (hidden > 0)
    lines.splice(details.before.length + MOST_RECORDS, 0, [options.style.dim(`  ... ${hidden} more`)]);
  return lines.flat();
}

interface TextRow {
  readonly isSame: boolean;
  readonly sides: Both<string | undefined>;
}

function unified({ isSame, sides: [a, b] }: TextRow, { style }: LayoutOptions): string[] {
  if (isSame) return [`  ${a}`];
  const lines = [
    ...(a === undefined ? [] : [style.a(`- ${a}`)]),
    ...(b === undefined ? [] : [style.b(`+ ${b}`)]),
  ];
  const marks = a !== undefined && b !== undefined ? marksOf(a, b) : "";
  return marks === "" ? lines : [...lines, style.strong(`  ${marks}`)];
}

/** `^` under the words of `b` that are others in `a`; nothing where the lines are built differently. */
function marksOf(a: string, b: string): string {
  const words = (text: string) => [...text.matchAll(/\S+/g)];
  const [inA, inB] = [words(a), words(b)];
  if (inA.length !== inB.length) return "";
  let marks = "";
  for (const [i, { 0: word, index }] of inB.entries()) {
    if (word === inA[i][0]) continue;
    marks = marks.padEnd(index) + "^".repeat(word.length);
  }
  return marks;
}

/** `|` changed, `<` only in A, `>` only in B. */
function sideBySide(
  { isSame, sides: [a, b] }: TextRow,
  { width = DEFAULT_WIDTH, style }: LayoutOptions,
): string[] {
  const half = Math.max(20, Math.floor((width - 3) / 2));
  const mark = isSame ? " " : b === undefined ? "<" : a === undefined ? ">" : "|";
  const fit = (text = "") => (text.length > half ? `${text.slice(0, half - 3)}...` : text.padEnd(half));
  const [left, right] = [fit(a), fit(b).trimEnd()];
  if (isSame) return [`${left} ${mark} ${right}`.trimEnd()];
  return [`${style.a(left)} ${style.strong(mark)} ${style.b(right)}`.trimEnd()];
}
