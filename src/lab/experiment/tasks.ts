/** The cells of the experiment: what there is to compute, in which order, and on what it depends. */
import { type DataSetName, dataSet } from "../data-sets.ts";
import { PART_SIZES } from "../image-set.ts";
import { LOOP_DEFAULTS } from "../training/in-the-loop.ts";
import { hashInputs } from "./cells.ts";

export interface ExperimentOptions {
  readonly data: DataSetName;
  /** Chip seeds are 1 to `chips`. */
  readonly chips: number;
  /** Test images of the table, from the first on. */
  readonly images: number;
  /** Test images of curves and transfer, from the first on. */
  readonly curveImages: number;
  /** Training images, the validation split at their end included. */
  readonly trainImages: number;
  readonly epochs: number;
  readonly noiseSeed: number;
}

export const EXPERIMENT_DEFAULTS: ExperimentOptions = {
  data: "mnist",
  chips: 5,
  images: PART_SIZES.test,
  curveImages: 2000,
  trainImages: PART_SIZES.train,
  epochs: LOOP_DEFAULTS.epochs,
  noiseSeed: 1,
};

/**
 * Networks that chips start with: trained in floats and converted, as the paper has it, or then trained on model chips, as
 * the shipped one is.
 */
export const STARTS = ["converted", "pretrained"] as const;
export type Start = (typeof STARTS)[number];

/** Rows of the table that exist once for each raw chip; all executed by firmware. */
export const CHIP_ROWS = {
  "converted-raw": { start: "converted", calibrated: false, inTheLoop: false },
  "converted-calibrated": { start: "converted", calibrated: true, inTheLoop: false },
  "converted-loop": { start: "converted", calibrated: true, inTheLoop: true },
  "pretrained-raw": { start: "pretrained", calibrated: false, inTheLoop: false },
  "pretrained-calibrated": { start: "pretrained", calibrated: true, inTheLoop: false },
  "pretrained-loop": { start: "pretrained", calibrated: true, inTheLoop: true },
} as const satisfies Record<
  string,
  { readonly start: Start; readonly calibrated: boolean; readonly inTheLoop: boolean }
>;
export type ChipRow = keyof typeof CHIP_ROWS;
export const CHIP_ROW_NAMES = Object.keys(CHIP_ROWS) as ChipRow[];
export const FACTORS = [0, 0.5, 1, 1.5, 2, 3, 4] as const;
export const TEMPERATURES = [40, 50, 60, 70, 80, 90] as const;
export const CURVES = ["noise", "mismatch", "temperature"] as const;
export type Curve = (typeof CURVES)[number];

/** Data of one cell; plain, so that it can be handed to a worker. */
export type Task =
  /** Training in floats with conversion; training on model chips; accuracies of the host; the ideal chip. */
  | { readonly kind: "float" | "pretraining" | "host" | "ideal" }
  | { readonly kind: "calibration"; readonly chip: number }
  | { readonly kind: "training"; readonly start: Start; readonly chip: number }
  | { readonly kind: "accuracy"; readonly row: ChipRow; readonly chip: number }
  | { readonly kind: Curve; readonly chip: number }
  /** Weights of one chip on all chips. */
  | { readonly kind: "transfer"; readonly chip: number };

export function taskKeyOf(task: Task): string {
  if (task.kind === "accuracy") return `${task.row}-${task.chip}`;
  if (task.kind === "training") return `training-${task.start}-${task.chip}`;
  return "chip" in task ? `${task.kind}-${task.chip}` : task.kind;
}

export const chipsOf = ({ chips }: ExperimentOptions): number[] =>
  Array.from({ length: chips }, (_, n) => n + 1);

/** Whether the pre-trained network has to be trained first: only the digits have a shipped one. */
const isPretrainedHere = ({ data }: ExperimentOptions): boolean => dataSet(data).parameters === undefined;

function networkTask(start: Start, options: ExperimentOptions): Task[] {
  if (start === "converted") return [{ kind: "float" }];
  return isPretrainedHere(options) ? [{ kind: "pretraining" }] : [];
}

/** What has to be there before a task can run. */
export function needsOf(task: Task, options: ExperimentOptions): Task[] {
  switch (task.kind) {
    case "host":
      return [{ kind: "float" }];
    case "ideal":
    case "mismatch":
      return networkTask("pretrained", options);
    case "training":
      return [...networkTask(task.start, options), { kind: "calibration", chip: task.chip }];
    case "noise":
    case "temperature":
      return [{ kind: "training", start: "pretrained", chip: task.chip }];
    case "accuracy": {
      const { start, calibrated, inTheLoop } = CHIP_ROWS[task.row];
      const { chip } = task;
      if (inTheLoop) return [{ kind: "training", start, chip }];
      const calibration = calibrated ? [{ kind: "calibration", chip } as const] : [];
      return [...networkTask(start, options), ...calibration];
    }
    case "transfer":
      return [
        { kind: "training", start: "pretrained", chip: task.chip },
        ...chipsOf(options).map((chip) => ({ kind: "calibration", chip }) as const),
      ];
    default:
      return [];
  }
}

/** All tasks; the long ones first. */
export function planTasks(options: ExperimentOptions): Task[] {
  const chips = chipsOf(options);
  const each = <T>(make: (chip: number) => T): T[] => chips.map(make);
  return [
    ...networkTask("pretrained", options),
    { kind: "float" },
    ...each((chip) => ({ kind: "calibration", chip }) as const),
    ...STARTS.flatMap((start) => each((chip) => ({ kind: "training", start, chip }) as const)),
    { kind: "host" },
    { kind: "ideal" },
    ...CHIP_ROW_NAMES.flatMap((row) => each((chip) => ({ kind: "accuracy", row, chip }) as const)),
    ...CURVES.flatMap((kind) => each((chip) => ({ kind, chip }) as const)),
    ...each((chip) => ({ kind: "transfer", chip }) as const),
  ];
}

/**
 * Hash of everything that a task's result depends on: the program (`programHash`), the options that it uses itself, and the
 * same of what it needs. A change of other options does not void it.
 */
export function inputsOf(task: Task, options: ExperimentOptions, program: string): string {
  const { data, images, curveImages, trainImages, epochs, noiseSeed } = options;
  const training = [data, trainImages];
  const byFirmware = [data, images, noiseSeed];
  const onFastPath = [data, curveImages, noiseSeed];
  const own: Record<Task["kind"], unknown[]> = {
    float: training,
    pretraining: training,
    host: [data, images],
    ideal: byFirmware,
    calibration: [],
    training: [...training, epochs],
    accuracy: byFirmware,
    noise: onFastPath,
    mismatch: onFastPath,
    temperature: onFastPath,
    transfer: onFastPath,
  };
  const needs = needsOf(task, options).map((need) => inputsOf(need, options, program));
  return hashInputs([program, task, own[task.kind], needs]);
}
