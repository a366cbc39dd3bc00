import type { Instruction, TimingClass } from "../../../isa/types.ts";

/** The units of the vector extension, in the order in which the register-file port numbers them. */
export const VECTOR_UNITS = ["MADD", "CMP", "LS", "PLS", "PERMUTE"] as const;
export type VectorUnitName = (typeof VECTOR_UNITS)[number];

/** What the timing of one class of vector instructions depends on (timing-measured section 2). */
export interface VectorTimingClass {
  readonly name: TimingClass;
  readonly unit: VectorUnitName;
  /** Vector registers read through the port; the source of a store is named by the VRT field. */
  readonly reads: "none" | "VRA" | "VRA VRB" | "VRT";
  readonly writesVrt: boolean;
}

/** The twelve classes; `VectorUnit.issue` takes the index into this table. */
export const VECTOR_TIMING_CLASSES: readonly VectorTimingClass[] = [
  { name: "madd2", unit: "MADD", reads: "VRA VRB", writesVrt: true },
  { name: "madd2acc", unit: "MADD", reads: "VRA VRB", writesVrt: false },
  { name: "madd1", unit: "MADD", reads: "VRA", writesVrt: true },
  { name: "madd1acc", unit: "MADD", reads: "VRA", writesVrt: false },
  { name: "permute2", unit: "PERMUTE", reads: "VRA VRB", writesVrt: true },
  { name: "shift", unit: "PERMUTE", reads: "VRA", writesVrt: true },
  { name: "splat", unit: "PERMUTE", reads: "none", writesVrt: true },
  { name: "compare", unit: "CMP", reads: "VRA", writesVrt: false },
  { name: "vectorLoad", unit: "LS", reads: "none", writesVrt: true },
  { name: "vectorStore", unit: "LS", reads: "VRT", writesVrt: false },
  { name: "parallelRead", unit: "PLS", reads: "none", writesVrt: true },
  { name: "parallelWrite", unit: "PLS", reads: "VRT", writesVrt: false },
];

/** Index into `VECTOR_TIMING_CLASSES`, or -1 for a class of the scalar core. */
export function vectorTimingIndex(timing: TimingClass): number {
  return VECTOR_TIMING_CLASSES.findIndex((row) => row.name === timing);
}

/**
 * True if the row reads VCR when its cond field is not 0: predicated rows, fxvsel, and fxvinx (whose byte enables go
 * to the slave). Pack and unpack use the field as a bit count, the other rows ignore it.
 */
export function selectsByCondition(row: Instruction): boolean {
  return row.vector?.conditional === true || /\bENABLED\b/.test(row.meaning);
}
