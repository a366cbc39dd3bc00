/**
 * The synapse array of the own hemisphere: 256 rows x 256 columns. A row is two vectors: lane k holds column 2k (even)
 * or 2k + 1 (odd). In matrix mode input i drives driver i, whose row 2i + 1 is excitatory and row 2i inhibitory.
 */
import { VECTOR_LABELS, VECTOR_WEIGHTS } from "./addresses";
import { type Bytes, GT, LT, readBytes, splatBytes } from "./vector";

export const EVEN: u32 = 0;
export const ODD: u32 = 1;

/** Writes the 6-bit weights of the even or odd columns of a row. */
// @ts-ignore: decorator
@inline
export function writeWeights(row: u32, parity: u32, weights: Bytes): void {
  weights.write(VECTOR_WEIGHTS, 2 * row + parity);
}

/** Reads the 6-bit weights of the even or odd columns of a row. */
// @ts-ignore: decorator
@inline
export function readWeights(row: u32, parity: u32): Bytes {
  return readBytes(VECTOR_WEIGHTS, 2 * row + parity);
}

/** Writes the 6-bit labels of the even or odd columns of a row. */
// @ts-ignore: decorator
@inline
export function writeLabels(row: u32, parity: u32, labels: Bytes): void {
  labels.write(VECTOR_LABELS, 2 * row + parity);
}

/** Writes signed weights -63..63 of input `driver`: positive parts to its excitatory row, magnitudes of negative parts to its inhibitory row. */
export function writeSignedWeights(driver: u32, parity: u32, weights: Bytes): void {
  const zero = splatBytes(0);
  weights.cmp();
  writeWeights(2 * driver + 1, parity, zero.sel(weights, GT));
  writeWeights(2 * driver, parity, zero.sel(zero - weights, LT));
}

/** Sets all weights and labels of the rows of drivers `first..end-1` to 0. */
export function clearDrivers(first: u32, end: u32): void {
  const zero = splatBytes(0);
  for (let index = 4 * first; index < 4 * end; index++) {
    zero.write(VECTOR_WEIGHTS, index);
    zero.write(VECTOR_LABELS, index);
  }
}
