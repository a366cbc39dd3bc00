/** What a run of tests consists of. Everything here is plain data: it travels between threads and into reports. */
import type { AnalogPreset } from "../chip/analog/parameters.ts";
import type { ChipStopReason, PpuName, PpuSelection } from "../chip/index.ts";
import type { SourceLocation } from "../toolchain/image.ts";
import type { PastInstruction } from "../trace/history.ts";

/** A file that a test puts into memory before its start. */
export interface TestInput {
  /** Relative to the directory of the test file. */
  readonly file: string;
  /** Data address: SRAM, external memory or DRAM. */
  readonly address: number;
}

/** What a test asks of its run; what is missing is up to the options of the run. */
export interface TestDemands {
  /** How it has to end. */
  readonly expects: "return" | "trap" | "timeout";
  readonly maxCycles?: number;
  readonly chip?: AnalogPreset;
  readonly chipSeed?: number;
  readonly noiseSeeds?: readonly number[];
  readonly onBothPpus: boolean;
  /** Findings do not stop it. */
  readonly lenient: boolean;
  readonly inputs: readonly TestInput[];
}

/** A test of a program that has a list of its tests (`ppu/testing`). */
export interface ListedTest {
  /** Groups around it and its own name. */
  readonly name: readonly string[];
  /** Where it is declared. */
  readonly location?: SourceLocation;
  readonly demands: TestDemands;
}

/** How tests are run unless they ask for something else. */
export interface RunSettings {
  readonly ppus: PpuSelection;
  readonly chip: AnalogPreset;
  readonly timing: string;
  readonly maxCycles: number;
  /** A finding ends a test; undefined: yes for tests of `ppu/testing`, no for other programs. */
  readonly strict?: boolean;
  /** Results carry counts of what was executed. */
  readonly counters: boolean;
}

export interface Seeds {
  readonly chip: number;
  readonly noise: number;
}

/** Why a test has failed. */
export interface TestFailure {
  /**
   * `check`: an expectation of the program; `trap`, `timeout`, `finding`, `asleep`: how it was stopped; `return`: its return
   * code, or that it returned although it should not.
   */
  readonly kind: "check" | "trap" | "timeout" | "finding" | "asleep" | "return";
  readonly ppu: PpuName;
  /** One line. */
  readonly message: string;
  readonly location?: SourceLocation;
  /** Up to the moment at which it was stopped, oldest first; absent for checks. */
  readonly history?: readonly PastInstruction[];
}

/** A mistake of the program that the chip has noticed. */
export interface Finding {
  readonly ppu: string;
  readonly message: string;
  readonly count: number;
  readonly cycle: number;
  readonly symbol?: string;
  readonly source?: SourceLocation;
}

/** Counts of one PPU by address of the fetch view, for coverage and profiles. */
export interface CounterTable {
  readonly pc: Uint32Array;
  readonly executed: Float64Array;
  readonly taken: Float64Array;
  readonly cycles: Float64Array;
}

/** What one PPU did for a test. */
export interface PpuOutcome {
  readonly ppu: PpuName;
  readonly mailbox: string;
  /** Undefined unless the program has ended. */
  readonly returnCode?: number;
  /** From the first instruction of the test's body to its return, or to where it was stopped. */
  readonly cycles: number;
  readonly instructions: number;
  readonly counters?: CounterTable;
}

export interface TestResult {
  readonly file: string;
  readonly name: readonly string[];
  readonly location?: SourceLocation;
  readonly seeds: Seeds;
  /** No failures. */
  readonly passed: boolean;
  readonly failures: readonly TestFailure[];
  /** Of the PPU that took longest; undefined for a case of a program that is run as a whole. */
  readonly cycles?: number;
  readonly instructions?: number;
  readonly reason: ChipStopReason;
  /** Top first. For a case of a program that is run as a whole: empty, its text stands in `output`. */
  readonly ppus: readonly PpuOutcome[];
  /** What the case printed, in a program that is run as a whole. */
  readonly output?: string;
  readonly findings: readonly Finding[];
}

/** A file that is built and whose tests are known as far as they can be before they run. */
export interface BuiltFile {
  readonly file: string;
  /** The same for the same program. */
  readonly id: string;
  /** The ELF file, shared between threads. */
  readonly elf: Uint8Array;
  /** Tests to be run one by one; undefined: a program that is run as a whole and tells its cases itself. */
  readonly tests?: readonly ListedTest[];
  readonly sources: Sources;
}

/** Files that a result depends on: their absolute paths, and stamps that tell their present contents from others. */
export type Sources = Readonly<Record<string, string>>;

/** A file whose tests cannot be run: one line a problem. */
export interface BrokenFile {
  readonly file: string;
  readonly problems: readonly string[];
  readonly sources: Sources;
}

/** Name of a test with its groups, as reports show it and `--name` looks for it. */
export const fullName = (name: readonly string[]): string => name.join(" > ");
