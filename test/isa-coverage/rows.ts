/** Which instructions of the manual words stand for: rows, their variants by modifier bits, conditions of predicated rows. */
import { decode, field } from "../../isa/decode.ts";
import { INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";

const SUFFIX = { OE: "o", Rc: ".", LK: "l", AA: "a" } as const;
const ORDER = ["OE", "Rc", "LK", "AA"] as const;
const CONDITIONS = ["", " if GT", " if LT", " if EQ"] as const;

type Modifier = keyof typeof SUFFIX;

const modifiersOf = (row: Instruction): readonly Modifier[] =>
  ORDER.filter((name) => row.modifiers?.includes(name));

/** `addo.`, `bcla`, `fxvaddbm if GT`: what a word of a row executes. */
function variantName(row: Instruction, bitOf: (name: Modifier) => number, condition: number): string {
  const suffix = modifiersOf(row)
    .filter((name) => bitOf(name) === 1)
    .map((name) => SUFFIX[name]);
  return `${row.mnemonic}${suffix.join("")}${CONDITIONS[condition]}`;
}

export interface Executed {
  readonly row: string;
  readonly variant: string;
}

/** What a word executes; undefined where the core decodes nothing. */
export function executedBy(word: number): Executed | undefined {
  const row = decode(word);
  if (!row) return undefined;
  const condition = row.vector?.conditional ? field(word, "COND") : 0;
  return { row: row.mnemonic, variant: variantName(row, (name) => field(word, name), condition) };
}

/** All variants of a row. */
export function variantsOf(row: Instruction): readonly string[] {
  const modifiers = modifiersOf(row);
  const conditions = row.vector?.conditional ? [0, 1, 2, 3] : [0];
  const combinations = Array.from({ length: 1 << modifiers.length }, (_, bits) => bits);
  return combinations.flatMap((bits) =>
    conditions.map((condition) =>
      variantName(row, (name) => (bits >> modifiers.indexOf(name)) & 1, condition),
    ),
  );
}

/** Every row with its variants. */
export const ALL_VARIANTS: ReadonlyMap<string, readonly string[]> = new Map(
  INSTRUCTIONS.map((row) => [row.mnemonic, variantsOf(row)]),
);
