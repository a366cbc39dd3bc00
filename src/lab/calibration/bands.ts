/** Published limits and expected residuals that calibration is compared with. Values beyond a limit fail the check. */

export interface Band {
  readonly what: string;
  readonly unit: string;
  /** Inclusive limits. */
  readonly least?: number;
  readonly most?: number;
  readonly source: string;
}

const LIMITS = "calix hardware tests";
const EXPECTED = "expected of a calibration with the default parameters";

export const BANDS = {
  rampError: { what: "largest miss of a ramp target", unit: "LSB", most: 5, source: LIMITS },
  channelSpreadBefore: { what: "std before", unit: "LSB", most: 20, source: LIMITS },
  channelSpread: { what: "std after, limit", unit: "LSB", most: 3, source: LIMITS },
  channelResidual: { what: "std after", unit: "LSB", most: 1.5, source: EXPECTED },
  quadrantMeans: {
    what: "largest difference of quadrant means",
    unit: "LSB",
    most: 5,
    source: LIMITS,
  },
  drift: {
    what: "std after",
    unit: "LSB/us",
    most: 0.05,
    source: "0.03 for a calibrated chip, and noise of the measurement",
  },
  baselineShare: {
    what: "share of columns within 16 of the target",
    unit: "",
    least: 0.8,
    source: "calix calibrate_baseline",
  },
  rampSlope: {
    what: "std after",
    unit: "",
    most: 0.02,
    source: "0.01 for a calibrated chip, and noise of the measurement",
  },
  pulseRise: { what: "mean rise a step of x", unit: "units", least: 0.5, source: LIMITS },
  driverSpread: { what: "std after, limit: range / 8", unit: "units", most: 31 / 8, source: LIMITS },
  driverResidual: { what: "std after, in range", unit: "units", most: 0.7, source: EXPECTED },
  success: { what: "share of instances not at a range end", unit: "", least: 0.6, source: LIMITS },
  quadrantStrength: {
    what: "std after",
    unit: "",
    most: 0.05,
    source: "own limit: well below the spread of neurons, so that few of them run out of range",
  },
  amplitude: { what: "share of neurons above 20 LSB", unit: "", least: 0.9, source: LIMITS },
  innerSpread: {
    what: "spread of the inner 80 %, events as calibrated",
    unit: "LSB",
    most: 10,
    source: LIMITS,
  },
  gainRange: {
    what: "mean gain",
    unit: "LSB",
    least: 0.001,
    most: 0.04,
    source: "range accepted by the tools",
  },
  gainPublished: {
    what: "std after, in range, published scatter",
    unit: "",
    most: 0.056,
    source: "matrix mode demo, 256 neurons",
  },
  gainResidual: { what: "std after, in range", unit: "", most: 0.05, source: EXPECTED },
  ratioResidual: { what: "std after, in range", unit: "", most: 0.04, source: EXPECTED },
  trialNoise: {
    what: "mean after",
    unit: "LSB",
    least: 1,
    most: 2.5,
    source: "calix target for noise",
  },
  noisyNeurons: { what: "share of neurons below 7 LSB", unit: "", least: 0.75, source: LIMITS },
  signMeans: {
    what: "largest difference of excitatory and inhibitory means of a quadrant",
    unit: "LSB",
    most: 10,
    source: LIMITS,
  },
  resultResidual: { what: "std after", unit: "LSB", most: 1.2, source: EXPECTED },
} as const satisfies Record<string, Band>;

export type BandName = keyof typeof BANDS;

/** A comparison with a band. */
export interface Check extends Band {
  readonly name: BandName;
  readonly value: number;
  readonly ok: boolean;
}

export function compare(name: BandName, value: number): Check {
  const band: Band = BANDS[name];
  const ok = value >= (band.least ?? -Infinity) && value <= (band.most ?? Infinity);
  return { name, ...band, value, ok };
}
