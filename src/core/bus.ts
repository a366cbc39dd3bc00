/**
 * What a PPU sees beyond its own 16 KiB of SRAM. The core knows only this; the chip implements it.
 * Addresses are byte addresses (0..2^32-1 as unsigned numbers) except on the parallel port, which counts vectors.
 * `cycle` is the PPU's own cycle in which the request leaves the core. A bus never throws for a guest's mistake:
 * unmapped accesses read 0, write nothing, and are reported through `Diagnostics`.
 */
export interface Bus {
  /** Scalar load, big endian. Returns the value zero-extended (as int32 for words). */
  load(address: number, bytes: 1 | 2 | 4, cycle: number): number;
  store(address: number, bytes: 1 | 2 | 4, value: number, cycle: number): void;
  /** Instruction word in the instruction-fetch view (chip.md section 3), outside the SRAM. */
  fetch(address: number): number;
  /** fxvlax/fxvstax outside the SRAM: 32 words in increasing address order, to/from `words[at..at+31]`. */
  loadVector(address: number, words: Int32Array, at: number, cycle: number): void;
  storeVector(address: number, words: Int32Array, at: number, cycle: number): void;
  /** fxvinx: fills 128 byte lanes, lane 0 first. */
  readParallel(address: number, lanes: Uint8Array, cycle: number): void;
  /** fxvoutx: `enables[n]` is non-zero for the lanes to be written. */
  writeParallel(address: number, lanes: Uint8Array, enables: Uint8Array, cycle: number): void;
  /** Response delay in PPU cycles, 1 = response in the cycle after the command. */
  dataLatency(address: number): number;
  vectorLatency(address: number): number;
  parallelLatency(address: number, write: boolean): number;
  /**
   * The one word beyond the SRAM, if there is one, whose stores may be done later and many at once: nothing that this PPU or
   * anybody else sees depends on them before the PPU's next other access, and they are never reported. All take the same time.
   */
  readonly posted?: PostedWord;
  /** Stores to that word, the oldest first: value and cycle of each. What the arrays hold afterwards means nothing. */
  post?(values: Int32Array, cycles: Float64Array, count: number): void;
}

export interface PostedWord {
  readonly address: number;
  /** As `dataLatency` gives it. */
  readonly latency: number;
}

/** One finding about a running program: an access to nothing, an undefined opcode, a missing sync. */
export interface Diagnostic {
  readonly kind: string;
  readonly ppu: string;
  readonly pc: number;
  readonly cycle: number;
  readonly message: string;
}

const nothing = () => 0;

/** A core with nothing around it: loads and fetches give 0, stores go nowhere, everything answers in one cycle. */
export const NO_BUS: Bus = {
  load: nothing,
  store: nothing,
  fetch: nothing,
  loadVector: nothing,
  storeVector: nothing,
  readParallel: nothing,
  writeParallel: nothing,
  dataLatency: () => 1,
  vectorLatency: () => 1,
  parallelLatency: () => 1,
};
