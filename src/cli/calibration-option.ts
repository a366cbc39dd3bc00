import { Option } from "commander";
import type { AnalogPreset } from "../chip/analog/parameters.ts";
import type { ChipSettings } from "../chip/settings.ts";
import { UsageError } from "./usage-error.ts";

/** The option `--calibration`. */
export function calibrationOption(): Option {
  return new Option("--calibration <file>", "settings of ppu calibrate for this chip seed; needs --chip raw");
}

/** Settings of the file that `--calibration` names; throws one line for other chips than the raw one of its seed. */
export async function calibratedSettings(
  options: { readonly calibration?: string; readonly chipSeed: number },
  kind: AnalogPreset,
): Promise<{ readonly settings?: ChipSettings }> {
  if (options.calibration === undefined) return {};
  if (kind !== "raw") throw new UsageError("--calibration is for raw chips; add --chip raw");
  const { readCalibration } = await import("../lab/calibration/file.ts");
  return { settings: readCalibration(options.calibration, options.chipSeed).settings };
}
