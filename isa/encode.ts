import { FIELDS, type FieldName, fieldBits, fieldRange } from "./fields.ts";
import { instructionByMnemonic } from "./index.ts";
import type { Instruction } from "./types.ts";

/** A value that no instruction field can hold, or a missing or surplus operand. */
export class EncodingError extends Error {
  override name = "EncodingError";
}

/** Operand and modifier values by field name; left-out modifiers and optional operands are 0. */
export type OperandValues = Partial<Record<FieldName, number>>;

const MODIFIER = { o: "OE", ".": "Rc", l: "LK", a: "AA" } as const;

/**
 * Instruction word (int32) of a row or mnemonic, e.g. `encode("addi", { RT: 3, RA: 0, SI: -1 })`. A mnemonic may carry
 * the suffixes of its modifiers (`addo.`, `bl`). Branch displacements are in bytes relative to the instruction.
 * Throws EncodingError for unknown mnemonics, missing or surplus operands, and values out of range.
 */
export function encode(instruction: Instruction | string, values: OperandValues = {}): number {
  if (typeof instruction === "string") {
    const found = findMnemonic(instruction);
    if (!found) throw new EncodingError(`no instruction has the mnemonic "${instruction}"`);
    return encode(found.row, { ...values, ...found.modifiers });
  }
  let word = instruction.match;
  const known = new Set<string>(instruction.modifiers);
  for (const { field, optional } of instruction.operands) {
    known.add(field);
    const value = values[field as FieldName] ?? (optional ? 0 : undefined);
    if (value === undefined) throw new EncodingError(`${instruction.mnemonic}: operand ${field} is missing`);
    word |= bitsOf(instruction, field as FieldName, value);
  }
  for (const name of Object.keys(values)) {
    if (!known.has(name)) throw new EncodingError(`${instruction.mnemonic} has no operand ${name}`);
  }
  for (const name of instruction.modifiers ?? []) word |= bitsOf(instruction, name, values[name] ?? 0);
  return word | 0;
}

/** Row and modifier bits of a full mnemonic, e.g. `addo.` or `bcla`. */
export function findMnemonic(text: string): { row: Instruction; modifiers: OperandValues } | undefined {
  const modifiers: OperandValues = {};
  let base = text;
  for (;;) {
    const row = instructionByMnemonic(base);
    if (row) {
      const allowed = Object.keys(modifiers).every((name) => row.modifiers?.includes(name as "Rc"));
      if (allowed && text === base + suffix(row, modifiers)) return { row, modifiers };
    }
    const modifier = MODIFIER[base.at(-1) as keyof typeof MODIFIER];
    if (modifier === undefined || base.length < 2 || modifier in modifiers) return undefined;
    modifiers[modifier] = 1;
    base = base.slice(0, -1);
  }
}

/** Mnemonic suffix of the set modifiers, in the order that the row lists them: `o.`, `la`. */
export function suffix(row: Pick<Instruction, "modifiers">, values: OperandValues): string {
  const letters = { OE: "o", Rc: ".", LK: "l", AA: "a" };
  return (row.modifiers ?? []).map((name) => (values[name] ? letters[name] : "")).join("");
}

function bitsOf(row: Instruction, name: FieldName, value: number): number {
  const field = FIELDS[name];
  const bits = fieldBits(field, value);
  if (bits !== undefined) return bits;
  const [minimum, maximum] = fieldRange(field);
  const step = "scale" in field ? `, a multiple of ${field.scale}` : "";
  throw new EncodingError(`${row.mnemonic}: ${name} is ${value}, allowed are ${minimum}..${maximum}${step}`);
}
