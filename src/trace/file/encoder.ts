/** Turns the raw records of one PPU into chunks. */
import type { GapRecord } from "../model.ts";
import {
  CUT,
  DONE,
  HITS,
  INCOMPLETE,
  LANES,
  PLAN,
  RECORD_WORDS,
  RECORDS,
  REGISTER_WORDS,
  RESIDUALS,
  SCALAR_WORDS,
  STATE_ENTRY,
} from "./kernel/layout.ts";
import { Kernel } from "./kernel.ts";

/** A chunk ends behind so many instructions, or where the chip's cycle count passes a multiple of `GRID_CYCLES`. */
export const MOST_INSTRUCTIONS = 1 << 16;
export const GRID_CYCLES = 2 ** 20;

export interface ChunkGap {
  readonly reason: GapRecord["reason"];
  readonly instructions: number;
}

/** What a chunk consists of before it is packed. Cycles are the chip's. Arrays are valid until the encoder goes on. */
export interface ChunkContents {
  /** Cycle that the times count from: that of the first timed entry. */
  readonly first: number;
  /** The last cycle of an entry. */
  readonly last: number;
  /** Cycle of the entry that did not go into it any more; Infinity at the end of the trace. */
  readonly closed: number;
  readonly entries: number;
  readonly instructions: number;
  /** Instructions of the gaps among the entries. */
  readonly skipped: number;
  /** Instructions of the PPU before its first entry, recorded or not. */
  readonly before: number;
  /** What is missing in front of it. */
  readonly gap: ChunkGap | undefined;
  /** Registers in front of the first entry. */
  readonly keyFrame: Int32Array;
  readonly lanes: Uint8Array;
  readonly hits: Uint8Array;
  readonly residuals: Uint8Array;
}

export interface EncoderOptions {
  /** Keep the lanes of vectors, accumulators and conditions. */
  readonly vectors: boolean;
  /** Instructions of a chunk at most. */
  readonly chunkInstructions: number;
  readonly onChunk: (chunk: ChunkContents) => void;
}

const STATE_AT = 2;

export class Encoder {
  readonly #kernel: Kernel<"encoder">;
  readonly #options: EncoderOptions;
  readonly #keyFrame: Int32Array;
  #isOpen = false;
  #first = 0;
  #before = 0;
  /** In front of the next chunk, and in front of the open one. */
  #pendingGap: ChunkGap | undefined;
  #gap: ChunkGap | undefined;
  /** Nothing has been encoded yet. */
  #isNew = true;

  constructor(options: EncoderOptions) {
    this.#options = options;
    this.#kernel = new Kernel("encoder", options.vectors);
    this.#keyFrame = new Int32Array(options.vectors ? REGISTER_WORDS : SCALAR_WORDS);
    this.#kernel.exports.endChunk();
  }

  /** Whole entries, as a `ChipRecordSink` gets them. */
  encode(words: Int32Array, from: number, end: number, base: number): void {
    const { words: memory } = this.#kernel;
    for (let at = from; at < end; ) {
      const until = Math.min(end, at + RECORD_WORDS);
      memory.set(words.subarray(at, until), RECORDS >> 2);
      const taken = this.#encodeWindow(until - at, base);
      if (taken === 0) throw new Error(`raw record at word ${at} is not complete`);
      at += taken;
    }
  }

  /** Instructions are left out up to the next entry; a chunk begins behind them. */
  skip(reason: GapRecord["reason"], instructions: number): void {
    const last = this.#first + this.#kernel.exports.latest.value;
    if (this.#pendingGap) this.#begin(last);
    else this.#end(last);
    this.#pendingGap = { reason, instructions };
  }

  /** Ends the last chunk; `cycle` is that of the end. */
  close(cycle: number): void {
    if (this.#pendingGap) this.#begin(cycle);
    this.#end(Number.POSITIVE_INFINITY);
  }

  /** Encodes entries from the begin of the window; gives how many words. */
  #encodeWindow(count: number, base: number): number {
    const { exports } = this.#kernel;
    let at = 0;
    for (;;) {
      const why = exports.encode(at, count, base - this.#first);
      at = exports.stoppedAt.value;
      if (why === DONE || why === INCOMPLETE) return at;
      if (why === PLAN) this.#kernel.plan(exports.wantedWord.value);
      else if (why === CUT) this.#begin(base + this.#timeAt(at));
      else if (why === STATE_ENTRY) at = this.#state(at, base);
    }
  }

  /** Time of a timed entry of the window. */
  #timeAt(at: number): number {
    const { words } = this.#kernel;
    const entry = (RECORDS >> 2) + at;
    return words[(words[entry] & 2) === 0 ? entry + 2 : entry + 1];
  }

  /** All registers anew: where recording begins, or after a change of the host. */
  #state(at: number, base: number): number {
    const { words, registers } = this.#kernel;
    const entry = (RECORDS >> 2) + at;
    const cycle = base + words[entry + 1];
    this.#end(cycle);
    if (!this.#isNew) this.#pendingGap ??= { reason: "host", instructions: 0 };
    registers.set(words.subarray(entry + STATE_AT, entry + STATE_AT + REGISTER_WORDS));
    this.#begin(cycle);
    return at + STATE_AT + REGISTER_WORDS;
  }

  #begin(cycle: number): void {
    this.#end(cycle);
    this.#keyFrame.set(this.#kernel.registers.subarray(0, this.#keyFrame.length));
    this.#first = cycle;
    this.#isOpen = true;
    this.#isNew = false;
    this.#gap = this.#pendingGap;
    this.#pendingGap = undefined;
    this.#before += this.#gap?.instructions ?? 0;
    const end = (Math.floor(cycle / GRID_CYCLES) + 1) * GRID_CYCLES - cycle;
    this.#kernel.exports.beginChunk(end, this.#options.chunkInstructions);
  }

  #end(closed: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { exports, bytes } = this.#kernel;
    exports.endChunk();
    const { entries, instructions, skipped, latest, hitsEnd, residualsEnd, lanesEnd } = exports;
    this.#options.onChunk({
      first: this.#first,
      last: this.#first + latest.value,
      closed,
      entries: entries.value,
      instructions: instructions.value,
      skipped: skipped.value,
      before: this.#before,
      gap: this.#gap,
      keyFrame: this.#keyFrame,
      lanes: bytes.subarray(LANES, lanesEnd.value),
      hits: bytes.subarray(HITS, hitsEnd.value),
      residuals: bytes.subarray(RESIDUALS, residualsEnd.value),
    });
    this.#before += instructions.value + skipped.value;
  }
}
