/** Kinds of chips: as made, after calibration (typical), without mismatch and noise. */
export const ANALOG_PRESETS = ["raw", "calibrated", "ideal"] as const;
export type AnalogPreset = (typeof ANALOG_PRESETS)[number];
