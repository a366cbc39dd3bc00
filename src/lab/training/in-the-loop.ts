/**
 * Training with a chip in the loop (calibration-and-training section 4, step 3): forward through the analog core of that
 * chip with its noise, backward in software straight through the rounding with the gain measured on it, Adam on
 * weights in LSB. The number of epochs that serves best is chosen on images held back from the training set.
 *
 * The course is cut into segments of some batches. Every segment draws its noise and its shifts from streams of its own,
 * so that the state between segments is nothing but weights, optimiser and position: a resumed training is the
 * uninterrupted one bit by bit.
 */
import { FastChip, type FastChipOptions } from "../fast-chip/fast-chip.ts";
import { measureGain } from "../fast-chip/gain.ts";
import { type ImageSet, sliceImages } from "../image-set.ts";
import {
  accuracy,
  classify,
  FILTERS,
  type Network,
  PATCH_PIXELS,
  PATCHES,
  quantiseImages,
} from "../network.ts";
import { encodeParameters } from "../parameter-file.ts";
import { Adam } from "./adam.ts";
import {
  deleteCheckpoint,
  type EpochFigures,
  type LoopState,
  readCheckpoint,
  taskKey,
  writeCheckpoint,
} from "./checkpoint.ts";
import { backward } from "./chip-training.ts";
import { roundWeights } from "./conversion.ts";
import type { Report } from "./float-training.ts";
import { keptEpoch, NO_BETTER_EPOCH } from "./kept-epoch.ts";
import type { Matrix } from "./matrix.ts";
import { Pass, type Weights } from "./pass.ts";
import { RandomStream } from "./random-stream.ts";

export interface LoopOptions {
  readonly seed: number;
  readonly epochs: number;
  /** Learning rate in weight LSB; falls to 0 as half a cosine. */
  readonly rate: number;
  /** Divides the results before the softmax. */
  readonly temperature: number;
  readonly batch: number;
  /** Images kept back from the end of the training set. */
  readonly validation: number;
  /** Half of the images are shifted by up to one pixel. */
  readonly shifts: boolean;
}

export const LOOP_DEFAULTS: LoopOptions = {
  seed: 1,
  epochs: 5,
  rate: 0.05,
  temperature: 12,
  batch: 200,
  validation: 3000,
  shifts: true,
};

/** How many of so many training images validate: at most a quarter. */
export const validationCount = (trainImages: number): number =>
  Math.min(LOOP_DEFAULTS.validation, Math.floor(trainImages / 4));

/** Batches of a segment: a checkpoint is written after each. */
const SEGMENT = 20;
/** Apart from the noise seeds of evaluations, which are small. */
const TRAINING_NOISE = 2 ** 40;
const VALIDATION_NOISE = 2 ** 39;

export interface LoopTask {
  readonly start: Network;
  /** The chip; its noise seed is not used. */
  readonly chip: Omit<FastChipOptions, "noiseSeed">;
  /** Training images, the validation split included. */
  readonly images: ImageSet;
  readonly options: LoopOptions;
  /** File to resume from and to write to; deleted at the end. */
  readonly checkpoint?: string;
}

export interface LoopResult {
  /** Of the epoch that was best on the validation split. */
  readonly network: Network;
  /** Measured on the chip: LSB per activation x weight, and LSB of trial-to-trial noise. */
  readonly gain: number;
  readonly noise: number;
  /** Accuracy of the start weights on the chip, validation split. */
  readonly before: number;
  readonly history: readonly EpochFigures[];
  readonly best: number;
  /** False when `stop` ended it early; the checkpoint is kept then. */
  readonly finished: boolean;
}

/** Segments of an epoch that are done; epochs count from 1. */
export interface LoopProgress {
  readonly epoch: number;
  readonly segment: number;
  readonly segments: number;
}

/** A 5-bit image of 784 activations shifted by dy, dx pixels; zeros come in. */
function shiftImage(image: Uint8Array, dy: number, dx: number, out: Uint8Array): void {
  for (let row = 0, at = 0; row < 28; row++) {
    for (let column = 0; column < 28; column++, at++) {
      const [y, x] = [row + dy, column + dx];
      out[at] = y < 0 || y >= 28 || x < 0 || x >= 28 ? 0 : image[y * 28 + x];
    }
  }
}

class Loop {
  readonly state: LoopState;
  private readonly task: LoopTask;
  private readonly pass: Pass;
  private readonly chip: FastChip;
  private readonly gain: number;
  private readonly weights: Weights;
  private readonly rounded: Weights;
  private readonly optimisers: readonly Adam[];
  private readonly images: Uint8Array;
  private readonly labels: Uint8Array;
  private readonly gate1: Float32Array;
  private readonly gate2: Float32Array;
  private order: { readonly epoch: number; readonly indices: Int32Array } | undefined;
  readonly batches: number;
  private readonly count: number;

  constructor(task: LoopTask, pass: Pass, chip: FastChip, gain: number) {
    const { images, options, start } = task;
    this.task = task;
    this.pass = pass;
    this.chip = chip;
    this.gain = gain;
    this.count = images.count - options.validation;
    this.batches = Math.floor(this.count / options.batch);
    this.images = quantiseImages(images.images.subarray(0, this.count * 784));
    this.labels = images.labels;
    this.weights = pass.weights();
    this.rounded = pass.weights();
    for (const [index, { inputs, outputs, weights }] of start.entries()) {
      const { data, stride } = this.weights[index];
      for (let i = 0; i < inputs; i++) {
        for (let j = 0; j < outputs; j++) data[i * stride + j] = weights[i * outputs + j];
      }
    }
    this.optimisers = this.weights.map((matrix) => new Adam(matrix.data.length));
    this.gate1 = new Float32Array(pass.hidden1.data.length);
    this.gate2 = new Float32Array(pass.hidden2.data.length);
    const arrays = [
      ...this.weights.map(({ data }) => data),
      ...this.optimisers.flatMap(({ mean, square }) => [mean, square]),
      ...this.weights.map(({ data }) => data.slice()),
    ];
    this.state = { epoch: 0, segment: 0, loss: 0, steps: 0, history: [], arrays };
  }

  /** To be called after the state was read from a file. */
  resumed(): void {
    for (const optimiser of this.optimisers) optimiser.steps = this.state.steps;
  }

  get segments(): number {
    return Math.ceil(this.batches / SEGMENT);
  }

  /** The network with the present weights, or with the best ones. */
  network(best = false): Network {
    const { arrays } = this.state;
    const [conv, dense1, dense2] = this.task.start.map((layer, index) => {
      const matrix: Matrix = { ...this.weights[index], data: arrays[index + (best ? 9 : 0)] };
      return { ...layer, weights: roundWeights(matrix) };
    });
    return [conv, dense1, dense2];
  }

  keepBest(): void {
    const { arrays } = this.state;
    for (let index = 0; index < 3; index++) arrays[index + 9].set(arrays[index]);
  }

  runSegment(): void {
    const { state, task, batches } = this;
    const { epochs, rate: start, temperature } = task.options;
    const stream = state.epoch * 65536 + state.segment;
    const chip = this.chip.withNoise(TRAINING_NOISE + task.options.seed * 2 ** 32 + stream);
    const random = new RandomStream(task.options.seed, stream + 1);
    const indices = this.epochOrder();
    const end = Math.min(batches, (state.segment + 1) * SEGMENT);
    for (let n = state.segment * SEGMENT; n < end; n++) {
      const labels = this.forward(chip, indices, n, random);
      state.loss += this.pass.loss(labels, temperature);
      const scales = this.task.start.map(({ sends }) => this.gain * sends) as [number, number, number];
      backward(this.pass, this.rounded, scales, this.gate1, this.gate2);
      const progress = (state.epoch * batches + n) / (epochs * batches);
      const rate = (start * (1 + Math.cos(Math.PI * progress))) / 2;
      for (const [index, matrix] of this.weights.entries()) {
        this.optimisers[index].step(matrix.data, this.pass.gradients[index].data, rate, 0, 63);
      }
      state.steps++;
    }
    state.segment++;
  }

  private epochOrder(): Int32Array {
    const { epoch } = this.state;
    if (this.order?.epoch !== epoch) {
      const random = new RandomStream(this.task.options.seed, 0xf0000000 + epoch);
      this.order = { epoch, indices: random.permutation(this.count) };
    }
    return this.order.indices;
  }

  /** A batch through the chip; leaves activations, gates and results in the pass. Returns the labels. */
  private forward(chip: FastChip, order: Int32Array, batchIndex: number, random: RandomStream): Uint8Array {
    const { pass, task } = this;
    const { batch } = pass;
    const labels = new Uint8Array(batch);
    const patches = new Uint8Array(batch * PATCH_PIXELS.length);
    const shifted = new Uint8Array(784);
    for (let slot = 0; slot < batch; slot++) {
      const index = order[batchIndex * batch + slot];
      let image = this.images.subarray(index * 784, index * 784 + 784);
      if (task.options.shifts && random.below(2) === 1) {
        const shift = random.below(9);
        shiftImage(image, Math.floor(shift / 3) - 1, (shift % 3) - 1, shifted);
        image = shifted;
      }
      for (let i = 0, at = slot * PATCH_PIXELS.length; i < PATCH_PIXELS.length; i++, at++) {
        const pixel = PATCH_PIXELS[i];
        if (pixel >= 0) patches[at] = image[pixel];
      }
      labels[slot] = this.labels[index];
    }
    const network = this.network();
    for (const [index, { inputs, outputs, weights }] of network.entries()) {
      const { data, stride } = this.rounded[index];
      for (let i = 0; i < inputs; i++) {
        for (let j = 0; j < outputs; j++) data[i * stride + j] = weights[i * outputs + j];
      }
    }
    const answers = chip.runBatch(network, patches);
    const spread = (matrix: Matrix, values: Uint8Array | Int8Array, columns: number) => {
      for (let n = 0, at = 0; at < values.length; n++) {
        for (let j = 0; j < columns; j++, at++) matrix.data[n * matrix.stride + j] = values[at];
      }
    };
    spread(pass.patches, patches, 100);
    spread(pass.hidden1, answers.hidden1, 500);
    spread(pass.hidden2, answers.hidden2, 128);
    spread(pass.logits, answers.results, 10);
    const slope = (value: number, shift: number) => (value > 0 && value < 32 << shift ? 1 / (1 << shift) : 0);
    const { convolved, sums } = answers;
    for (let n = 0, at = 0; n < batch; n++) {
      for (let p = 0; p < PATCHES; p++) {
        for (let f = 0; f < FILTERS; f++, at++) {
          this.gate1[n * pass.hidden1.stride + f * PATCHES + p] = slope(convolved[at], network[0].shift);
        }
      }
      for (let j = 0; j < 128; j++) this.gate2[n * 128 + j] = slope(sums[n * 128 + j], network[1].shift);
    }
    return labels;
  }
}

/**
 * Trains from `task.start`. `stop` is asked between segments (a few seconds of work) after a turn of the event loop; true
 * ends the training and keeps the checkpoint. `onSegment` is called after each. Throws CheckpointError when the checkpoint belongs to another task.
 */
export async function trainInTheLoop(
  task: LoopTask,
  report: Report,
  stop: () => boolean = () => false,
  onSegment: (progress: LoopProgress) => void = () => undefined,
): Promise<LoopResult> {
  const { options, images, start } = task;
  const chip = new FastChip({ ...task.chip, noiseSeed: VALIDATION_NOISE });
  const { gain, noise } = measureGain(chip.withNoise(VALIDATION_NOISE + 1), options.seed);
  report(`gain ${gain.toFixed(6)} LSB, noise ${noise.toFixed(2)} LSB, measured on the chip`);
  const holdout = sliceImages(images, images.count - options.validation, images.count);
  const holdoutImages = quantiseImages(holdout.images);
  const validate = (network: Network): number =>
    accuracy(classify(chip.withNoise(VALIDATION_NOISE).evaluate(network, holdoutImages)), holdout.labels);
  const loop = new Loop(task, await Pass.create(options.batch), chip, gain);
  const { state } = loop;
  const key = taskKey([
    JSON.stringify(options),
    describeChip(task.chip),
    encodeParameters(start),
    images.labels,
  ]);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const before = validate(start);
  report(`start      validation ${percent(before)}`);
  if (task.checkpoint !== undefined && readCheckpoint(task.checkpoint, key, state)) {
    loop.resumed();
    report(resumedLine(state, loop.segments, options.epochs));
  }
  let finished = true;
  while (state.epoch < options.epochs) {
    while (state.segment < loop.segments && finished) {
      await new Promise((resolve) => setImmediate(resolve));
      if (stop()) finished = false;
      else {
        loop.runSegment();
        if (task.checkpoint !== undefined) writeCheckpoint(task.checkpoint, key, state);
        onSegment({ epoch: state.epoch + 1, segment: state.segment, segments: loop.segments });
      }
    }
    if (!finished) break;
    const figures = {
      epoch: state.epoch + 1,
      loss: state.loss / loop.batches,
      validation: validate(loop.network()),
    };
    const best = Math.max(before, ...state.history.map(({ validation }) => validation));
    if (figures.validation >= best) loop.keepBest();
    state.history.push(figures);
    state.epoch++;
    state.segment = 0;
    state.loss = 0;
    report(
      `in the loop epoch ${figures.epoch}/${options.epochs}  loss ${figures.loss.toFixed(4)}  validation ${percent(figures.validation)}`,
    );
  }
  if (finished && task.checkpoint !== undefined) deleteCheckpoint(task.checkpoint);
  if (finished && keptEpoch({ before, history: state.history }) === 0) report(NO_BETTER_EPOCH);
  const best = Math.max(before, ...state.history.map(({ validation }) => validation));
  return { network: loop.network(true), gain, noise, before, history: state.history, best, finished };
}

/** Where a training goes on. A whole epoch is validated again. */
function resumedLine({ epoch, segment }: LoopState, segments: number, epochs: number): string {
  if (segment < segments) return `resumed in epoch ${epoch + 1} after segment ${segment}/${segments}`;
  const next = epoch + 1 < epochs ? `resumed in epoch ${epoch + 2}` : "resumed at its end";
  return `epoch ${epoch + 1} is complete; ${next}`;
}

/** Everything that makes one chip differ from another, as text. */
export function describeChip(chip: Omit<FastChipOptions, "noiseSeed">): string {
  const settings = Object.entries(chip.settings ?? {}).map(([name, codes]) => [name, Array.from(codes)]);
  return JSON.stringify([
    chip.chipSeed,
    chip.chip ?? "calibrated",
    chip.analogParameters ?? {},
    settings.sort(),
  ]);
}
