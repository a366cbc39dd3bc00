/** Turns chunks back into raw records. */
import { DONE, HITS, INCOMPLETE, LANES, PLAN, RECORD_WORDS, RECORDS, RESIDUALS } from "./kernel/layout.ts";
import { Kernel } from "./kernel.ts";

/** What of a chunk is needed to read it. */
export interface PackedStreams {
  readonly entries: number;
  readonly keyFrame: Int32Array;
  readonly lanes: Uint8Array;
  readonly hits: Uint8Array;
  readonly residuals: Uint8Array;
}

/** Reads one chunk after the other, a piece at a time. */
export class Decoder {
  readonly #kernel: Kernel<"decoder">;
  /** Words from here on have been decoded but belong into the next piece. */
  #kept = 0;
  #keptEnd = 0;
  #isOver = true;

  /** Whole entries, those of an instruction with its stalls, from word 0 up to what `next` gives; valid until then. */
  readonly words: Int32Array;

  constructor(vectors: boolean) {
    this.#kernel = new Kernel("decoder", vectors);
    this.words = this.#kernel.words.subarray(RECORDS >> 2, (RECORDS >> 2) + RECORD_WORDS);
  }

  open({ entries, keyFrame, lanes, hits, residuals }: PackedStreams): void {
    const { exports, bytes, registers } = this.#kernel;
    registers.fill(0);
    registers.set(keyFrame);
    bytes.set(lanes, LANES);
    bytes.set(hits, HITS);
    bytes.set(residuals, RESIDUALS);
    exports.beginDecoding(entries, hits.length, residuals.length, lanes.length);
    this.#kept = 0;
    this.#keptEnd = 0;
    this.#isOver = false;
  }

  /** Words of the next piece; 0: the chunk has ended. Negative: so many words less one can be used, the rest is damaged. */
  next(): number {
    if (this.#isOver) return 0;
    const { exports } = this.#kernel;
    this.words.copyWithin(0, this.#kept, this.#keptEnd);
    let end = this.#keptEnd - this.#kept;
    for (;;) {
      const why = exports.decode(end);
      end = exports.decodedEnd.value;
      if (why === PLAN) {
        this.#kernel.plan(exports.unknownWord.value);
        continue;
      }
      const isPart = why === INCOMPLETE;
      this.#isOver = !isPart;
      // Stalls of the last instruction may follow.
      this.#kept = isPart ? exports.lastInstruction.value : end;
      this.#keptEnd = end;
      if (isPart) return this.#kept;
      return why === DONE ? end : -1 - end;
    }
  }
}
