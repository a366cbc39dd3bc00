import { FIELDS, type FieldName, fieldValue } from "./fields.ts";
import { INSTRUCTIONS, UNDECODED, UNDECODED_EXTENDED } from "./index.ts";
import type { Instruction, TimingClass } from "./types.ts";

const OPCODE = 0xfc000000 | 0;
const EXTENDED = 0x000007fe;
const NOP = 0x60000000;

/** Candidates by primary opcode; where extended opcodes exist, by primary opcode and bits 21..30. */
const TABLE: readonly (readonly Instruction[] | readonly (readonly Instruction[])[])[] = Array.from(
  { length: 64 },
  (_, opcode) => {
    const rows = INSTRUCTIONS.filter((row) => row.match >>> 26 === opcode);
    if (rows.every((row) => (row.mask & EXTENDED) === 0)) return rows;
    return Array.from({ length: 1024 }, (_, extended) =>
      rows.filter((row) => (((extended << 1) ^ row.match) & row.mask & EXTENDED) === 0),
    );
  },
);

/** The row of an instruction word, or undefined where the core decodes none (see `undecoded`). */
export function decode(word: number): Instruction | undefined {
  const entry = TABLE[word >>> 26];
  const first = entry[0];
  const candidates = Array.isArray(first)
    ? (entry[(word & EXTENDED) >>> 1] as readonly Instruction[])
    : entry;
  for (const row of candidates as readonly Instruction[]) {
    if ((word & row.mask) === row.match) return row;
  }
  return undefined;
}

/** What the core does with a word that `decode` does not know: a row that is not part of the instruction list. */
export function undecoded(word: number): Instruction {
  return (word & OPCODE) === UNDECODED_EXTENDED.match ? UNDECODED_EXTENDED : UNDECODED;
}

/** Field of an instruction word as the operand value: sign extended, scaled, SPR halves in order. */
export const field = (word: number, name: FieldName): number => fieldValue(word, FIELDS[name]);

/** `ori 0,0,0`, which the core fetches but does not issue to a unit. */
export const isNop = (word: number): boolean => (word | 0) === NOP;

/** Timing class of a word, which for the no-operation differs from that of its row. */
export const timingClass = (word: number, row: Instruction = decode(word) ?? undecoded(word)): TimingClass =>
  isNop(word) ? "nop" : row.timing;
