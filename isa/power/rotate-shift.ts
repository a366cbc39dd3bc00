import { row } from "../row.ts";
import type { Instruction, TimingClass } from "../types.ts";

const record = (meaning: string) => `${meaning}; RA = x; if (Rc) setCrField(0, compare(x, 0))`;
const timing: TimingClass = "alu";

function rotate(
  mnemonic: string,
  opcode: number,
  amount: "SH" | "RB",
  insert: boolean,
  summary: string,
): Instruction {
  return row({
    mnemonic,
    family: "rotate and shift",
    form: "M",
    fixed: { OPCD: opcode },
    operands: `RA, RS, ${amount}, MB, ME`,
    modifiers: ["Rc"],
    summary,
    meaning: record(
      insert
        ? `m = mask(MB, ME); x = (rotl(RS, ${amount}) & m) | (RA & ~m)`
        : `x = rotl(RS, ${amount}) & mask(MB, ME)`,
    ),
    timing,
    reference: "nux-core 2.1, Power ISA 2.06 3.3.13",
  });
}

function shift(
  mnemonic: string,
  xo: number,
  amount: "SH" | "RB",
  summary: string,
  meaning: string,
): Instruction {
  return row({
    mnemonic,
    family: "rotate and shift",
    form: "X",
    fixed: { OPCD: 31, XO10: xo },
    operands: `RA, RS, ${amount}`,
    modifiers: ["Rc"],
    summary,
    meaning: record(meaning),
    timing,
    reference: "nux-core 2.3, Power ISA 2.06 3.3.13",
    ...(amount === "RB" && { quirk: "R2: shift amount modulo 32" }),
  });
}

export const ROTATE_SHIFT: readonly Instruction[] = [
  rotate("rlwimi", 20, "SH", true, "rotate left word immediate then mask insert"),
  rotate("rlwinm", 21, "SH", false, "rotate left word immediate then and with mask"),
  rotate("rlwnm", 23, "RB", false, "rotate left word then and with mask"),
  shift("slw", 24, "RB", "shift left word", "x = RS << RB"),
  shift("srw", 536, "RB", "shift right word", "x = RS >>> RB"),
  shift(
    "sraw",
    792,
    "RB",
    "shift right algebraic word",
    "x = RS >> RB; CA = RS < 0 && (RS & ((1 << RB) - 1)) != 0",
  ),
  shift(
    "srawi",
    824,
    "SH",
    "shift right algebraic word immediate",
    "x = RS >> SH; CA = RS < 0 && (RS & ((1 << SH) - 1)) != 0",
  ),
];
