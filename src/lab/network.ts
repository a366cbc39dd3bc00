/**
 * The network of the 2020 paper in the integers that the chip computes with (calibration-and-training section 2,
 * analog-core section 5): 10 x 10 convolution of 20 filters with stride 5, dense 500 -> 128, dense 128 -> 10.
 * Between the layers: ReLU, shift right, clamp to 5 bits.
 */

/** Inputs of one array run: a driver each. */
export const BLOCK_INPUTS = 128;

export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** How often each vector is sent within one integration. */
  readonly sends: number;
  /** Right shift of the converting ReLU behind the layer; unused behind the last one. */
  readonly shift: number;
  /** -63..63, input by input: `weights[input * outputs + output]`. */
  readonly weights: Int8Array;
}

/** Layers `conv`, `dense1`, `dense2`. */
export type Network = readonly [Layer, Layer, Layer];

export const LAYER_SHAPES = [
  { name: "conv", inputs: 100, outputs: 20 },
  { name: "dense1", inputs: 500, outputs: 128 },
  { name: "dense2", inputs: 128, outputs: 10 },
] as const;

export const PATCHES = 25;
export const FILTERS = 20;
const KERNEL = 10;
const STRIDE = 5;
const IMAGE_SIDE = 28;

/** A byte 0..255 as 5-bit activation: round(byte * 31 / 255). Ties don't occur. */
export function quantisePixel(byte: number): number {
  return Math.floor((62 * byte + 255) / 510);
}

/** All pixels of one or more images in 5 bits. */
export function quantiseImages(bytes: Uint8Array): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => quantisePixel(byte));
  return bytes.map((byte) => table[byte]);
}

/** For each of the 25 patches (row by row) and 100 kernel positions the pixel index 0..783, or -1 in the padding. */
export const PATCH_PIXELS: Int16Array = (() => {
  const pixels = new Int16Array(PATCHES * KERNEL * KERNEL);
  let at = 0;
  for (let patch = 0; patch < PATCHES; patch++) {
    for (let position = 0; position < KERNEL * KERNEL; position++) {
      const row = Math.floor(patch / 5) * STRIDE + Math.floor(position / KERNEL) - 1;
      const column = (patch % 5) * STRIDE + (position % KERNEL) - 1;
      const inside = row >= 0 && row < IMAGE_SIDE && column >= 0 && column < IMAGE_SIDE;
      pixels[at++] = inside ? row * IMAGE_SIDE + column : -1;
    }
  }
  return pixels;
})();

/** The 100 inputs of a patch 0..24 of a 5-bit image of 784 pixels, kernel rows first. */
export function gatherPatch(image: Uint8Array, patch: number, out: Uint8Array): void {
  for (let i = 0, at = patch * 100; i < 100; i++, at++) {
    const pixel = PATCH_PIXELS[at];
    out[i] = pixel < 0 ? 0 : image[pixel];
  }
}

/** Index in the input of `dense1` (channel, row, column) of a filter's result at a patch. */
export function activationIndex(filter: number, patch: number): number {
  return filter * PATCHES + patch;
}

export function clampInt8(value: number): number {
  return Math.max(-128, Math.min(value, 127));
}

/** ReLU, shift right, clamp to 0..31. */
export function convertingRelu(value: number, shift: number): number {
  return value <= 0 ? 0 : Math.min(value >> shift, 31);
}

/** Index of the first largest value. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let n = 1; n < values.length; n++) if (values[n] > values[best]) best = n;
  return best;
}

/** First input and number of inputs of each block of 128 rows. */
export function inputBlocks(inputs: number): { first: number; count: number }[] {
  return Array.from({ length: Math.ceil(inputs / BLOCK_INPUTS) }, (_, block) => ({
    first: block * BLOCK_INPUTS,
    count: Math.min(BLOCK_INPUTS, inputs - block * BLOCK_INPUTS),
  }));
}

/** One vector through one block of a layer on an array: inputs `x[first..first+count-1]`, int8 results in `out`. */
export type BlockRunner = (layer: number, block: number, x: Uint8Array, out: Int32Array) => void;

/** Evaluates 5-bit images (784 bytes each) with a runner; returns the int8 results of the last layer, 10 an image. */
export function evaluateNetwork(
  network: Network,
  images: Uint8Array,
  prepare: (layer: number) => void,
  run: BlockRunner,
): Int8Array {
  const count = images.length / 784;
  const [conv, dense1, dense2] = network;
  const hidden = new Uint8Array(count * dense1.inputs);
  const hidden2 = new Uint8Array(count * dense2.inputs);
  const logits = new Int8Array(count * dense2.outputs);
  const patch = new Uint8Array(conv.inputs);
  const out = new Int32Array(256);
  prepare(0);
  for (let n = 0; n < count; n++) {
    const image = images.subarray(n * 784, n * 784 + 784);
    for (let p = 0; p < PATCHES; p++) {
      gatherPatch(image, p, patch);
      run(0, n, patch, out);
      for (let f = 0; f < FILTERS; f++) {
        hidden[n * dense1.inputs + activationIndex(f, p)] = convertingRelu(out[f], conv.shift);
      }
    }
  }
  prepare(1);
  const sum = new Int32Array(dense1.outputs);
  for (let n = 0; n < count; n++) {
    sum.fill(0);
    for (const [b, block] of inputBlocks(dense1.inputs).entries()) {
      const at = n * dense1.inputs + block.first;
      run(1, b, hidden.subarray(at, at + block.count), out);
      for (let j = 0; j < dense1.outputs; j++) sum[j] += out[j];
    }
    for (let j = 0; j < dense1.outputs; j++) {
      hidden2[n * dense2.inputs + j] = convertingRelu(clampInt8(sum[j]), dense1.shift);
    }
  }
  prepare(2);
  for (let n = 0; n < count; n++) {
    run(2, n, hidden2.subarray(n * dense2.inputs, (n + 1) * dense2.inputs), out);
    for (let j = 0; j < dense2.outputs; j++) logits[n * dense2.outputs + j] = out[j];
  }
  return logits;
}

/** Result of one array run of the ideal chip for the exact sum of activation x weight. */
export function idealResult(sum: number, sends: number, gain: number): number {
  return clampInt8(Math.floor(gain * (sends * sum) + 128) - 128);
}

/** Exact integer evaluation, as on the ideal chip. `gain` in LSB per activation x weight. */
export function evaluateIdeal(network: Network, images: Uint8Array, gain: number): Int8Array {
  const sums = new Int32Array(256);
  return evaluateNetwork(
    network,
    images,
    () => undefined,
    (layerIndex, block, x, out) => {
      const layer = network[layerIndex];
      const first = layerIndex === 1 ? block * BLOCK_INPUTS : 0;
      sums.fill(0);
      for (let i = 0; i < x.length; i++) {
        const activation = x[i];
        if (activation === 0) continue;
        for (let j = 0, at = (first + i) * layer.outputs; j < layer.outputs; j++, at++) {
          sums[j] += activation * layer.weights[at];
        }
      }
      for (let j = 0; j < layer.outputs; j++) out[j] = idealResult(sums[j], layer.sends, gain);
    },
  );
}

/** The answers to the results of the last layer, 10 an image. */
export function classify(logits: Int8Array): Uint8Array {
  return Uint8Array.from({ length: logits.length / 10 }, (_, n) =>
    argmax(logits.subarray(n * 10, n * 10 + 10)),
  );
}

/** Share of equal elements. */
export function accuracy(answers: Uint8Array, labels: Uint8Array): number {
  let correct = 0;
  for (let n = 0; n < answers.length; n++) if (answers[n] === labels[n]) correct++;
  return correct / answers.length;
}
