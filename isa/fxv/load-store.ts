import type { Instruction } from "../types.ts";
import { vectorRow } from "./vector-row.ts";

const family = "vector load and store";
const form = "FXV-M";

export const VECTOR_LOAD_STORE: readonly Instruction[] = [
  vectorRow({
    mnemonic: "fxvlax",
    family,
    form,
    xo: 492,
    operands: "VRT, RA0, RB, COND?",
    summary: "load vector indexed",
    meaning: "VRT = loadVector(RA0 + RB & ~3)",
    timing: "vectorLoad",
    quirk: "the two low address bits are dropped; COND is ignored",
    vector: { width: "none", unit: "LS", conditional: false },
  }),
  vectorRow({
    mnemonic: "fxvstax",
    family,
    form,
    xo: 508,
    operands: "VRT, RA0, RB, COND?",
    summary: "store vector indexed",
    meaning: "storeVector(RA0 + RB & ~3, VRT)",
    timing: "vectorStore",
    quirk: "the two low address bits are dropped; COND is ignored",
    vector: { width: "none", unit: "LS", conditional: false },
  }),
  vectorRow({
    mnemonic: "fxvinx",
    family,
    form,
    xo: 236,
    operands: "VRT, RA0, RB, COND?",
    summary: "read a vector from the parallel bus",
    meaning: "VRT = readParallel(RA0 + RB, ENABLED)",
    timing: "parallelRead",
    quirk: "all byte lanes of VRT are written; the slave decides what disabled lanes hold",
    vector: { width: "none", unit: "PLS", conditional: false },
  }),
  vectorRow({
    mnemonic: "fxvoutx",
    family,
    form,
    xo: 252,
    operands: "VRT, RA0, RB, COND?",
    summary: "write a vector to the parallel bus",
    meaning: "writeParallel(RA0 + RB, VRT, ENABLED)",
    timing: "parallelWrite",
    quirk: "the slave writes only enabled byte lanes",
    vector: { width: "none", unit: "PLS", conditional: true },
  }),
];
