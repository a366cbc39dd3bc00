import type { Family, TimingClass } from "../../../isa/types.ts";
import type { CycleCause } from "../cycles.ts";
import type { DeviceGroup } from "../devices.ts";
import type { PpuName } from "../model.ts";

/** Executions, and the cycles charged to them as `CycleAccount` does. */
export interface Share {
  readonly name: string;
  readonly instructions: number;
  readonly cycles: number;
}

export interface MnemonicShare extends Share {
  readonly family: Family | "undecoded";
  readonly class: TimingClass;
}

/** `name` in parentheses: cycles of no function, e.g. `(asleep)`. */
export interface FunctionShare extends Share {
  /** How often it was entered by calls, tail calls and interrupts. */
  readonly calls: number;
}

export interface DeviceTraffic {
  readonly device: string;
  readonly group: DeviceGroup | undefined;
  readonly reads: number;
  readonly writes: number;
  readonly bytesRead: number;
  /** Of predicated vectors the enabled lanes only. */
  readonly bytesWritten: number;
}

export interface VectorUse {
  readonly instructions: number;
  readonly units: readonly Share[];
  readonly predicated: {
    readonly instructions: number;
    /** Byte lanes enabled of those that the instructions had; only where the condition register is known. */
    readonly lanesEnabled: number;
    readonly lanes: number;
  };
  /** Numbers of vector registers that were read or written, ascending. */
  readonly registers: readonly number[];
  /** Multiplications of lanes, with or without an addition; disabled lanes not counted. */
  readonly multiplications: number;
}

/** What a PPU did; all lists by cycles or counts, descending. */
export interface PpuStatistics {
  readonly ppu: PpuName;
  /** All of them: up to the end of the run, from the chip's cycle 0. */
  readonly cycles: number;
  readonly instructions: number;
  readonly causes: readonly { readonly cause: CycleCause; readonly cycles: number }[];
  /** Exclusive of calls. */
  readonly functions: readonly FunctionShare[];
  /** By functions of the source, inlined ones apart; as `functions` where nothing was inlined. */
  readonly sourceFunctions: readonly Share[];
  readonly mnemonics: readonly MnemonicShare[];
  readonly families: readonly Share[];
  readonly classes: readonly Share[];
  readonly vector: VectorUse;
  readonly devices: readonly DeviceTraffic[];
  /** Events on PADI buses and conversions of the CADC, by hemisphere. */
  readonly events: Readonly<Record<PpuName, number>>;
  readonly conversions: Readonly<Record<PpuName, number>>;
  /** By name of the vector. */
  readonly exceptions: readonly { readonly vector: string; readonly count: number }[];
  /** Instructions that are not in the trace; undefined: not known how many. */
  readonly missing: number | undefined;
}
