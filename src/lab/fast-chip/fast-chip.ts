/**
 * The analog core of a chip over batches of images, without processors and buses: the hemispheres of the emulator
 * themselves, asked for what `firmware/mnist` asks them for, in its order, so that weights, conversions and noise are the
 * same number for number. With the cycles of a recorded run the CADC bytes are those of the firmware; with the mean
 * timing they differ by what drift and leak make of a microsecond. Only columns that somebody looks at are converted.
 *
 * Convolution and last layer: image n runs on hemisphere n % 2. First dense layer: blocks 0 and 1 on the top
 * hemisphere in columns 0..127 and 128..255, blocks 2 and 3 likewise on the bottom one.
 */
import { Hemisphere, type HemisphereSnapshot } from "../../chip/analog/hemisphere.ts";
import { type AnalogParameters, type AnalogPreset, analogParameters } from "../../chip/analog/parameters.ts";
import { applySettings, type ChipSettings } from "../../chip/settings.ts";
import { attachRegisters } from "../../chip/wiring.ts";
import {
  activationIndex,
  BLOCK_INPUTS,
  clampInt8,
  convertingRelu,
  FILTERS,
  gatherPatch,
  inputBlocks,
  type Layer,
  type Network,
  PATCHES,
} from "../network.ts";
import { type Clock, MeanClock, type Stage } from "./clock.ts";

const COLUMNS = 256;
const LANES = 128;
const SWITCH_ROW = 256;
const READOUT = 0x20;
const BASELINE_READS = 8;
const PATCH_INPUTS = 100;
const HIDDEN1 = PATCHES * FILTERS;

export interface FastChipOptions {
  readonly chipSeed: number;
  readonly noiseSeed: number;
  /** As in ChipOptions. */
  readonly chip?: AnalogPreset;
  readonly analogParameters?: AnalogParameters;
  readonly settings?: ChipSettings;
}

/** What the layers of a network answered to a batch, image by image. */
export interface BatchAnswers {
  /** int8 results of the convolution, `[image][patch][filter]`. */
  readonly convolved: Int8Array;
  /** 5-bit inputs of the first dense layer, 500 an image in the order filter, patch. */
  readonly hidden1: Uint8Array;
  /** Sums of the first dense layer clamped to int8, 128 an image. */
  readonly sums: Int8Array;
  /** 5-bit inputs of the last layer, 128 an image. */
  readonly hidden2: Uint8Array;
  /** int8 results, 10 an image. */
  readonly results: Int8Array;
}

/** 5-bit inputs of the convolution for images of 784 activations: `[image][patch][100]`. */
export function gatherPatches(images: Uint8Array): Uint8Array {
  const count = images.length / 784;
  const patches = new Uint8Array(count * PATCHES * PATCH_INPUTS);
  for (let n = 0, at = 0; n < count; n++) {
    const image = images.subarray(n * 784, n * 784 + 784);
    for (let p = 0; p < PATCHES; p++, at += PATCH_INPUTS) {
      gatherPatch(image, p, patches.subarray(at, at + PATCH_INPUTS));
    }
  }
  return patches;
}

/** Orders in which the firmware sends inputs: as they are; */
const PLAIN_ORDER = Uint8Array.from({ length: LANES }, (_, k) => k);
/** a patch in four cells of 5 x 5 pixels; */
const CELL_ORDER = Uint8Array.from({ length: PATCH_INPUTS }, (_, k) => {
  const cell = Math.floor(k / 25);
  const row = 5 * (cell >> 1) + Math.floor((k % 25) / 5);
  return 10 * row + 5 * (cell & 1) + (k % 5);
});
/** the inputs of the last layer from two vectors, even ones and odd ones. */
const SPLIT_ORDER = Uint8Array.from({ length: LANES }, (_, k) => ((2 * k) % LANES) | Number(k >= LANES / 2));

export class FastChip {
  readonly hemispheres: readonly [Hemisphere, Hemisphere];
  /** Called with the CADC results of every conversion, for comparison with recorded ones. */
  onConversion: ((side: number, stage: Stage, reads: Uint8Array) => void) | undefined;
  private readonly options: FastChipOptions;
  private readonly configured: readonly HemisphereSnapshot[];
  private readonly clock: Clock;
  private readonly baselines = [new Int8Array(COLUMNS), new Int8Array(COLUMNS)] as const;
  private readonly lanes = new Uint8Array(LANES);
  private readonly active = new Uint8Array(LANES);

  constructor(options: FastChipOptions, clock: Clock = new MeanClock()) {
    this.options = options;
    const { chipSeed, noiseSeed } = options;
    const parameters = options.analogParameters ?? analogParameters(options.chip);
    const make = (hemisphere: number) => new Hemisphere({ hemisphere, chipSeed, noiseSeed, parameters });
    this.hemispheres = [make(0), make(1)];
    this.clock = clock;
    const registers = attachRegisters(this.hemispheres);
    if (options.settings !== undefined) applySettings({ registers }, options.settings);
    for (const hemisphere of this.hemispheres) {
      this.lanes.fill(READOUT);
      for (const parity of [0, 1]) hemisphere.writeLanes("weights", SWITCH_ROW, parity, this.lanes);
    }
    this.configured = this.hemispheres.map((hemisphere) => hemisphere.snapshot());
  }

  /** The same chip as it was made, with the mean timing and the noise of another trial. */
  withNoise(noiseSeed: number): FastChip {
    const chip = new FastChip({ ...this.options, settings: {}, noiseSeed });
    for (const [side, snapshot] of this.configured.entries()) chip.hemispheres[side].restore(snapshot);
    return chip;
  }

  /** int8 results of the last layer for 5-bit images of 784 activations, 10 an image; a baseline for each batch. */
  evaluate(network: Network, images: Uint8Array, batch = 73): Int8Array {
    const count = images.length / 784;
    const results = new Int8Array(count * 10);
    for (let start = 0; start < count; start += batch) {
      const part = images.subarray(start * 784, Math.min(count, start + batch) * 784);
      results.set(this.runBatch(network, gatherPatches(part)).results, start * 10);
    }
    return results;
  }

  /** One batch through all layers; patches as from `gatherPatches`. */
  runBatch(network: Network, patches: Uint8Array): BatchAnswers {
    const [conv, dense1, dense2] = network;
    const count = patches.length / (PATCHES * PATCH_INPUTS);
    for (const side of [0, 1]) this.writeBlock(side, conv.weights, conv, 0);
    this.measureBaseline();
    const convolved = this.convolve(conv, patches, count);
    const hidden1 = new Uint8Array(count * HIDDEN1);
    for (let n = 0, at = 0; n < count; n++) {
      for (let p = 0; p < PATCHES; p++) {
        for (let f = 0; f < FILTERS; f++, at++) {
          hidden1[n * HIDDEN1 + activationIndex(f, p)] = convertingRelu(convolved[at], conv.shift);
        }
      }
    }
    for (const [b, { first, count: inputs }] of inputBlocks(dense1.inputs).entries()) {
      const weights = dense1.weights.subarray(first * dense1.outputs, (first + inputs) * dense1.outputs);
      this.writeBlock(b >> 1, weights, dense1, (b & 1) * LANES);
    }
    const sums = this.addBlocks(dense1, hidden1, count);
    const hidden2 = Uint8Array.from(sums, (sum) => convertingRelu(sum, dense1.shift));
    for (const side of [0, 1]) this.writeBlock(side, dense2.weights, dense2, 0);
    const results = new Int8Array(count * dense2.outputs);
    for (let side = 0; side < Math.min(2, count); side++) this.reset(side);
    for (let n = 0; n < count; n++) {
      const x = hidden2.subarray(n * dense2.inputs, (n + 1) * dense2.inputs);
      this.run(n & 1, 2, x, SPLIT_ORDER, dense2.sends, 0, dense2.outputs, results, n * dense2.outputs);
    }
    return { convolved, hidden1, sums, hidden2, results };
  }

  /** Results of all columns of a hemisphere for one input vector, with the weights and the baseline at hand. */
  multiply(side: number, x: Uint8Array, sends: number): Int8Array {
    const results = new Int8Array(COLUMNS);
    this.reset(side);
    this.run(side, 1, x, PLAIN_ORDER, sends, 0, COLUMNS, results, 0);
    return results;
  }

  /** Writes signed weights (`weights[input * outputs + output]`) to the drivers from 0 and the columns from `column` on. */
  writeBlock(side: number, weights: Int8Array, { outputs }: Pick<Layer, "outputs">, column: number): void {
    const hemisphere = this.hemispheres[side];
    const enables = new Uint8Array(LANES).fill(1, column >> 1, (column + outputs + 1) >> 1);
    const { lanes } = this;
    for (let driver = 0, at = 0; at < weights.length; driver++, at += outputs) {
      for (let parity = 0; parity < 2; parity++) {
        for (let sign = 0; sign < 2; sign++) {
          for (let j = parity, lane = column >> 1; j < outputs; j += 2, lane++) {
            const weight = sign === 0 ? -weights[at + j] : weights[at + j];
            lanes[lane] = Math.max(weight, 0);
          }
          hemisphere.writeLanes("weights", 2 * driver + sign, parity, lanes, enables);
        }
      }
    }
  }

  /** Reads the resting membranes as the firmware does: mean of 8 reads for the even columns, then 8 for the odd ones. */
  measureBaseline(): void {
    for (const [side, hemisphere] of this.hemispheres.entries()) {
      hemisphere.convertedColumns = COLUMNS;
      for (let parity = 0; parity < 2; parity++) {
        const sum = new Int32Array(COLUMNS);
        for (let read = 0; read < BASELINE_READS; read++) {
          this.clock.begin(side, "baseline");
          this.reset(side);
          this.convert(side, "baseline");
          for (let j = parity; j < COLUMNS; j += 2) sum[j] += hemisphere.causal[j] - 128;
        }
        // The vector unit's accumulator holds 256 times the mean; 127 rounds.
        for (let j = parity; j < COLUMNS; j += 2)
          this.baselines[side][j] = ((256 / BASELINE_READS) * sum[j] + 127) >> 8;
      }
    }
  }

  private convolve({ outputs, sends }: Layer, patches: Uint8Array, count: number): Int8Array {
    const convolved = new Int8Array(count * PATCHES * outputs);
    for (let side = 0; side < Math.min(2, count); side++) this.reset(side);
    for (let n = 0; n < count; n++) {
      for (let p = n * PATCHES; p < (n + 1) * PATCHES; p++) {
        const x = patches.subarray(p * PATCH_INPUTS, (p + 1) * PATCH_INPUTS);
        this.run(n & 1, 0, x, CELL_ORDER, sends, 0, outputs, convolved, p * outputs);
      }
    }
    return convolved;
  }

  private addBlocks(layer: Layer, hidden1: Uint8Array, count: number): Int8Array {
    const { inputs, outputs, sends } = layer;
    const sums = new Int8Array(count * outputs);
    const parts = new Int8Array(4 * outputs);
    for (const side of [0, 1]) this.reset(side);
    for (let n = 0; n < count; n++) {
      for (let block = 0; block < 4; block++) {
        const from = n * inputs + block * BLOCK_INPUTS;
        const x = hidden1.subarray(from, Math.min(from + BLOCK_INPUTS, (n + 1) * inputs));
        this.run(block >> 1, 1, x, PLAIN_ORDER, sends, (block & 1) * LANES, outputs, parts, block * outputs);
      }
      for (let j = 0; j < outputs; j++) {
        const sum = parts[j] + parts[outputs + j] + parts[2 * outputs + j] + parts[3 * outputs + j];
        sums[n * outputs + j] = clampInt8(sum);
      }
    }
    return sums;
  }

  /**
   * One integration on a hemisphere that has been reset: non-zero activations `sends` times in the given order of inputs,
   * padded as the firmware does to a multiple of 4 events, conversion, reset. Results of `count` columns from `column` on to `out[at..]`.
   */
  private run(
    side: number,
    stage: Stage,
    x: Uint8Array,
    order: Uint8Array,
    sends: number,
    column: number,
    count: number,
    out: Int8Array,
    at: number,
  ): void {
    const hemisphere = this.hemispheres[side];
    const { clock } = this;
    clock.begin(side, stage);
    hemisphere.convertedColumns = column + count;
    const { active } = this;
    let events = 0;
    for (let k = 0; k < order.length; k++) {
      const i = order[k];
      if (i < x.length && x[i] !== 0) active[events++] = i;
    }
    const padding = -events & 3;
    for (let send = 0; send < sends; send++) {
      for (let n = 0; n < events; n++) {
        const i = active[n];
        hemisphere.event(1 << (i & 3), i >> 2, 32 - x[i], clock.next(side, "event"));
      }
      for (let n = 0; n < padding; n++) hemisphere.event(0, 0, 0, clock.next(side, "event"));
    }
    this.convert(side, stage);
    this.reset(side);
    const { causal } = hemisphere;
    const baseline = this.baselines[side];
    for (let j = 0; j < count; j++) {
      out[at + j] = clampInt8(causal[column + j] - 128 - baseline[column + j]);
    }
  }

  private reset(side: number): void {
    for (let parity = 0; parity < 2; parity++) {
      this.hemispheres[side].resetLanes(parity, undefined, this.clock.next(side, "reset"));
    }
  }

  private convert(side: number, stage: Stage): void {
    const hemisphere = this.hemispheres[side];
    hemisphere.convert(0, this.clock.next(side, "convert"));
    this.onConversion?.(side, stage, hemisphere.causal);
  }
}
