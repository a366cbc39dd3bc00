/**
 * What the host and the firmware agree on in external memory. All offsets are bytes from its start and multiples of 16.
 *
 * - Rows of the first dense layer are ready-made vectors of signed weights, two (even, odd columns) per driver, 128 drivers
 *   for the top hemisphere, then 128 for the bottom one. Left columns belong to the first, right columns to the second input
 *   block of the hemisphere.
 * - Rows of the other layers are compact: 16 bytes for the even and 16 for the odd columns.
 * - Vectors are stored so that they arrive in lane order on the vector IO port (byte of lane n at n ^ 124).
 * - Every image has a slot of 784 bytes. It holds the raw pixels; then the 512 inputs of the first dense layer; then partial
 *   sums, 128 halfwords of the top PPU and 128 of the bottom one; and from byte 512 the 10 results.
 */
import { EXTERNAL_MEMORY } from "../lib/addresses";

export const MAGIC: u32 = 0x4d4e5354;
export const SLOT_BYTES: u32 = 784;
export const RESULTS_IN_SLOT: u32 = 512;
export const CLASSES: u32 = 10;

// @ts-ignore: decorator
@unmanaged
export class Header {
  magic: u32;
  images: u32;
  convolutionWeights: u32;
  dense1Weights: u32;
  dense2Weights: u32;
  slots: u32;
  classes: u32;
  convolutionSends: u32;
  dense1Sends: u32;
  dense2Sends: u32;
  convolutionShift: u32;
  dense1Shift: u32;
}

/** Written by the host before the start. */
export const header = changetype<Header>(<usize>EXTERNAL_MEMORY);

/** Offset of the slot of image `index` in external memory. */
// @ts-ignore: decorator
@inline
export function slot(index: u32): u32 {
  return header.slots + SLOT_BYTES * index;
}
