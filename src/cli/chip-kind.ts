import { Option } from "commander";
import type { AnalogPreset } from "../chip/analog/parameters.ts";
import { ANALOG_PRESETS } from "../chip/analog/presets.ts";
import { UsageError } from "./usage-error.ts";

/** What verbs that make a chip read from the command line. */
export interface ChipFlags {
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly chip?: AnalogPreset;
  readonly calibration?: string;
  readonly ideal?: true;
  readonly analog?: string;
}

/** The option `--chip`. */
export function chipOption(): Option {
  return new Option(
    "--chip <kind>",
    "calibrated: a typical chip after calibration (default); raw: as made, uncalibrated; ideal: no mismatch, no noise",
  ).choices(ANALOG_PRESETS);
}

/** The chip that `--chip` and its shorthand `--ideal` ask for; throws UsageError when they contradict each other. */
export function chipKind(options: Pick<ChipFlags, "chip" | "ideal">): AnalogPreset {
  if (options.ideal && options.chip !== undefined && options.chip !== "ideal") {
    throw new UsageError(`--ideal contradicts --chip ${options.chip}; give one of them`);
  }
  return options.ideal ? "ideal" : (options.chip ?? "calibrated");
}
