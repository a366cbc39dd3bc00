/** Training in floats, the first step of the recipe (calibration-and-training section 4). */
import type { ImageSet } from "../image-set.ts";
import { argmax, FILTERS, PATCHES, quantiseImages } from "../network.ts";
import { Adam } from "./adam.ts";
import { type Pass, paddedImage, padImages, type Weights } from "./pass.ts";
import type { RandomStream } from "./random-stream.ts";

export interface TrainingSet {
  readonly count: number;
  /** From `padImages`. */
  readonly padded: Uint8Array;
  readonly labels: Uint8Array;
}

/** Images in the form that training takes them. */
export function trainingSet({ count, images, labels }: ImageSet): TrainingSet {
  return { count, padded: padImages(quantiseImages(images)), labels };
}

export type Report = (line: string) => void;

const RATE = 2e-3;
const RATE_DECAY = 0.8;
const WEIGHT_DECAY = 1e-5;

/** Activation tables of `Pass.gather` for inputs 0..31 as numbers 0..1. */
const UNIT_TABLES = Float32Array.from({ length: 100 * 32 }, (_, n) => (n & 31) / 31);

function forward(pass: Pass, weights: Weights): void {
  pass.convolve(weights[0]);
  for (let n = 0; n < pass.batch; n++) {
    for (let p = 0; p < PATCHES; p++) {
      const from = (n * PATCHES + p) * pass.convolved.stride;
      const to = n * pass.hidden1.stride + p;
      for (let f = 0; f < FILTERS; f++) {
        pass.hidden1.data[to + f * PATCHES] = Math.max(0, pass.convolved.data[from + f]);
      }
    }
  }
  pass.dense1(weights[1]);
  const [a, b, c, d] = pass.partial.map((block) => block.data);
  const h = pass.hidden2.data;
  for (let n = 0; n < h.length; n++) h[n] = Math.max(0, a[n] + b[n] + c[n] + d[n]);
  pass.dense2(weights[2]);
}

function backward(pass: Pass, weights: Weights): void {
  pass.backward3(weights[2]);
  for (let n = 0; n < pass.dSum.data.length; n++) {
    pass.dSum.data[n] = pass.hidden2.data[n] > 0 ? pass.dHidden2.data[n] : 0;
  }
  pass.backward2(weights[1]);
  for (let n = 0; n < pass.batch; n++) {
    for (let p = 0; p < PATCHES; p++) {
      const to = (n * PATCHES + p) * pass.dConvolved.stride;
      const from = n * pass.hidden1.stride + p;
      for (let f = 0; f < FILTERS; f++) {
        const at = from + f * PATCHES;
        pass.dConvolved.data[to + f] = pass.hidden1.data[at] > 0 ? pass.dHidden1.data[at] : 0;
      }
    }
  }
  pass.backward1();
}

/** Fills the batch's patches with the digits `order[start..]`, each shifted at random by up to one pixel. */
export function gatherBatch(
  pass: Pass,
  set: TrainingSet,
  order: Int32Array,
  start: number,
  labels: Uint8Array,
  tables: Float32Array,
  random: RandomStream | undefined,
): void {
  for (let slot = 0; slot < pass.batch; slot++) {
    const index = order[start + slot];
    // Half of the digits stay where they are.
    const shift = random === undefined || random.below(2) === 0 ? 4 : random.below(9);
    const image = paddedImage(set.padded, index);
    pass.gather(slot, image, Math.floor(shift / 3) - 1, (shift % 3) - 1, tables);
    labels[slot] = set.labels[index];
  }
}

/** Trains for some epochs and returns the weights for inputs 0..1. */
export function trainFloat(
  pass: Pass,
  set: TrainingSet,
  epochs: number,
  random: RandomStream,
  report: Report,
): Weights {
  const weights = pass.weights();
  for (const [index, matrix] of weights.entries()) {
    const row = new Float32Array(matrix.columns);
    const sigma = Math.sqrt(2 / [100, 500, 128][index]);
    for (let i = 0; i < matrix.rows; i++) {
      random.fillNormal(row, sigma);
      matrix.data.set(row, i * matrix.stride);
    }
  }
  const optimisers = weights.map((matrix) => new Adam(matrix.data.length));
  const labels = new Uint8Array(pass.batch);
  const batches = Math.floor(set.count / pass.batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(set.count);
    const rate = RATE * RATE_DECAY ** epoch;
    let loss = 0;
    for (let n = 0; n < batches; n++) {
      gatherBatch(pass, set, order, n * pass.batch, labels, UNIT_TABLES, random);
      forward(pass, weights);
      loss += pass.loss(labels, 1);
      backward(pass, weights);
      for (const [index, matrix] of weights.entries()) {
        optimisers[index].step(matrix.data, pass.gradients[index].data, rate, WEIGHT_DECAY);
      }
    }
    report(`float      epoch ${epoch + 1}/${epochs}  loss ${(loss / batches).toFixed(4)}`);
  }
  return weights;
}

/** Share of images that the float network gets right. */
export function floatAccuracy(pass: Pass, weights: Weights, set: TrainingSet): number {
  const batches = Math.ceil(set.count / pass.batch);
  // The last batch is filled up with the last image, which is counted once.
  const order = Int32Array.from({ length: batches * pass.batch }, (_, n) => Math.min(n, set.count - 1));
  const labels = new Uint8Array(pass.batch);
  let correct = 0;
  for (let first = 0; first < set.count; first += pass.batch) {
    gatherBatch(pass, set, order, first, labels, UNIT_TABLES, undefined);
    forward(pass, weights);
    for (let slot = 0; slot < Math.min(pass.batch, set.count - first); slot++) {
      const at = slot * pass.logits.stride;
      if (argmax(pass.logits.data.subarray(at, at + 10)) === labels[slot]) correct++;
    }
  }
  return correct / set.count;
}
