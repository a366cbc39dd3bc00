/**
 * Training on model chips (recipe, step 3): forward through integers, mismatch and noise, backward straight through.
 * Every batch meets another calibrated chip, drawn with the spreads of the parameter table, so that the weights
 * suit any chip.
 */

import type { AnalogParameters } from "../../chip/analog/parameters.ts";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { FILTERS, inputBlocks, PATCHES } from "../network.ts";
import { Adam } from "./adam.ts";
import type { LayerPlan } from "./conversion.ts";
import { gatherBatch, type Report, type TrainingSet } from "./float-training.ts";
import type { Matrix } from "./matrix.ts";
import type { Pass, Weights } from "./pass.ts";
import type { RandomStream } from "./random-stream.ts";

export interface ChipTrainingOptions {
  readonly epochs: number;
  /** In weight LSB; falls to 0 as half a cosine. */
  readonly rate: number;
  /** Divides the results before the softmax. */
  readonly temperature: number;
  /** PPU cycles between events, for the drift. */
  readonly cyclesPerEvent: number;
}

/** What a batch of one layer meets on its array: pulse tables, effective weights and offsets of the columns. */
class LayerOnChip {
  readonly effective: Matrix;
  readonly pulses: Float32Array;
  readonly scale: number;
  private readonly column: Float32Array[];
  private readonly offset: Float32Array;
  private readonly noise: Float32Array;
  private readonly p: AnalogParameters;
  private readonly blocks: { first: number; count: number }[];
  private readonly cyclesPerEvent: number;
  private readonly sends: number;

  constructor(pass: Pass, index: number, plan: LayerPlan, p: AnalogParameters, cyclesPerEvent: number) {
    this.effective = pass.weights()[index];
    this.p = p;
    this.sends = plan.sends;
    this.scale = p.gain * plan.sends;
    this.blocks = inputBlocks(this.effective.rows);
    this.pulses = new Float32Array(this.effective.rows * 32);
    const columns = this.effective.columns;
    this.column = [0, 1, 2].map(() => new Float32Array(columns));
    this.offset = new Float32Array(columns * this.blocks.length * 2);
    this.noise = new Float32Array(this.effective.columns);
    this.cyclesPerEvent = cyclesPerEvent;
  }

  /** Draws a chip and takes the rounded weights through its synapses and neurons. */
  draw(weights: Matrix, random: RandomStream): void {
    const { p, effective } = this;
    const { rows, columns, stride } = effective;
    const driver = new Float32Array(4 * 128);
    random.fillNormal(driver, 1);
    for (let i = 0; i < rows; i++) {
      const d = i % 128;
      const slope = 1 + p.sigRampSlope * driver[256 + (i & 1)] + p.sigDriverGain * driver[d];
      const offset = p.inputOffset + p.sigDriverOffset * driver[128 + d];
      for (let x = 1; x < 32; x++) {
        this.pulses[i * 32 + x] = Math.max(0, Math.min(p.pulseMax, slope * (x + offset)));
      }
    }
    const row = new Float32Array(columns);
    const [neuron, ratio, drift] = this.column;
    const step = columns * 2;
    for (const [b, { first, count }] of this.blocks.entries()) {
      random.fillNormal(neuron, Math.hypot(p.sigNeuronGain, p.sigSynapseBias, p.sigAdcGain), 1);
      random.fillNormal(ratio, p.sigExcInh, 1);
      for (let j = 0; j < columns; j++) {
        if (random.below(1 << 20) < p.deadFraction * (1 << 20)) neuron[j] = 0;
      }
      for (let i = first; i < first + count; i++) {
        random.fillNormal(row, p.sigSynapse, 1);
        const at = i * stride;
        for (let j = 0; j < columns; j++) {
          const w = Math.round(weights.data[at + j]);
          effective.data[at + j] = w * row[j] * neuron[j] * (w < 0 ? ratio[j] : 1);
        }
      }
      random.fillNormal(drift, p.sigDrift);
      // The baseline is one noisy, rounded read; its error stays for the whole batch.
      random.fillNormal(row, p.sigmaRead);
      for (let j = 0; j < columns; j++) {
        this.offset[b * step + j] = row[j];
        this.offset[b * step + columns + j] = drift[j];
      }
    }
  }

  /** Turns raw sums of one vector of a block into int8 results, in place. `events` of one send. */
  read(results: Float32Array, at: number, block: number, events: number, random: RandomStream): void {
    const { p, noise } = this;
    const columns = this.effective.columns;
    const base = block * columns * 2;
    const sent = events * this.sends;
    random.fillNormal(noise, Math.sqrt(p.sigmaRead * p.sigmaRead + sent * p.sigmaEvent * p.sigmaEvent));
    const time = (sent * this.cyclesPerEvent) / CYCLES_PER_MICROSECOND;
    const lowest = -p.base;
    const highest = 255 - p.base;
    for (let j = 0; j < columns; j++) {
      const offset = this.offset[base + j] + time * this.offset[base + columns + j];
      const value = Math.round(this.scale * results[at + j] + offset + noise[j]);
      results[at + j] = Math.max(lowest, Math.min(value, Math.min(127, highest)));
    }
  }
}

/** Fine-tunes weights in LSB in place. */
export function trainOnChips(
  pass: Pass,
  weights: Weights,
  plans: readonly LayerPlan[],
  set: TrainingSet,
  parameters: AnalogParameters,
  options: ChipTrainingOptions,
  random: RandomStream,
  report: Report,
): void {
  const layers = plans.map((plan, i) => new LayerOnChip(pass, i, plan, parameters, options.cyclesPerEvent));
  const optimisers = weights.map((matrix) => new Adam(matrix.data.length));
  const labels = new Uint8Array(pass.batch);
  const batches = Math.floor(set.count / pass.batch);
  const gate1 = new Float32Array(pass.hidden1.data.length);
  const gate2 = new Float32Array(pass.hidden2.data.length);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const order = random.permutation(set.count);
    let loss = 0;
    for (let n = 0; n < batches; n++) {
      for (const [index, layer] of layers.entries()) layer.draw(weights[index], random);
      gatherBatch(pass, set, order, n * pass.batch, labels, layers[0].pulses, random);
      forward(pass, layers, plans, gate1, gate2, random);
      loss += pass.loss(labels, options.temperature);
      const [conv, dense1, dense2] = layers;
      const scales = [conv.scale, dense1.scale, dense2.scale] as const;
      backward(pass, [conv.effective, dense1.effective, dense2.effective], scales, gate1, gate2);
      const progress = (epoch * batches + n) / (options.epochs * batches);
      const rate = (options.rate * (1 + Math.cos(Math.PI * progress))) / 2;
      for (const [index, matrix] of weights.entries()) {
        optimisers[index].step(matrix.data, pass.gradients[index].data, rate, 0, 63);
      }
    }
    report(`chip       epoch ${epoch + 1}/${options.epochs}  loss ${(loss / batches).toFixed(4)}`);
  }
}

/** ReLU, shift, clamp of a result; writes the pulse length of the activation and the slope of the gate. */
function activate(
  value: number,
  shift: number,
  pulses: Float32Array,
  input: number,
  out: Float32Array,
  gate: Float32Array,
  at: number,
): void {
  const activation = value <= 0 ? 0 : Math.min(value >> shift, 31);
  out[at] = pulses[input * 32 + activation];
  gate[at] = value > 0 && value < 32 << shift ? 1 / (1 << shift) : 0;
}

function countEvents(data: Float32Array, from: number, count: number): number {
  let events = 0;
  for (let n = from; n < from + count; n++) if (data[n] !== 0) events++;
  return events;
}

function forward(
  pass: Pass,
  layers: readonly LayerOnChip[],
  plans: readonly LayerPlan[],
  gate1: Float32Array,
  gate2: Float32Array,
  random: RandomStream,
): void {
  const { patches, convolved, hidden1, partial, hidden2, logits } = pass;
  pass.convolve(layers[0].effective);
  for (let n = 0; n < pass.batch; n++) {
    for (let p = 0; p < PATCHES; p++) {
      const vector = n * PATCHES + p;
      const at = vector * convolved.stride;
      const events = countEvents(patches.data, vector * patches.stride, 100);
      layers[0].read(convolved.data, at, 0, events, random);
      for (let f = 0; f < FILTERS; f++) {
        const input = f * PATCHES + p;
        const to = n * hidden1.stride + input;
        activate(convolved.data[at + f], plans[0].shift, layers[1].pulses, input, hidden1.data, gate1, to);
      }
    }
  }
  pass.dense1(layers[1].effective);
  const blocks = inputBlocks(500);
  for (let n = 0; n < pass.batch; n++) {
    for (const [b, { first, count }] of blocks.entries()) {
      const events = countEvents(hidden1.data, n * hidden1.stride + first, count);
      layers[1].read(partial[b].data, n * partial[b].stride, b, events, random);
    }
    for (let j = 0; j < 128; j++) {
      const at = n * 128 + j;
      let sum = 0;
      for (const block of partial) sum += block.data[at];
      const value = Math.max(-128, Math.min(127, sum));
      activate(value, plans[1].shift, layers[2].pulses, j, hidden2.data, gate2, at);
    }
  }
  pass.dense2(layers[2].effective);
  for (let n = 0; n < pass.batch; n++) {
    const events = countEvents(hidden2.data, n * hidden2.stride, 128);
    layers[2].read(logits.data, n * logits.stride, 0, events, random);
  }
}

/**
 * Straight through the rounding: from `pass.dLogits` to the gradients of all layers. `scales` are gain times sends of the
 * layers, the gates the slopes of the converting ReLUs. `dLogits` is scaled in place.
 */
export function backward(
  pass: Pass,
  weights: Weights,
  scales: readonly [number, number, number],
  gate1: Float32Array,
  gate2: Float32Array,
): void {
  const { dLogits, dConvolved, dHidden1, hidden1 } = pass;
  for (let n = 0; n < dLogits.data.length; n++) dLogits.data[n] *= scales[2];
  pass.backward3(weights[2]);
  for (let n = 0; n < gate2.length; n++) {
    pass.dSum.data[n] = pass.dHidden2.data[n] * gate2[n] * scales[1];
  }
  pass.backward2(weights[1]);
  for (let n = 0; n < pass.batch; n++) {
    for (let p = 0; p < PATCHES; p++) {
      const to = (n * PATCHES + p) * dConvolved.stride;
      const from = n * hidden1.stride + p;
      for (let f = 0; f < FILTERS; f++) {
        const at = from + f * PATCHES;
        dConvolved.data[to + f] = dHidden1.data[at] * gate1[at] * scales[0];
      }
    }
  }
  pass.backward1();
}
