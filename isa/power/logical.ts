import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

function logical(
  mnemonic: string,
  xo: number,
  operands: string,
  summary: string,
  meaning: string,
): Instruction {
  return row({
    mnemonic,
    family: "logical",
    form: "X",
    fixed: { OPCD: 31, XO10: xo },
    operands,
    modifiers: ["Rc"],
    summary,
    meaning: `x = ${meaning}; RA = x; if (Rc) setCrField(0, compare(x, 0))`,
    timing: "alu",
    reference: "nux-core 2.3, Power ISA 2.06 3.3.12",
  });
}

/** Counting instructions without record form. */
function counting(mnemonic: string, xo: number, summary: string, meaning: string): Instruction {
  return row({
    mnemonic,
    family: "logical",
    form: "X",
    fixed: { OPCD: 31, XO10: xo },
    operands: "RA, RS",
    summary,
    meaning,
    timing: "alu",
    reference: "nux-core 2.3, Power ISA 2.06 3.3.12",
  });
}

function immediate(
  mnemonic: string,
  opcode: number,
  summary: string,
  value: string,
  rest: { readonly quirk?: string } = {},
): Instruction {
  const record = mnemonic.endsWith(".");
  return row({
    mnemonic,
    family: "logical",
    form: "D",
    fixed: { OPCD: opcode },
    operands: "RA, RS, UI",
    summary,
    meaning: record ? `x = ${value}; RA = x; setCrField(0, compare(x, 0))` : `RA = ${value}`,
    timing: "alu",
    reference: "nux-core 2.1, Power ISA 2.06 3.3.12",
    ...rest,
  });
}

export const LOGICAL: readonly Instruction[] = [
  immediate("ori", 24, "or immediate", "RS | UI", { quirk: "ori 0,0,0 (nop) is not issued" }),
  immediate("oris", 25, "or immediate shifted", "RS | (UI << 16)"),
  immediate("xori", 26, "exclusive or immediate", "RS ^ UI"),
  immediate("xoris", 27, "exclusive or immediate shifted", "RS ^ (UI << 16)"),
  immediate("andi.", 28, "and immediate and record", "RS & UI"),
  immediate("andis.", 29, "and immediate shifted and record", "RS & (UI << 16)"),
  logical("and", 28, "RA, RS, RB", "and", "RS & RB"),
  logical("andc", 60, "RA, RS, RB", "and with complement", "RS & ~RB"),
  logical("nor", 124, "RA, RS, RB", "nor", "~(RS | RB)"),
  logical("eqv", 284, "RA, RS, RB", "equivalent", "~(RS ^ RB)"),
  logical("xor", 316, "RA, RS, RB", "exclusive or", "RS ^ RB"),
  logical("orc", 412, "RA, RS, RB", "or with complement", "RS | ~RB"),
  logical("or", 444, "RA, RS, RB", "or", "RS | RB"),
  logical("nand", 476, "RA, RS, RB", "nand", "~(RS & RB)"),
  logical("extsb", 954, "RA, RS", "extend sign of byte", "RS << 24 >> 24"),
  logical("extsh", 922, "RA, RS", "extend sign of halfword", "RS << 16 >> 16"),
  logical("cntlzw", 26, "RA, RS", "count leading zeros of word", "clz(RS)"),
  counting(
    "popcntb",
    122,
    "population count of each byte",
    "x = RS - ((RS >>> 1) & 0x55555555); y = (x & 0x33333333) + ((x >>> 2) & 0x33333333); RA = (y + (y >>> 4)) & 0x0f0f0f0f",
  ),
  counting(
    "prtyw",
    154,
    "parity of the least significant bits of the bytes",
    "x = RS ^ (RS >>> 16); RA = (x ^ (x >>> 8)) & 1",
  ),
];
