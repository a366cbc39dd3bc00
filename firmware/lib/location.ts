/** Which of the two hemispheres a program runs on. There is no identification register. */
import { SYNRAM_BOTTOM, SYNRAM_TOP, VECTOR_WEIGHTS } from "./addresses";
import { load32, splatBytes, sync } from "./vector";

export const TOP: u32 = 0;
export const BOTTOM: u32 = 1;

function follows(synram: u32): bool {
  splatBytes(0).write(VECTOR_WEIGHTS, 0);
  sync();
  if (load32(synram) >>> 24) return false;
  // 0x20: the one weight that the permutation of weight bits in the omnibus view leaves as it is
  splatBytes(0x20).write(VECTOR_WEIGHTS, 0);
  sync();
  return load32(synram) >>> 24 == 0x20;
}

/**
 * Finds the own hemisphere by writing weights through the vector port and looking which synapse array follows in the
 * omnibus view. Leaves the even columns of row 0 at weight 0. Call it before anything else uses that row.
 */
export function detectHemisphere(): u32 {
  const bottom = follows(SYNRAM_BOTTOM);
  splatBytes(0).write(VECTOR_WEIGHTS, 0);
  sync();
  return bottom ? BOTTOM : TOP;
}

/** `top` or `bottom`, by hemisphere. */
// @ts-ignore: decorator
@inline
export function perHemisphere(hemisphere: u32, top: u32, bottom: u32): u32 {
  return hemisphere == TOP ? top : bottom;
}
