import type { Instruction } from "../types.ts";
import { type Form, vectorRow } from "./vector-row.ts";

/** Halfword and byte form of one operation: mnemonics, extended opcodes, operands, meaning, summary. */
type Pair = readonly [string, number, string, number, Form, string, string];

const ARITHMETIC: readonly Pair[] = [
  ["fxvmulhm", 76, "fxvmulbm", 77, "VRT, VRA, VRB", "VRT = lo(VRA * VRB)", "multiply modulo"],
  [
    "fxvmulhfs",
    92,
    "fxvmulbfs",
    93,
    "VRT, VRA, VRB",
    "VRT = fmul(VRA, VRB) >> W",
    "multiply fractional saturating",
  ],
  ["fxvaddhm", 460, "fxvaddbm", 461, "VRT, VRA, VRB", "VRT = lo(VRA + VRB)", "add modulo"],
  ["fxvaddhfs", 476, "fxvaddbfs", 477, "VRT, VRA, VRB", "VRT = sat(VRA + VRB)", "add fractional saturating"],
  ["fxvsubhm", 332, "fxvsubbm", 333, "VRT, VRA, VRB", "VRT = lo(VRA - VRB)", "subtract modulo"],
  [
    "fxvsubhfs",
    348,
    "fxvsubbfs",
    349,
    "VRT, VRA, VRB",
    "VRT = sat(VRA - VRB)",
    "subtract fractional saturating",
  ],
];

const ACCUMULATOR: readonly Pair[] = [
  ["fxvmtach", 15, "fxvmtacb", 14, "VRA", "ACC = VRA", "move to accumulator"],
  ["fxvmtachf", 31, "fxvmtacbf", 30, "VRA", "ACC = VRA << W", "move to accumulator fractional"],
  [
    "fxvmahm",
    12,
    "fxvmabm",
    13,
    "VRT, VRA, VRB",
    "VRT = lo(VRA * VRB + ACC)",
    "multiply and add accumulator modulo",
  ],
  [
    "fxvmahfs",
    28,
    "fxvmabfs",
    29,
    "VRT, VRA, VRB",
    "VRT = satD(fmul(VRA, VRB) + ACC) >> W",
    "multiply and add accumulator fractional saturating",
  ],
  [
    "fxvmatachm",
    44,
    "fxvmatacbm",
    45,
    "VRA, VRB",
    "ACC = loD(VRA * VRB + ACC)",
    "multiply and add to accumulator modulo",
  ],
  [
    "fxvmatachfs",
    60,
    "fxvmatacbfs",
    61,
    "VRA, VRB",
    "ACC = satD(fmul(VRA, VRB) + ACC)",
    "multiply and add to accumulator fractional saturating",
  ],
  ["fxvmultachm", 108, "fxvmultacbm", 109, "VRA, VRB", "ACC = VRA * VRB", "multiply to accumulator"],
  [
    "fxvmultachfs",
    124,
    "fxvmultacbfs",
    125,
    "VRA, VRB",
    "ACC = fmul(VRA, VRB)",
    "multiply to accumulator fractional saturating",
  ],
  ["fxvaddachm", 396, "fxvaddacbm", 397, "VRT, VRA", "VRT = lo(ACC + VRA)", "add accumulator modulo"],
  [
    "fxvaddachfs",
    412,
    "fxvaddacbfs",
    413,
    "VRT, VRA",
    "VRT = satD(ACC + (VRA << W)) >> W",
    "add accumulator fractional saturating",
  ],
  ["fxvaddactachm", 364, "fxvaddactacbm", 365, "VRA", "ACC = loD(ACC + VRA)", "add to accumulator modulo"],
  [
    "fxvaddactachf",
    380,
    "fxvaddactacbf",
    381,
    "VRA",
    "ACC = satD(ACC + (VRA << W))",
    "add to accumulator fractional saturating",
  ],
  ["fxvaddtach", 428, "fxvaddtacb", 429, "VRA, VRB", "ACC = VRA + VRB", "add and move to accumulator"],
];

const ALIASES: Record<string, readonly string[]> = {
  fxvaddactacbm: ["fxvaddactacb"],
  fxvaddtach: ["fxvaddtachm"],
};

function rows(pairs: readonly Pair[], family: Instruction["family"]): Instruction[] {
  return pairs.flatMap(([halfword, halfwordXo, byte, byteXo, operands, meaning, summary]) =>
    (
      [
        [halfword, halfwordXo, "halfword"],
        [byte, byteXo, "byte"],
      ] as const
    ).map(([mnemonic, xo, width]) =>
      vectorRow({
        mnemonic,
        aliases: ALIASES[mnemonic],
        family,
        xo,
        operands: `${operands}, COND?`,
        summary: `${summary} (${width})`,
        meaning,
        timing: `madd${operands.includes("VRB") ? 2 : 1}${operands.startsWith("VRT") ? "" : "acc"}`,
        vector: { width, unit: "MADD", conditional: true },
      }),
    ),
  );
}

export const VECTOR_ARITHMETIC: readonly Instruction[] = [
  ...rows(ARITHMETIC, "vector arithmetic"),
  ...rows(ACCUMULATOR, "vector accumulator"),
];
