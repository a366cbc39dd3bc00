import cliProgress from "cli-progress";
import type { ChipSettings } from "../chip/settings.ts";
import { counted } from "../lab/counted.ts";
import { type DataSetName, dataSet } from "../lab/data-sets.ts";
import { PART_SIZES, sliceImages } from "../lab/image-set.ts";
import { encodeParameters, readParameters } from "../lab/parameter-file.ts";
import {
  LOOP_DEFAULTS,
  type LoopOptions,
  type LoopProgress,
  trainInTheLoop,
  validationCount,
} from "../lab/training/in-the-loop.ts";
import { keptEpoch, NO_BETTER_EPOCH } from "../lab/training/kept-epoch.ts";
import { parametersPath } from "./data-option.ts";
import { type CliIo, EXIT, printJson } from "./io.ts";
import { checkOutputs, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

export interface LoopFlags {
  readonly data: DataSetName;
  readonly seed: number;
  readonly rate?: number;
  readonly chip: "calibrated" | "raw";
  readonly chipSeed: number;
  readonly calibration?: string;
  readonly parameters?: string;
  readonly epochs: number;
  readonly trainImages: number;
  readonly checkpoint?: string;
  readonly output?: string;
  readonly json?: true;
}

/** Where the figures of a training stand: beside its parameter file. */
export const summaryPath = (output: string): string => `${output.replace(/\.bin$/, "")}.json`;

/** A bar of the segments of an epoch; nothing unless it is wanted. */
function epochProgress(isWanted: boolean) {
  let bar: cliProgress.SingleBar | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  const show = ({ epoch, segment, segments }: LoopProgress) => {
    if (!isWanted) return;
    if (bar === undefined) {
      const format = "epoch {epoch} {bar} segment {value}/{total}, {eta_formatted} left";
      bar = new cliProgress.SingleBar({
        ...{ format, hideCursor: true, clearOnComplete: true, stream: process.stdout },
      });
      bar.start(segments, segment, { epoch });
    } else bar.update(segment);
  };
  return { show, end };
}

/** `ppu train --in-the-loop`. */
export async function runInTheLoop(flags: LoopFlags, io: CliIo): Promise<void> {
  const { data, chipSeed, chip, seed, epochs, trainImages } = flags;
  if (flags.calibration !== undefined && chip !== "raw") {
    throw new UsageError("--calibration needs --chip raw: it repairs the chip as made");
  }
  const output = flags.output ?? `parameters-chip-${chipSeed}.bin`;
  const checkpoint = flags.checkpoint ?? `${output}.checkpoint`;
  const summary = summaryPath(output);
  // A checkpoint is written beside its place and renamed.
  checkOutputs(output, summary, checkpoint, `${checkpoint}.new`);
  const progress = epochProgress(io.isTerminal && !flags.json);
  const report = (line: string) => {
    progress.end();
    if (!flags.json) io.stdout(`${line}\n`);
  };
  let settings: ChipSettings | undefined;
  if (flags.calibration !== undefined) {
    const { readCalibration } = await import("../lab/calibration/file.ts");
    settings = readCalibration(flags.calibration, chipSeed).settings;
  }
  const start = readParameters(parametersPath(data, flags.parameters));
  const images = sliceImages(dataSet(data).load("train"), PART_SIZES.train - trainImages, PART_SIZES.train);
  const validation = validationCount(trainImages);
  report(
    `trains on ${counted(trainImages - validation, "image")}, validates on the last ${counted(validation, "image")} of the training set, ${counted(epochs, "epoch")}`,
  );
  const options: LoopOptions = {
    ...LOOP_DEFAULTS,
    seed,
    epochs,
    validation,
    rate: flags.rate ?? LOOP_DEFAULTS.rate,
  };
  const task = {
    start,
    chip: { chipSeed, chip, ...(settings && { settings }) },
    images,
    options,
    checkpoint,
  };
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    io.stderr("Stopping after this segment ...\n");
  };
  process.once("SIGINT", interrupt);
  const begin = process.hrtime.bigint();
  try {
    const result = await trainInTheLoop(task, report, () => interrupted, progress.show);
    if (!result.finished) {
      io.stderr(`Interrupted; the same command continues from ${checkpoint}.\n`);
      io.exitCode = EXIT.interrupted;
      return;
    }
    const { network, gain, noise, before, history, best } = result;
    const kept = keptEpoch(result);
    const minutes = Number(process.hrtime.bigint() - begin) / 60e9;
    const figures = {
      data,
      chipSeed,
      chip,
      calibration: flags.calibration,
      options,
      gain,
      noise,
      before,
      history,
      best,
      keptEpoch: kept,
      ...(kept === 0 && { note: NO_BETTER_EPOCH }),
      minutes,
    };
    writeOutput(output, encodeParameters(network));
    writeOutput(summary, `${JSON.stringify(figures, null, 2)}\n`);
    if (flags.json) printJson(io, figures);
    const whose = kept === 0 ? "the start" : `epoch ${kept}`;
    report(
      `kept the weights of ${whose}, validation ${(100 * best).toFixed(2)} %, ${minutes.toFixed(1)} min; wrote ${output} and ${summary}`,
    );
  } finally {
    progress.end();
    process.removeListener("SIGINT", interrupt);
  }
}
