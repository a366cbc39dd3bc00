/**
 * Cycles that a batch takes, estimated from the plan. The costs are latencies, waits of the firmware, and
 * rounded figures of its loops measured on the emulated chip; the sum is within about 20 % of what a run counts.
 */
import { vectorsOf } from "./description.ts";
import { DRIVERS, type LayerPlan, type NetworkPlan } from "./plan.ts";

const VECTOR = 128;
/** PPU cycles. */
const COST = {
  /** Matrix mode, clearing the array, baseline of 8 readings twice. */
  start: 42_500,
  /** Layer and table. */
  layer: 1_000,
  externalRead: 400,
  externalWrite: 95,
  /** Four vector writes and their splitting by sign. */
  row: 180,
  /** Reset and its settling; lists of events are made meanwhile. */
  reset: 760,
  listedInput: 10,
  /** The same by a gather table. */
  gatheredInput: 15,
  event: 4,
  /** 1 us of settling, conversion, subtraction. */
  reading: 820,
  accumulate: 600,
  output: 14,
  keep: 260,
} as const;

export interface LayerEstimate {
  readonly name: string;
  readonly vectors: number;
  /** Array runs of an image: vectors x blocks. */
  readonly runs: number;
  /** Events of an image, all repetitions. */
  readonly events: number;
  /** Multiply-accumulates of an image. */
  readonly macs: number;
  /** Cycles to write the weights, once a batch, on the busier PPU. */
  readonly loadCycles: number;
  /** Cycles for one image, with both PPUs at work on a batch. */
  readonly imageCycles: number;
}

export interface NetworkEstimate {
  readonly layers: readonly LayerEstimate[];
  /** Of a batch of `images`. */
  readonly batchCycles: number;
  readonly images: number;
}

/** `density`: share of inputs that are not zero (only these make events), 0..1. */
function estimateLayer(plan: LayerPlan, density: number): LayerEstimate {
  const { layer, split, blocks, tiles, sumVectors, inputBytes, outputBytes, resident, passes, arrayBytes } =
    plan;
  const vectors = vectorsOf(layer);
  const interval = Math.max(COST.event, 2 * layer.wait);
  const each = layer.kind === "conv2d" ? COST.gatheredInput : COST.listedInput;
  let blockCycles = 0;
  let events = 0;
  for (const { inputs } of tiles.filter(({ hemisphere }) => split === "blocks" || hemisphere === 0)) {
    const sent = inputs * density * layer.sends;
    const listing = 60 + each * inputs + (split === "blocks" ? COST.externalRead : 0);
    events += vectors * sent;
    blockCycles += Math.max(COST.reset, listing) + interval * (sent + 1.5 * layer.sends) + COST.reading;
    if (blocks > 1) blockCycles += COST.accumulate;
  }
  const moved =
    Math.ceil(inputBytes / VECTOR) * COST.externalRead + Math.ceil(outputBytes / VECTOR) * COST.externalWrite;
  const keep = COST.keep + COST.output * layer.outputs;
  const arrays = Math.ceil(blocks / resident);
  const partial =
    sumVectors * (arrays * COST.externalWrite + (Math.max(arrays - 2, 0) + 2) * COST.externalRead) +
    COST.accumulate;
  const work = split === "images" ? vectors * (blockCycles + keep) + moved : blockCycles + keep + partial;
  const rows = Math.min(DRIVERS, layer.inputs) * passes;
  const perImage = work / 2;
  return {
    name: layer.name,
    vectors,
    runs: vectors * blocks,
    events,
    macs: vectors * layer.inputs * layer.outputs,
    loadCycles: COST.layer + rows * COST.row + ((passes * arrayBytes) / VECTOR) * COST.externalRead,
    imageCycles: perImage * (split === "blocks" ? balance(blocks, resident) : 1),
  };
}

/** Work of the busier PPU relative to an even share. */
function balance(blocks: number, resident: number): number {
  let top = 0;
  for (let block = 0; block < blocks; block++) if ((Math.floor(block / resident) & 1) === 0) top++;
  return (2 * Math.max(top, blocks - top)) / blocks;
}

export function estimateNetwork(
  plan: NetworkPlan,
  density: number,
  images = plan.memory.batch,
): NetworkEstimate {
  const layers = plan.layers.map((layer) => estimateLayer(layer, density));
  // with an odd number the top PPU has one image more
  const even = images + (images & 1);
  let cycles: number = COST.start;
  for (const { loadCycles, imageCycles } of layers) cycles += loadCycles + even * imageCycles;
  return { layers, batchCycles: Math.round(cycles), images };
}
