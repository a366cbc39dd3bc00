/** What a report shows: a calibration with the values of its instances, and measurements before and after it. */
import { type Calibration, type CalibrationOptions, calibrate } from "../calibration/calibrate.ts";
import type { StepReport } from "../calibration/step.ts";
import type { ExperimentResults } from "../experiment/run.ts";
import type { FirmwareRun } from "./firmware.ts";
import { type ChipMeasurement, MEASURE_DEFAULTS, type MeasureOptions, measureChip } from "./measure.ts";
import type { StepOutcome } from "./steps.ts";

/** Everything that a report shows. */
export interface ReportData {
  readonly calibration: Calibration;
  /** Steps in their order; without values when the calibration can't be repeated from what its file says. */
  readonly steps: readonly StepOutcome[];
  /** Seed of the noise while the report measures. */
  readonly noiseSeed: number;
  readonly raw: ChipMeasurement;
  readonly calibrated: ChipMeasurement;
  readonly firmware?: FirmwareRun;
  readonly experiment?: ExperimentResults;
}

export interface CalibrationSource {
  readonly chipSeed: number;
  /** A calibration to show; without it the chip is calibrated with noise seed 1. */
  readonly stored?: Calibration;
  readonly onStep?: (report: StepReport) => void;
}

const optionsOf = ({ noiseSeed, searchSeed, stages, baselineTarget, gain }: Calibration) => ({
  ...{ noiseSeed, searchSeed, stages, baselineTarget, gain },
});

/** Calibrates as a stored calibration was made: by the host, or by firmware. */
async function calibratorOf(
  stored: Calibration | undefined,
): Promise<(options: CalibrationOptions) => Calibration> {
  if (stored?.where !== "ppu") return calibrate;
  const { calibrateOnChip, compileCalibrationFirmware } = await import("../calibration/on-chip.ts");
  const firmware = await compileCalibrationFirmware();
  return (options) => calibrateOnChip(options, firmware);
}

/**
 * The calibration with the values of all instances, which no file holds: a stored one is repeated from its seeds and
 * options. Where that gives other settings (made by another version) the stored one is kept, without values.
 */
export async function calibrationWithValues(
  source: CalibrationSource,
): Promise<Pick<ReportData, "calibration" | "steps">> {
  const { chipSeed, stored, onStep } = source;
  const steps: StepOutcome[] = [];
  const repeat = await calibratorOf(stored);
  const repeated = repeat({
    ...(stored === undefined ? { noiseSeed: 1 } : optionsOf(stored)),
    chipSeed,
    onStep: (report, { before, after }) => {
      steps.push({ report, values: { before, after } });
      onStep?.(report);
    },
  });
  const same = stored === undefined || JSON.stringify(stored.settings) === JSON.stringify(repeated.settings);
  if (same) return { calibration: repeated, steps };
  return { calibration: stored, steps: stored.steps.map((report) => ({ report })) };
}

/** Measures the chip of a calibration before and after it, with noise of its own. */
export function measureBoth(
  { chipSeed, settings }: Calibration,
  noiseSeed: number,
  options: MeasureOptions = MEASURE_DEFAULTS,
): Pick<ReportData, "raw" | "calibrated"> {
  return {
    raw: measureChip({ chipSeed, noiseSeed }, undefined, options),
    calibrated: measureChip({ chipSeed, noiseSeed }, settings, options),
  };
}
