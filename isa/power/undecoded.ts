import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

const reference = "nux-core 2.4";

/**
 * What the core does with words that no row describes: there is no illegal-instruction exception. They are not part
 * of the instruction list; `undecoded` of `decode.ts` picks one of them.
 */
export const UNDECODED_EXTENDED: Instruction = row({
  mnemonic: "undecoded31",
  family: "system",
  form: "X",
  fixed: { OPCD: 31 },
  operands: "RA, RB",
  modifiers: ["OE", "Rc"],
  summary: "undecoded extended opcode: flags of the fixed-point unit only",
  meaning:
    "x = RA + RB; if (OE) { OV = ((RA ^ x) & (RB ^ x)) >>> 31; SO = SO | OV }; if (Rc) setCrField(0, compare(x, 0))",
  timing: "alu",
  reference,
  quirk: "bit 21 writes OV and SO, bit 31 writes CR0, no register is written",
});

export const UNDECODED: Instruction = row({
  mnemonic: "undecoded",
  family: "system",
  form: "-",
  fixed: {},
  operands: "",
  summary: "undecoded opcode: no operation",
  meaning: "",
  timing: "alu",
  reference,
});
