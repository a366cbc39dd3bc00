/** The way back to a cause, as an indented text. */
import { formatStall } from "../../text/index.ts";
import type { Cause, End, Operand } from "../cause.ts";
import type { Both, Placed } from "../types.ts";
import { type BothSymbols, placeText } from "./places.ts";
import { bothText, hex8, laneText } from "./values.ts";

const SIDES = [0, 1] as const;
const NAMES = ["A", "B"] as const;

export interface CauseOptions {
  readonly symbols: BothSymbols;
  readonly hasWords: Both<boolean>;
  readonly hasCycles: Both<boolean>;
  /** Records of the past that are kept. */
  readonly history: number;
}

/** Lines about how a difference came about; a level deeper is what came before. */
export class CauseText {
  readonly #options: CauseOptions;

  constructor(options: CauseOptions) {
    this.#options = options;
  }

  lines(cause: Cause): string[] {
    return [...this.#instructions(cause, 0), ...this.#inside(cause, 1)];
  }

  #inside({ operands, end, of }: Cause, depth: number): string[] {
    const lines = operands.flatMap((operand) => this.#operand(operand, depth));
    return end ? [...lines, ...this.#end(end, of, depth)] : lines;
  }

  #operand({ name, values, accesses, cause }: Operand, depth: number): string[] {
    const place = accesses ? ` ${this.#memory(accesses)}` : "";
    const value = bothText(name, values);
    const writers = this.#instructions(cause, depth + 1);
    const by = writers.length > 0 ? ", written by" : "";
    return [
      `${indent(depth)}${name}${place} ${value}${by}`,
      ...writers,
      ...this.#inside(cause, depth + (by ? 2 : 1)),
    ];
  }

  #memory(accesses: NonNullable<Operand["accesses"]>): string {
    const texts = accesses.map((access) => (access ? hex8(access.address) : "-"));
    return texts[0] === texts[1] ? texts[0] : texts.join(" | ");
  }

  /** The instructions that a cause is about: one line where they are the same. */
  #instructions({ of }: Cause, depth: number): string[] {
    const texts = SIDES.map((side) => of[side] && this.#text(side, of[side]));
    const cycles = this.#cycles(of);
    if (texts[0] !== undefined && texts[0] === texts[1]) return [`${indent(depth)}${texts[0]}${cycles}`];
    return SIDES.filter((side) => of[side] !== undefined).map(
      (side) => `${indent(depth)}${NAMES[side]}: ${texts[side]}${this.#cycleOf(side, of[side]!)}`,
    );
  }

  #text(side: 0 | 1, placed: Placed): string {
    const { symbols, hasWords } = this.#options;
    return placeText(placed, symbols[side], hasWords[side]);
  }

  #cycleOf(side: 0 | 1, { record }: Placed): string {
    return this.#options.hasCycles[side] ? `, cycle ${record.cycle}` : "";
  }

  #cycles([a, b]: Both<Placed | undefined>): string {
    const { hasCycles } = this.#options;
    const cycles = [hasCycles[0] ? a?.record.cycle : undefined, hasCycles[1] ? b?.record.cycle : undefined];
    const known = cycles.filter((cycle) => cycle !== undefined);
    if (known.length === 0) return "";
    return known[0] === known[1] || known.length === 1
      ? `, cycle ${known[0]}`
      : `, cycle ${known.join(" | ")}`;
  }

  #end(end: End, of: Both<Placed | undefined>, depth: number): string[] {
    return this.#endTexts(end, of).map((text) => `${indent(depth)}${text}`);
  }

  #endTexts({ reason, name, conversions }: End, of: Both<Placed | undefined>): string[] {
    switch (reason) {
      case "operands":
        return ["all operands are equal in A and B"];
      case "constant":
        return ["without operands"];
      case "timing":
        return ["the same instruction at another time", ...stallTexts(of)];
      case "clock":
        return [`${name} changes with time by itself`];
      case "device":
        return [`${name} is a device; what it gives depends on time, noise and events`];
      case "conversion":
        return conversionTexts(conversions);
      case "interrupt":
        return ["an interrupt came on one side only"];
      case "writers":
        return ["here different instructions were at work"];
      case "start":
        return ["no instruction of the trace wrote it: so it was at the begin"];
      case "window":
        return [
          `written before the last ${this.#options.history} records, which are kept (--history looks further back)`,
        ];
      case "gap":
        return ["may have been written by instructions that are missing in the trace"];
      case "program":
        return ["the programs differ here"];
      case "seen":
        return ["as above"];
      case "depth":
        return ["..."];
      case "values": {
        const without = SIDES.filter((side) => of[side] !== undefined).map((side) => NAMES[side]);
        return [`${without.join(" and ") || "a trace"} does not tell register values`];
      }
    }
  }
}

const indent = (depth: number): string => "  ".repeat(depth);

function stallTexts(of: Both<Placed | undefined>): string[] {
  const texts = of.map((placed) => {
    const record = placed?.record;
    return record?.kind === "instruction"
      ? record.stalls.map(formatStall).join(", ") || "no wait"
      : undefined;
  });
  return texts[0] === texts[1] ? [] : [`waits: ${texts.map((text) => text ?? "-").join(" | ")}`];
}

function conversionTexts(conversions: End["conversions"]): string[] {
  const [a, b] = (conversions ?? []).map((placed) => placed?.record);
  if (a?.kind !== "conversion" || b?.kind !== "conversion") {
    return ["results of a conversion of the CADC that is not in the part of the trace that is kept"];
  }
  const where = a.hemisphere === b.hemisphere ? a.hemisphere : `${a.hemisphere} | ${b.hemisphere}`;
  const when = a.cycle === b.cycle ? `${a.cycle}` : `${a.cycle} | ${b.cycle}`;
  const lanes = laneText("causal", [a.causal, b.causal]) ?? "";
  const isEqual = lanes.startsWith("0 of");
  const results = isEqual ? "its causal results are equal" : `causal results: ${lanes}`;
  return [`conversion of the CADC of hemisphere ${where}, cycle ${when}; ${results}`];
}
