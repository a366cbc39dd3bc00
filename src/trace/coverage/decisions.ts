/**
 * Decisions of the source text: all conditional branches at one place (file, line, column) together, whatever the
 * compiler copied by inlining, unrolling or testing a loop at its top and at its bottom. A branch's two ways are
 * named by where they lead, so that copies agree even where one of them jumps and another one falls through:
 *
 * - `21`: line of the same file; `21:7` where both ways lead to that line
 * - `end`: out of the function (of the inlined copy)
 * - `again`: back to the branch itself
 * - a way and ` taken` or ` not taken` where nothing else tells the two apart
 *
 * From one branch of a place to the next one of the same place, as in a `switch`, is no way. Branches of which one
 * way is a trap at the place itself, as checks of indices are, are no decisions.
 */
import { decode, field } from "../../../isa/decode.ts";
import type { SourceLocation } from "../../toolchain/image.ts";
import type { CodePoint } from "./code.ts";

/** A way that a conditional branch may go. */
export interface Way {
  readonly branch: number;
  readonly taken: boolean;
  readonly file: string;
  /** `line:column` of the decision. */
  readonly place: string;
  readonly way: string;
}

/** What the source text tells of the functions in it. */
export interface FunctionPlaces {
  /** Whether a place is the head of a function, to which prologue, epilogue and constants are counted. */
  isHead(place: SourceLocation): boolean;
  /** Whether two places lie in different functions of the text; false where that is not known. */
  areApart(a: SourceLocation, b: SourceLocation): boolean;
}

type Leads =
  | { readonly kind: "place"; readonly at: SourceLocation }
  | { readonly kind: "end"; readonly at: SourceLocation | undefined }
  | { readonly kind: "again" | "chain" | "trap" };

/** BO bits "ignore the condition" and "ignore CTR". */
const ALWAYS = 0b10100;
/** Longer straight ways without any line of their own end here. */
const LONGEST_WALK = 256;

const BRANCHES: ReadonlySet<string> = new Set(["b", "bc", "bclr", "bcctr"]);

interface Branch {
  readonly conditional: boolean;
  /** Undefined: only registers tell. */
  readonly target: number | undefined;
}

function branchAt({ word, address }: CodePoint): Branch | undefined {
  const mnemonic = decode(word)?.mnemonic ?? "";
  if (!BRANCHES.has(mnemonic)) return undefined;
  const conditional = mnemonic !== "b" && (field(word, "BO") & ALWAYS) !== ALWAYS;
  if (mnemonic === "bclr" || mnemonic === "bcctr") return { conditional, target: undefined };
  const base = field(word, "AA") === 1 ? 0 : address;
  return { conditional, target: (base + field(word, mnemonic === "b" ? "LI" : "BD")) >>> 0 };
}

const isCall = ({ word }: CodePoint): boolean => field(word, "LK") === 1;

function isTrap({ word }: CodePoint): boolean {
  const mnemonic = decode(word)?.mnemonic;
  return (mnemonic === "tw" || mnemonic === "twi") && field(word, "TO") === 31;
}

const samePlace = (a: SourceLocation | undefined, b: SourceLocation | undefined): boolean =>
  a !== undefined && b !== undefined && a.file === b.file && a.line === b.line && a.column === b.column;

class Walker {
  readonly #points: ReadonlyMap<number, CodePoint>;
  readonly #functions: FunctionPlaces;

  constructor(points: ReadonlyMap<number, CodePoint>, functions: FunctionPlaces) {
    this.#points = points;
    this.#functions = functions;
  }

  /** Where a way of the branch at `from` leads that begins at an address. */
  leads(from: CodePoint, start: number | undefined): Leads {
    let address = start;
    for (let steps = 0; steps < LONGEST_WALK && address !== undefined; steps++) {
      const point = this.#points.get(address);
      const at = point && this.#placeFor(from, point);
      if (!point || at === "outside") return { kind: "end", at: point?.source };
      if (point.address === from.address) return { kind: "again" };
      const branch = branchAt(point);
      if (samePlace(at, from.source)) {
        if (branch?.conditional) return { kind: "chain" };
        if (isTrap(point)) return { kind: "trap" };
      }
      const jumps = branch !== undefined && !branch.conditional && !isCall(point);
      const isPassed = jumps || at === undefined || this.#functions.isHead(at) || samePlace(at, from.source);
      if (!isPassed || (branch && !jumps)) return { kind: "place", at: at ?? from.source! };
      if (jumps && branch.target === undefined) {
        return samePlace(at, from.source) ? { kind: "place", at: at! } : { kind: "end", at };
      }
      address = jumps ? branch.target : address + 4;
    }
    return { kind: "end", at: undefined };
  }

  /** Place of an instruction in the terms of the function that holds the branch. */
  #placeFor(from: CodePoint, point: CodePoint): SourceLocation | undefined | "outside" {
    const level = from.scopes.length - 1;
    if (level >= 0 && point.scopes[level]?.key !== from.scopes[level].key) return "outside";
    const at = level >= 0 ? point.scopes[level].source : point.source;
    return at && this.#functions.areApart(from.source!, at) ? "outside" : at;
  }
}

/** What the two ways are called. */
function namesOf(from: SourceLocation, ways: readonly [Leads, Leads]): [string, string] {
  const line = (lead: Leads): string => {
    if (lead.kind === "end") return "end";
    if (lead.kind !== "place") return lead.kind;
    return lead.at.file === from.file ? `${lead.at.line}` : `${lead.at.file}:${lead.at.line}`;
  };
  const precise = (lead: Leads): string =>
    "at" in lead && lead.at ? `${line(lead)}:${lead.at.column}` : line(lead);
  const [taken, not] = ways.map(line);
  if (taken !== not) return [taken, not];
  if (ways[0].kind === "place") {
    const [preciseTaken, preciseNot] = ways.map(precise);
    if (preciseTaken !== preciseNot) return [preciseTaken, preciseNot];
  }
  return [`${taken} taken`, `${not} not taken`];
}

/** The ways of all conditional branches that stand for decisions of a source text. */
export function waysOf(points: ReadonlyMap<number, CodePoint>, functions: FunctionPlaces): readonly Way[] {
  const walker = new Walker(points, functions);
  const ways: Way[] = [];
  for (const from of points.values()) {
    const branch = branchAt(from);
    const { source } = from;
    if (!branch?.conditional || !source) continue;
    const taken: Leads =
      branch.target === undefined || isCall(from)
        ? { kind: "end", at: undefined }
        : walker.leads(from, branch.target);
    const not = walker.leads(from, from.address + 4);
    if (taken.kind === "trap" || not.kind === "trap") continue;
    const names = namesOf(source, [taken, not]);
    const place = `${source.line}:${source.column}`;
    for (const [n, lead] of [taken, not].entries()) {
      if (lead.kind === "chain") continue;
      ways.push({ branch: from.address, taken: n === 0, file: source.file, place, way: names[n] });
    }
  }
  return ways;
}
