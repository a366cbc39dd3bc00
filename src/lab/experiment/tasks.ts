/** The cells of the MNIST experiment: what there is to compute, in which order, and how. */
import { type AnalogOverrides, analogParameters } from "../../chip/analog/parameters.ts";
import type { ChipOptions } from "../../chip/chip.ts";
import type { ChipSettings } from "../../chip/settings.ts";
import type { Image } from "../../toolchain/image.ts";
import { calibrate } from "../calibration/calibrate.ts";
import { encodeCalibration, readCalibration } from "../calibration/file.ts";
import { FastChip, type FastChipOptions } from "../fast-chip/fast-chip.ts";
import { type DigitSet, loadMnist, sliceDigits } from "../mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../mnist-run.ts";
import { accuracy, classify, evaluateIdeal, type Network, quantiseImages } from "../network.ts";
import { encodeParameters, readParameters } from "../parameter-file.ts";
import { convertToChip } from "../training/conversion.ts";
import { floatAccuracy, trainFloat } from "../training/float-training.ts";
import { LOOP_DEFAULTS, type LoopOptions, trainInTheLoop } from "../training/in-the-loop.ts";
import { Pass, padImages } from "../training/pass.ts";
import { RandomStream } from "../training/random-stream.ts";
import { TRAINING_DEFAULTS, toNetwork } from "../training/train.ts";
import { type CellStore, hashInputs } from "./cells.ts";

export interface ExperimentOptions {
  /** Chip seeds are 1 to `chips`. */
  readonly chips: number;
  /** Test digits of the table, from the first on. */
  readonly images: number;
  /** Test digits of curves and transfer, from the first on. */
  readonly curveImages: number;
  /** Training digits, the validation split at their end included. */
  readonly trainImages: number;
  readonly epochs: number;
  readonly noiseSeed: number;
}

export const EXPERIMENT_DEFAULTS: ExperimentOptions = {
  chips: 5,
  images: 10000,
  curveImages: 2000,
  trainImages: 60000,
  epochs: LOOP_DEFAULTS.epochs,
  noiseSeed: 1,
};

/** Rows of the table that exist once for each chip. */
export const CHIP_ROWS = ["uncalibrated", "converted", "calibrated", "loop"] as const;
export type ChipRow = (typeof CHIP_ROWS)[number];
export const FACTORS = [0, 0.5, 1, 1.5, 2, 3, 4] as const;
export const TEMPERATURES = [40, 50, 60, 70, 80, 90] as const;

/** Data of one cell; plain, so that it can be handed to a worker. */
export type Task =
  | { readonly kind: "float" | "ideal" }
  | { readonly kind: "calibration" | "training"; readonly chip: number }
  | { readonly kind: "accuracy"; readonly row: ChipRow; readonly chip: number }
  | { readonly kind: "noise" | "mismatch" | "temperature"; readonly chip: number }
  | { readonly kind: "transfer"; readonly from: number };

export interface FloatResult {
  readonly float: number;
  readonly quantised: number;
  readonly sends: readonly number[];
}
export interface AccuracyResult {
  readonly accuracy: number;
  readonly images: number;
  /** Chip cycles of all batches. */
  readonly cycles: number;
}
export interface TrainingResult {
  readonly gain: number;
  readonly noise: number;
  readonly before: number;
  readonly best: number;
  readonly history: readonly { readonly epoch: number; readonly loss: number; readonly validation: number }[];
}
/** Accuracies by factor or temperature; on the calibrated chip, before and after training in the loop. */
export interface CurveResult {
  readonly x: readonly number[];
  readonly start: readonly number[];
  readonly loop?: readonly number[];
}
export interface TransferResult {
  /** Weights of one chip on all chips, calibrated and as made. */
  readonly calibrated: readonly number[];
  readonly raw: readonly number[];
}

export function taskKeyOf(task: Task): string {
  if (task.kind === "accuracy") return `${task.row}-${task.chip}`;
  if (task.kind === "transfer") return `transfer-${task.from}`;
  return "chip" in task ? `${task.kind}-${task.chip}` : task.kind;
}

/** What has to be there before a task can run. */
export function needsOf(task: Task, options: ExperimentOptions): string[] {
  const all = (name: string) => Array.from({ length: options.chips }, (_, n) => `${name}-${n + 1}`);
  switch (task.kind) {
    case "training":
    case "noise":
    case "temperature":
      return task.kind === "training" ? [`calibration-${task.chip}`] : [`training-${task.chip}`];
    case "accuracy":
      return {
        uncalibrated: [],
        converted: ["float", `calibration-${task.chip}`],
        calibrated: [`calibration-${task.chip}`],
        loop: [`training-${task.chip}`],
      }[task.row];
    case "transfer":
      return [`training-${task.from}`, ...all("calibration")];
    default:
      return [];
  }
}

/** All tasks; the long ones first. */
export function planTasks(options: ExperimentOptions): Task[] {
  const chips = Array.from({ length: options.chips }, (_, n) => n + 1);
  return [
    ...chips.map((chip) => ({ kind: "calibration", chip }) as const),
    ...chips.map((chip) => ({ kind: "training", chip }) as const),
    { kind: "float" } as const,
    { kind: "ideal" } as const,
    ...CHIP_ROWS.flatMap((row) => chips.map((chip) => ({ kind: "accuracy", row, chip }) as const)),
    ...(["noise", "mismatch", "temperature"] as const).flatMap((kind) =>
      chips.map((chip) => ({ kind, chip })),
    ),
    ...chips.map((from) => ({ kind: "transfer", from }) as const),
  ];
}

/** Options that a task's result depends on; a change of others does not void it. */
export function inputsOf(task: Task, options: ExperimentOptions): string {
  const { chips, images, curveImages, trainImages, epochs, noiseSeed } = options;
  const start = hashInputs(Array.from(encodeParameters(readParameters())));
  const row = task.kind === "accuracy" ? task.row : undefined;
  const trained = row === "loop" ? [trainImages, epochs] : row === "converted" ? [trainImages] : [];
  const relevant: Record<Task["kind"], unknown[]> = {
    float: [images, trainImages],
    ideal: [images],
    calibration: [],
    training: [trainImages, epochs],
    accuracy: [images, noiseSeed, trained],
    noise: [curveImages, noiseSeed, trainImages, epochs],
    mismatch: [curveImages, noiseSeed],
    temperature: [curveImages, noiseSeed, trainImages, epochs],
    transfer: [chips, curveImages, noiseSeed, trainImages, epochs],
  };
  return hashInputs([
    task,
    start,
    relevant[task.kind],
    analogParameters("raw"),
    analogParameters("calibrated"),
  ]);
}

/** Compiled once for all cells of a process. */
let firmware: Promise<Image> | undefined;

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

export class Laboratory {
  private readonly store: CellStore;
  private readonly options: ExperimentOptions;
  private readonly report: (line: string) => void;
  private readonly loop: LoopOptions;
  private readonly gain = analogParameters("ideal").gain;

  constructor(store: CellStore, options: ExperimentOptions, report: (line: string) => void) {
    this.store = store;
    this.options = options;
    this.report = report;
    const validation = Math.min(LOOP_DEFAULTS.validation, Math.floor(options.trainImages / 4));
    this.loop = { ...LOOP_DEFAULTS, epochs: options.epochs, validation };
  }

  /** Computes a cell and writes it with its files. */
  async run(task: Task): Promise<void> {
    const begin = process.hrtime.bigint();
    const result = await this.compute(task);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    this.store.write({ key: taskKeyOf(task), inputs: inputsOf(task, this.options), result, seconds });
  }

  private compute(task: Task): Promise<unknown> | unknown {
    switch (task.kind) {
      case "float":
        return this.trainInFloat();
      case "ideal":
        return this.byFirmware(readParameters(), { chip: "ideal" });
      case "calibration":
        return this.calibrateChip(task.chip);
      case "training":
        return this.trainOnChip(task.chip);
      case "accuracy":
        return this.accuracyOf(task.row, task.chip);
      case "transfer":
        return this.transfer(task.from);
      default:
        return this.curve(task.kind, task.chip);
    }
  }

  private trainDigits(): DigitSet {
    const all = loadMnist("train");
    const { trainImages } = this.options;
    const { validation } = this.loop;
    if (trainImages >= all.count) return all;
    // A reduced run learns from the first digits and validates on the held-back ones, which pre-training never saw.
    const learning = sliceDigits(all, 0, trainImages - validation);
    const holdout = sliceDigits(all, all.count - validation, all.count);
    return {
      count: trainImages,
      images: Uint8Array.from([...learning.images, ...holdout.images]),
      labels: Uint8Array.from([...learning.labels, ...holdout.labels]),
    };
  }

  private async trainInFloat(): Promise<FloatResult> {
    const { seed, batch, floatEpochs } = TRAINING_DEFAULTS;
    const digits = this.trainDigits();
    const learning = sliceDigits(digits, 0, digits.count - this.loop.validation);
    const pass = await Pass.create(batch);
    const asSet = (set: DigitSet) => ({ ...set, padded: padImages(quantiseImages(set.images)) });
    const weights = trainFloat(pass, asSet(learning), floatEpochs, new RandomStream(seed), this.report);
    const test = this.test(this.options.images);
    const float = floatAccuracy(pass, weights, asSet(test));
    const sample = quantiseImages(sliceDigits(learning, 0, Math.min(2000, learning.count)).images);
    const plans = convertToChip(weights, sample, this.gain, CONVERSION_TARGETS);
    const network = toNetwork(weights, plans);
    this.store.writeFile("converted.bin", encodeParameters(network));
    const results = evaluateIdeal(network, quantiseImages(test.images), this.gain);
    return {
      float,
      quantised: accuracy(classify(results), test.labels),
      sends: plans.map(({ sends }) => sends),
    };
  }

  private calibrateChip(chip: number) {
    const calibration = calibrate({ chipSeed: chip, noiseSeed: CALIBRATION_NOISE, gain: this.gain });
    this.store.writeFile(`calibration-of-chip-${chip}.json`, encodeCalibration(calibration));
    return { steps: calibration.steps };
  }

  /** A raw chip with what calibration has found for it. */
  private calibrated(chip: number): { chipSeed: number; chip: "raw"; settings: ChipSettings } {
    const { settings } = readCalibration(this.store.path(`calibration-of-chip-${chip}.json`), chip);
    return { chipSeed: chip, chip: "raw", settings };
  }

  private async trainOnChip(chip: number): Promise<TrainingResult> {
    const digits = this.trainDigits();
    const checkpoint = this.store.path(`chip-${chip}.checkpoint`);
    const task = {
      start: readParameters(),
      chip: this.calibrated(chip),
      digits,
      options: this.loop,
      checkpoint,
    };
    const { network, gain, noise, before, best, history } = await trainInTheLoop(task, (line) =>
      this.report(`chip ${chip}: ${line}`),
    );
    this.store.writeFile(`chip-${chip}.bin`, encodeParameters(network));
    return { gain, noise, before, best, history };
  }

  private accuracyOf(row: ChipRow, chip: number): Promise<AccuracyResult> {
    if (row === "uncalibrated") return this.byFirmware(readParameters(), { chipSeed: chip, chip: "raw" });
    const file = { converted: "converted.bin", loop: `chip-${chip}.bin`, calibrated: undefined }[row];
    return this.byFirmware(readParameters(file && this.store.path(file)), this.calibrated(chip));
  }

  private test(images: number): DigitSet {
    return sliceDigits(loadMnist("test"), 0, images);
  }

  private async byFirmware(network: Network, chip: ChipOptions): Promise<AccuracyResult> {
    const { images, labels, count } = this.test(this.options.images);
    firmware ??= compileMnistFirmware();
    const run = new MnistRun(network, await firmware, {
      noiseSeed: this.options.noiseSeed,
      ...chip,
    });
    const { classes, cycles } = await run.classify(
      images,
      () => new Promise((resolve) => setImmediate(resolve)),
    );
    return { accuracy: accuracy(classes, labels), images: count, cycles };
  }

  private fast(network: Network, chip: Omit<FastChipOptions, "noiseSeed">): number {
    const { images, labels } = this.test(this.options.curveImages);
    const { noiseSeed } = this.options;
    return accuracy(
      classify(new FastChip({ ...chip, noiseSeed }).evaluate(network, quantiseImages(images))),
      labels,
    );
  }

  private curve(kind: "noise" | "mismatch" | "temperature", chip: number): CurveResult {
    const x = kind === "temperature" ? TEMPERATURES : FACTORS;
    const start = readParameters();
    if (kind === "mismatch") {
      // The spreads that calibration leaves, larger and smaller: a calibrated model chip, not a calibration of its own.
      const accuracies = x.map((mismatch) =>
        this.fast(start, { chipSeed: chip, analogParameters: analogParameters("calibrated", { mismatch }) }),
      );
      return { x, start: accuracies };
    }
    const trained = readParameters(this.store.path(`chip-${chip}.bin`));
    const on = (network: Network) =>
      x.map((value) => {
        const overrides: AnalogOverrides = kind === "noise" ? { noise: value } : { temperature: value };
        return this.fast(network, {
          ...this.calibrated(chip),
          analogParameters: analogParameters("raw", overrides),
        });
      });
    return { x, start: on(start), loop: on(trained) };
  }

  private transfer(from: number): TransferResult {
    const network = readParameters(this.store.path(`chip-${from}.bin`));
    const chips = Array.from({ length: this.options.chips }, (_, n) => n + 1);
    const result = {
      calibrated: chips.map((chip) => this.fast(network, this.calibrated(chip))),
      raw: chips.map((chipSeed) => this.fast(network, { chipSeed, chip: "raw" })),
    };
    this.report(`weights of chip ${from} on calibrated chips: ${result.calibrated.map(percent).join(", ")}`);
    return result;
  }
}

/** Aims of the conversion in LSB, as the recipe has them: fill the 8-bit range. */
const CONVERSION_TARGETS = [120, 120, 120] as const;
/** The trial in which chips are calibrated; other than any in which they are used. */
const CALIBRATION_NOISE = 1_000_003;
