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
import { Context, STAGES, type Stage, type StepFindings, type StepReport } from "./step.ts";

export interface CalibrationOptions extends BenchOptions {
  /** Which parts to calibrate, in the order of STAGES whatever the order here; default: all. */
  readonly stages?: readonly Stage[];
  /** Read after a reset, 0..200; near 0 the ADC clips negative results: an analog ReLU. Default 120. */
  readonly baselineTarget?: number;
  /** Gain target in LSB per activation and weight, or "median": of all neurons at the nominal code. */
  readonly gain?: number | "median";
  /** Seed of the scattered starts of searches; default 1. */
  readonly searchSeed?: number;
  /** Called after each step, with the values of its instances, which are kept nowhere else. */
  readonly onStep?: (report: StepReport, findings: StepFindings) => void;
}

export interface Calibration {
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly searchSeed: number;
  readonly stages: readonly Stage[];
  readonly baselineTarget: number;
  readonly gain: number | "median";
  /** "ppu": by firmware on the PPUs; otherwise by the host. */
  readonly where?: "ppu";
  /** By firmware: chip cycles from the release of the PPUs' reset until both had finished. */
  readonly cycles?: number;
  /** All knobs of the chip. */
  readonly settings: Required<ChipSettings>;
  readonly steps: readonly StepReport[];
}

export const CALIBRATION_DEFAULTS = { baselineTarget: 120, gain: "median", searchSeed: 1 } as const;
/** Largest baseline target: amplitudes up to 60 LSB have to fit above it. */
export const MOST_BASELINE = 180;
/** Baselines in which both signs have room while gains and offsets are searched. */
const LEAST_WORKING_BASELINE = 90;

/** Options with defaults, and the baseline while gains and offsets are searched. Throws RangeError for options out of range. */
export function completeOptions(
  options: CalibrationOptions,
): Omit<Calibration, "settings" | "steps"> & { readonly working: number } {
  const { chipSeed, noiseSeed } = options;
  const { baselineTarget, gain, searchSeed } = { ...CALIBRATION_DEFAULTS, ...options };
  const stages = STAGES.filter((stage) => options.stages?.includes(stage) ?? true);
  if (!(baselineTarget >= 0 && baselineTarget <= MOST_BASELINE)) {
    throw new RangeError(`the baseline target must be 0..${MOST_BASELINE}, not ${baselineTarget}`);
  }
  if (gain !== "median" && !(gain >= 0.001 && gain <= 0.04)) {
    throw new RangeError(`the gain target must be 0.001..0.04 LSB or "median", not ${gain}`);
  }
  const working =
    baselineTarget < LEAST_WORKING_BASELINE ? CALIBRATION_DEFAULTS.baselineTarget : baselineTarget;
  return { chipSeed, noiseSeed, searchSeed, stages, baselineTarget, gain, working };
}

/** Calibrates the chip of a seed. Throws RangeError for options out of range. */
export function calibrate(options: CalibrationOptions): Calibration {
  const { working, ...head } = completeOptions(options);
  const { stages, baselineTarget, gain } = head;
  const bench = Bench.of(options);
  const context = new Context(bench, { seed: head.searchSeed, onStep: options.onStep });
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
  return { ...head, settings: bench.settings(), steps: context.reports };
}
