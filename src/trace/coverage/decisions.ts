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
import { disassemble } from "../../../isa/disassemble.ts";
import type { SourceLocation } from "../../toolchain/image.ts";
import { type CodePoint, isConditional } from "./code.ts";

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

interface Leads {
  readonly kind: "place" | "end" | "again" | "chain" | "trap";
  /** Of a place. */
  readonly at?: SourceLocation;
  /** An earlier line, of which registers get a constant or a copy of another one on the way. */
  readonly setsUp?: SourceLocation;
  /** Instructions of the decision's own place lie on the way. */
  readonly stays: boolean;
}

const SETS_UP: ReadonlySet<string> = new Set(["li", "lis", "mr"]);
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
  const conditional = isConditional(word);
  if (mnemonic === "bclr" || mnemonic === "bcctr") return { conditional, target: undefined };
  const base = field(word, "AA") === 1 ? 0 : address;
  return { conditional, target: (base + field(word, mnemonic === "b" ? "LI" : "BD")) >>> 0 };
}

const isThroughTable = ({ word }: CodePoint): boolean => decode(word)?.mnemonic === "bcctr";

const isCall = ({ word }: CodePoint): boolean => field(word, "LK") === 1;

function isTrap({ word }: CodePoint): boolean {
  const mnemonic = decode(word)?.mnemonic;
  return (mnemonic === "tw" || mnemonic === "twi") && field(word, "TO") === 31;
}

const samePlace = (a: SourceLocation | undefined, b: SourceLocation | undefined): boolean =>
  a !== undefined && b !== undefined && a.file === b.file && a.line === b.line && a.column === b.column;

const isBehind = (a: SourceLocation, b: SourceLocation): boolean =>
  a.file === b.file && (a.line > b.line || (a.line === b.line && a.column > b.column));

class Walker {
  readonly #points: ReadonlyMap<number, CodePoint>;
  readonly #functions: FunctionPlaces;

  constructor(points: ReadonlyMap<number, CodePoint>, functions: FunctionPlaces) {
    this.#points = points;
    this.#functions = functions;
  }

  /** Where a way of the branch at `from` leads that begins at an address. */
  leads(from: CodePoint, start: number | undefined): Leads {
    let stays = false;
    let setsUp: SourceLocation | undefined;
    let address = start;
    for (let steps = 0; steps < LONGEST_WALK && address !== undefined; steps++) {
      const point = this.#points.get(address);
      const at = point && this.#placeFor(from, point);
      if (!point || at === "outside") break;
      if (point === from) return { kind: "again", stays };
      const branch = branchAt(point);
      const isHere = samePlace(at, from.source);
      if (isHere && branch?.conditional) return { kind: "chain", stays };
      if (isHere && isTrap(point)) return { kind: "trap", stays };
      const jumps = branch !== undefined && !branch.conditional && !isCall(point);
      if (jumps) {
        // Through a table: the way to one of many places.
        if (isThroughTable(point) && isHere) return { kind: "place", at, setsUp, stays: true };
        address = branch.target;
        continue;
      }
      if (!isHere && at && !this.#functions.isHead(at)) {
        const isSetUp = SETS_UP.has(disassemble(point.word).mnemonic) && !isBehind(at, from.source!);
        if (!isSetUp) return { kind: "place", at, setsUp, stays };
        setsUp ??= at;
      }
      if (branch) return { kind: "place", at: at ?? from.source, setsUp, stays };
      stays ||= isHere;
      address += 4;
    }
    return { kind: "end", setsUp, stays };
  }

  /** Place of an instruction in the terms of the function that holds the branch. */
  #placeFor(from: CodePoint, point: CodePoint): SourceLocation | undefined | "outside" {
    const level = from.scopes.length - 1;
    if (level >= 0 && point.scopes[level]?.key !== from.scopes[level].key) return "outside";
    const at = level >= 0 ? point.scopes[level].source : point.source;
    const isApart = at && !this.#functions.isHead(at) && this.#functions.areApart(from.source!, at);
    return isApart ? "outside" : at;
  }
}

/** What the two ways are called. */
function namesOf(from: SourceLocation, ways: readonly [taken: Leads, not: Leads]): string[] {
  const lineOf = ({ file, line }: SourceLocation): string =>
    file === from.file ? `${line}` : `${file}:${line}`;
  const name = ({ kind, at }: Leads): string => (at ? lineOf(at) : kind);
  const first = (lead: Leads): Leads => (lead.setsUp ? { ...lead, at: lead.setsUp } : lead);
  const column = (lead: Leads): string => (lead.at ? `${lineOf(lead.at)}:${lead.at.column}` : lead.kind);
  const schemes: ((lead: Leads) => string)[] = [
    name,
    (lead) => (lead.stays ? `${from.line}` : name(first(lead))),
    (lead) => column(first(lead)),
    (lead) => `${name(lead)} ${lead === ways[0] ? "taken" : "not taken"}`,
  ];
  return schemes.map((scheme) => ways.map(scheme)).find(([taken, not]) => taken !== not)!;
}

/** The ways of all conditional branches that stand for decisions of a source text. */
export function waysOf(points: ReadonlyMap<number, CodePoint>, functions: FunctionPlaces): readonly Way[] {
  const walker = new Walker(points, functions);
  const ways: Way[] = [];
  for (const from of points.values()) {
    const branch = branchAt(from);
    const { source } = from;
    if (!branch?.conditional || !source) continue;
    const known = branch.target !== undefined && !isCall(from);
    const taken = known ? walker.leads(from, branch.target) : ({ kind: "end", stays: false } as const);
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
