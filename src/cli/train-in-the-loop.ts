import { writeFileSync } from "node:fs";
import type { ChipSettings } from "../chip/settings.ts";
import { type DataSetName, dataSet } from "../lab/data-sets.ts";
import { PART_SIZES, sliceImages } from "../lab/image-set.ts";
import { encodeParameters, readParameters } from "../lab/parameter-file.ts";
import { LOOP_DEFAULTS, type LoopOptions, trainInTheLoop } from "../lab/training/in-the-loop.ts";
import { parametersPath } from "./data-option.ts";
import { type CliIo, printJson } from "./io.ts";
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

/** `ppu train --in-the-loop`. */
export async function runInTheLoop(flags: LoopFlags, io: CliIo): Promise<void> {
  const { data, chipSeed, chip, seed, epochs, trainImages } = flags;
  if (flags.calibration !== undefined && chip !== "raw") {
    throw new UsageError("--calibration needs --chip raw: it repairs the chip as made");
  }
  const output = flags.output ?? `parameters-chip-${chipSeed}.bin`;
  const checkpoint = flags.checkpoint ?? `${output}.checkpoint`;
  const report = (line: string) => {
    if (!flags.json) io.stdout(`${line}\n`);
  };
  let settings: ChipSettings | undefined;
  if (flags.calibration !== undefined) {
    const { readCalibration } = await import("../lab/calibration/file.ts");
    settings = readCalibration(flags.calibration, chipSeed).settings;
  }
  const start = readParameters(parametersPath(data, flags.parameters));
  const images = sliceImages(dataSet(data).load("train"), PART_SIZES.train - trainImages, PART_SIZES.train);
  const validation = Math.min(LOOP_DEFAULTS.validation, Math.floor(trainImages / 4));
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
    const result = await trainInTheLoop(task, report, () => interrupted);
    if (!result.finished) {
      io.stderr(`Interrupted; the same command continues from ${checkpoint}.\n`);
      io.exitCode = 130;
      return;
    }
    const { network, gain, noise, before, history, best } = result;
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
      minutes,
    };
    writeFileSync(output, encodeParameters(network));
    writeFileSync(`${output.replace(/\.bin$/, "")}.json`, `${JSON.stringify(figures, null, 2)}\n`);
    if (flags.json) printJson(io, figures);
    report(`best on validation ${(100 * best).toFixed(2)} %, ${minutes.toFixed(1)} min; wrote ${output}`);
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}
