/** Public types of the debug session: what the doors (terminal, GDB, DAP) and programs see. */
import type { Chip, ChipOptions, Diagnostic, PpuName, PpuSelection } from "../chip/index.ts";
import type { Image, SourceLocation } from "../toolchain/image.ts";

export type { Frame, FunctionSymbol, ProgramSymbols } from "./symbols/index.ts";

export type { PpuName, PpuSelection };

/** A mistake of the user in one line: what, where, what to do. Never a fault of the chip's program. */
export class SessionError extends Error {
  override name = "SessionError";
}

export interface SessionOptions {
  /** A chip that is ready to run, or the options of one to be made. */
  readonly chip?: Chip | ChipOptions;
  /** Program of both PPUs, or of those that `load` names. */
  readonly image?: Image;
  /** Programs that differ between the PPUs; wins over `image`. */
  readonly images?: Readonly<Partial<Record<PpuName, Image>>>;
  /** PPUs that get `image` and are released from reset; default "both". */
  readonly load?: PpuSelection;
  /** false: the chip is as the caller has prepared it (loaded, released); images serve as symbols only. Default true. */
  readonly prepare?: boolean;
  /** Path of the program's file: sources are looked for beside it too. */
  readonly path?: string;
  /** Directories in which source files are looked for, beside the paths in the debug information. */
  readonly sourceDirectories?: readonly string[];
  /** Bytes that checkpoints may take; default 256 MiB. */
  readonly memoryBudget?: number;
  /** Instructions (of both PPUs) between two checkpoints; default 500 000. */
  readonly checkpointInterval?: number;
}

/** Thread of a PPU: 1 top, 2 bottom. */
export interface ThreadInfo {
  readonly id: 1 | 2;
  readonly ppu: PpuName;
  /** `held`: in reset. `finished`: asleep, and nothing is enabled that could wake it. */
  readonly state: "awake" | "asleep" | "finished" | "held";
  readonly pc: number;
  /** Cycle of the chip that this PPU has reached. */
  readonly cycle: number;
  /** Retired instructions since the session's chip was made. */
  readonly instructions: number;
}

/**
 * Why the chip stopped. `entry`: nothing has run yet, or after `restart`. `reached`: location or cycle of `runTo`, or
 * `goTo`. `finding`: a guest's mistake in strict mode. `finished`: all released PPUs sleep for good. `asleep`: only
 * the host can wake one. `held`: no PPU is released. `historyStart`: the way back ended at the begin of the history.
 */
export type StopReason =
  | "entry"
  | "step"
  | "breakpoint"
  | "watch"
  | "saturation"
  | "reached"
  | "finding"
  | "interrupted"
  | "finished"
  | "asleep"
  | "held"
  | "historyStart";

/** A state of the chip. All actions give one; `session.stop` is the current one. */
export interface Stop {
  readonly reason: StopReason;
  /** PPU that caused the stop, or that the action was for. */
  readonly ppu: PpuName;
  /** Its next instruction. */
  readonly pc: number;
  /** Chip cycle of that PPU. */
  readonly cycle: number;
  readonly position: Position;
  /** Numbers of the breakpoints and watchpoints that were hit; empty if none. */
  readonly ids: readonly number[];
  readonly hits: readonly WatchHit[];
  /** Of strict mode. */
  readonly finding?: Diagnostic;
  /** One line for people, without a location: "breakpoint 2", "watchpoint 3: r5 1 -> 2 by 0x120", … */
  readonly message: string;
}

/**
 * A place in the deterministic course of the chip: retired instructions of both PPUs and changes of the user so far.
 * Made by the session; valid for `goTo` until the user changes something at an earlier place.
 */
export interface Position {
  /** Retired instructions [top, bottom]. */
  readonly instructions: readonly [number, number];
  /** PPU at whose instruction boundary this is (the other one may be inside its window of 20 cycles), if any. */
  readonly ppu?: PpuName;
  /** Chip cycle of that PPU, or of the window boundary. */
  readonly cycle: number;
  /** Tells apart boundaries in different windows that agree in the rest. */
  readonly windowEnd: number;
  /** Changes of the user made before. */
  readonly changes: number;
}

// ---- breakpoints and watchpoints ----------------------------------------------------------------------------------

/** A place in a program: address, symbol (`main`, `main+8`), or source line (`file:line`; file may be a suffix). */
export type Location =
  | { readonly address: number }
  | { readonly symbol: string }
  | { readonly file: string; readonly line: number; readonly column?: number };

/** What breakpoints and watchpoints have in common. */
export interface StopCondition {
  /** PPUs it holds for; default "both" (watchpoints on a PPU's own state: the PPU they name). */
  readonly ppus?: PpuSelection;
  readonly enabled?: boolean;
  /** Expression; stops only when it is not 0. Evaluated in frame 0 of the PPU that hits. */
  readonly condition?: string;
  /** Stops from this hit on (hits whose condition holds are counted); default 1. */
  readonly hitCount?: number;
  /** Text with `{expression}` parts: a hit emits it as a `log` event and does not stop. */
  readonly logMessage?: string;
  /** Removed when it has stopped the chip once. */
  readonly temporary?: boolean;
}

/** What always has a value in the lists of the session. */
type Settled<Condition> = Condition & {
  readonly enabled: boolean;
  readonly temporary: boolean;
};

export interface Breakpoint extends Settled<StopCondition> {
  readonly id: number;
  readonly kind: "breakpoint";
  readonly ppus: PpuSelection;
  /** As asked for. */
  readonly location: Location;
  /** Addresses by PPU; empty: pending, as no program has such a place. */
  readonly addresses: Readonly<Record<PpuName, readonly number[]>>;
  /** Source of the first address. */
  readonly source?: SourceLocation;
  readonly hits: number;
}

export type WatchAccess = "read" | "write" | "access";

/** Byte memories of the synapse array. */
export type SynapseRegionName = "weights" | "labels" | "timeCalibration" | "amplitudeCalibration";

/**
 * What a watchpoint looks at. `write` on a place stops when its value changes; `read` and `access` stop at every
 * access. Registers know `write` only.
 */
export type WatchTarget =
  /** Bytes by data address of a PPU, written by whomever (also by the other PPU, over any port). */
  | { readonly kind: "memory"; readonly ppu: PpuName; readonly address: number; readonly length: number }
  /** `r0`..`r31`, `cr`, `cr0`..`cr7`, `xer`, `lr`, `ctr`, `msr`, any SPR by name. */
  | { readonly kind: "register"; readonly ppu: PpuName; readonly name: string }
  /** Vector register, all lanes or one; lanes are bytes (`b`) or halfwords (`h`). */
  | {
      readonly kind: "vector";
      readonly ppu: PpuName;
      readonly register: number;
      readonly lane?: { readonly type: "b" | "h"; readonly index: number };
    }
  /** Accumulator, all lanes or one of 64. */
  | { readonly kind: "accumulator"; readonly ppu: PpuName; readonly lane?: number }
  /** Vector condition register. */
  | { readonly kind: "conditions"; readonly ppu: PpuName }
  /** A row 0..256 of the synapse array (256: switch row), or some of its columns 0..255. */
  | {
      readonly kind: "synapses";
      readonly hemisphere: PpuName;
      readonly region?: SynapseRegionName;
      readonly row: number;
      readonly columns?: readonly [first: number, last: number];
    }
  /** Any read of CADC results, buffered ones included; access `read`. */
  | { readonly kind: "cadc"; readonly hemisphere: PpuName }
  /** A lane of a saturating vector instruction saturates. */
  | { readonly kind: "saturation"; readonly ppu: PpuName }
  /** Value of an expression changes. */
  | { readonly kind: "expression"; readonly ppu: PpuName; readonly text: string };

export interface Watchpoint extends Settled<Omit<StopCondition, "ppus">> {
  readonly id: number;
  readonly kind: "watchpoint";
  readonly target: WatchTarget;
  readonly access: WatchAccess;
  /** The target as an expression or in words, for lists. */
  readonly text: string;
  readonly hits: number;
}

export interface WatchHit {
  readonly id: number;
  /** `text` of the watchpoint. */
  readonly text: string;
  readonly target: WatchTarget;
  readonly access: "read" | "write";
  /** PPU whose instruction did it; undefined: the host or a device. */
  readonly ppu?: PpuName;
  /** Address of that instruction. */
  readonly pc?: number;
  /** Values of the target (of the lane, where one is watched or saturated), as texts. */
  readonly oldValue: string;
  readonly newValue: string;
  /** Memory: first byte that was accessed, by data address of the target's PPU. */
  readonly address?: number;
  /** First lane that changed or saturated: byte, halfword or accumulator lane; column of a synapse row. */
  readonly lane?: number;
  readonly saturation?: Saturation;
}

/** The first lane that an instruction saturated. */
export interface Saturation {
  readonly mnemonic: string;
  /** `v3`, or `acc`. */
  readonly register: string;
  readonly laneType: "b" | "h";
  readonly lane: number;
  /** Operands of the lane by name, signed: VRA, VRB, ACC. */
  readonly operands: Readonly<Record<string, number>>;
  /** Value of the lane before it was clamped, and after. */
  readonly exact: number;
  readonly result: number;
}

export type Breakable = Breakpoint | Watchpoint;

/** Answer of `whoWrote`. */
export interface Writer {
  /** undefined: the host (a change of the user). */
  readonly ppu?: PpuName;
  readonly pc?: number;
  /** Chip cycle in which the instruction was issued, or of the change. */
  readonly cycle: number;
  readonly instruction?: string;
  readonly source?: SourceLocation;
  /** Place just before the instruction; `goTo` it to look around. */
  readonly before: Position;
  readonly message: string;
}

// ---- inspection ---------------------------------------------------------------------------------------------------

/** In which context an expression is evaluated; default: PPU of the last stop, frame 0. */
export interface Context {
  readonly ppu?: PpuName;
  /** 0 = innermost. */
  readonly frame?: number;
}

export type RegisterGroupName =
  | "general"
  | "special"
  | "condition"
  | "vector"
  | "accumulator"
  | "vectorCondition";

export interface RegisterDescription {
  /** As in expressions: `r3`, `cr`, `lr`, `msr`, `srr0`, `v3`, `acc`, `vcr.gt`. */
  readonly name: string;
  readonly group: RegisterGroupName;
  readonly bits: number;
  readonly writable: boolean;
  readonly summary: string;
}

/**
 * A register's contents: scalars as unsigned 32-bit number; vectors and VCR masks as 128 byte lanes (masks: 0 or 1),
 * the accumulator as 64 signed words.
 */
export type RegisterValue = number | Uint8Array | Int32Array;

export interface MemoryRegion {
  readonly name: string;
  /** Data address. */
  readonly base: number;
  readonly size: number;
  /** `registers`: words of the omnibus, aligned access only. */
  readonly kind: "ram" | "registers";
  readonly description: string;
}

export interface DisassembledLine {
  readonly address: number;
  readonly word: number;
  readonly text: string;
  /** `main+0x10`. */
  readonly symbol?: string;
  readonly source?: SourceLocation;
  readonly isPc: boolean;
  /** Breakpoints at this address. */
  readonly ids: readonly number[];
  /** Target of a direct branch. */
  readonly target?: number;
}

export interface VariableInfo {
  readonly name: string;
  readonly typeName: string;
  /** Text of the value, `<optimized out>` where there is none. */
  readonly value: string;
  readonly kind: "parameter" | "local" | "global" | "member" | "element";
  /** Expression that gives it in the same frame; to be used for children and assignment. */
  readonly expression: string;
  readonly childCount: number;
  readonly assignable: boolean;
  readonly address?: number;
}

export interface AnalogState {
  readonly hemisphere: PpuName;
  /** Charge of the 256 membranes as the next conversion would see it, in activation x weight, without noise. */
  readonly membranes: Float64Array;
  /** Last CADC results, 0..255 by column. */
  readonly causal: Uint8Array;
  readonly acausal: Uint8Array;
  readonly conversions: number;
  /** Events that arrived since the reset of each neuron. */
  readonly eventsSinceReset: Float64Array;
  /** Chip cycle of each neuron's last reset. */
  readonly resetCycles: Float64Array;
  readonly cadcEnabled: boolean;
}

// ---- values of expressions ----------------------------------------------------------------------------------------

export type ElementType = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64";

export type Value =
  | { readonly kind: "integer"; readonly type: ElementType; readonly value: number }
  /** Several elements: lanes of a register, part of a row, bytes. */
  | { readonly kind: "lanes"; readonly type: ElementType; readonly values: readonly number[] }
  /** Something in the program with a type from its debug information that is no integer: structure, array. */
  | { readonly kind: "object"; readonly typeName: string; readonly text: string; readonly address?: number };

export interface EvaluateResult {
  readonly value: Value;
  /** Decimal or, for addresses, with 0x; lanes in braces. */
  readonly text: string;
  readonly typeName: string;
  /** Of the object in memory that the expression names. */
  readonly address?: number;
  readonly assignable: boolean;
  readonly childCount: number;
}

/** How integers are written. */
export type NumberFormat = "natural" | "hex" | "unsigned" | "binary" | "character";

export interface Completion {
  readonly text: string;
  readonly kind: "register" | "symbol" | "variable" | "function" | "ppu";
}

// ---- time travel --------------------------------------------------------------------------------------------------

export interface HistoryInfo {
  readonly checkpoints: number;
  /** Bytes that they take, shared parts counted once. */
  readonly bytes: number;
  readonly memoryBudget: number;
  /** Instructions executed again by all ways back so far. */
  readonly replayedInstructions: number;
  /** Instructions of both PPUs from the begin of the history to here. */
  readonly instructions: number;
}

/** Where a fork with another noise seed first differs. */
export interface Difference {
  /** undefined: no difference up to the end of the comparison. */
  readonly first?: {
    /** PPU whose instruction (retired last) made the difference; undefined: devices. */
    readonly ppu?: PpuName;
    readonly pc?: number;
    readonly instruction?: string;
    readonly source?: SourceLocation;
    readonly cycle: number;
    readonly instructions: readonly [number, number];
    /** What differs: `top.v3.b[17]: 4 / 5`, at most 16 lines. */
    readonly what: readonly string[];
  };
  /** Instructions of both PPUs that were compared. */
  readonly compared: number;
  readonly message: string;
}

export interface LogMessage {
  readonly id: number;
  readonly ppu: PpuName;
  readonly text: string;
}

/** Events of a session. */
export interface SessionEvents {
  /** The chip begins to run (forwards or backwards). */
  running: [];
  stopped: [stop: Stop];
  log: [message: LogMessage];
  /** Breakpoints were added, changed, hit or removed. */
  breakpoints: [];
  /** Registers, memory or pins were changed by the user. */
  changed: [];
}
