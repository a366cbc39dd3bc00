/** Registers of both sides, those that differ or all. */

import type { RegisterValue, TraceState } from "../../state.ts";
import { sameValue } from "../fields.ts";
import type { Both, FieldValue } from "../types.ts";
import { bothText, valueText } from "./values.ts";

const ORDER = ["pc", ...numbered("r", 32), "cr", "xer", "lr", "ctr", "msr"];
const VECTORS = [...numbered("v", 32), "acc", "vcr"];

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}${n}`);
}

/** Registers that either side knows, in the order of a dump; condition fields as CR. */
function namesOf(states: Both<TraceState>): string[] {
  const written = new Set(states.flatMap((state) => [...state.written]));
  const special = [...written].filter(
    (name) => !ORDER.includes(name) && !VECTORS.includes(name) && !/^cr\d$/.test(name),
  );
  return [...ORDER.slice(1), ...special.sort(), ...VECTORS.filter((name) => written.has(name))];
}

/** A register of both sides. */
export interface RegisterPair {
  readonly register: string;
  readonly values: Both<RegisterValue>;
  readonly isEqual: boolean;
  /** False where instructions that are missing in the trace may have changed it. */
  readonly isKnown: Both<boolean>;
}

/** Registers before a difference: those that differ, or all that were written. */
export function registerPairs(states: Both<TraceState>, all: boolean): RegisterPair[] {
  const pairs = namesOf(states).map((register): RegisterPair => {
    const values = [states[0].get(register), states[1].get(register)] as const;
    const isKnown = [states[0].isKnown(register), states[1].isKnown(register)] as const;
    return { register, values, isKnown, isEqual: sameValue(values[0], values[1], undefined) };
  });
  return all ? pairs : pairs.filter(({ isEqual }) => !isEqual);
}

const WIDTH = 10;

/** A line for each register; equal values once. */
export function registerLines(pairs: readonly RegisterPair[]): string[] {
  return pairs.map(({ register, values, isEqual, isKnown }) => {
    const unsure = isKnown.every(Boolean) ? "" : "  (before instructions that are missing)";
    const text = isEqual ? valueText(register, values[0] as FieldValue) : bothText(register, values);
    return `${register.padEnd(WIDTH)} ${text}${unsure}`;
  });
}
