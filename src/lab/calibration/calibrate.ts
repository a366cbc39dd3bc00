/**
 * Calibration of a raw chip by a host (calibration-and-training section 1): registers are set, CADC results are read,
 * nothing else. docs/calibration.md describes the procedure.
 */
import type { ChipSettings } from "../../chip/settings.ts";
import { Bench, type BenchOptions } from "./bench.ts";
import { calibrateCadc } from "./cadc.ts";
import { calibrateDrivers } from "./drivers.ts";
import { calibrateBaseline, calibrateLeak, calibrateOffsets, trimBaseline } from "./membrane.ts";
import { calibrateNeurons } from "./neurons.ts";
import { Context, STAGES, type Stage, type StepReport } from "./step.ts";

export interface CalibrationOptions extends BenchOptions {
  /** Which parts to calibrate, in the order of STAGES whatever the order here; default: all. */
  readonly stages?: readonly Stage[];
  /** Read after a reset, 0..200; near 0 the ADC clips negative results: an analog ReLU. Default 120. */
  readonly baselineTarget?: number;
  /** Gain target in LSB per activation and weight, or "median": of all neurons at the nominal code. */
  readonly gain?: number | "median";
  /** Seed of the scattered starts of searches; default 1. */
  readonly searchSeed?: number;
  /** Called after each step. */
  readonly onStep?: (report: StepReport) => void;
}

export interface Calibration {
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly searchSeed: number;
  readonly stages: readonly Stage[];
  readonly baselineTarget: number;
  readonly gain: number | "median";
  /** All knobs of the chip. */
  readonly settings: Required<ChipSettings>;
  readonly steps: readonly StepReport[];
}

export const CALIBRATION_DEFAULTS = { baselineTarget: 120, gain: "median", searchSeed: 1 } as const;
/** Largest baseline target: amplitudes up to 60 LSB have to fit above it. */
export const MOST_BASELINE = 180;
/** Baselines in which both signs have room while gains and offsets are searched. */
const LEAST_WORKING_BASELINE = 90;

/** Calibrates the chip of a seed. Throws RangeError for options out of range. */
export function calibrate(options: CalibrationOptions): Calibration {
  const { chipSeed, noiseSeed } = options;
  const { baselineTarget, gain, searchSeed } = { ...CALIBRATION_DEFAULTS, ...options };
  const stages = STAGES.filter((stage) => options.stages?.includes(stage) ?? true);
  if (!(baselineTarget >= 0 && baselineTarget <= MOST_BASELINE)) {
    throw new RangeError(`the baseline target must be 0..${MOST_BASELINE}, not ${baselineTarget}`);
  }
  if (gain !== "median" && !(gain >= 0.001 && gain <= 0.04)) {
    throw new RangeError(`the gain target must be 0.001..0.04 LSB or "median", not ${gain}`);
  }
  const bench = Bench.of(options);
  const context = new Context(bench, { seed: searchSeed, onStep: options.onStep });
  const working =
    baselineTarget < LEAST_WORKING_BASELINE ? CALIBRATION_DEFAULTS.baselineTarget : baselineTarget;
  const run: Record<Stage, () => void> = {
    cadc: () => calibrateCadc(context),
    leak: () => calibrateLeak(context),
    baseline: () => calibrateBaseline(context, working),
    offsets: () => calibrateOffsets(context),
    drivers: () => calibrateDrivers(context),
    neurons: () => calibrateNeurons(context, { gain }),
  };
  for (const stage of stages) run[stage]();
  // The first pass keeps the integrations of the later stages within the ADC; the second follows their settings.
  if (stages.includes("offsets") && stages.at(-1) !== "offsets")
    calibrateOffsets(context, "result offset again");
  if (stages.includes("offsets")) trimBaseline(context, working);
  if (working !== baselineTarget && stages.includes("baseline")) {
    calibrateBaseline(context, baselineTarget, "final baseline");
  }
  const settings = bench.settings();
  return { chipSeed, noiseSeed, searchSeed, stages, baselineTarget, gain, settings, steps: context.reports };
}
