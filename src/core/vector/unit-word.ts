/** What an instruction is to the simulation of the vector unit: timing class and registers in one word. */
import { VECTOR_TIMING_CLASSES, VECTOR_UNITS } from "./timing-classes.ts";

/** Classes whose cond field can select lanes; the others ignore it. */
const PREDICABLE = Int32Array.from(VECTOR_TIMING_CLASSES, ({ name, unit }) =>
  unit === "MADD" || unit === "PLS" || name === "permute2" ? 1 : 0,
);

/** By timing class: unit, vector registers read, and whether VRT is written. */
export const UNIT = Int32Array.from(VECTOR_TIMING_CLASSES, (row) => VECTOR_UNITS.indexOf(row.unit));
export const READS = Int32Array.from(VECTOR_TIMING_CLASSES, ({ reads }) =>
  reads === "none" ? 0 : reads === "VRA VRB" ? 2 : 1,
);
export const WRITES = Int32Array.from(VECTOR_TIMING_CLASSES, ({ writesVrt }) => (writesVrt ? 1 : 0));
const FROM_VRT = Int32Array.from(VECTOR_TIMING_CLASSES, ({ reads }) => (reads === "VRT" ? 1 : 0));

/** Packs the register fields as they are in the instruction; `predicated` is 1 when it reads VCR. */
export function pack(timing: number, vrt: number, vra: number, vrb: number, predicated: number): number {
  const first = FROM_VRT[timing] === 1 ? vrt : vra;
  return timing | (vrt << 4) | (first << 9) | (vrb << 14) | ((predicated & PREDICABLE[timing]) << 19);
}
export const timingOf = (word: number) => word & 15;
export const targetOf = (word: number) => (word >> 4) & 31;
export const sourceOf = (word: number, index: number) => (word >> (index === 0 ? 9 : 14)) & 31;
export const isPredicated = (word: number) => (word >> 19) & 1;
