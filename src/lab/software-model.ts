/**
 * The network on a model of a chip, without firmware and processors: the same hemispheres, driven from the host in
 * the order and with about the timing of the firmware (on-chip-inference section 5).
 *
 * Convolution and last layer: image n runs on hemisphere n % 2. First dense layer: block 0 and 1 on the top
 * hemisphere in columns 0..127 and 128..255, block 2 and 3 likewise on the bottom one.
 */

import { Hemisphere } from "../chip/analog/hemisphere.ts";
import { type AnalogParameters, analogParameters } from "../chip/analog/parameters.ts";
import { CYCLES_PER_MICROSECOND } from "../core/clock.ts";
import { BLOCK_INPUTS, clampInt8, evaluateNetwork, inputBlocks, type Network } from "./network.ts";

export interface SoftwareChipOptions {
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly parameters?: AnalogParameters;
  /** PPU cycles between two events. */
  readonly cyclesPerEvent?: number;
  /** Reads averaged for the baseline of a batch. */
  readonly baselineReads?: number;
  /** Images whose layers are evaluated with one baseline. */
  readonly batch?: number;
}

const SETTLE = 3 * CYCLES_PER_MICROSECOND;
const BASELINE_WAIT = 5 * CYCLES_PER_MICROSECOND;

export class SoftwareChip {
  readonly hemispheres: readonly [Hemisphere, Hemisphere];
  private readonly cyclesPerEvent: number;
  private readonly baselineReads: number;
  private readonly batch: number;
  private readonly baselines = [new Int8Array(256), new Int8Array(256)];
  private readonly results = new Int8Array(256);
  private readonly clock = new Float64Array(2);

  constructor(options: SoftwareChipOptions) {
    const parameters = options.parameters ?? analogParameters();
    const make = (hemisphere: number) => new Hemisphere({ ...options, parameters, hemisphere });
    this.hemispheres = [make(0), make(1)];
    this.cyclesPerEvent = options.cyclesPerEvent ?? 20;
    this.baselineReads = options.baselineReads ?? 1;
    this.batch = options.batch ?? 100;
    for (const hemisphere of this.hemispheres) {
      for (let column = 0; column < 256; column++) hemisphere.setSynapse("weights", 256, column, 0x20);
    }
  }

  /** int8 results of the last layer for 5-bit images of 784 bytes, 10 an image. */
  evaluate(network: Network, images: Uint8Array): Int8Array {
    const count = images.length / 784;
    const logits = new Int8Array(count * 10);
    for (let start = 0; start < count; start += this.batch) {
      const part = images.subarray(start * 784, Math.min(count, start + this.batch) * 784);
      const results = evaluateNetwork(
        network,
        part,
        (layer) => this.prepare(network, layer),
        (layer, block, x, out) => this.run(network, layer, block, x, out),
      );
      logits.set(results, start * 10);
    }
    return logits;
  }

  /** Writes signed weights (`rows[input * outputs + output]`) from a column on and clears the other rows. */
  writeBlock(hemisphere: number, weights: Int8Array, outputs: number, firstColumn: number): void {
    const target = this.hemispheres[hemisphere];
    for (let driver = 0; driver < BLOCK_INPUTS; driver++) {
      for (let j = 0; j < outputs; j++) {
        const at = driver * outputs + j;
        const weight = at < weights.length ? weights[at] : 0;
        target.setSynapse("weights", 2 * driver + 1, firstColumn + j, Math.max(weight, 0));
        target.setSynapse("weights", 2 * driver, firstColumn + j, Math.max(-weight, 0));
      }
    }
  }

  /** One integration: reset, all non-zero activations `sends` times, read, minus baseline; all 256 columns, until the next call. */
  multiply(hemisphere: number, x: Uint8Array, sends: number): Int8Array {
    const target = this.hemispheres[hemisphere];
    let cycle = this.clock[hemisphere];
    target.resetNeurons(undefined, cycle);
    cycle += SETTLE;
    for (let send = 0; send < sends; send++) {
      for (let i = 0; i < x.length; i++) {
        if (x[i] === 0) continue;
        target.event(1 << (i & 3), i >> 2, 32 - x[i], cycle);
        cycle += this.cyclesPerEvent;
      }
    }
    cycle += CYCLES_PER_MICROSECOND;
    target.convert(0, cycle);
    this.clock[hemisphere] = cycle + 2 * CYCLES_PER_MICROSECOND;
    const baseline = this.baselines[hemisphere];
    const results = this.results;
    const reads = target.causal;
    for (let j = 0; j < results.length; j++) results[j] = clampInt8(reads[j] - 128 - baseline[j]);
    return results;
  }

  /** Reads the baseline of a hemisphere: reset, 5 us, read; the mean of several reads is rounded to nearest. */
  readBaseline(hemisphere: number): void {
    const target = this.hemispheres[hemisphere];
    const sum = new Float64Array(256);
    for (let read = 0; read < this.baselineReads; read++) {
      target.resetNeurons(undefined, this.clock[hemisphere]);
      this.clock[hemisphere] += BASELINE_WAIT;
      target.convert(0, this.clock[hemisphere]);
      this.clock[hemisphere] += 2 * CYCLES_PER_MICROSECOND;
      for (let column = 0; column < 256; column++) sum[column] += target.causal[column] - 128;
    }
    for (let column = 0; column < 256; column++) {
      this.baselines[hemisphere][column] = Math.floor(sum[column] / this.baselineReads + 0.5);
    }
  }

  private prepare(network: Network, layerIndex: number): void {
    const layer = network[layerIndex];
    for (let hemisphere = 0; hemisphere < 2; hemisphere++) {
      if (layerIndex === 1) {
        for (const [b, block] of inputBlocks(layer.inputs).entries()) {
          if (b >> 1 !== hemisphere) continue;
          const from = block.first * layer.outputs;
          const weights = layer.weights.subarray(from, from + block.count * layer.outputs);
          this.writeBlock(hemisphere, weights, layer.outputs, (b & 1) * 128);
        }
      } else {
        this.writeBlock(hemisphere, new Int8Array(0), 256, 0);
        this.writeBlock(hemisphere, layer.weights, layer.outputs, 0);
      }
      this.readBaseline(hemisphere);
    }
  }

  private run(network: Network, layerIndex: number, block: number, x: Uint8Array, out: Int32Array): void {
    const layer = network[layerIndex];
    const hemisphere = layerIndex === 1 ? block >> 1 : block & 1;
    const results = this.multiply(hemisphere, x, layer.sends);
    const first = layerIndex === 1 ? (block & 1) * 128 : 0;
    for (let j = 0; j < layer.outputs; j++) out[j] = results[first + j];
  }
}
