/** The whole recipe: float training, conversion, training on model chips, figures. */
import { analogParameters } from "../../chip/analog/parameters.ts";
import { type ImageSet, sliceImages } from "../image-set.ts";
import {
  accuracy,
  classify,
  evaluateIdeal,
  LAYER_SHAPES,
  type Layer,
  type Network,
  quantiseImages,
} from "../network.ts";
import { SoftwareChip } from "../software-model.ts";
import { trainOnChips } from "./chip-training.ts";
import { convertToChip, type LayerPlan, roundWeights } from "./conversion.ts";
import { floatAccuracy, type Report, trainFloat, trainingSet } from "./float-training.ts";
import { Pass, type Weights } from "./pass.ts";
import { RandomStream } from "./random-stream.ts";

export interface TrainingOptions {
  readonly seed: number;
  readonly floatEpochs: number;
  readonly chipEpochs: number;
  /** 99.9th percentile of the results of each layer, LSB. */
  readonly targets: readonly [number, number, number];
  /** Learning rate on chips, weight LSB. */
  readonly rate: number;
  readonly temperature: number;
  /** Digits kept back from the end of the training set for validation. */
  readonly validation: number;
  readonly batch: number;
  /** PPU cycles between two events, for the drift. */
  readonly cyclesPerEvent: number;
}

export const TRAINING_DEFAULTS: TrainingOptions = {
  seed: 1,
  floatEpochs: 6,
  chipEpochs: 4,
  targets: [60, 60, 60],
  rate: 2,
  temperature: 12,
  validation: 3000,
  batch: 200,
  cyclesPerEvent: 20,
};

/** Chips on which validation and test are run; training never sees them. */
export const EVALUATION_SEEDS = [1, 2, 3] as const;

export interface Figures {
  readonly float: number;
  /** The ideal chip: no mismatch, no noise. */
  readonly ideal: number;
  /** Calibrated chips by chip seed (noise seed the same number). */
  readonly chips: Readonly<Record<number, number>>;
}

export interface TrainingResult {
  readonly network: Network;
  readonly validation: Figures;
  /** Absent when no test images were given. */
  readonly test?: Figures;
}

/** Layers with rounded weights. */
export function toNetwork(weights: Weights, plans: readonly LayerPlan[]): Network {
  const [conv, dense1, dense2] = LAYER_SHAPES.map(
    (shape, index): Layer => ({ ...shape, ...plans[index], weights: roundWeights(weights[index]) }),
  );
  return [conv, dense1, dense2];
}

/** Accuracies of a network on the ideal chip and on calibrated model chips. */
export function evaluateFigures(
  network: Network,
  digits: ImageSet,
  seeds: readonly number[],
): Omit<Figures, "float"> {
  const images = quantiseImages(digits.images);
  const ideal = classify(evaluateIdeal(network, images, analogParameters("ideal").gain));
  const chips: Record<number, number> = {};
  for (const seed of seeds) {
    const chip = new SoftwareChip({ chipSeed: seed, noiseSeed: seed });
    chips[seed] = accuracy(classify(chip.evaluate(network, images)), digits.labels);
  }
  return { ideal: accuracy(ideal, digits.labels), chips };
}

export function formatFigures(name: string, figures: Figures): string {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const chips = Object.entries(figures.chips).map(([seed, share]) => `${seed}: ${percent(share)}`);
  const { float, ideal } = figures;
  return `${name}: float ${percent(float)}, ideal chip ${percent(ideal)}, calibrated chips ${chips.join(", ")}`;
}

/** Trains on the training images, looks at the test images, if there are any, only for the final figures. */
export async function train(
  trainSet: ImageSet,
  testSet: ImageSet | undefined,
  options: TrainingOptions,
  report: Report,
): Promise<TrainingResult> {
  const random = new RandomStream(options.seed);
  const pass = await Pass.create(options.batch);
  const split = trainSet.count - options.validation;
  const learning = sliceImages(trainSet, 0, split);
  const holdout = sliceImages(trainSet, split, trainSet.count);
  const set = trainingSet(learning);
  const weights = trainFloat(pass, set, options.floatEpochs, random, report);
  const inFloat = (images: ImageSet) => floatAccuracy(pass, weights, trainingSet(images));
  const float = inFloat(holdout);
  const testFloat = testSet && inFloat(testSet);
  report(`float      validation ${(float * 100).toFixed(2)} %`);

  const parameters = analogParameters("calibrated");
  const sample = quantiseImages(sliceImages(learning, 0, 2000).images);
  const plans = convertToChip(weights, sample, parameters.gain, options.targets);
  report(`conversion sends ${plans.map((plan) => plan.sends)}, shifts ${plans.map((plan) => plan.shift)}`);
  const direct = evaluateFigures(toNetwork(weights, plans), sliceImages(holdout, 0, 1000), [1]);
  report(`conversion ${formatFigures("first 1000 of validation", { float, ...direct })}`);

  const chipOptions = { ...options, epochs: options.chipEpochs };
  trainOnChips(pass, weights, plans, set, parameters, chipOptions, random, report);
  const network = toNetwork(weights, plans);
  const validation = { float, ...evaluateFigures(network, holdout, EVALUATION_SEEDS) };
  report(formatFigures("validation", validation));
  if (testSet === undefined || testFloat === undefined) return { network, validation };
  const test = { float: testFloat, ...evaluateFigures(network, testSet, EVALUATION_SEEDS) };
  report(formatFigures("test", test));
  return { network, validation, test };
}
