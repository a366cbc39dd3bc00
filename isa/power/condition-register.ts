import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

const family = "condition register";
const a = "crBit(BA)";
const b = "crBit(BB)";

/** Mnemonic, extended opcode, value, summary. */
const BIT_OPERATIONS: readonly [string, number, string, string][] = [
  ["crand", 257, `${a} & ${b}`, "and of condition bits"],
  ["crandc", 129, `${a} & (${b} ^ 1)`, "and with complement of condition bits"],
  ["creqv", 289, `${a} ^ ${b} ^ 1`, "equivalence of condition bits"],
  ["crnand", 225, `(${a} & ${b}) ^ 1`, "nand of condition bits"],
  ["crnor", 33, `(${a} | ${b}) ^ 1`, "nor of condition bits"],
  ["cror", 449, `${a} | ${b}`, "or of condition bits"],
  ["crorc", 417, `${a} | (${b} ^ 1)`, "or with complement of condition bits"],
  ["crxor", 193, `${a} ^ ${b}`, "exclusive or of condition bits"],
];

function move(
  mnemonic: string,
  fixed: { OPCD: number; XO10: number; ONE: number },
  operands: string,
  summary: string,
  meaning: string,
  quirk?: string,
): Instruction {
  return row({
    mnemonic,
    family,
    form: "XFX",
    fixed,
    operands,
    summary,
    meaning,
    timing: "condition",
    reference: "nux-core 2.3, Power ISA 2.06 3.3.17",
    ...(quirk !== undefined && { quirk }),
  });
}

const toFields = "m = crMask(FXM); CR = (RS & m) | (CR & ~m)";

export const CONDITION_REGISTER: readonly Instruction[] = [
  ...BIT_OPERATIONS.map(([mnemonic, xo, value, summary]) =>
    row({
      mnemonic,
      family,
      form: "XL",
      fixed: { OPCD: 19, XO10: xo },
      operands: "BT, BA, BB",
      summary,
      meaning: `setCrBit(BT, ${value})`,
      timing: "condition",
      reference: "nux-core 2.2, Power ISA 2.06 2.5",
    }),
  ),
  row({
    mnemonic: "mcrf",
    family,
    form: "XL",
    fixed: { OPCD: 19, XO10: 0 },
    operands: "BF, BFA",
    summary: "move condition field",
    meaning: "setCrField(BF, crField(BFA))",
    timing: "condition",
    reference: "nux-core 2.2, Power ISA 2.06 2.5",
  }),
  move("mfcr", { OPCD: 31, XO10: 19, ONE: 0 }, "RT", "move from condition register", "RT = CR"),
  move(
    "mfocrf",
    { OPCD: 31, XO10: 19, ONE: 1 },
    "RT, FXM",
    "move from one condition field",
    "m = crMask(FXM); RT = (CR & m) | (RT & ~m)",
    "R3: the other bits of RT keep their value",
  ),
  move("mtcrf", { OPCD: 31, XO10: 144, ONE: 0 }, "FXM, RS", "move to condition fields", toFields),
  move(
    "mtocrf",
    { OPCD: 31, XO10: 144, ONE: 1 },
    "FXM, RS",
    "move to one condition field",
    toFields,
    "all fields with their FXM bit set are written",
  ),
];
