/** Normal numbers by the kernel: the bits of `fillNormal` of random.ts in a fraction of the time. */
import { NORMALS, NORMALS_SIZE } from "./kernels/layout.ts";
import { AnalogMemory } from "./kernels.ts";
import { blockKey } from "./random.ts";

/**
 * Puts numbers `first`..`first + length - 1` of those that `fillNormal` gives for these keys at NORMALS of `memory`,
 * and others up to the next multiple of 16.
 * @param length up to NORMALS_SIZE
 * @param first a multiple of 4
 * @param single the numbers for a Float32Array, before they are rounded themselves
 */
export function drawNormals(
  memory: AnalogMemory,
  length: number,
  seed: number,
  stream: number,
  unit: number,
  count: number,
  first = 0,
  single = false,
): void {
  const { low, high, word, key0, key1 } = blockKey(seed, stream, unit, count);
  memory.kernels.normals(length, first >>> 2, low, high, word, key0, key1, Number(single));
}

let shared: AnalogMemory | undefined;

/** As `fillNormal` of random.ts. */
export function fillNormals(
  out: Float64Array | Float32Array,
  seed: number,
  stream: number,
  unit: number,
  count = 0,
): void {
  shared ??= new AnalogMemory(1);
  const single = out instanceof Float32Array;
  for (let first = 0; first < out.length; first += NORMALS_SIZE) {
    const length = Math.min(NORMALS_SIZE, out.length - first);
    drawNormals(shared, length, seed, stream, unit, count, first, single);
    out.set(shared.doubles(NORMALS, length), first);
  }
}
