/**
 * What a trace consists of, whatever it comes from: a file, a running chip, a log of another emulator. Records of one
 * PPU stand in the order in which they happened; `cycle` is the chip's.
 */
import type { PpuName } from "../chip/index.ts";
import { PPUS } from "../debug/position.ts";
import type { Image } from "../toolchain/image.ts";

export { PPUS, type PpuName };

/** Causes of waiting at the issue stage. */
export type StallCause =
  /** A general purpose register that is not there yet: the result of a load, a multiplication … */
  | "register"
  | "condition"
  /** LR, CTR or another special register. */
  | "special"
  /** The write port of the general purpose registers is taken. */
  | "writePort"
  | "divider"
  /** The queue of the vector unit is full. */
  | "vectorQueue"
  /** Code outside the SRAM. */
  | "fetch";

export interface Stall {
  readonly cause: StallCause;
  readonly cycles: number;
  /** The register that was waited for, by its name in `writes`; absent where there is none or it is not known. */
  readonly register?: string;
}

/**
 * A register and its new value. Names: `r0`..`r31`, `cr0`..`cr7` (LT GT EQ SO as 8 4 2 1), `xer`, `lr`, `ctr`, `msr`,
 * special registers by their name in lower case, `v0`..`v31`, `acc`, `vcr`. Values of 32 bits are unsigned; of mtspr it is the
 * operand, of XER and MSR what they hold afterwards. `v`: 128 bytes, lane 0 first; `acc`: 64 words, big-endian, lane 0 first
 * (256 bytes); `vcr`: a byte a lane with bits 1 GT, 2 LT, 4 EQ. Read only: records may share arrays.
 */
export interface RegisterWrite {
  readonly register: string;
  readonly value: number | Uint8Array;
}

export type PortName = "scalar" | "vector" | "parallel";

/** One access to memory or a device. */
export interface Access {
  readonly port: PortName;
  /** Byte address; on the parallel port the number of a vector. */
  readonly address: number;
  readonly bytes: number;
  readonly write: boolean;
  /** Unsigned for 1, 2 or 4 bytes; 128 byte lanes for vectors. */
  readonly value: number | Uint8Array;
  /** Byte lanes written (1) where not all are. */
  readonly enables?: Uint8Array;
}

interface Common {
  readonly ppu: PpuName;
  readonly cycle: number;
}

/** `cycle`: when it left the issue stage. Writes in the order of `RegisterWrite`'s names, accesses in the order made. */
export interface InstructionRecord extends Common {
  readonly kind: "instruction";
  readonly pc: number;
  readonly word: number;
  readonly writes: readonly RegisterWrite[];
  readonly accesses: readonly Access[];
  readonly stalls: readonly Stall[];
  /** Ended by an alignment exception before it had any effect. */
  readonly aborted?: true;
}

/** `cycle`: the instruction at the vector issues. */
export interface ExceptionRecord extends Common {
  readonly kind: "exception";
  readonly vector: number;
  readonly returnAddress: number;
}

/** An event on a PADI bus. `ppu`: who caused it; the hemisphere's own where the host or a device did. */
export interface EventRecord extends Common {
  readonly kind: "event";
  readonly hemisphere: PpuName;
  /** Bit n: bus n. */
  readonly buses: number;
  /** Row select, 0..31. */
  readonly row: number;
  /** Address of the event, 0..63, compared with the synapses' labels; its low 5 bits are the input in matrix mode. */
  readonly address: number;
}

/** A conversion of the CADC with the results of the 256 causal channels; acausal ones appear where they are read. */
export interface ConversionRecord extends Common {
  readonly kind: "conversion";
  readonly hemisphere: PpuName;
  readonly causal: Uint8Array;
}

/** The PPU was released from reset: registers 0, `cycle` is its cycle 0. */
export interface ResetRecord extends Common {
  readonly kind: "reset";
}

/** Instructions that are not in the trace; `cycle` that of the next one that is, or of the end. */
export interface GapRecord extends Common {
  readonly kind: "gap";
  /** Undefined: not known. */
  readonly instructions: number | undefined;
  /** `filter`: not asked for; `trigger`: recording was off; `ring`: dropped; `damage`: unreadable; `host`: a debugger changed the state. */
  readonly reason: "filter" | "trigger" | "ring" | "damage" | "host";
  /** Registers behind the gap, as in `Trace.initialState`; absent: not known. */
  readonly state?: ReadonlyMap<string, number | Uint8Array>;
}

export type TraceRecord =
  | InstructionRecord
  | ExceptionRecord
  | EventRecord
  | ConversionRecord
  | ResetRecord
  | GapRecord;

/** How a trace came about. Nothing in it depends on the machine or the time of day. */
export interface TraceHeader {
  /** What was run, as the user named it, without directories. */
  readonly program: string;
  readonly chipSeed: number;
  readonly noiseSeed: number;
  /** Preset of the analog core. */
  readonly chip: string;
  readonly timing: string;
  /** PPUs whose records may be in it. */
  readonly ppus: readonly PpuName[];
  /** What was left out, in words of the command line; empty: nothing. */
  readonly filters: readonly string[];
  /** False: register values, accesses and so on are missing, as in lists of (pc, cycle). */
  readonly has: {
    readonly cycles: boolean;
    /** False: `word` of every instruction is 0, as its source does not tell it. Absent: true. */
    readonly words?: boolean;
    readonly writes: boolean;
    readonly accesses: boolean;
    readonly stalls: boolean;
    /** Values of vector registers, accumulators and vector accesses. */
    readonly vectors: boolean;
  };
}

export interface TraceEnd {
  /** As `RunResult.reason`, or `limit`: the size asked for was reached. */
  readonly reason: string;
  readonly cycle: number;
  /** Retired, recorded or not: top, bottom. */
  readonly instructions: readonly [number, number];
}

/** A source of records that is read from the begin as often as somebody asks, in bounded memory. */
export interface Trace {
  readonly header: TraceHeader;
  /** The program of a PPU, for symbols and sources. */
  image(ppu: PpuName): Image | undefined;
  records(ppu: PpuName): Iterable<TraceRecord>;
  /**
   * Registers before the first record of `records(ppu)`, by name as in `RegisterWrite`; those that are missing are 0.
   */
  initialState(ppu: PpuName): ReadonlyMap<string, number | Uint8Array>;
  /** Undefined: the trace was cut, or its source does not say. */
  end(): TraceEnd | undefined;
  /** What could not be read, in words; grows while records are read. */
  readonly problems: readonly string[];
}

/** Records of both PPUs by cycle; at the same cycle top goes first, and the order of a PPU's own records is kept. */
export function* mergedRecords(trace: Trace): Generator<TraceRecord> {
  const iterators = PPUS.map((ppu) => trace.records(ppu)[Symbol.iterator]());
  const heads = iterators.map((iterator) => iterator.next());
  for (;;) {
    const [top, bottom] = heads;
    if (top.done && bottom.done) return;
    const side = bottom.done || (!top.done && top.value.cycle <= bottom.value.cycle) ? 0 : 1;
    yield heads[side].value;
    heads[side] = iterators[side].next();
  }
}

/** A trace in memory. */
export function memoryTrace(
  header: TraceHeader,
  records: Readonly<Record<PpuName, readonly TraceRecord[]>>,
  images: Partial<Readonly<Record<PpuName, Image>>> = {},
  end?: TraceEnd,
): Trace {
  return {
    header,
    image: (ppu) => images[ppu],
    records: (ppu) => records[ppu],
    initialState: () => new Map(),
    end: () => end,
    problems: [],
  };
}
