/** The chip of a cell: what all chips of a sweep have in common, and what the cell says. */
import { type AnalogOverrides, type AnalogPreset, analogParameters } from "../../chip/analog/parameters.ts";
import type { ChipOptions } from "../../chip/types.ts";
import { readCalibration } from "../calibration/file.ts";
import type { Cell } from "./grid.ts";

export interface ChipPlan {
  /** Of axes that the grid does not have. */
  readonly analog: AnalogOverrides;
  readonly timing: string;
  /** Calibration files; `{seed}` stands for the chip seed. */
  readonly calibration?: string;
}

/** Name of the axis that holds presets; all others are analog parameters. */
export const PRESET_AXIS = "chip";

export const presetOf = ({ settings }: Pick<Cell, "settings">): AnalogPreset =>
  (settings[PRESET_AXIS] ?? "calibrated") as AnalogPreset;

/** Analog parameters that differ from the preset's, by name. */
export function overridesOf(analog: AnalogOverrides, { settings }: Pick<Cell, "settings">): AnalogOverrides {
  const { [PRESET_AXIS]: _, ...varied } = settings;
  return { ...analog, ...varied };
}

export const calibrationPath = (pattern: string, chipSeed: number): string =>
  pattern.replaceAll("{seed}", String(chipSeed));

/** Throws RangeError for parameters and CalibrationFileError for files that can't be used. */
export function chipOptionsOf({ analog, timing, calibration }: ChipPlan, cell: Cell): ChipOptions {
  const { chipSeed, noiseSeed } = cell;
  const analogPart = analogParameters(presetOf(cell), overridesOf(analog, cell));
  const file = calibration === undefined ? undefined : calibrationPath(calibration, chipSeed);
  return {
    ...{ chipSeed, noiseSeed, timing, analogParameters: analogPart },
    ...(file !== undefined && { settings: readCalibration(file, chipSeed).settings }),
  };
}
