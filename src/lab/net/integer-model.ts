/** The exact integers that a network computes on the ideal chip (analog-core section 5): the digital oracle. */
import { argmax, BLOCK_INPUTS, clampInt8, idealResult, quantisePixel } from "../network.ts";
import { type ArrayLayer, vectorsOf, volume } from "./description.ts";
import type { MappedNetwork } from "./weights.ts";

export interface NetworkResults {
  /** int8 results of the last layer, channel by channel, image after image. */
  readonly results: Int8Array;
  /** One an image when the network ends in argmax. */
  readonly classes?: Uint16Array;
}

/** Results of an image. */
export const outputSize = ({ layers }: { readonly layers: readonly ArrayLayer[] }): number =>
  volume(layers.at(-1)!.output);

/** Input index of each input of a patch, -1 in the padding. */
export function patchInputs(layer: ArrayLayer, patch: number, out: Int32Array): void {
  const { kind, input, kernel, stride, padding, output, inputs } = layer;
  const [, rows, columns] = input;
  const patchRow = kind === "dense" ? 0 : Math.floor(patch / output[2]);
  const patchColumn = kind === "dense" ? 0 : patch % output[2];
  for (let i = 0; i < inputs; i++) {
    const channel = Math.floor(i / (kernel[0] * kernel[1]));
    const row = (Math.floor(i / kernel[1]) % kernel[0]) + patchRow * stride[0] - padding[0];
    const column = (i % kernel[1]) + patchColumn * stride[1] - padding[1];
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    out[i] = inside ? (channel * rows + row) * columns + column : -1;
  }
}

function activate(layer: ArrayLayer, value: number): number {
  if (layer.activation === "none") return value;
  const positive = Math.max(value, 0);
  return layer.activation === "relu" ? positive : Math.min(positive >> layer.shift, 31);
}

/** One vector through a layer: each block of 128 inputs is read out by itself; the sum is clamped once. */
function multiply(layer: ArrayLayer, weights: Int8Array, x: Uint8Array, gain: number, out: Int32Array): void {
  const { inputs, outputs, sends } = layer;
  const sums = new Int32Array(outputs);
  out.fill(0);
  for (let first = 0; first < inputs; first += BLOCK_INPUTS) {
    const end = Math.min(first + BLOCK_INPUTS, inputs);
    sums.fill(0);
    for (let i = first; i < end; i++) {
      if (x[i] === 0) continue;
      for (let j = 0, at = i * outputs; j < outputs; j++, at++) sums[j] += x[i] * weights[at];
    }
    for (let j = 0; j < outputs; j++) out[j] += idealResult(sums[j], sends, gain);
  }
  for (let j = 0; j < outputs; j++) out[j] = clampInt8(out[j]);
}

function evaluateLayer(layer: ArrayLayer, weights: Int8Array, input: Uint8Array, gain: number): Int8Array {
  const patches = vectorsOf(layer);
  const indices = new Int32Array(layer.inputs);
  const x = new Uint8Array(layer.inputs);
  const sums = new Int32Array(layer.outputs);
  const output = new Int8Array(volume(layer.output));
  for (let patch = 0; patch < patches; patch++) {
    patchInputs(layer, patch, indices);
    for (let i = 0; i < x.length; i++) x[i] = indices[i] < 0 ? 0 : input[indices[i]];
    multiply(layer, weights, x, gain, sums);
    for (let j = 0; j < layer.outputs; j++) output[j * patches + patch] = activate(layer, sums[j]);
  }
  return output;
}

/**
 * Evaluates images (bytes in the order of the input shape, one after another).
 * @param gain LSB per activation x weight, of the ideal chip: `analogParameters("ideal").gain`
 */
export function evaluateIntegers(network: MappedNetwork, images: Uint8Array, gain: number): NetworkResults {
  const size = volume(network.input.shape);
  const count = images.length / size;
  const outputs = outputSize(network);
  const results = new Int8Array(count * outputs);
  const classes = new Uint16Array(count);
  for (let n = 0; n < count; n++) {
    let activations: Int8Array | Uint8Array = images.subarray(n * size, (n + 1) * size);
    if (network.input.values === "byte") activations = activations.map(quantisePixel);
    for (const [index, layer] of network.layers.entries()) {
      activations = evaluateLayer(layer, network.weights[index], activations as Uint8Array, gain);
    }
    results.set(activations, n * outputs);
    classes[n] = argmax(activations);
  }
  return { results, ...(network.argmax && { classes }) };
}
