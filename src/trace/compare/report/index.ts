/** A difference in words: what, where, surroundings, registers, and how it came about. */
import type { Trace } from "../../model.ts";
import type { TraceState } from "../../state.ts";
import type { Found, TraceComparison } from "../comparison.ts";
import { type Both, type Difference, type DifferenceKind, SIDE_NAMES } from "../types.ts";
import { CauseText } from "./cause.ts";
import { contextLines, type LayoutOptions, type ReportStyle } from "./context.ts";
import { differenceJson } from "./json.ts";
import { type BothSymbols, bothSymbols, placeText, sourceLine } from "./places.ts";
import { registerLines, registerPairs } from "./registers.ts";
import { fieldText } from "./values.ts";

export type { ReportStyle } from "./context.ts";

export interface ReportOptions {
  /** Records before and behind a difference; default 5. */
  readonly context?: number;
  /** All registers instead of those that differ. */
  readonly registers?: boolean;
  readonly sideBySide?: boolean;
  /** Characters of a line, side by side. */
  readonly width?: number;
  readonly style?: ReportStyle;
}

const same = (text: string): string => text;
const PLAIN: ReportStyle = { a: same, b: same, dim: same, strong: same };
const CONTEXT = 5;
const SIDES = [0, 1] as const;

const VERBS: Readonly<Record<DifferenceKind, string>> = {
  changed: "changed",
  replaced: "replaced",
  inserted: "only in B",
  deleted: "only in A",
  ended: "the end of one trace",
  lost: "nothing in common any more",
};

/** `instruction 1234 of top, cycle 5678`; both numbers where they differ. */
export function positionText({ instruction, cycle, ppus }: Difference): string {
  const both = <T>([a, b]: Both<T>, text: (value: T) => string) =>
    text(a) === text(b) ? text(a) : `${text(a)} | ${text(b)}`;
  const where = `instruction ${both(instruction, String)} of ${both(ppus, String)}`;
  const known = cycle.filter((value) => value !== undefined);
  if (known.length === 0) return where;
  return `${where}, cycle ${known.length === 2 ? both([known[0], known[1]], String) : known[0]}`;
}

/** Texts about the differences of two traces. */
export class DifferenceReport {
  readonly #symbols: BothSymbols;
  readonly #options: ReportOptions;
  readonly #layout: LayoutOptions;
  readonly #causes: CauseText;
  readonly #knowsRegisters: Both<boolean>;

  constructor(traces: Both<Trace>, comparison: TraceComparison, options: ReportOptions = {}) {
    const { sideBySide, width, style = PLAIN } = options;
    this.#symbols = bothSymbols(...traces);
    this.#options = options;
    this.#layout = { style, ...(sideBySide && { sideBySide }), ...(width !== undefined && { width }) };
    const has = (name: "words" | "cycles") =>
      traces.map(({ header }) => header.has[name] ?? true) as unknown as Both<boolean>;
    this.#knowsRegisters = [traces[0].header.has.writes, traces[1].header.has.writes];
    this.#causes = new CauseText({
      symbols: this.#symbols,
      hasWords: has("words"),
      hasCycles: has("cycles"),
      history: comparison.history,
    });
  }

  /** One line: what differs. */
  summary(difference: Difference): string {
    const { kind, counts, fields, records } = difference;
    if (kind === "ended") {
      const [ended, other] = counts[0] === 0 ? SIDE_NAMES : [SIDE_NAMES[1], SIDE_NAMES[0]];
      return `${ended} ends here, ${other} goes on`;
    }
    const side = records[0].length > 0 ? 0 : 1;
    const [first] = records[side];
    const what = first ? placeText(first, this.#symbols[side]) : "";
    const number = Math.max(...counts);
    const many =
      kind === "changed" || number === 1
        ? ""
        : `${counts[0] === counts[1] || counts.includes(0) ? number : counts.join(" | ")} records, `;
    const names = fields.map(({ field }) => field).join(", ");
    return `${VERBS[kind]}: ${many}${what}${names === "" ? "" : `: ${names}`}`;
  }

  /** The whole report, behind its headline. */
  lines(found: Found): string[] {
    const { difference } = found;
    const details = found.details(this.#options.context ?? CONTEXT);
    const names = SIDES.map((side) => this.#symbols[side][difference.ppus[side]]);
    const fields = difference.fields.map((field) => `  ${fieldText(field, [names[0], names[1]])}`);
    return [
      this.summary(difference),
      "",
      ...contextLines(found, details, this.#symbols, this.#layout),
      ...(fields.length > 0 ? ["", "Fields that differ (A | B):", ...fields] : []),
      ...this.#sources(difference),
      "",
      ...this.#registers(details.states),
      "",
      "How it came about (A | B):",
      ...this.#causes.lines(found.cause()).map((line) => `  ${line}`),
    ];
  }

  /** The same as an object for machines. */
  json(found: Found): unknown {
    const { context = CONTEXT, registers = false } = this.#options;
    return differenceJson(found, this.#symbols, { context, registers });
  }

  #sources({ records }: Difference): string[] {
    const lines = SIDES.map((side) => {
      const [first] = records[side];
      return first && sourceLine(first, this.#symbols[side]);
    });
    const [a, b] = lines;
    if (a === undefined && b === undefined) return [];
    const texts =
      a === b
        ? [`  ${a}`]
        : SIDES.flatMap((side) => (lines[side] ? [`  ${SIDE_NAMES[side]}: ${lines[side]}`] : []));
    return ["", "Source:", ...texts];
  }

  /** Where only one trace tells registers there is nothing to compare, so they are shown on demand only. */
  #registers(states: Both<TraceState>): string[] {
    const all = this.#options.registers ?? false;
    const knowing = SIDES.filter((side) => this.#knowsRegisters[side]);
    if (knowing.length === 2) {
      const pairs = registerPairs(states, all);
      if (pairs.length === 0) return ["Registers before: equal in A and B"];
      const title = `Registers before${all ? "" : ", those that differ"} (A | B):`;
      return [title, ...registerLines(pairs).map((line) => `  ${line}`)];
    }
    const [side] = knowing;
    if (!all || side === undefined) return ["Registers before: not in both traces"];
    const pairs = registerPairs([states[side], states[side]], true);
    return [
      `Registers before (${SIDE_NAMES[side]} only):`,
      ...registerLines(pairs).map((line) => `  ${line}`),
    ];
  }
}
