/** From float weights to weights in LSB, number of sends and shift, layer by layer (recipe, step 2). */
import {
  activationIndex,
  clampInt8,
  convertingRelu,
  FILTERS,
  gatherPatch,
  idealResult,
  inputBlocks,
  LAYER_SHAPES,
  PATCHES,
} from "../network.ts";
import type { Matrix } from "./matrix.ts";
import type { Weights } from "./pass.ts";

export interface LayerPlan {
  readonly sends: number;
  readonly shift: number;
}

/** The value below which a share of the values lies. */
export function percentile(values: Float32Array | Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function compact(matrix: Matrix): Float32Array {
  const values = new Float32Array(matrix.rows * matrix.columns);
  for (let i = 0; i < matrix.rows; i++) {
    const row = matrix.data.subarray(i * matrix.stride, i * matrix.stride + matrix.columns);
    values.set(row, i * matrix.columns);
  }
  return values;
}

/** Weights -63..63 as the chip holds them, `[input * outputs + output]`. */
export function roundWeights(matrix: Matrix): Int8Array {
  return Int8Array.from(compact(matrix), (w) => Math.max(-63, Math.min(63, Math.round(w))));
}

/** Scales the float weights in place so that the 99.9th percentile of their size is 63; clips the rest. */
function scaleToWeights(matrix: Matrix): void {
  const scale = 63 / percentile(compact(matrix).map(Math.abs), 0.999);
  for (let n = 0; n < matrix.data.length; n++) {
    matrix.data[n] = Math.max(-63, Math.min(63, matrix.data[n] * scale));
  }
}

/** Number of sends that brings the 99.9th percentile of positive results next to `target` LSB, 1..`most`. */
function chooseSends(results: Float64Array, target: number, most: number): number {
  const once = percentile(results, 0.999);
  return Math.max(1, Math.min(most, Math.round(target / once)));
}

/**
 * Converts in place and chooses sends from the ideal results on 5-bit images (784 bytes each). `targets` are the
 * 99.9th percentiles in LSB aimed at, `shifts` follow from them: 31 << shift should lie near the target.
 */
export function convertToChip(
  weights: Weights,
  images: Uint8Array,
  gain: number,
  targets: readonly [number, number, number],
): readonly LayerPlan[] {
  const count = images.length / 784;
  const plans: LayerPlan[] = [];
  let inputs = { vectors: new Uint8Array(count * PATCHES * 100), size: 100 };
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < PATCHES; p++) {
      const at = (n * PATCHES + p) * 100;
      gatherPatch(images.subarray(n * 784, n * 784 + 784), p, inputs.vectors.subarray(at, at + 100));
    }
  }
  for (const [index, { outputs }] of LAYER_SHAPES.entries()) {
    scaleToWeights(weights[index]);
    const rounded = roundWeights(weights[index]);
    const blocks = inputBlocks(inputs.size);
    const vectors = inputs.vectors.length / inputs.size;
    const sums = new Float64Array(vectors * blocks.length * outputs);
    for (let v = 0; v < vectors; v++) {
      for (let i = 0; i < inputs.size; i++) {
        const x = inputs.vectors[v * inputs.size + i];
        if (x === 0) continue;
        const to = (v * blocks.length + (i >> 7)) * outputs;
        for (let j = 0; j < outputs; j++) sums[to + j] += x * rounded[i * outputs + j];
      }
    }
    const total = new Float64Array(vectors * outputs);
    for (let n = 0; n < sums.length; n++) {
      total[Math.floor(n / (blocks.length * outputs)) * outputs + (n % outputs)] += gain * sums[n];
    }
    const sends = chooseSends(total, targets[index], 32);
    const shift = Math.max(0, Math.min(2, Math.round(Math.log2(targets[index] / 31))));
    plans.push({ sends, shift });
    const results = new Uint8Array(vectors * outputs);
    for (let v = 0; v < vectors; v++) {
      for (let j = 0; j < outputs; j++) {
        let sum = 0;
        for (let b = 0; b < blocks.length; b++) {
          sum += idealResult(sums[(v * blocks.length + b) * outputs + j], sends, gain);
        }
        const activation = convertingRelu(clampInt8(sum), shift);
        if (index !== 0) results[v * outputs + j] = activation;
        else results[Math.floor(v / PATCHES) * 500 + activationIndex(j, v % PATCHES)] = activation;
      }
    }
    inputs = { vectors: results, size: index === 0 ? PATCHES * FILTERS : outputs };
  }
  return plans;
}
