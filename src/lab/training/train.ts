/** The whole recipe: float training, conversion, training on model chips, figures. */
import { analogParameters } from "../../chip/analog/parameters.ts";
import type { DigitSet } from "../mnist-data.ts";
import { sliceDigits } from "../mnist-data.ts";
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
import { floatAccuracy, type Report, type TrainingSet, trainFloat } from "./float-training.ts";
import { Pass, padImages, type Weights } from "./pass.ts";
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
  readonly test: Figures;
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
  digits: DigitSet,
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

/** Trains on the training digits, looks at the test digits only for the final figures. */
export async function train(
  trainDigits: DigitSet,
  testDigits: DigitSet,
  options: TrainingOptions,
  report: Report,
): Promise<TrainingResult> {
  const random = new RandomStream(options.seed);
  const pass = await Pass.create(options.batch);
  const split = trainDigits.count - options.validation;
  const asSet = (digits: DigitSet): TrainingSet => ({
    count: digits.count,
    padded: padImages(quantiseImages(digits.images)),
    labels: digits.labels,
  });
  const learning = sliceDigits(trainDigits, 0, split);
  const holdout = sliceDigits(trainDigits, split, trainDigits.count);
  const set = asSet(learning);
  const weights = trainFloat(pass, set, options.floatEpochs, random, report);
  const floats = [holdout, testDigits].map((digits) => floatAccuracy(pass, weights, asSet(digits)));
  report(`float      validation ${(floats[0] * 100).toFixed(2)} %`);

  const parameters = analogParameters("calibrated");
  const sample = quantiseImages(sliceDigits(learning, 0, 2000).images);
  const plans = convertToChip(weights, sample, parameters.gain, options.targets);
  report(`conversion sends ${plans.map((plan) => plan.sends)}, shifts ${plans.map((plan) => plan.shift)}`);
  const direct = evaluateFigures(toNetwork(weights, plans), sliceDigits(holdout, 0, 1000), [1]);
  report(`conversion ${formatFigures("first 1000 of validation", { float: floats[0], ...direct })}`);

  const chipOptions = { ...options, epochs: options.chipEpochs };
  trainOnChips(pass, weights, plans, set, parameters, chipOptions, random, report);
  const network = toNetwork(weights, plans);
  const validation = { float: floats[0], ...evaluateFigures(network, holdout, EVALUATION_SEEDS) };
  report(formatFigures("validation", validation));
  const test = { float: floats[1], ...evaluateFigures(network, testDigits, EVALUATION_SEEDS) };
  report(formatFigures("test", test));
  return { network, validation, test };
}
