/** External memory as `firmware/mnist` expects it (firmware/mnist/layout.ts): header, weights, images; classes come back. */
import { BLOCK_INPUTS, inputBlocks, type Layer, type Network } from "./network.ts";

const MAGIC = 0x4d4e5354;
const EXTERNAL_BYTES = 0x20000;
const VECTOR = 128;
const COMPACT_ROW = 32;
const SLOT = 784;
const RESULTS_IN_SLOT = 512;
const CLASSES = 10;
/** A vector read at the end of the last slot reaches this far beyond it. */
const READ_BEYOND_SLOT = 112;

const CONVOLUTION = VECTOR;
const CONVOLUTION_ROWS = 100;
const DENSE1 = CONVOLUTION + CONVOLUTION_ROWS * COMPACT_ROW;
const DENSE1_BYTES = 2 * BLOCK_INPUTS * 2 * VECTOR;
const DENSE2 = DENSE1 + DENSE1_BYTES;
const SLOTS = DENSE2 + BLOCK_INPUTS * COMPACT_ROW;

/** Images that fit at once: 73. */
export const BATCH_CAPACITY = Math.floor((EXTERNAL_BYTES - SLOTS - READ_BEYOND_SLOT) / (SLOT + 1));

const CLASS_BYTES = SLOTS + BATCH_CAPACITY * SLOT;

/** Vectors pass the vector IO port with their 32 words reversed (chip.md section 4). */
function reverseWords(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, n) => bytes[n ^ 124]);
}

/** Rows of 16 bytes for the even and 16 for the odd columns, four to a vector. */
function compactRows({ inputs, outputs, weights }: Layer): Uint8Array {
  const rows = new Uint8Array(inputs * COMPACT_ROW);
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j < outputs; j++) {
      rows[i * COMPACT_ROW + (j & 1) * 16 + (j >> 1)] = weights[i * outputs + j];
    }
  }
  return reverseWords(rows);
}

/** Two vectors per driver and hemisphere; blocks 0 and 2 in the left, 1 and 3 in the right columns. */
function blockRows({ inputs, outputs, weights }: Layer): Uint8Array {
  const rows = new Uint8Array(DENSE1_BYTES);
  for (const [block, { first, count }] of inputBlocks(inputs).entries()) {
    for (let i = 0; i < count; i++) {
      const row = ((block >> 1) * BLOCK_INPUTS + i) * 2 * VECTOR;
      for (let j = 0; j < outputs; j++) {
        const lane = (block & 1) * 64 + (j >> 1);
        rows[row + (j & 1) * VECTOR + lane] = weights[(first + i) * outputs + j];
      }
    }
  }
  return reverseWords(rows);
}

/** Pieces of external memory that hold a network, by offset in bytes. Shifts must be 1..7. */
export function networkPieces(network: Network): { offset: number; bytes: Uint8Array }[] {
  const [conv, dense1, dense2] = network;
  for (const layer of [conv, dense1]) {
    if (layer.shift < 1)
      throw new RangeError(`layer ${layer.name}: the firmware needs a shift of at least 1`);
  }
  return [
    { offset: CONVOLUTION, bytes: compactRows(conv) },
    { offset: DENSE1, bytes: blockRows(dense1) },
    { offset: DENSE2, bytes: compactRows(dense2) },
  ];
}

/** Header and images (784 bytes each, at most BATCH_CAPACITY) of one batch. */
export function batchPieces(network: Network, images: Uint8Array): { offset: number; bytes: Uint8Array }[] {
  const count = images.length / SLOT;
  if (!Number.isInteger(count) || count > BATCH_CAPACITY) {
    throw new RangeError(
      `a batch takes up to ${BATCH_CAPACITY} images of ${SLOT} bytes, not ${images.length} bytes`,
    );
  }
  const [conv, dense1, dense2] = network;
  const header = new DataView(new ArrayBuffer(48));
  const words = [
    MAGIC,
    count,
    CONVOLUTION,
    DENSE1,
    DENSE2,
    SLOTS,
    CLASS_BYTES,
    conv.sends,
    dense1.sends,
    dense2.sends,
    conv.shift,
    dense1.shift,
  ];
  for (const [n, word] of words.entries()) header.setUint32(4 * n, word);
  return [
    { offset: 0, bytes: new Uint8Array(header.buffer) },
    { offset: SLOTS, bytes: images },
  ];
}

/** Classes 0..9 and int8 results of the last layer (10 an image) that the firmware left behind. */
export function readAnswers(
  read: (offset: number, bytes: number) => Uint8Array,
  count: number,
): { classes: Uint8Array; results: Int8Array } {
  const results = new Int8Array(count * CLASSES);
  for (let n = 0; n < count; n++) {
    results.set(new Int8Array(read(SLOTS + n * SLOT + RESULTS_IN_SLOT, CLASSES)), n * CLASSES);
  }
  return { classes: read(CLASS_BYTES, count).slice(), results };
}
