/**
 * State of one PPU as typed arrays over its one WebAssembly.Memory. Architectural and timing state both lie in it,
 * so that a snapshot is a copy of the memory and a restored PPU continues with identical cycles.
 */
import { MEMORY_LAYOUT, SRAM_BYTES, VECTOR_BYTES } from "./layout.ts";

/**
 * Special registers: word indices behind `MEMORY_LAYOUT.special`. `t` and all other times are issue cycles relative
 * to `COUNTER.base`, so that the hot loop stays in 32-bit integers.
 */
export const SPECIAL = {
  pc: 0,
  cr: 1,
  xer: 2,
  lr: 3,
  ctr: 4,
  msr: 5,
  srr0: 6,
  srr1: 7,
  csrr0: 8,
  csrr1: 9,
  mcsrr0: 10,
  mcsrr1: 11,
  esr: 12,
  dear: 13,
  dec: 14,
  decar: 15,
  tcr: 16,
  tsr: 17,
  iccr: 18,
  /** Registered input pins, bits 3..0. */
  gin: 19,
  gout: 20,
  goe: 21,
  sleeping: 22,
  inReset: 23,
  /** Next cycle in which an instruction can issue. */
  t: 24,
  /** The loop stops at the first boundary with t >= limit. */
  limit: 25,
  /** The instruction starting at this t is the first fetch after a redirect and is not looked up. */
  redirect: 26,
  /** Entries of the branch cache in use. */
  branchesFilled: 27,
  lrReady: 28,
  ctrReady: 29,
  /** Any other special register. */
  sprReady: 30,
  /** The special register `sprReady` speaks of. */
  sprNumber: 31,
  queueHead: 32,
  queueCount: 33,
  /** Latest response scheduled on the scalar port. */
  lastResponse: 34,
  /** Word of the instruction in a slow path, when fetched from outside the SRAM. */
  word: 35,
  /** Why the loop left before the limit (`EXIT`). */
  exit: 36,
  /** Pins with a latched edge request, bits 3..0. */
  pinPending: 37,
  doorbellLevel: 38,
  /** From here on the vector queue takes another instruction. */
  vectorReady: 39,
  /** Number + 1 of the base register that an update form is about to write, 0 = none, and from when on it can. */
  updated: 40,
  updateTime: 41,
  /** Instructions that translated code has executed since it was entered. */
  translated: 42,
} as const;

/** A WebAssembly.Memory, by what is needed of it: TypeScript knows that class only with the library of browsers. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

/** 64-bit floating point counters. Times here are absolute cycles of this PPU, Infinity = never. */
export const COUNTER = {
  /** Cycle that relative time 0 stands for. */
  base: 0,
  instructions: 1,
  /** Cycle in which the sleep output rose last; -1 = awake. */
  sleepCycle: 2,
  /** Cycle for which DEC and TSR are valid. */
  timerCycle: 3,
  /** Time base in cycle `timerCycle`. */
  timeBaseHigh: 4,
  timeBaseLow: 5,
  /** Since when requests are up. */
  doorbellAt: 6,
  pinAt: 7,
  decrementerAt: 8,
  fixedIntervalAt: 9,
  /** Since when MSR.EE is 1. */
  enabledAt: 10,
} as const;

/** Where the rest of a PPU's memory goes; continues `MEMORY_LAYOUT`. */
export const STATE_LAYOUT = {
  counters: 0x4a00,
  /** Issue time from which each GPR can be read; entry 32 belongs to the constant 0 of (RA|0). */
  ready: 0x4b00,
  /** Issue time from which each condition field can be read. */
  conditionReady: 0x4ba0,
  /** Branch addresses by entry; targets and counters that have no place in `branchState` (kernels/branch-cache.ts). */
  branchTag: 0x4c00,
  branchTarget: 0x4d00,
  branchCounter: 0x4e00,
  queueRegister: 0x4f00,
  queueTime: 0x4f40,
  /** Tags of the instruction cache for external code. */
  lineTag: 0x4fc0,
  /** For the vector unit's own timing state. */
  vectorUnit: 0x7000,
  vectorUnitBytes: 0x1000,
  /** Ring of cycles in which the GPR write port is taken. */
  writePort: 0x8000,
  /** For each SRAM word what the branch cache knows of it (kernels/branch-cache.ts). */
  branchState: 0xc000,
} as const;

/**
 * Behind the state in the same memory, where translated code reaches it too: what is made from the state and has no
 * place in a snapshot.
 */
export const DERIVED_LAYOUT = {
  /** Operation numbers of the SRAM's words, 16 bits each. */
  code: 0x10000,
  /** While translated code runs: condition fields and flags, a word each. */
  parts: 0x12000,
  /** Byte address of the word whose stores are posted, how many are listed, and time and value of each (engine/posted-stores.ts). */
  postedAddress: 0x12100,
  postedCount: 0x12104,
  posted: 0x13000,
  /** State of the vector unit as translated code follows it, and edges between states (vector/known-issues.ts). */
  unit: 0x12108,
  unitEdges: 0x1b000,
} as const;
export const MEMORY_PAGES = 2;

/** The most that are listed. */
export const POSTED_STORES = 4096;

export const WRITE_PORT_SLOTS = 4096;
export const WRITE_PORT_MASK = WRITE_PORT_SLOTS - 1;
export const QUEUE_SLOTS = 16;
/** `ready` of a register that a load in the queue will write. */
export const PENDING = 0x7fff_ffff;
/** In `queueRegister`: a store. */
export const NO_REGISTER = -1;
export const STATE_BYTES = MEMORY_LAYOUT.end;
/** Relative time at which a run pauses to move the origin, so that int32 never overflows. */
export const LONGEST_STRETCH = 0x2000_0000;

/** MSR bits that exist. */
export const MSR = { CE: 0x20000, EE: 0x8000, ME: 0x1000, DE: 0x200, IS: 0x20, DS: 0x10 } as const;
export const MSR_MASK = 0x20000 | 0x8000 | 0x1000 | 0x200 | 0x20 | 0x10;
export const XER = { SO: 0x8000_0000 | 0, OV: 0x4000_0000, CA: 0x2000_0000 } as const;
export const XER_MASK = 0xe000_0000 | 0;

/** Views over a PPU's memory. Words are host order; guest byte `n` of SRAM is `bytes[n ^ 3]`. */
export class State {
  readonly memory: LinearMemory;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly halfwords: Uint16Array;
  readonly gpr: Int32Array;
  readonly special: Int32Array;
  readonly counters: Float64Array;
  readonly ready: Int32Array;
  readonly conditionReady: Int32Array;
  readonly branchTag: Int32Array;
  readonly queueRegister: Int32Array;
  readonly queueTime: Int32Array;
  readonly lineTag: Int32Array;
  readonly writePort: Int32Array;

  constructor(memory: LinearMemory) {
    const { buffer } = memory;
    this.memory = memory;
    this.bytes = new Uint8Array(buffer, 0, STATE_BYTES);
    this.words = new Int32Array(buffer, MEMORY_LAYOUT.sram, SRAM_BYTES >> 2);
    this.halfwords = new Uint16Array(buffer, MEMORY_LAYOUT.sram, SRAM_BYTES >> 1);
    this.gpr = new Int32Array(buffer, MEMORY_LAYOUT.gpr, 33);
    this.special = new Int32Array(buffer, MEMORY_LAYOUT.special, 64);
    this.counters = new Float64Array(buffer, STATE_LAYOUT.counters, 16);
    this.ready = new Int32Array(buffer, STATE_LAYOUT.ready, 33);
    this.conditionReady = new Int32Array(buffer, STATE_LAYOUT.conditionReady, 8);
    this.branchTag = new Int32Array(buffer, STATE_LAYOUT.branchTag, 64);
    this.queueRegister = new Int32Array(buffer, STATE_LAYOUT.queueRegister, QUEUE_SLOTS);
    this.queueTime = new Int32Array(buffer, STATE_LAYOUT.queueTime, QUEUE_SLOTS);
    this.lineTag = new Int32Array(buffer, STATE_LAYOUT.lineTag, 16);
    this.writePort = new Int32Array(buffer, STATE_LAYOUT.writePort, WRITE_PORT_SLOTS);
  }

  /** Power-on values of registers and pipeline; the SRAM keeps its contents (chip.md section 2). */
  reset(): void {
    this.bytes.fill(0, MEMORY_LAYOUT.gpr, STATE_BYTES);
    this.bytes.fill(0xff, MEMORY_LAYOUT.masks, MEMORY_LAYOUT.masks + VECTOR_BYTES);
    this.special[SPECIAL.t] = FIRST_ISSUE;
    this.special[SPECIAL.redirect] = -1;
    this.special[SPECIAL.sprNumber] = -1;
    this.branchTag.fill(-1);
    this.lineTag.fill(-1);
    this.writePort.fill(-1);
    this.counters[COUNTER.sleepCycle] = -1;
    for (const at of ["doorbellAt", "pinAt", "decrementerAt", "fixedIntervalAt", "enabledAt"] as const) {
      this.counters[COUNTER[at]] = Number.POSITIVE_INFINITY;
    }
  }

  /** Absolute cycle of the next possible issue. */
  get cycle(): number {
    return this.counters[COUNTER.base] + this.special[SPECIAL.t];
  }

  /** After a jump in time with nothing in flight: everything is ready. */
  forgetTimes(): void {
    this.ready.fill(-1);
    this.conditionReady.fill(-1);
    this.queueTime.fill(-1);
    this.writePort.fill(-1);
    for (const name of RELATIVE_TIMES) if (name !== "t") this.special[SPECIAL[name]] = -1;
  }

  /**
   * Moves the origin of relative time so that `t` becomes small again. The step is a multiple of the write port
   * ring, hence of every other modulus in use.
   */
  rebase(): void {
    const step = (this.special[SPECIAL.t] & ~WRITE_PORT_MASK) - WRITE_PORT_SLOTS;
    if (step <= 0) return;
    this.counters[COUNTER.base] += step;
    const shift = (array: Int32Array) => {
      for (let i = 0; i < array.length; i++) {
        if (array[i] !== PENDING) array[i] = Math.max(array[i] - step, -1);
      }
    };
    shift(this.ready);
    shift(this.conditionReady);
    shift(this.queueTime);
    shift(this.writePort);
    for (const name of RELATIVE_TIMES) {
      const index = SPECIAL[name];
      this.special[index] = Math.max(this.special[index] - step, -1);
    }
  }
}

/** First instruction issues in cycle 3 after reset release (timing-measured section 1). */
export const FIRST_ISSUE = 3;

const RELATIVE_TIMES = [
  "t",
  "redirect",
  "lrReady",
  "ctrReady",
  "sprReady",
  "lastResponse",
  "vectorReady",
  "updateTime",
] as const;
