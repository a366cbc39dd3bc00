/** Options, results and snapshots of a chip. */
import type { TimingProfile } from "../core/timing-profile.ts";
import type { TranslationMode } from "../core/translation/mode.ts";
import type { HemisphereSnapshot } from "./analog/hemisphere.ts";
import type { AnalogParameters, AnalogPreset } from "./analog/parameters.ts";
import type { CountedDiagnostic } from "./bus/diagnostics.ts";
import type { MemorySnapshot } from "./bus/memory.ts";
import type { ChipMake } from "./checks.ts";
import type { Chip } from "./chip.ts";
import type { HemisphereName } from "./registers/types.ts";
import type { SchedulerGoal, SchedulerSnapshot, SchedulerStopReason } from "./scheduler.ts";
import type { ChipSettings } from "./settings.ts";

export type PpuName = HemisphereName;
export type PpuSelection = PpuName | "both";

export interface ChipOptions {
  /** Draws the fixed pattern (mismatch) of this chip; integer, default 0. */
  readonly chipSeed?: number;
  /** Draws the trial-to-trial noise; integer, default 0. */
  readonly noiseSeed?: number;
  /**
   * `calibrated` (default): the typical chip after calibration, with the residual spreads of the parameter table.
   * `raw`: the chip as made, with wide spreads; `settings` calibrate it. `ideal`: no mismatch, no noise.
   */
  readonly chip?: AnalogPreset;
  /** Shorthand for `chip: "ideal"`. */
  readonly ideal?: boolean;
  /** Parameters of the analog core instead of those of `chip`. */
  readonly analogParameters?: AnalogParameters;
  /** Codes of the knobs, written to the registers at the start: what a calibration has found for this chip seed. */
  readonly settings?: ChipSettings;
  /** A profile of the core or its text, e.g. "rtl,branch-cache=0"; default "chip". */
  readonly timing?: TimingProfile | string;
  /** A guest's mistake stops the run. */
  readonly strict?: boolean;
  /** Of scalar code to WebAssembly; default `auto`. Changes nothing but the speed. */
  readonly translation?: TranslationMode;
  /**
   * `matrix` (default): registers as a host leaves them for matrix mode on a calibrated chip. `power-on`: reset
   * values; the program configures drivers, neurons and CADC itself.
   */
  readonly configuration?: "matrix" | "power-on";
  /** SRAM contents at power-on: zeros (default), or bytes drawn from the chip seed, as nothing clears a real SRAM. */
  readonly sramFill?: "zero" | "random";
  /** FPGA vector generators at b:0x50000000 (top) and b:0x50004000 (bottom), hiding that part of the DRAM. */
  readonly vectorGenerators?: boolean;
}

/** Bytes for one memory; `offset` counts from the start of that memory. */
export interface MemoryPiece {
  readonly space: "sram" | "external" | "dram";
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Why `run` returned. `finished`: every released PPU sleeps for good (firmware-abi section 6). `asleep`: all sleep
 * and only the host can wake one. `held`: no PPU is released. `cycles`: the limit. `goal`: at the boundary asked for.
 */
export type ChipStopReason = SchedulerStopReason;

export interface RunResult {
  readonly reason: ChipStopReason;
  /** Which PPU hit the breakpoint or the strict finding, or was asked to stop. */
  readonly ppu?: PpuName;
  /** Its pc. */
  readonly pc?: number;
  /** Cycles since the chip was made. */
  readonly cycle: number;
  /** Reason `goal`: the boundary that was reached. */
  readonly boundary?: Boundary;
}

/**
 * An instruction boundary of one PPU: so many instructions [top, bottom] have retired since the chip was made, and the
 * PPU has reached that cycle of the chip. `windowEnd` (`chip.clock.windowEnd` at an earlier stop there) tells apart boundaries
 * of different windows that agree in all that; 0 = the first.
 */
export type Boundary = Omit<SchedulerGoal, "side"> & { readonly ppu: PpuName };

export interface RunOptions {
  /** At most this many cycles from now; default: no limit. */
  readonly maxCycles?: number;
  /** Asked every window of INTERLEAVE_CYCLES; true ends the run. */
  readonly until?: (chip: Chip) => boolean;
  /** Ends the run at the first of them. */
  readonly boundaries?: readonly Boundary[];
  /** Ends the run as soon as all PPUs sleep and only the host can wake one, although `maxCycles` are left. */
  readonly stopAsleep?: boolean;
}

/** Everything that changes while a chip runs, as plain objects of typed arrays; survives structuredClone. */
export interface ChipSnapshot {
  readonly format: "ppu-emu chip 3";
  readonly chipSeed: number;
  readonly noiseSeed: number;
  /** Refused by a chip with others. */
  readonly make: ChipMake;
  readonly ppus: readonly Uint8Array[];
  readonly scheduler: SchedulerSnapshot;
  readonly externalMemory: MemorySnapshot;
  readonly dram: MemorySnapshot;
  readonly registers: Uint32Array;
  readonly hemispheres: readonly HemisphereSnapshot[];
  readonly arrays: readonly Uint8Array[];
  readonly random: readonly Uint16Array[];
  readonly buses: readonly (readonly number[])[];
  readonly vectorGenerators: readonly Float64Array[];
  readonly diagnostics: readonly CountedDiagnostic[];
}

/** Bad options, the name of a PPU that does not exist, or a snapshot of another chip. */
export class ChipError extends Error {
  override name = "ChipError";
}
