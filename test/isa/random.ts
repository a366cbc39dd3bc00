import type { Instruction } from "../../isa/types.ts";

/** Deterministic 32-bit random numbers (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) | 0;
  };
}

/** A random word of a row with all ignored bits 0, as an assembler writes it. */
export const randomWord = (row: Instruction, next: () => number): number =>
  (next() & ~row.mask & ~(row.ignored ?? 0)) | row.match;
