/** Which registers hold what across calls, and in which order they are given away. */
import { VECTOR_BASE } from "../machine.ts";

/**
 * Colours in order of preference: volatile ones first, then callee-saved ones from the top, which stmw can save.
 * r0 reads as zero in addresses and serves as scratch; r1 is the stack; r2 and r13 stay untouched (EABI anchors).
 */
export const SCALAR_COLOURS = [
  ...[9, 10, 11, 12, 8, 7, 6, 5, 4, 3],
  ...Array.from({ length: 18 }, (_, i) => 31 - i),
];

export const VECTOR_COLOURS = Array.from(
  { length: 32 },
  (_, i) =>
    VECTOR_BASE +
    [0, 1, ...Array.from({ length: 17 }, (_, k) => 15 + k), ...Array.from({ length: 13 }, (_, k) => 14 - k)][
      i
    ],
);

/**
 * Registers that a function hands back unchanged. No vector register is among them: the whole program is known, so
 * callers avoid exactly those vector registers that a callee writes (saving one costs some 80 cycles).
 */
export const isCalleeSaved = (n: number): boolean => n >= 14 && n < VECTOR_BASE;
