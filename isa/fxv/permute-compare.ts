import type { Instruction } from "../types.ts";
import { vectorRow } from "./vector-row.ts";

const family = "vector permute and compare";
const PACK_QUIRK = "COND is the bit count 0..3, not a condition; all lanes are written";
/** Halfword lane that a byte lane is packed from: 8 per slice of 16 byte lanes, VRA into the lower half of the slice. */
const packSource = "i = LANE >> 4 << 3 | LANE & 7; x = LANE & 8 ? halfwordB(i) : halfwordA(i)";

function pack(mnemonic: string, xo: number, summary: string, value: string): Instruction {
  return vectorRow({
    mnemonic,
    family,
    xo,
    operands: "VRT, VRA, VRB, COND?",
    summary,
    meaning: `${packSource}; VRT = ${value}`,
    timing: "permute2",
    quirk: PACK_QUIRK,
    vector: { width: "byte", unit: "PERMUTE", conditional: false },
  });
}

function unpack(mnemonic: string, xo: number, summary: string, offset: string): Instruction {
  return vectorRow({
    mnemonic,
    family,
    xo,
    operands: "VRT, VRA, VRB, COND?",
    summary,
    meaning: `n = LANE >> 3 << 4 | LANE & 7${offset}; m = 0xff >> COND; VRT = (byteA(n) & m) << 8 + COND | (byteB(n) & m) << 2 * COND`,
    timing: "permute2",
    quirk: PACK_QUIRK,
    vector: { width: "halfword", unit: "PERMUTE", conditional: false },
  });
}

const widths = [
  ["h", "halfword"],
  ["b", "byte"],
] as const;

export const VECTOR_PERMUTE_COMPARE: readonly Instruction[] = [
  pack("fxvpckbu", 239, "pack upper bits of halfwords into bytes", "x >>> 8 + COND"),
  pack("fxvpckbl", 255, "pack lower bits of halfwords into bytes", "x >>> 2 * COND & 0xff >> COND"),
  unpack("fxvupckbr", 271, "unpack right half of each slice into halfwords", " | 8"),
  unpack("fxvupckbl", 287, "unpack left half of each slice into halfwords", ""),
  ...widths.map(([letter, width], index) =>
    vectorRow({
      mnemonic: `fxvsplat${letter}`,
      family,
      form: "FXV-G",
      xo: 268 + index,
      operands: "VRT, RA",
      summary: `splat the low ${width} of a general purpose register`,
      meaning: "VRT = lo(RA)",
      timing: "splat",
      vector: { width, unit: "PERMUTE", conditional: false },
    }),
  ),
  ...widths.map(([letter, width], index) =>
    vectorRow({
      mnemonic: `fxvsh${letter}`,
      family,
      form: "FXV-S",
      xo: 316 + index,
      operands: "VRT, VRA, IMM",
      summary: `shift left, or for negative amounts logically right (${width})`,
      meaning: "VRT = IMM < 0 ? unsigned(VRA) >>> -IMM : lo(unsigned(VRA) << IMM)",
      timing: "shift",
      vector: { width, unit: "PERMUTE", conditional: false },
    }),
  ),
  vectorRow({
    mnemonic: "fxvsel",
    family,
    xo: 319,
    operands: "VRT, VRA, VRB, COND?",
    summary: "select by condition",
    meaning: "VRT = ENABLED ? VRB : VRA",
    timing: "permute2",
    quirk: "COND chooses the source; all lanes are written",
    vector: { width: "byte", unit: "PERMUTE", conditional: false },
  }),
  ...widths.map(([letter, width], index) =>
    vectorRow({
      mnemonic: `fxvcmp${letter}`,
      family,
      xo: 300 + index,
      operands: "VRA",
      summary: `compare with zero (${width})`,
      meaning: "EQ = VRA == 0; GT = VRA > 0; LT = VRA < 0",
      timing: "compare",
      vector: { width, unit: "CMP", conditional: false },
    }),
  ),
];
