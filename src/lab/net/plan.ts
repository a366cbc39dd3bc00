/**
 * Where a network lies on the array and in memory, checked against the limits of the chip and of `firmware/inference`.
 *
 * Inputs of a layer are cut into blocks of 128 (the drivers of a hemisphere). A block takes as many columns as the layer has
 * outputs, rounded up to a multiple of 8, and blocks lie side by side on an array of 256 columns. If one array holds all
 * blocks, each hemisphere gets a copy and works on every second image. If not, the blocks of a dense layer are dealt out to
 * both hemispheres, in as many passes over the batch as needed, and the PPUs add the partial sums.
 */
import { type ArrayLayer, type NetworkDescription, vectorsOf, volume } from "./description.ts";
import { NetworkError } from "./fields.ts";
import { EXTERNAL_BYTES, layOut, type MemoryLayout } from "./memory-layout.ts";

export const DRIVERS = 128;
export const COLUMNS = 256;
/** What firmware/inference holds in SRAM: bytes of one image before and behind a layer, entries of the gather table. */
export const SRAM_LIMITS = { input: 3072, output: 2048, kernelInputs: 512 } as const;
/** More blocks of signed bytes could leave 16 bit. */
const MOST_BLOCKS = 255;
const COLUMN_STEP = 8;
const VECTOR = 128;
export const HEMISPHERE_NAMES = ["top", "bottom"] as const;

/** A block of inputs on the array. */
export interface Tile {
  readonly block: number;
  readonly firstInput: number;
  /** Inputs: synapse drivers in use from driver 0 on, two rows each. */
  readonly inputs: number;
  /** 0 top, 1 bottom. */
  readonly hemisphere: number;
  readonly pass: number;
  readonly firstColumn: number;
}

export interface LayerPlan {
  readonly layer: ArrayLayer;
  /** By images: both hemispheres hold all blocks. By blocks: each holds its own. */
  readonly split: "images" | "blocks";
  readonly blocks: number;
  /** Columns of a block. */
  readonly columns: number;
  /** Blocks side by side on an array. */
  readonly resident: number;
  readonly passes: number;
  readonly tiles: readonly Tile[];
  /** Different arrays of weights: 1, or one per pass and hemisphere. */
  readonly arrays: number;
  /** Bytes of an array of weights in external memory; the last one may be smaller. */
  readonly arrayBytes: number;
  readonly weightBytes: number;
  /** Bytes of one image as the layer reads them, zero padding included. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** See firmware/inference/layout.ts. */
  readonly sumStride: number;
  readonly sumVectors: number;
}

export interface NetworkPlan {
  readonly network: NetworkDescription;
  readonly layers: readonly LayerPlan[];
  readonly memory: MemoryLayout;
  /** Signed weights in use. */
  readonly weightCount: number;
}

export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Bytes of an activation in the slot of an image: zero padding of the layer that reads it included. */
export function paddedBytes({ input: [channels, rows, columns], padding }: ArrayLayer): number {
  return channels * (rows + 2 * padding[0]) * (columns + 2 * padding[1]);
}

function makeTiles(plan: Pick<LayerPlan, "layer" | "split" | "blocks" | "columns" | "resident">): Tile[] {
  const { layer, split, blocks, columns, resident } = plan;
  return Array.from({ length: blocks }, (_, block) => {
    const firstInput = block * DRIVERS;
    const inputs = Math.min(DRIVERS, layer.inputs - firstInput);
    const array = Math.floor(block / resident);
    const place = { pass: array >> 1, firstColumn: (block % resident) * columns };
    const sides = split === "images" ? [0, 1] : [array & 1];
    return sides.map((hemisphere) => ({ block, firstInput, inputs, hemisphere, ...place }));
  }).flat();
}

type ArrayShape = Pick<LayerPlan, "layer" | "blocks" | "columns" | "resident">;

/** Lanes of a packed row of weights of an array: a power of 2 from 4. */
export function arrayLanes({ blocks, resident, columns }: Omit<ArrayShape, "layer">, array: number): number {
  const count = Math.min(resident, blocks - array * resident);
  return 2 ** Math.ceil(Math.log2((count * columns) / 2));
}

function bytesOfArray(shape: ArrayShape, array: number): number {
  const rows = Math.min(DRIVERS, shape.layer.inputs - array * shape.resident * DRIVERS);
  return roundUp(rows * 2 * arrayLanes(shape, array), 2 * VECTOR);
}

function planLayer(layer: ArrayLayer, next: ArrayLayer | undefined): LayerPlan {
  const blocks = Math.ceil(layer.inputs / DRIVERS);
  const columns = roundUp(layer.outputs, COLUMN_STEP);
  const fitting = Math.max(1, Math.floor(COLUMNS / columns));
  const inputBytes = paddedBytes(layer);
  const oneArray = blocks <= fitting && inputBytes <= SRAM_LIMITS.input;
  const split = layer.kind === "conv2d" || oneArray ? "images" : "blocks";
  const passes = split === "images" ? 1 : Math.ceil(blocks / (2 * fitting));
  const resident = split === "images" ? blocks : Math.ceil(blocks / (2 * passes));
  const arrays = Math.ceil(blocks / resident);
  const sumStride = 16 * Math.ceil(columns / 32);
  const shape = { layer, blocks, columns, resident };
  const sizes = Array.from({ length: arrays }, (_, array) => bytesOfArray(shape, array));
  return {
    ...{ ...shape, split, passes, arrays },
    tiles: makeTiles({ ...shape, split }),
    arrayBytes: sizes[0],
    weightBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    inputBytes,
    outputBytes: next ? paddedBytes(next) : volume(layer.output),
    sumStride,
    sumVectors: Math.ceil((4 * sumStride) / VECTOR),
  };
}

function layerProblems({ layer, split, blocks, columns, inputBytes, outputBytes }: LayerPlan): string[] {
  const problems: string[] = [];
  const { kind, outputs, inputs, input, kernel, padding } = layer;
  const words = kind === "dense" ? "outputs" : "channels";
  if (outputs > COLUMNS) {
    problems.push(
      `${outputs} ${words} need ${columns} columns, an array has ${COLUMNS}; use up to ${COLUMNS} ${words} (a network is a chain: no second layer can take the others)`,
    );
  } else if (kind === "conv2d" && blocks * columns > COLUMNS) {
    const most = Math.floor(COLUMNS / blocks / COLUMN_STEP) * COLUMN_STEP;
    problems.push(
      `${inputs} kernel inputs (${input[0]} x ${kernel.join(" x ")}) are ${blocks} blocks of ${DRIVERS}; side by side they need ${blocks * columns} columns, an array has ${COLUMNS}; use up to ${most} channels with this kernel or up to ${Math.floor(COLUMNS / columns) * DRIVERS} kernel inputs with these channels`,
    );
  }
  if (kind === "conv2d" && inputs > SRAM_LIMITS.kernelInputs) {
    problems.push(
      `${inputs} kernel inputs, the gather table in PPU memory holds ${SRAM_LIMITS.kernelInputs}; use fewer input channels or a smaller kernel`,
    );
  }
  if (split === "images" && inputBytes > SRAM_LIMITS.input) {
    problems.push(
      `an image takes ${inputBytes} bytes before it (padding ${padding.join(" x ")} included), PPU memory holds ${SRAM_LIMITS.input}; use fewer channels or a smaller image`,
    );
  }
  if (outputBytes > SRAM_LIMITS.output) {
    problems.push(
      `an image takes ${outputBytes} bytes behind it (padding of the next layer included), PPU memory holds ${SRAM_LIMITS.output}; use fewer channels or a larger stride`,
    );
  }
  if (blocks > MOST_BLOCKS) problems.push(`${blocks} blocks of inputs, 16-bit sums hold ${MOST_BLOCKS}`);
  return problems.map((line) => `layer ${layer.name}: ${line}`);
}

function memoryProblem(layers: readonly LayerPlan[], memory: MemoryLayout): string {
  const largest = layers.reduce((a, b) => (a.weightBytes >= b.weightBytes ? a : b));
  const missing = memory.slots + memory.slotBytes + VECTOR + 2 - EXTERNAL_BYTES;
  return `external memory: weights, tables and one image need ${EXTERNAL_BYTES + missing} bytes, there are ${EXTERNAL_BYTES} (${missing} too many); the largest layer is ${largest.layer.name} with ${largest.weightBytes} bytes of weights, use fewer inputs or outputs there`;
}

/** Places a network. Throws NetworkError with one line per reason why it does not fit and what would. */
export function planNetwork(network: NetworkDescription): NetworkPlan {
  const layers = network.layers.map((layer, index) => planLayer(layer, network.layers[index + 1]));
  const problems = layers.flatMap(layerProblems);
  if (problems.length > 0) throw new NetworkError(problems);
  const memory = layOut(layers, network.argmax);
  if (memory.batch < 1) throw new NetworkError([memoryProblem(layers, memory)]);
  const weightCount = layers.reduce((sum, { layer }) => sum + layer.inputs * layer.outputs, 0);
  return { network, layers, memory, weightCount };
}

/** Array runs of an image: vectors x blocks. */
export const runsOf = ({ layer, blocks }: LayerPlan): number => vectorsOf(layer) * blocks;
