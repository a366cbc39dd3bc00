/** The network of the 2020 paper, as `firmware/mnist` has it, as a description of any network. */
import type { Network } from "../network.ts";
import { FORMAT, parseNetwork } from "./description.ts";
import type { MappedNetwork } from "./weights.ts";

/** Contents of a network.json with the sends and shifts of trained parameters. */
export function mnistDescription([conv, dense1, dense2]: Network): object {
  return {
    format: FORMAT,
    name: "MNIST digits",
    input: { shape: [1, 28, 28], values: "byte" },
    layers: [
      {
        kind: "conv2d",
        name: "conv",
        channels: 20,
        kernel: 10,
        stride: 5,
        padding: 1,
        num_sends: conv.sends,
      },
      { kind: "relu" },
      { kind: "requantise", shift: conv.shift },
      { kind: "dense", name: "dense1", outputs: 128, num_sends: dense1.sends },
      { kind: "relu" },
      { kind: "requantise", shift: dense1.shift },
      { kind: "dense", name: "dense2", outputs: 10, num_sends: dense2.sends },
      { kind: "argmax" },
    ],
  };
}

const LINE_WIDTH = 110;

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${inline(field)}`);
  return `{ ${fields.join(", ")} }`;
}

function layerLines(layer: object): string {
  const line = `    ${inline(layer)}`;
  if (line.length < LINE_WIDTH) return line;
  const fields = Object.entries(layer).map(
    ([name, value]) => `      ${JSON.stringify(name)}: ${inline(value)}`,
  );
  return `    {\n${fields.join(",\n")}\n    }`;
}

/** Text of a network.json with a line for each layer, if it fits. */
export function descriptionText(description: object): string {
  const fields = Object.entries(description).map(([name, value]) => {
    const text = Array.isArray(value) ? `[\n${value.map(layerLines).join(",\n")}\n  ]` : inline(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

/** The network with its weights. */
export function mnistNetwork(network: Network): MappedNetwork {
  const description = parseNetwork(mnistDescription(network), "MNIST digits");
  return { ...description, weights: network.map(({ weights }) => weights) };
}
