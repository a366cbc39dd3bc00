/** The instructions of a program with the places of the source text and the calls that each belongs to. */
import { decode, field } from "../../../isa/decode.ts";
import type { TimingClass } from "../../../isa/types.ts";
import { Code } from "../../debug/symbols/code.ts";
import type { ProgramSymbols } from "../../debug/symbols/index.ts";
import type { Image, SourceLocation } from "../../toolchain/image.ts";

/** A function, or a copy of one inside another, that holds an instruction. */
export interface CallScope {
  /** The same for all instructions of one copy, other than that of all other copies. */
  readonly key: string;
  readonly name: string;
  readonly inlined: boolean;
  readonly declaration: SourceLocation | undefined;
  /** Of the instruction; of an outer scope: where it calls the inner one. */
  readonly source: SourceLocation | undefined;
}

export interface CodePoint {
  readonly address: number;
  readonly word: number;
  /** Undefined where no line of a source text stands behind it, as in start-up code. */
  readonly source: SourceLocation | undefined;
  /** Outermost first: the function, then what was inlined into it. */
  readonly scopes: readonly CallScope[];
}

/** What no compiler moves out of the way that it stands on. */
const FIXED: ReadonlySet<TimingClass> = new Set<TimingClass>([
  ...(["store", "storeUpdate", "storeMultiple", "vectorStore", "parallelRead", "parallelWrite"] as const),
  ...(["branch", "sync", "mtmsr", "trap", "wait"] as const),
]);
/** BO bits "ignore the condition" and "ignore CTR". */
const ALWAYS = 0b10100;

/** A branch that may go either way. */
export function isConditional(word: number): boolean {
  const row = decode(word);
  const hasCondition = row?.operands.some((operand) => operand.field === "BO") ?? false;
  return hasCondition && (field(word, "BO") & ALWAYS) !== ALWAYS;
}

/**
 * Whether an instruction runs exactly when its line does: a store, a call, a conditional branch and so on. Others may have been
 * moved ahead, and jumps and returns stand for the layout of the code.
 */
export function isFixed(word: number): boolean {
  const row = decode(word);
  if (!row || !FIXED.has(row.timing)) return false;
  return row.timing !== "branch" || isConditional(word) || field(word, "LK") === 1;
}

const placeOf = (source: SourceLocation | undefined): string =>
  source ? `${source.file}:${source.line}:${source.column}` : "?";

function scopesOf(symbols: ProgramSymbols, address: number): CallScope[] {
  const scopes: CallScope[] = [];
  let key = "";
  for (const { name, inlined, declaration, source } of symbols.callsAt(address).toReversed()) {
    key = inlined ? `${key} > ${placeOf(scopes.at(-1)?.source)} ${name}` : name;
    scopes.push({ key, name, inlined, declaration, source });
  }
  return scopes;
}

/** All instructions of an image by address, in order. */
export function codePoints(image: Image, symbols: ProgramSymbols): ReadonlyMap<number, CodePoint> {
  const code = new Code(image);
  const points = new Map<number, CodePoint>();
  const sections = image.sections.filter((section) => section.executable && section.data);
  for (const section of sections.toSorted((a, b) => a.address - b.address)) {
    for (let address = section.address; address < section.address + section.size; address += 4) {
      const word = code.word(address);
      if (word === undefined) break;
      const row = symbols.lineRowAt(address);
      const source = row && { file: row.file, line: row.line, column: row.column };
      points.set(address, { address, word, source, scopes: scopesOf(symbols, address) });
    }
  }
  return points;
}
