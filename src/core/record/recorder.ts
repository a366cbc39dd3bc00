/** Takes raw records (`layout.ts`) from the recording loops of one PPU and hands them on in large pieces. */
import type { Pipeline } from "../engine/pipeline.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES, VECTOR_REGISTERS } from "../layout.ts";
import { COUNTER, SPECIAL, type State, WRITE_PORT_MASK } from "../state.ts";
import { ATTACHMENT, ENTRY, HEADER_WORDS, type Slot, STALL, STALL_REGISTERS } from "./entries.ts";
import { layoutOf } from "./layout.ts";

/**
 * Whole entries: `words[from]` up to before `words[end]`, to be used before returning. `base`: PPU cycle that the times
 * in the entries count from.
 */
export type RecordSink = (words: Int32Array, from: number, end: number, base: number) => void;

/** Words of `Recorder.words` in front of the entries. */
export const RECORD_HEAD = {
  /** Where the next entry begins. */
  next: 0,
  /** Not 0: `settle` has to be called behind the instruction in progress. */
  unsettled: 1,
  /** Behind the values of an instruction that was executed outside of the loop. */
  valuesEnd: 2,
  words: 4,
} as const;

/** From here on `settle` has to be called. */
export const RECORD_LIMIT = 1 << 16;
/** More than an instruction with its attachments takes but for the rarest; those grow step by step. */
const MARGIN = 4096;
const GPRS = 32;
const VECTOR_WORDS = VECTOR_BYTES >> 2;
const ACCUMULATOR_WORDS = 64;
const LANES = 0x01010101;

type AttachmentName = keyof typeof ATTACHMENT;

export class Recorder {
  readonly words = new Int32Array(RECORD_LIMIT + MARGIN);
  readonly #sink: RecordSink;
  #state: State | undefined;
  #pipeline: Pipeline | undefined;
  #memory = new Int32Array();
  /** Attachments that wait for the end of the instruction in progress. */
  #pending: number[] = [];
  #aborted = false;
  #stateChanged = true;
  /** `COUNTER.base` of everything in `words` and `#pending`. */
  #base = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.words[RECORD_HEAD.next] = RECORD_HEAD.words;
  }

  /** The PPU that is recorded from now on; its present state is the first thing recorded. */
  attach(state: State, pipeline: Pipeline): void {
    this.#state = state;
    this.#pipeline = pipeline;
    this.#memory = new Int32Array(state.memory.buffer);
    this.#stateChanged = true;
    this.#base = state.counters[COUNTER.base];
  }

  /** Hands on what has been recorded so far. Not to be called while an instruction executes. */
  flush(): void {
    this.#appendPending();
    this.#drain();
  }

  /** The host has changed the state. */
  stateChanged(): void {
    this.#stateChanged = true;
  }

  /** The PPU was released from reset. */
  reset(): void {
    this.#stateChanged = false;
    this.note("reset", 0, 0);
  }

  /** To be called before the loop runs. */
  begin(): void {
    this.#followBase();
    if (this.#stateChanged) this.#attachState();
    this.#appendPending();
  }

  /** Something happened at relative time `t`; `payload` goes into the upper 24 bits of the first word. */
  note(name: AttachmentName, payload: number, ...rest: readonly number[]): void {
    this.#followBase();
    this.#pending.push(head(name, payload), ...rest);
    this.words[RECORD_HEAD.unsettled] = 1;
  }

  /** The cycle of the PPU as a relative time. */
  relative(cycle: number): number {
    return cycle - this.#state!.counters[COUNTER.base];
  }

  conversion(hemisphere: number, t: number, causal: Uint8Array): void {
    const words: number[] = [];
    for (let at = 0; at < causal.length; at += 4) {
      words.push((causal[at] << 24) | (causal[at + 1] << 16) | (causal[at + 2] << 8) | causal[at + 3]);
    }
    this.note("conversion", hemisphere, t, ...words);
  }

  // ---- called by the recording loops ------------------------------------------------------------------------------

  /** Behind the instruction whose entry begins at `at`, when `unsettled` or the limit ask for it. */
  settle(at: number): void {
    if (this.#aborted) {
      this.#aborted = false;
      this.words[at] |= ENTRY.aborted;
      this.words[RECORD_HEAD.next] = at + HEADER_WORDS;
    }
    this.#appendPending();
    if (this.words[RECORD_HEAD.next] > RECORD_LIMIT) this.#drain();
  }

  /** The instruction in progress ends without effect. */
  abort(): void {
    this.#aborted = true;
    this.words[RECORD_HEAD.unsettled] = 1;
  }

  /** Waits at t for a general purpose register. */
  waitFor(t: number, register: number): number {
    return this.wait(t, this.#pipeline!.waitFor(t, register), STALL.register, register);
  }

  /** Waits at t up to `until`. */
  wait(t: number, until: number, cause: number, register: number): number {
    if (until <= t) return t;
    this.note("stall", cause | (register << 8), until - t);
    return until;
  }

  /** Waits for the write port of the general purpose registers, `delay` cycles behind issue. */
  writePort(t: number, delay: number): number {
    const { writePort } = this.#state!;
    let until = t;
    while (writePort[(until + delay) & WRITE_PORT_MASK] === until + delay) until++;
    return this.wait(t, until, STALL.writePort, STALL_REGISTERS.none);
  }

  /** Values of a vector instruction; `address` as computed for its access, `enables` by lane of a predicated write. */
  vector(word: number, address: number, enables: Uint8Array): void {
    let at = this.words[RECORD_HEAD.next] + HEADER_WORDS;
    for (const slot of layoutOf(word).slots)
      at = this.#vectorSlot(slot, at, (word >>> 21) & 31, address, enables);
    this.words[RECORD_HEAD.valuesEnd] = at;
  }

  #vectorSlot(slot: Slot, at: number, vrt: number, address: number, enables: Uint8Array): number {
    const { words } = this;
    switch (slot.kind) {
      case "vectorLoad":
        words[at] = address & ~3;
        return at + 1;
      case "parallelRead":
        words[at] = address;
        return at + 1;
      case "vectorStore":
        words[at] = address & ~3;
        return this.#copyVector(vrt, at + 1);
      case "parallelWrite": {
        words[at] = address;
        const end = this.#copyVector(vrt, at + 1);
        if (!slot.predicated) return end;
        for (let i = 0, lane = 0; i < VECTOR_WORDS; i++, lane += 4) {
          words[end + i] =
            (enables[lane] << 24) | (enables[lane + 1] << 16) | (enables[lane + 2] << 8) | enables[lane + 3];
        }
        return end + VECTOR_WORDS;
      }
      case "vector":
        return this.#copyVector(slot.register, at);
      case "accumulator":
        return this.#copyAccumulator(at);
      default:
        return this.#copyConditions(at);
    }
  }

  #copyVector(register: number, at: number): number {
    const from = (MEMORY_LAYOUT.vectors + register * VECTOR_BYTES) >> 2;
    for (let i = 0; i < VECTOR_WORDS; i++) this.words[at + i] = this.#memory[from + i];
    return at + VECTOR_WORDS;
  }

  #copyAccumulator(at: number): number {
    const from = MEMORY_LAYOUT.accumulator >> 2;
    for (let lane = 0; lane < ACCUMULATOR_WORDS; lane++)
      this.words[at + lane] = this.#memory[from + (lane ^ 1)];
    return at + ACCUMULATOR_WORDS;
  }

  #copyConditions(at: number): number {
    const greater = (MEMORY_LAYOUT.masks + VECTOR_BYTES) >> 2;
    for (let i = 0; i < VECTOR_WORDS; i++) {
      this.words[at + i] =
        (this.#memory[greater + i] & LANES) |
        (this.#memory[greater + VECTOR_WORDS + i] & (2 * LANES)) |
        (this.#memory[greater + 2 * VECTOR_WORDS + i] & (4 * LANES));
    }
    return at + VECTOR_WORDS;
  }

  // ---- the buffer -------------------------------------------------------------------------------------------------

  #followBase(): void {
    const base = this.#state!.counters[COUNTER.base];
    if (base === this.#base) return;
    this.flush();
    this.#base = base;
  }

  #appendPending(): void {
    const { words } = this;
    words[RECORD_HEAD.unsettled] = 0;
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (let at = 0; at < pending.length; ) {
      const count = attachmentWords(pending[at]);
      if (words[RECORD_HEAD.next] + count > words.length) this.#drain();
      const next = words[RECORD_HEAD.next];
      for (let i = 0; i < count; i++) words[next + i] = pending[at + i];
      words[RECORD_HEAD.next] = next + count;
      at += count;
    }
  }

  #drain(): void {
    const end = this.words[RECORD_HEAD.next];
    if (end > RECORD_HEAD.words) this.#sink(this.words, RECORD_HEAD.words, end, this.#base);
    this.words[RECORD_HEAD.next] = RECORD_HEAD.words;
  }

  #attachState(): void {
    const { gpr, special } = this.#state!;
    const vectors = MEMORY_LAYOUT.vectors >> 2;
    this.#stateChanged = false;
    const scratch = this.words.length - ACCUMULATOR_WORDS - VECTOR_WORDS;
    this.#copyAccumulator(scratch);
    this.#copyConditions(scratch + ACCUMULATOR_WORDS);
    this.note(
      "state",
      0,
      special[SPECIAL.t],
      ...gpr.subarray(0, GPRS),
      ...special.subarray(SPECIAL.cr, SPECIAL.goe + 1),
      ...this.#memory.subarray(vectors, vectors + VECTOR_REGISTERS * VECTOR_WORDS),
      ...this.words.subarray(scratch),
    );
  }
}

const head = (name: AttachmentName, payload: number): number =>
  ENTRY.attachment | (ATTACHMENT[name].type << 2) | (payload << 8);

const WORDS_BY_TYPE: readonly number[] = Object.values(ATTACHMENT).map(({ words }) => words);

/** Words of an attachment by its first one. */
export const attachmentWords = (first: number): number => WORDS_BY_TYPE[(first >>> 2) & 63];
