/** The contents of external memory for `firmware/inference`: schedule, weights and images in, results out (layout.ts there). */
import { type ArrayLayer, volume } from "./description.ts";
import { NetworkError } from "./fields.ts";
import { outputSize } from "./integer-model.ts";
import { sumsInSlot } from "./memory-layout.ts";
import { arrayLanes, type LayerPlan, type NetworkPlan } from "./plan.ts";
import type { MappedNetwork } from "./weights.ts";

const MAGIC = 0x4e455457;
const VECTOR = 128;
const LARGEST_CODE = 31;
const ACTIVATIONS = { none: 0, relu: 1, requantise: 2 } as const;
/** PPU cycles in the 8 ns that `wait` counts. */
const CYCLES_PER_WAIT = 2;
/** The PPU cannot send events faster than this many cycles apart anyway. */
const CYCLES_PER_EVENT = 4;

export interface MemoryPart {
  /** Bytes from the start of external memory. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Vectors pass the vector IO port with their 32 words reversed (chip.md section 4). Length: a multiple of 128. */
function reverseWords(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, n) => bytes[n ^ 124]);
}

function vectorOfWords(words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(VECTOR));
  for (const [n, word] of words.entries()) view.setUint32(4 * n, word);
  return reverseWords(new Uint8Array(view.buffer));
}

interface Geometry {
  readonly rowBytes: number;
  readonly channelBytes: number;
  /** Of the first value behind the padding. */
  readonly origin: number;
}

/** How a layer's input lies in a slot, zero padding included. */
function inputGeometry({ input: [, rows, columns], padding }: ArrayLayer): Geometry {
  const rowBytes = columns + 2 * padding[1];
  const channelBytes = rowBytes * (rows + 2 * padding[0]);
  return { rowBytes, channelBytes, origin: padding[0] * rowBytes + padding[1] };
}

function outputGeometry(layer: ArrayLayer, next: ArrayLayer | undefined): Geometry {
  const [, rows, columns] = layer.output;
  return next ? inputGeometry(next) : { rowBytes: columns, channelBytes: rows * columns, origin: 0 };
}

function gatherTable(layer: ArrayLayer, bytes: number): Uint8Array {
  const { kernel, inputs } = layer;
  const { rowBytes, channelBytes } = inputGeometry(layer);
  const view = new DataView(new ArrayBuffer(bytes));
  for (let i = 0; i < inputs; i++) {
    const channel = Math.floor(i / (kernel[0] * kernel[1]));
    const row = Math.floor(i / kernel[1]) % kernel[0];
    view.setUint16(2 * i, channel * channelBytes + row * rowBytes + (i % kernel[1]));
  }
  return reverseWords(new Uint8Array(view.buffer));
}

/** Rows of drivers, packed: the lanes of the even columns, then those of the odd ones. */
function packedWeights(plan: LayerPlan, weights: Int8Array): Uint8Array {
  const { tiles, arrayBytes, weightBytes, layer, split } = plan;
  const bytes = new Uint8Array(weightBytes);
  for (const { block, firstInput, inputs, hemisphere, firstColumn } of tiles) {
    if (split === "images" && hemisphere === 1) continue;
    const array = Math.floor(block / plan.resident);
    const lanes = arrayLanes(plan, array);
    for (let i = 0; i < inputs; i++) {
      const row = array * arrayBytes + i * 2 * lanes;
      for (let j = 0; j < layer.outputs; j++) {
        const column = firstColumn + j;
        bytes[row + (column & 1) * lanes + (column >> 1)] = weights[(firstInput + i) * layer.outputs + j];
      }
    }
  }
  return reverseWords(bytes);
}

const tableVectors = ({ layer }: LayerPlan): number =>
  layer.kind === "conv2d" ? Math.ceil((2 * layer.inputs) / VECTOR) : 0;

function layerWords(plan: NetworkPlan, index: number): number[] {
  const { network, memory, layers } = plan;
  const place = layers[index];
  const { layer } = place;
  const last = index === layers.length - 1;
  const geometry = inputGeometry(layer);
  const out = outputGeometry(layer, layers[index + 1]?.layer);
  const isConvolution = layer.kind === "conv2d";
  const interval = CYCLES_PER_WAIT * layer.wait;
  return [
    place.split === "images" ? 0 : 1,
    index === 0 && network.input.values === "byte" ? 1 : 0,
    Math.ceil(place.inputBytes / VECTOR),
    layer.inputs,
    place.blocks,
    place.resident,
    place.passes,
    place.columns,
    place.sumStride,
    place.sumVectors,
    sumsInSlot(place),
    memory.weights[index],
    place.arrayBytes,
    memory.tables[index],
    tableVectors(place),
    isConvolution ? layer.output[1] : 1,
    isConvolution ? layer.output[2] : 1,
    layer.stride[0] * geometry.rowBytes,
    layer.stride[1],
    layer.sends,
    interval > CYCLES_PER_EVENT ? interval : 0,
    ACTIVATIONS[layer.activation],
    layer.shift,
    layer.outputs,
    Math.ceil(place.outputBytes / VECTOR),
    out.origin,
    out.channelBytes,
    out.rowBytes,
    1,
    last && network.argmax ? volume(layer.output) : 0,
  ];
}

/** Schedule, gather tables and weights; the same for every batch. */
export function networkParts(plan: NetworkPlan, network: MappedNetwork): MemoryPart[] {
  const { memory, layers } = plan;
  return layers.flatMap((place, index) => {
    const parts = [
      { offset: VECTOR * (1 + index), bytes: vectorOfWords(layerWords(plan, index)) },
      { offset: memory.weights[index], bytes: packedWeights(place, network.weights[index]) },
    ];
    const table = tableVectors(place) * VECTOR;
    if (table > 0) parts.push({ offset: memory.tables[index], bytes: gatherTable(place.layer, table) });
    return parts;
  });
}

/** Header and slots of a batch of up to `plan.memory.batch` images, in the order of the input shape. */
export function batchParts(plan: NetworkPlan, images: Uint8Array): MemoryPart[] {
  const { memory, network, layers } = plan;
  const size = volume(network.input.shape);
  const count = images.length / size;
  if (!Number.isInteger(count) || count < 1 || count > memory.batch) {
    throw new NetworkError([
      `a batch has 1..${memory.batch} images of ${size} bytes, not ${images.length} bytes`,
    ]);
  }
  if (network.input.values === "code" && images.some((value) => value > LARGEST_CODE)) {
    throw new NetworkError([
      'inputs beyond 31 have no 5-bit code; scale them, or set the input\'s values to "byte"',
    ]);
  }
  const [, rows, columns] = network.input.shape;
  const first = layers[0].layer;
  const { rowBytes, channelBytes, origin } = inputGeometry(first);
  const slots = new Uint8Array(count * memory.slotBytes);
  for (let n = 0, from = 0; n < count; n++) {
    for (let line = 0; line < size / columns; line++, from += columns) {
      const channel = Math.floor(line / rows);
      const at = n * memory.slotBytes + origin + channel * channelBytes + (line % rows) * rowBytes;
      slots.set(images.subarray(from, from + columns), at);
    }
  }
  const header = [MAGIC, layers.length, count, memory.slots, memory.slotBytes, memory.classes];
  return [
    { offset: 0, bytes: vectorOfWords(header) },
    { offset: memory.slots, bytes: reverseWords(slots) },
  ];
}

/** What the firmware left behind of a batch. */
export function readBatch(
  plan: NetworkPlan,
  read: (offset: number, bytes: number) => Uint8Array,
  count: number,
): { results: Int8Array; classes?: Uint16Array } {
  const { memory, network } = plan;
  const outputs = outputSize(network);
  const results = new Int8Array(count * outputs);
  const bytes = Math.ceil(outputs / VECTOR) * VECTOR;
  for (let n = 0; n < count; n++) {
    const slot = reverseWords(read(memory.slots + n * memory.slotBytes, bytes).slice());
    results.set(new Int8Array(slot.buffer, 0, outputs), n * outputs);
  }
  if (!network.argmax) return { results };
  const words = read(memory.classes, 2 * count).slice();
  const view = new DataView(words.buffer);
  return { results, classes: Uint16Array.from({ length: count }, (_, n) => view.getUint16(2 * n)) };
}
