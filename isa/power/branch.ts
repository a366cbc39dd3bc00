import { row } from "../row.ts";
import type { Instruction, TimingClass } from "../types.ts";

const family = "branch";
const timing: TimingClass = "branch";
/** Whether BO and BI let the branch be taken, with `count` as the counter value that is tested. */
const taken = (count: string) =>
  `((BO & 4) != 0 || (${count} != 0) != (BO >> 1 & 1)) && ((BO & 16) != 0 || crBit(BI) == (BO >> 3 & 1))`;
const count = "if (!(BO & 4)) CTR = CTR - 1";
const link = "if (LK) LR = PC + 4";
const linkQuirk = "LK writes LR also when the branch is not taken; hint bits are ignored";

export const BRANCH: readonly Instruction[] = [
  row({
    mnemonic: "b",
    family,
    form: "I",
    fixed: { OPCD: 18 },
    operands: "LI",
    modifiers: ["LK", "AA"],
    summary: "branch",
    meaning: `${link}; branch(AA ? LI : PC + LI)`,
    timing,
    reference: "nux-core 2.1, Power ISA 2.06 2.4",
  }),
  row({
    mnemonic: "bc",
    family,
    form: "B",
    fixed: { OPCD: 16 },
    operands: "BO, BI, BD",
    modifiers: ["LK", "AA"],
    summary: "branch conditional",
    meaning: `${count}; ${link}; if (${taken("CTR")}) branch(AA ? BD : PC + BD)`,
    timing,
    reference: "nux-core 2.1, Power ISA 2.06 2.4",
    quirk: linkQuirk,
  }),
  row({
    mnemonic: "bclr",
    family,
    form: "XL",
    fixed: { OPCD: 19, XO10: 16 },
    operands: "BO, BI",
    modifiers: ["LK"],
    summary: "branch conditional to link register",
    meaning: `target = LR & ~3; ${count}; ${link}; if (${taken("CTR")}) branch(target)`,
    timing,
    reference: "nux-core 2.2, Power ISA 2.06 2.4",
    quirk: linkQuirk,
  }),
  row({
    mnemonic: "bcctr",
    family,
    form: "XL",
    fixed: { OPCD: 19, XO10: 528 },
    operands: "BO, BI",
    modifiers: ["LK"],
    summary: "branch conditional to count register",
    meaning: `${link}; if (${taken("CTR - 1")}) branch(CTR & ~3)`,
    timing,
    reference: "nux-core 2.2, Power ISA 2.06 2.4",
    quirk: `${linkQuirk}; CTR is never written, forms with BO bit 2 = 0 are invalid`,
  }),
  ...(
    [
      ["rfi", 50, "SRR", ""],
      ["rfci", 51, "CSRR", " critical"],
      ["rfmci", 38, "MCSRR", " machine check"],
    ] as const
  ).map(([mnemonic, xo, registers, kind]) =>
    row({
      mnemonic,
      family,
      form: "XL",
      fixed: { OPCD: 19, XO10: xo },
      operands: "",
      summary: `return from${kind} interrupt`,
      meaning: `MSR = ${registers}1; branch(${registers}0 & ~3)`,
      timing,
      reference: "nux-core 2.2 and 4.2, Power ISA 2.06 book III-E 3.3.1",
    }),
  ),
];
