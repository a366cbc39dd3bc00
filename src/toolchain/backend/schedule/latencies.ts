/** What the scheduler knows of the pipeline, in cycles with code and data in SRAM (docs/timing.md). */
import type { TimingClass } from "../../../../isa/types.ts";

interface Latency {
  /** From issue to the issue of an instruction that uses the result. */
  readonly result: number;
  /** Until the next instruction issues. */
  readonly issue: number;
}

const SCALAR: Partial<Record<TimingClass, Latency>> = {
  mul: { result: 4, issue: 1 },
  div: { result: 32, issue: 32 },
  load: { result: 6, issue: 1 },
  loadUpdate: { result: 6, issue: 2 },
  store: { result: 1, issue: 1 },
  storeUpdate: { result: 2, issue: 1 },
  condition: { result: 2, issue: 1 },
  spr: { result: 2, issue: 1 },
};

/** Vector operations wait in queues of their own, so that issuing one takes a cycle and its result much longer. */
const VECTOR: Partial<Record<TimingClass, number>> = {
  madd2: 12,
  madd2acc: 5,
  madd1: 11,
  madd1acc: 4,
  permute2: 8,
  shift: 8,
  splat: 7,
  compare: 8,
  vectorLoad: 40,
  vectorStore: 40,
  parallelRead: 12,
  parallelWrite: 12,
};

/** An updated base address can be used earlier than the loaded data. */
export const UPDATED_BASE = 3;
/** From a comparison or record form to the branch. */
export const CONDITION = 2;
/** Anything behind an instruction that writes XER waits. */
export const AFTER_XER = 3;

export function latencyOf(timing: TimingClass): Latency {
  const vector = VECTOR[timing];
  if (vector !== undefined) return { result: vector, issue: 1 };
  return SCALAR[timing] ?? { result: 1, issue: 1 };
}
