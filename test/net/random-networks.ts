/** Small random networks within the limits of the chip, and images for them. */
import fc from "fast-check";
import { FORMAT, parseNetwork, volume } from "../../src/lab/net/description.ts";
import type { MappedNetwork } from "../../src/lab/net/weights.ts";

export interface Case {
  readonly network: MappedNetwork;
  readonly images: Uint8Array;
}

/** What `makeCase` takes; short enough to be printed. */
export interface Choice {
  readonly json: object;
  /** How many images. */
  readonly images: number;
  readonly seed: number;
}

/** Numbers that repeat themselves: 0 up to `bound`, exclusive. */
function numbers(seed: number): (bound: number) => number {
  let state = (seed | 1) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const size = (most: number) => fc.integer({ min: 1, max: most });
const activation = fc.record({
  shift: fc.integer({ min: 0, max: 3 }),
  sends: fc.integer({ min: 1, max: 12 }),
});
const convolution = fc.record({
  ...{ channels: size(24), kernel: fc.tuple(size(5), size(5)), stride: fc.tuple(size(3), size(3)) },
  ...{ padding: fc.tuple(fc.nat(2), fc.nat(2)), wait: fc.constantFrom(0, 0, 5, 20) },
});
const dense = fc.record({ outputs: fc.oneof(size(40), size(256)), wait: fc.constantFrom(0, 0, 15) });

/** Convolutions, then dense layers, 1 to 4 in all. Kernels are cut to size; few networks need more memory than there is. */
export const randomChoice: fc.Arbitrary<Choice> = fc
  .record({
    shape: fc.oneof(fc.tuple(size(3), size(9), size(9)), fc.tuple(size(400), fc.constant(1), fc.constant(1))),
    values: fc.constantFrom("byte", "code"),
    convolutions: fc.array(convolution, { maxLength: 2 }),
    denses: fc.array(dense, { maxLength: 2 }),
    activations: fc.array(activation, { minLength: 4, maxLength: 4 }),
    ending: fc.constantFrom("none", "relu", "requantise", "argmax"),
    images: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .filter(({ convolutions, denses }) => convolutions.length + denses.length > 0)
  .map((choice) => {
    const layers: object[] = [];
    let [channels, rows, columns] = choice.shape;
    const between = () => {
      if (layers.length === 0) return;
      layers.push(
        { kind: "relu" },
        { kind: "requantise", shift: choice.activations[layers.length % 4].shift },
      );
    };
    for (const { kernel, padding, stride, wait, channels: outputs } of choice.convolutions) {
      // up to 2 blocks of inputs, and 1000 results
      const cut = [Math.min(kernel[0], rows), Math.min(kernel[1], columns)];
      while (channels * cut[0] * cut[1] > 256 && cut[0] * cut[1] > 1) cut[cut[0] > cut[1] ? 0 : 1]--;
      if (channels * cut[0] * cut[1] > 256) break;
      const pad = [Math.min(padding[0], cut[0] - 1), Math.min(padding[1], cut[1] - 1)];
      const down = Math.floor((rows + 2 * pad[0] - cut[0]) / stride[0]) + 1;
      const across = Math.floor((columns + 2 * pad[1] - cut[1]) / stride[1]) + 1;
      between();
      const sends = choice.activations[layers.length % 4].sends;
      layers.push({
        ...{
          kind: "conv2d",
          name: `conv${layers.length}`,
          channels: outputs,
          kernel: cut,
          stride,
          padding: pad,
        },
        ...{ num_sends: sends, wait },
      });
      [channels, rows, columns] = [outputs, down, across];
    }
    for (const { outputs, wait } of choice.denses) {
      between();
      const sends = choice.activations[layers.length % 4].sends;
      layers.push({ kind: "dense", name: `fc${layers.length}`, outputs, num_sends: sends, wait });
    }
    if (layers.length === 0) layers.push({ kind: "dense", outputs: 5 });
    if (choice.ending !== "none" && choice.ending !== "argmax") layers.push({ kind: "relu" });
    if (choice.ending === "requantise") layers.push({ kind: "requantise", shift: 1 });
    if (choice.ending === "argmax") layers.push({ kind: "argmax" });
    const json = { format: FORMAT, input: { shape: choice.shape, values: choice.values }, layers };
    return { json, images: choice.images, seed: choice.seed };
  });

/** Random weights and images for a description. */
export function makeCase({ json, images, seed }: Choice): Case {
  const description = parseNetwork(json);
  const next = numbers(seed);
  const weights = description.layers.map(({ inputs, outputs }) => {
    const shift = next(30) - 6;
    return Int8Array.from({ length: inputs * outputs }, () =>
      Math.max(-63, Math.min(next(127) - 63 + shift, 63)),
    );
  });
  const most = description.input.values === "byte" ? 256 : 32;
  const bytes = Uint8Array.from({ length: images * volume(description.input.shape) }, () =>
    next(3) === 0 ? 0 : next(most),
  );
  return { network: { ...description, weights }, images: bytes };
}
