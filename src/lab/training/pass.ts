/**
 * Matrices of the network for one batch, and the parts of forward and backward pass that training in floats and
 * training on model chips have in common.
 */
import { BLOCK_INPUTS, FILTERS, inputBlocks, PATCHES } from "../network.ts";
import { type Matrix, MatrixMemory, transpose } from "./matrix.ts";

/** Side of an image with a border of 2 zero pixels, which leaves room for shifts by one pixel. */
const PADDED = 32;

/** 5-bit images of 784 pixels as 32 x 32 pixels with a border of zeros. */
export function padImages(images: Uint8Array): Uint8Array {
  const count = images.length / 784;
  const padded = new Uint8Array(count * PADDED * PADDED);
  for (let n = 0; n < count; n++) {
    for (let row = 0; row < 28; row++) {
      const from = n * 784 + row * 28;
      padded.set(images.subarray(from, from + 28), n * PADDED * PADDED + (row + 2) * PADDED + 2);
    }
  }
  return padded;
}

/** Three matrices of weights or gradients, in the order of the layers. */
export type Weights = readonly [Matrix, Matrix, Matrix];

export class Pass {
  readonly memory: MatrixMemory;
  readonly batch: number;
  readonly patches: Matrix;
  readonly convolved: Matrix;
  readonly hidden1: Matrix;
  /** Results of the four row blocks of the first dense layer. */
  readonly partial: readonly Matrix[];
  readonly hidden2: Matrix;
  readonly logits: Matrix;
  readonly gradients: Weights;
  /** Derivatives of the loss by the results of the layers, set by the users of the class. */
  readonly dLogits: Matrix;
  readonly dSum: Matrix;
  readonly dConvolved: Matrix;
  readonly dHidden1: Matrix;
  readonly dHidden2: Matrix;
  private readonly transposed2: Matrix;
  private readonly transposed3: Matrix;

  private constructor(memory: MatrixMemory, batch: number) {
    this.memory = memory;
    this.batch = batch;
    const m = (rows: number, columns: number) => memory.matrix(rows, columns);
    this.patches = m(batch * PATCHES, 100);
    this.convolved = m(batch * PATCHES, FILTERS);
    this.hidden1 = m(batch, 500);
    this.partial = [0, 1, 2, 3].map(() => m(batch, 128));
    this.hidden2 = m(batch, 128);
    this.logits = m(batch, 10);
    this.gradients = this.weights();
    this.dLogits = m(batch, 10);
    this.dSum = m(batch, 128);
    this.dConvolved = m(batch * PATCHES, FILTERS);
    this.dHidden1 = m(batch, 500);
    this.dHidden2 = m(batch, 128);
    this.transposed2 = m(128, 500);
    this.transposed3 = m(10, 128);
  }

  /** `batch` must be a multiple of 4. */
  static async create(batch: number): Promise<Pass> {
    return new Pass(await MatrixMemory.create(32), batch);
  }

  /** A fresh set of weight matrices 100 x 20, 500 x 128, 128 x 10. */
  weights(): Weights {
    const m = this.memory;
    return [m.matrix(100, FILTERS), m.matrix(500, 128), m.matrix(128, 10)];
  }

  /** Fills `patches` from one padded image, shifted by -1..1 pixels, through a table of 32 values per input. */
  gather(slot: number, image: Uint8Array, shiftY: number, shiftX: number, tables: Float32Array): void {
    const { data, stride } = this.patches;
    for (let patch = 0; patch < PATCHES; patch++) {
      const top = Math.floor(patch / 5) * 5 + 1 + shiftY;
      const left = (patch % 5) * 5 + 1 + shiftX;
      let at = (slot * PATCHES + patch) * stride;
      let table = 0;
      for (let row = 0; row < 10; row++) {
        let from = (top + row) * PADDED + left;
        for (let column = 0; column < 10; column++, table += 32) data[at++] = tables[table + image[from++]];
      }
    }
  }

  convolve(weights: Matrix): void {
    this.memory.multiply(this.patches, weights, this.convolved);
  }

  /** The four blocks of the first dense layer, into `partial`. */
  dense1(weights: Matrix): void {
    for (const [b, { first, count }] of inputBlocks(500).entries()) {
      const x = this.memory.columns(this.hidden1, first, count);
      this.memory.multiply(x, this.memory.rows(weights, first, BLOCK_INPUTS), this.partial[b]);
    }
  }

  dense2(weights: Matrix): void {
    this.memory.multiply(this.hidden2, weights, this.logits);
  }

  /**
   * Softmax cross entropy of `logits / temperature`; sets `dLogits` to the mean gradient by the logits, returns the
   * mean loss.
   */
  loss(labels: Uint8Array, temperature: number): number {
    const { logits, dLogits, batch } = this;
    let total = 0;
    for (let n = 0; n < batch; n++) {
      const at = n * logits.stride;
      let largest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < 10; j++) largest = Math.max(largest, logits.data[at + j]);
      let sum = 0;
      for (let j = 0; j < 10; j++) sum += Math.exp((logits.data[at + j] - largest) / temperature);
      for (let j = 0; j < 10; j++) {
        const p = Math.exp((logits.data[at + j] - largest) / temperature) / sum;
        const target = j === labels[n] ? 1 : 0;
        if (target) total -= Math.log(Math.max(p, 1e-30));
        dLogits.data[at + j] = (p - target) / (temperature * batch);
      }
    }
    return total / batch;
  }

  /** From `dLogits`: gradient of the last layer, and `dHidden2`. */
  backward3(weights: Matrix): void {
    this.memory.multiplyTransposed(this.hidden2, this.dLogits, this.gradients[2]);
    transpose(weights, this.transposed3);
    this.memory.multiply(this.dLogits, this.transposed3, this.dHidden2);
  }

  /** From `dSum`: gradient of the middle layer, and `dHidden1`. */
  backward2(weights: Matrix): void {
    this.memory.multiplyTransposed(this.hidden1, this.dSum, this.gradients[1]);
    transpose(weights, this.transposed2);
    this.memory.multiply(this.dSum, this.transposed2, this.dHidden1);
  }

  /** From `dConvolved`: gradient of the convolution. */
  backward1(): void {
    this.memory.multiplyTransposed(this.patches, this.dConvolved, this.gradients[0]);
  }
}

/** One padded image of a set made by `padImages`. */
export function paddedImage(padded: Uint8Array, index: number): Uint8Array {
  return padded.subarray(index * PADDED * PADDED, (index + 1) * PADDED * PADDED);
}

/** Weights as bytes: 32-bit floats, little endian, layer by layer with the padding of their rows. */
export function encodeWeights(weights: Weights): Uint8Array {
  const parts = weights.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return Uint8Array.from(Buffer.concat(parts));
}

/** The weights that `encodeWeights` made, as matrices of `pass`. */
export function decodeWeights(pass: Pass, bytes: Uint8Array): Weights {
  const floats = new Float32Array(Uint8Array.from(bytes).buffer);
  const weights = pass.weights();
  let at = 0;
  for (const { data } of weights) {
    data.set(floats.subarray(at, at + data.length));
    at += data.length;
  }
  return weights;
}
