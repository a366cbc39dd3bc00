import { VECTOR } from "../core/engine/interrupts.ts";

const NAMES = new Map<number, string>(Object.entries(VECTOR).map(([name, vector]) => [vector, name]));

/** `doorbell`, `alignment`, …; the address of a vector that has no name. */
export const exceptionName = (vector: number): string =>
  NAMES.get(vector) ?? `0x${vector.toString(16).padStart(2, "0")}`;

/** Vector of a name; undefined where there is none. */
export const exceptionVector = (name: string): number | undefined =>
  [...NAMES].find(([, known]) => known === name)?.[0];

export const EXCEPTION_NAMES: readonly string[] = [...NAMES.values()];
