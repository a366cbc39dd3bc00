/** Computes the cells of the experiment. */
import { type AnalogOverrides, analogParameters } from "../../chip/analog/parameters.ts";
import type { ChipOptions } from "../../chip/chip.ts";
import type { ChipSettings } from "../../chip/settings.ts";
import type { Image } from "../../toolchain/image.ts";
import { calibrate } from "../calibration/calibrate.ts";
import { encodeCalibration, readCalibration } from "../calibration/file.ts";
import { type DataSet, dataSet } from "../data-sets.ts";
import { FastChip, type FastChipOptions } from "../fast-chip/fast-chip.ts";
import { type ImageSet, sliceImages } from "../image-set.ts";
import { compileMnistFirmware, MnistRun } from "../mnist-run.ts";
import { accuracy, classify, evaluateIdeal, type Network, quantiseImages } from "../network.ts";
import { encodeParameters, readParameters } from "../parameter-file.ts";
import { convertToChip } from "../training/conversion.ts";
import { floatAccuracy, trainFloat, trainingSet } from "../training/float-training.ts";
import { LOOP_DEFAULTS, type LoopOptions, trainInTheLoop, validationCount } from "../training/in-the-loop.ts";
import { decodeWeights, encodeWeights, Pass } from "../training/pass.ts";
import { RandomStream } from "../training/random-stream.ts";
import { TRAINING_DEFAULTS, toNetwork, train } from "../training/train.ts";
import type { CellStore } from "./cells.ts";
import type {
  AccuracyResult,
  CurveResult,
  FloatResult,
  HostResult,
  TrainingResult,
  TransferResult,
} from "./results.ts";
import {
  CHIP_ROWS,
  type ChipRow,
  type Curve,
  chipsOf,
  type ExperimentOptions,
  FACTORS,
  inputsOf,
  type Start,
  type Task,
  TEMPERATURES,
  taskKeyOf,
} from "./tasks.ts";

/** Aims of the conversion in LSB, as the recipe has them: fill the 8-bit range. */
const CONVERSION_TARGETS = [120, 120, 120] as const;
/** Training images from which the sends of the conversion follow. */
const CONVERSION_SAMPLE = 2000;
/** The trial in which chips are calibrated; other than any in which they are used. */
const CALIBRATION_NOISE = 1_000_003;

/** Files of the results, beside their cells. */
const FILES = {
  float: "float.bin",
  converted: "converted.bin",
  pretrained: "pretrained.bin",
  calibration: (chip: number) => `calibration-of-chip-${chip}.json`,
  trained: (start: Start, chip: number) => `${start}-chip-${chip}.bin`,
};

/** Compiled once for all cells of a process. */
let firmware: Promise<Image> | undefined;

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** A result and the files that belong to it. */
interface Outcome {
  readonly result: unknown;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

export class Laboratory {
  private readonly store: CellStore;
  private readonly options: ExperimentOptions;
  private readonly program: string;
  private readonly report: (line: string) => void;
  private readonly data: DataSet;
  /** Images held back from the end of the training images. */
  private readonly validation: number;
  private readonly gain = analogParameters("ideal").gain;

  /** `program` is the hash of `programHash`. */
  constructor(
    store: CellStore,
    options: ExperimentOptions,
    program: string,
    report: (line: string) => void,
    data: DataSet = dataSet(options.data),
  ) {
    this.store = store;
    this.options = options;
    this.program = program;
    this.report = report;
    this.data = data;
    this.validation = validationCount(options.trainImages);
  }

  /** Computes a cell and writes it with its files. */
  async run(task: Task): Promise<void> {
    const key = taskKeyOf(task);
    const begin = process.hrtime.bigint();
    const { result, files = {} } = await this.compute(task);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    this.store.remove(key);
    for (const [name, contents] of Object.entries(files)) this.store.writeFile(name, contents);
    const inputs = inputsOf(task, this.options, this.program);
    this.store.write({ key, inputs, files: Object.keys(files), result, seconds });
  }

  private async compute(task: Task): Promise<Outcome> {
    switch (task.kind) {
      case "float":
        return this.trainInFloat();
      case "pretraining":
        return this.pretrain();
      case "host":
        return { result: await this.onHost() };
      case "ideal":
        return { result: await this.byFirmware(this.start("pretrained"), { chip: "ideal" }) };
      case "calibration":
        return this.calibrateChip(task.chip);
      case "training":
        return this.trainOnChip(task);
      case "accuracy":
        return { result: await this.accuracyOf(task.row, task.chip) };
      case "transfer":
        return { result: this.transfer(task.chip) };
      default:
        return { result: this.curve(task.kind, task.chip) };
    }
  }

  /** The images to train on, with those to validate on at their end. */
  private trainImages(): ImageSet {
    const all = this.data.load("train");
    const { trainImages } = this.options;
    const { validation } = this;
    if (trainImages >= all.count) return all;
    // A reduced run learns from the first images and validates on the last ones, which the shipped network never saw.
    const learning = sliceImages(all, 0, trainImages - validation);
    const holdout = sliceImages(all, all.count - validation, all.count);
    return {
      count: trainImages,
      images: new Uint8Array(Buffer.concat([learning.images, holdout.images])),
      labels: new Uint8Array(Buffer.concat([learning.labels, holdout.labels])),
    };
  }

  private test(images: number): ImageSet {
    return sliceImages(this.data.load("test"), 0, images);
  }

  private async trainInFloat(): Promise<Outcome> {
    const { seed, batch, floatEpochs } = TRAINING_DEFAULTS;
    const images = this.trainImages();
    const learning = sliceImages(images, 0, images.count - this.validation);
    const pass = await Pass.create(batch);
    const random = new RandomStream(seed);
    const weights = trainFloat(pass, trainingSet(learning), floatEpochs, random, this.report);
    const float = encodeWeights(weights);
    const sample = sliceImages(learning, 0, Math.min(CONVERSION_SAMPLE, learning.count));
    const plans = convertToChip(weights, quantiseImages(sample.images), this.gain, CONVERSION_TARGETS);
    const result: FloatResult = { sends: plans.map(({ sends }) => sends) };
    const converted = encodeParameters(toNetwork(weights, plans));
    return { result, files: { [FILES.float]: float, [FILES.converted]: converted } };
  }

  /** The recipe of `ppu train`; test images are not read. */
  private async pretrain(): Promise<Outcome> {
    const options = { ...TRAINING_DEFAULTS, validation: this.validation };
    const { network, validation } = await train(this.trainImages(), undefined, options, this.report);
    return { result: { validation }, files: { [FILES.pretrained]: encodeParameters(network) } };
  }

  private async onHost(): Promise<HostResult> {
    const test = this.test(this.options.images);
    const pass = await Pass.create(TRAINING_DEFAULTS.batch);
    const weights = decodeWeights(pass, this.store.readFile(FILES.float));
    const results = evaluateIdeal(this.start("converted"), quantiseImages(test.images), this.gain);
    return {
      float: floatAccuracy(pass, weights, trainingSet(test)),
      quantised: accuracy(classify(results), test.labels),
    };
  }

  private calibrateChip(chip: number): Outcome {
    const calibration = calibrate({ chipSeed: chip, noiseSeed: CALIBRATION_NOISE, gain: this.gain });
    const files = { [FILES.calibration(chip)]: encodeCalibration(calibration) };
    return { result: { steps: calibration.steps }, files };
  }

  /** A raw chip with what calibration has found for it. */
  private calibrated(chip: number): { chipSeed: number; chip: "raw"; settings: ChipSettings } {
    const { settings } = readCalibration(this.store.path(FILES.calibration(chip)), chip);
    return { chipSeed: chip, chip: "raw", settings };
  }

  /** The network that chips start with. */
  private start(start: Start): Network {
    const isShipped = start === "pretrained" && this.data.parameters !== undefined;
    return readParameters(isShipped ? this.data.parameters : this.store.path(FILES[start]));
  }

  private trained(start: Start, chip: number): Network {
    return readParameters(this.store.path(FILES.trained(start, chip)));
  }

  private async trainOnChip(task: Extract<Task, { kind: "training" }>): Promise<Outcome> {
    const { start, chip } = task;
    const { epochs } = this.options;
    const options: LoopOptions = { ...LOOP_DEFAULTS, epochs, validation: this.validation };
    // Named after all that the course depends on: a checkpoint of another program or of other options is not found.
    const inputs = inputsOf(task, this.options, this.program);
    const checkpoint = this.store.path(`${taskKeyOf(task)}-${inputs}.checkpoint`);
    const { network, gain, noise, before, best, history } = await trainInTheLoop(
      {
        start: this.start(start),
        chip: this.calibrated(chip),
        images: this.trainImages(),
        options,
        checkpoint,
      },
      (line) => this.report(`chip ${chip} from ${start}: ${line}`),
    );
    const result: TrainingResult = { rate: options.rate, gain, noise, before, best, history };
    return { result, files: { [FILES.trained(start, chip)]: encodeParameters(network) } };
  }

  private accuracyOf(row: ChipRow, chip: number): Promise<AccuracyResult> {
    const { start, calibrated, inTheLoop } = CHIP_ROWS[row];
    const network = inTheLoop ? this.trained(start, chip) : this.start(start);
    return this.byFirmware(network, calibrated ? this.calibrated(chip) : { chipSeed: chip, chip: "raw" });
  }

  private async byFirmware(network: Network, chip: ChipOptions): Promise<AccuracyResult> {
    const { images, labels, count } = this.test(this.options.images);
    firmware ??= compileMnistFirmware();
    const { noiseSeed } = this.options;
    const run = new MnistRun(network, await firmware, { noiseSeed, ...chip });
    const { classes, cycles } = await run.classify(
      images,
      () => new Promise((resolve) => setImmediate(resolve)),
    );
    return { accuracy: accuracy(classes, labels), images: count, cycles };
  }

  private fast(network: Network, test: ImageSet, chip: Omit<FastChipOptions, "noiseSeed">): number {
    const { noiseSeed } = this.options;
    const results = new FastChip({ ...chip, noiseSeed }).evaluate(network, quantiseImages(test.images));
    return accuracy(classify(results), test.labels);
  }

  private curve(kind: Curve, chip: number): CurveResult {
    const test = this.test(this.options.curveImages);
    const start = this.start("pretrained");
    if (kind === "mismatch") {
      // The spreads that calibration leaves, larger and smaller: a calibrated model chip, not a calibration of its own.
      const at = (mismatch: number) => analogParameters("calibrated", { mismatch });
      const accuracies = FACTORS.map((mismatch) =>
        this.fast(start, test, { chipSeed: chip, analogParameters: at(mismatch) }),
      );
      return { x: FACTORS, start: accuracies };
    }
    const x = kind === "temperature" ? TEMPERATURES : FACTORS;
    const calibrated = this.calibrated(chip);
    const on = (network: Network) =>
      x.map((value) => {
        const overrides: AnalogOverrides = kind === "noise" ? { noise: value } : { temperature: value };
        return this.fast(network, test, {
          ...calibrated,
          analogParameters: analogParameters("raw", overrides),
        });
      });
    return { x, start: on(start), loop: on(this.trained("pretrained", chip)) };
  }

  private transfer(from: number): TransferResult {
    const network = this.trained("pretrained", from);
    const test = this.test(this.options.curveImages);
    const chips = chipsOf(this.options);
    const result = {
      calibrated: chips.map((chip) => this.fast(network, test, this.calibrated(chip))),
      raw: chips.map((chipSeed) => this.fast(network, test, { chipSeed, chip: "raw" })),
    };
    this.report(`weights of chip ${from} on calibrated chips: ${result.calibrated.map(percent).join(", ")}`);
    return result;
  }
}
