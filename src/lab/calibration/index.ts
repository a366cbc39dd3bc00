/** Calibration of raw chips from the host; docs/calibration.md. */
export { BANDS, type Band, type BandName, type Check } from "./bands.ts";
export {
  CALIBRATION_DEFAULTS,
  type Calibration,
  type CalibrationOptions,
  calibrate,
} from "./calibrate.ts";
export { CalibrationFileError, decodeCalibration, encodeCalibration, readCalibration } from "./file.ts";
export {
  calibrateOnChip,
  compileCalibrationFirmware,
  type OnChipCalibration,
  OnChipCalibrationError,
  type OnChipStep,
} from "./on-chip.ts";
export { binarySearch, type Search, type SearchResult } from "./search.ts";
export type { Figures } from "./statistics.ts";
export { STAGES, type Stage, type StepReport } from "./step.ts";
