import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

const family = "compare and trap";
const condition = (b: string) =>
  `(RA < ${b}) << 4 | (RA > ${b}) << 3 | (RA == ${b}) << 2 | ltu(RA, ${b}) << 1 | ltu(${b}, RA)`;

function compare(
  mnemonic: string,
  fixed: { OPCD: number; XO10?: number },
  b: "SI" | "UI" | "RB",
): Instruction {
  const unsigned = mnemonic.startsWith("cmpl");
  return row({
    mnemonic,
    family,
    form: b === "RB" ? "X" : "D",
    fixed,
    operands: `BF, RA, ${b}`,
    summary: `compare${unsigned ? " logical" : ""}${b === "RB" ? "" : " immediate"}`,
    meaning: `setCrField(BF, ${unsigned ? "compareUnsigned" : "compare"}(RA, ${b}))`,
    timing: "alu",
    reference: `nux-core 2.${b === "RB" ? 3 : 1}, Power ISA 2.06 3.3.9`,
    quirk: "bit L is ignored: always 32 bit",
  });
}

export const COMPARE_TRAP: readonly Instruction[] = [
  compare("cmpi", { OPCD: 11 }, "SI"),
  compare("cmpli", { OPCD: 10 }, "UI"),
  compare("cmp", { OPCD: 31, XO10: 0 }, "RB"),
  compare("cmpl", { OPCD: 31, XO10: 32 }, "RB"),
  row({
    mnemonic: "tw",
    family,
    form: "X",
    fixed: { OPCD: 31, XO10: 4 },
    operands: "TO, RA, RB",
    summary: "trap word",
    meaning: `if (TO & (${condition("RB")})) trap()`,
    timing: "trap",
    reference: "nux-core 2.3 and 4.2, Power ISA 2.06 3.3.10",
  }),
  row({
    mnemonic: "twi",
    family,
    form: "D",
    fixed: { OPCD: 3 },
    operands: "TO, RA, SI",
    summary: "trap word immediate",
    meaning: `b = signExtendR1(SI); if (TO & (${condition("b")})) trap()`,
    timing: "trap",
    reference: "nux-core 2.1 and 4.2, Power ISA 2.06 3.3.10",
    quirk: "R1: immediate zero extended in profile rtl",
  }),
];
