/** Random contents for the memory of the kernels of the analog core, and their bits. */
import type { AnalogMemory } from "../../src/chip/analog/kernels.ts";
import { philox } from "../../src/chip/analog/random.ts";

const COLUMNS = 256;

/** Random integers below a bound, from a seed. */
export function integers(seed: number): (bound: number) => number {
  const words = new Uint32Array(4);
  let n = 0;
  return (bound) => {
    philox(n++, 0, 0, 0, seed, 2, words);
    return words[0] % bound;
  };
}

export const bits = (values: Float64Array | Uint8Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");

/** Sets doubles in a memory, those of all columns where no length is given. */
export function fillDoubles(
  memory: AnalogMemory,
  address: number,
  make: () => number,
  length = COLUMNS,
): Float64Array {
  const values = memory.doubles(address, length);
  for (let n = 0; n < length; n++) values[n] = make();
  return values;
}

export function fillBytes(
  memory: AnalogMemory,
  address: number,
  make: () => number,
  length = COLUMNS,
): Uint8Array {
  const values = memory.bytes(address, length);
  for (let n = 0; n < length; n++) values[n] = make();
  return values;
}
