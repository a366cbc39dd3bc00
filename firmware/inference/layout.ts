/**
 * What the host and the firmware agree on in external memory. Offsets are bytes from its start and multiples of 16.
 * Everything passes the vector IO port, so the host stores byte n of a vector at n ^ 124.
 *
 * - One vector of `Header` at offset 0, then one vector of `Layer` for each array layer.
 * - Rows of weights are packed: of each driver the lanes of the even columns, then those of the odd ones; as many as the blocks
 *   side by side need, rounded up to a power of 2. Layers in blocks have one such array for each pass and hemisphere, in this
 *   order.
 * - A gather table has a 16-bit offset for each input of a kernel, relative to the first byte of a patch.
 * - Every image has a slot. It holds the input of the current layer, zero padding included, as the layer reads it; layers in
 *   blocks keep partial sums behind it, of the top and of the bottom PPU.
 */

export const MAGIC: u32 = 0x4e455457;

// @ts-ignore: decorator
@unmanaged
export class Header {
  magic: u32;
  layers: u32;
  images: u32;
  slots: u32;
  slotBytes: u32;
  /** Answers of a network that ends in argmax, 16 bit an image; 0 without. */
  classes: u32;
}

/** Each PPU runs all blocks of its own images. */
export const BY_IMAGES: u32 = 0;
/** Each PPU runs its own blocks of all images. */
export const BY_BLOCKS: u32 = 1;

export const AS_IT_IS: u32 = 0;
export const RELU: u32 = 1;
export const REQUANTISE: u32 = 2;

// @ts-ignore: decorator
@unmanaged
export class Layer {
  /** BY_IMAGES or BY_BLOCKS. */
  split: u32;
  /** 1: the slots hold bytes 0..255 that become `round(v * 31 / 255)`. */
  bytes: u32;
  inputVectors: u32;
  /** Inputs of one patch. */
  inputs: u32;
  /** Blocks of up to 128 inputs. */
  blocks: u32;
  /** Blocks side by side on one array. */
  resident: u32;
  passes: u32;
  /** Columns of a block, a multiple of 8. */
  columns: u32;
  /** Bytes from one vector of sums to the next: 16 for each 32 columns. */
  sumStride: u32;
  /** Vectors that hold the partial sums of one PPU. */
  sumVectors: u32;
  /** Offset of the partial sums in a slot. */
  sums: u32;
  weights: u32;
  /** Bytes from one array of weights to the next. */
  arrayBytes: u32;
  /** Offset of the gather table; unused when there are no `tableVectors`: then a patch is contiguous. */
  table: u32;
  tableVectors: u32;
  patchRows: u32;
  patchColumns: u32;
  /** Bytes between patches below and beside each other. */
  rowStep: u32;
  columnStep: u32;
  sends: u32;
  /** PPU cycles between events; 0: as fast as the PPU can. */
  interval: u32;
  /** AS_IT_IS, RELU or REQUANTISE. */
  activation: u32;
  shift: u32;
  outputs: u32;
  outputVectors: u32;
  /** Where the first output of the first patch goes, and steps in bytes. */
  origin: u32;
  channelStep: u32;
  outputRowStep: u32;
  outputColumnStep: u32;
  /** Number of results to search for the greatest one; 0: none. */
  argmax: u32;
}

export const header = changetype<Header>(memory.data(128, 128));
/** The layer that is being executed. */
export const layer = changetype<Layer>(memory.data(128, 128));

/** Offset of the slot of an image. */
// @ts-ignore: decorator
@inline
export function slot(index: u32): u32 {
  return header.slots + header.slotBytes * index;
}
