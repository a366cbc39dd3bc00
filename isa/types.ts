/**
 * What a row of the instruction set says. Decoder, assembler, disassembler, engines, read/write sets,
 * reference manual and tests are all derived from rows of these types.
 */

/** A bit field of the instruction word in Power numbering: bit 0 is the most significant bit. */
export interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** The value is two's complement. */
  readonly signed?: boolean;
  /** The operand is the field value times this (branch displacements: 4). */
  readonly scale?: number;
  /** The two halves of the field are stored swapped (SPR numbers). */
  readonly swapped?: boolean;
}

/** What a field selects, which is also how its operand is written in assembly. */
export type OperandKind =
  | "gpr"
  | "gpr0" // general purpose register, 0 reads as the number zero: (RA|0)
  | "vector"
  | "crField"
  | "crBit"
  | "spr"
  | "immediate"
  | "displacement" // written D(RA)
  | "relative" // branch displacement from this instruction
  | "absolute"
  | "condition"; // optional trailing 0..3 of a vector instruction

export interface Operand {
  readonly field: string;
  readonly kind: OperandKind;
  readonly access: "read" | "write" | "readWrite" | "value";
  /** May be left out at the end of the operand list; the field is then 0. */
  readonly optional?: boolean;
}

/** Groups of the manual, one file of rows each. */
export type Family =
  | "integer arithmetic"
  | "logical"
  | "rotate and shift"
  | "compare and trap"
  | "load and store"
  | "branch"
  | "condition register"
  | "system"
  | "vector arithmetic"
  | "vector accumulator"
  | "vector permute and compare"
  | "vector load and store";

/**
 * Timing classes. Scalar ones after nux-core section 7, vector ones are the twelve classes measured in the RTL.
 * The cycle counts belonging to a class stand in the timing profile of the core.
 */
export type TimingClass =
  | "alu"
  | "mul"
  | "div"
  | "load"
  | "loadUpdate"
  | "store"
  | "storeUpdate"
  | "loadMultiple"
  | "storeMultiple"
  | "branch"
  | "condition"
  | "spr"
  | "sync"
  | "mtmsr"
  | "trap"
  | "wait"
  | "nop"
  | "madd2"
  | "madd2acc"
  | "madd1"
  | "madd1acc"
  | "permute2"
  | "shift"
  | "splat"
  | "compare"
  | "vectorLoad"
  | "vectorStore"
  | "parallelRead"
  | "parallelWrite";

export interface Instruction {
  /** Base mnemonic as the official assembler writes it, without `.`/`o`/`l`/`a` suffixes. */
  readonly mnemonic: string;
  readonly aliases?: readonly string[];
  readonly family: Family;
  readonly form: string;
  /** Fixed bits: a word is this instruction when `(word & mask) === match` (compared as int32). */
  readonly match: number;
  readonly mask: number;
  /** In assembler order. */
  readonly operands: readonly Operand[];
  /** One-bit fields that add a mnemonic suffix: Rc `.`, OE `o`, LK `l`, AA `a`. */
  readonly modifiers?: readonly ("Rc" | "OE" | "LK" | "AA")[];
  /** Bits neither fixed nor in a field; the hardware ignores them, the assembler writes 0. */
  readonly ignored?: number;
  readonly summary: string;
  /** The meaning in the language of `meaning.ts`; every engine and the manual are made from it. */
  readonly meaning: string;
  readonly timing: TimingClass;
  /** Where the fact comes from, e.g. "nux-core 2.3", "Power ISA 2.06 3.3.8". */
  readonly reference: string;
  /** A deviation from Power ISA, by the numbers of the quirk table (R1..R9) or in words. */
  readonly quirk?: string;
  /** Vector rows only. */
  readonly vector?: {
    readonly width: "byte" | "halfword" | "none";
    readonly unit: "MADD" | "CMP" | "PERMUTE" | "LS" | "PLS";
    /** Predicated: cond 1..3 selects lanes by GT/LT/EQ; false where the field is a count or ignored. */
    readonly conditional: boolean;
  };
}
