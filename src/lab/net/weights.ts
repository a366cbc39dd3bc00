/** Weights from arrays with PyTorch's names and shapes to the whole numbers -63..63 that the synapses hold. */
import type { ArrayLayer, NetworkDescription, WeightScale } from "./description.ts";
import { NetworkError } from "./fields.ts";
import { elements, type NumberData } from "./npy.ts";
import type { NamedArrays } from "./npz.ts";

export const LARGEST_WEIGHT = 63;

/** A description together with weights in whole numbers. */
export interface MappedNetwork extends NetworkDescription {
  /** Of each array layer, input by input: `weights[input * outputs + output]`, -63..63. */
  readonly weights: readonly Int8Array[];
}

/** What quantisation did to the weights of a layer. */
export interface QuantisationReport {
  readonly layer: string;
  /** Weight steps per unit of the file; 1 when the weights were whole numbers already. */
  readonly factor: number;
  /** Weights that were beyond 63 steps and became 63. */
  readonly clipped: number;
}

/** The `percentile` (0..100) of magnitudes: the smallest that is not exceeded by more than the rest. */
export function percentileMagnitude(data: ArrayLike<number>, percentile: number): number {
  const sorted = Float64Array.from(data, Math.abs).sort();
  const rank = Math.ceil((percentile / 100) * sorted.length) - 1;
  return sorted[Math.min(Math.max(rank, 0), sorted.length - 1)];
}

/** Steps per unit by the rule of a layer. */
export function weightFactor(data: ArrayLike<number>, scale: WeightScale): number {
  if ("factor" in scale) return scale.factor;
  const reference = percentileMagnitude(data, scale.percentile);
  return reference > 0 ? LARGEST_WEIGHT / reference : 1;
}

/** Shape of a layer's weights in PyTorch: outputs, inputs (channels, kernel rows, kernel columns). */
export function tensorShape({ kind, input, inputs, outputs, kernel }: ArrayLayer): number[] {
  return kind === "dense" ? [outputs, inputs] : [outputs, input[0], kernel[0], kernel[1]];
}

function findTensor(layer: ArrayLayer, arrays: NamedArrays) {
  for (const name of [`${layer.weights}.weight`, layer.weights]) {
    const array = arrays.get(name);
    if (array) return { name, array };
  }
  return undefined;
}

/** Half away from zero, as the group's tools round weights. */
const roundAway = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

function quantise(layer: ArrayLayer, data: NumberData, problem: (line: string) => void) {
  if (data.some((value) => !Number.isFinite(value))) {
    problem("has weights that are no finite numbers");
    return undefined;
  }
  const { inputs, outputs, scale } = layer;
  if (!scale) {
    let beyond = 0;
    for (const value of data) if (Math.abs(value) > LARGEST_WEIGHT) beyond++;
    const broken = data.some((value) => !Number.isInteger(value));
    if (beyond > 0)
      problem(`${beyond} weights are beyond ${LARGEST_WEIGHT}; give the layer a "scale", e.g. "percentile"`);
    else if (broken) problem(`weights are not whole numbers; give the layer a "scale", e.g. "percentile"`);
    if (beyond > 0 || broken) return undefined;
  }
  const factor = scale ? weightFactor(data, scale) : 1;
  const weights = new Int8Array(inputs * outputs);
  let clipped = 0;
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const value = roundAway(data[output * inputs + input] * factor);
      if (Math.abs(value) > LARGEST_WEIGHT) clipped++;
      weights[input * outputs + output] = Math.max(-LARGEST_WEIGHT, Math.min(value, LARGEST_WEIGHT));
    }
  }
  return { weights, report: { layer: layer.name, factor, clipped } };
}

/**
 * Gives a network its weights. Throws NetworkError with one line per problem: missing tensors, other shapes, biases, tensors
 * of no layer, weights that need a scale. `file` stands before each line.
 */
export function attachWeights(
  description: NetworkDescription,
  arrays: NamedArrays,
  file = "weights",
): { network: MappedNetwork; reports: QuantisationReport[] } {
  const problems: string[] = [];
  const used = new Set<string>();
  const weights: Int8Array[] = [];
  const reports: QuantisationReport[] = [];
  for (const layer of description.layers) {
    const found = findTensor(layer, arrays);
    const expected = tensorShape(layer);
    if (!found) {
      problems.push(`${file}: there is no ${layer.weights}.weight for layer ${layer.name}`);
      continue;
    }
    used.add(found.name);
    const { shape, data } = found.array;
    const matches = shape.length === expected.length && shape.every((n, k) => n === expected[k]);
    if (!matches || elements(shape) !== data.length) {
      problems.push(
        `${file}: ${found.name} has shape ${shape.join(" x ")}, layer ${layer.name} needs ${expected.join(" x ")}`,
      );
      continue;
    }
    const quantised = quantise(layer, data, (line) => problems.push(`${file}: ${found.name}: ${line}`));
    if (!quantised) continue;
    weights.push(quantised.weights);
    reports.push(quantised.report);
  }
  for (const name of arrays.keys()) {
    if (used.has(name)) continue;
    const bias = name.endsWith(".bias");
    problems.push(
      `${file}: ${name} ${bias ? "can't be used, the array adds no bias; train without" : "belongs to no layer; leave it out"}`,
    );
  }
  if (problems.length > 0) throw new NetworkError(problems);
  return { network: { ...description, weights }, reports };
}

/** The weights as arrays with PyTorch's names and shapes, int8. */
export function exportWeights(network: MappedNetwork): NamedArrays {
  const arrays = new Map<string, { shape: number[]; data: Int8Array }>();
  for (const [index, layer] of network.layers.entries()) {
    const { inputs, outputs } = layer;
    const data = new Int8Array(inputs * outputs);
    for (let output = 0; output < outputs; output++) {
      for (let input = 0; input < inputs; input++) {
        data[output * inputs + input] = network.weights[index][input * outputs + output];
      }
    }
    arrays.set(`${layer.weights}.weight`, { shape: tensorShape(layer), data });
  }
  return arrays;
}
