/** Leaves instructions out of raw records on their way, and says how many. */
import { ATTACHMENT, ENTRY, HEADER_WORDS, type Slot } from "../../core/record/entries.ts";
import { layoutOf, slotWords } from "../../core/record/layout.ts";
import { GAP_HEAD } from "../file/kernel/layout.ts";
import { entryWords, GAP_WORDS, isInstruction } from "../file/raw-entries.ts";
import { type Access, PPUS, type PpuName } from "../model.ts";
import type { Selection } from "./selection.ts";

/** As `ChipRecordSink`. */
export type RawSink = (ppu: PpuName, words: Int32Array, from: number, end: number, base: number) => void;

export interface FilterOptions {
  /** Default: all. */
  readonly selection?: Selection | undefined;
  /** Default: kept. */
  readonly stalls?: boolean;
  /** Of each PPU; the rest is dropped. */
  readonly maxInstructions?: number;
  /** Executions of each address that are kept; default: all. Shows all code that ran in a small trace. */
  readonly visits?: number;
}

const CACHE_SLOTS = 1 << 13;
const VERDICT = { unknown: 0, drop: 1, keep: 2, byAccess: 3 } as const;
/** Largest gap that one entry tells. */
const MOST_SKIPPED = 2 ** 30;

/** One PPU's part. */
class Side {
  readonly #ppu: PpuName;
  readonly #options: FilterOptions;
  readonly #tags = new Int32Array(CACHE_SLOTS).fill(-1);
  readonly #words = new Int32Array(CACHE_SLOTS);
  readonly #verdicts = new Uint8Array(CACHE_SLOTS);
  /** What is said about an instruction holds for its attachments. */
  #keeps = true;
  #skipped = 0;
  readonly #visited = new Map<number, number>();
  kept = 0;
  left = 0;
  isFull = false;
  out = new Int32Array(1 << 16);
  end = 0;

  constructor(ppu: PpuName, options: FilterOptions) {
    this.#ppu = ppu;
    this.#options = options;
  }

  take(words: Int32Array, from: number, end: number): void {
    for (let at = from; at < end && !this.isFull; ) {
      const count = entryWords(words, at);
      if (isInstruction(words[at])) this.#instruction(words, at, count);
      else this.#attachment(words, at, count);
      at += count;
    }
  }

  #instruction(words: Int32Array, at: number, count: number): void {
    const { maxInstructions = Number.POSITIVE_INFINITY } = this.#options;
    this.#keeps = this.#selects(words, at) && this.#countVisit(words[at] & ~3);
    if (!this.#keeps) {
      this.#skipped++;
      this.left++;
    } else if (this.kept >= maxInstructions) {
      this.isFull = true;
      this.#skipped = 0;
    } else {
      this.kept++;
      this.#put(words, at, count);
    }
  }

  #attachment(words: Int32Array, at: number, count: number): void {
    const type = (words[at] >>> 2) & 63;
    if (type === ATTACHMENT.reset.type || type === ATTACHMENT.state.type) {
      this.#keeps = true;
      this.#put(words, at, count);
    } else if (this.#keeps && (type !== ATTACHMENT.stall.type || (this.#options.stalls ?? true))) {
      this.#put(words, at, count);
    }
  }

  #put(words: Int32Array, at: number, count: number): void {
    this.putGap();
    this.#reserve(count);
    const { out, end } = this;
    for (let i = 0; i < count; i++) out[end + i] = words[at + i];
    this.end = end + count;
  }

  /** Says what has been left out since the last entry. */
  putGap(): void {
    while (this.#skipped > 0) {
      const count = Math.min(this.#skipped, MOST_SKIPPED);
      this.#reserve(GAP_WORDS);
      this.out[this.end] = GAP_HEAD;
      this.out[this.end + 1] = count;
      this.end += GAP_WORDS;
      this.#skipped -= count;
    }
  }

  #reserve(count: number): void {
    if (this.end + count <= this.out.length) return;
    const larger = new Int32Array(2 * this.out.length + count);
    larger.set(this.out.subarray(0, this.end));
    this.out = larger;
  }

  #selects(words: Int32Array, at: number): boolean {
    const { selection } = this.#options;
    if (!selection) return true;
    const pc = words[at] & ~3;
    const word = words[at + 1];
    const slot = (pc >>> 2) & (CACHE_SLOTS - 1);
    if (this.#tags[slot] !== pc || this.#words[slot] !== word) {
      this.#tags[slot] = pc;
      this.#words[slot] = word;
      this.#verdicts[slot] = this.#verdict(selection, pc >>> 0, word);
    }
    const verdict = this.#verdicts[slot];
    if (verdict !== VERDICT.byAccess) return verdict === VERDICT.keep;
    const isAborted = (words[at] & ENTRY.aborted) !== 0;
    return !isAborted && accessesOf(words, at).some((access) => selection.access?.(this.#ppu, access));
  }

  /** Counts the visit of an address; true while there were few. */
  #countVisit(pc: number): boolean {
    const { visits } = this.#options;
    if (visits === undefined) return true;
    const count = (this.#visited.get(pc) ?? 0) + 1;
    if (count <= visits) this.#visited.set(pc, count);
    return count <= visits;
  }

  #verdict(selection: Selection, pc: number, word: number): number {
    if (!selection.selects(this.#ppu, pc, word)) return VERDICT.drop;
    if (!selection.access) return VERDICT.keep;
    return layoutOf(word).slots.some(({ kind }) => kind in PORTS) ? VERDICT.byAccess : VERDICT.drop;
  }
}

const PORTS: Partial<Record<Slot["kind"], Access["port"]>> = {
  load: "scalar",
  store: "scalar",
  loadMultiple: "scalar",
  storeMultiple: "scalar",
  vectorLoad: "vector",
  vectorStore: "vector",
  parallelRead: "parallel",
  parallelWrite: "parallel",
};
const WORD_BYTES = 4;
const VECTOR_BYTES = 128;
const NO_VALUE = 0;

/** Where the accesses of an instruction go; their values are not looked at. */
function accessesOf(words: Int32Array, begin: number): Access[] {
  const accesses: Access[] = [];
  let at = begin + HEADER_WORDS;
  for (const slot of layoutOf(words[begin + 1]).slots) {
    const port = PORTS[slot.kind];
    if (port !== undefined) {
      const write = slot.kind === "store" || slot.kind === "storeMultiple" || /Store|Write/.test(slot.kind);
      const count = slot.kind === "loadMultiple" || slot.kind === "storeMultiple" ? 32 - slot.first : 1;
      const bytes = "bytes" in slot ? slot.bytes : port === "scalar" ? WORD_BYTES : VECTOR_BYTES;
      for (let n = 0; n < count; n++) {
        const address = (words[at] + WORD_BYTES * n) >>> 0;
        accesses.push({ port, address, bytes, write, value: NO_VALUE });
      }
    }
    at += slotWords(slot);
  }
  return accesses;
}

/** A `ChipRecordSink` that hands on what it does not leave out. */
export class RecordFilter {
  readonly #sides: readonly Side[];
  readonly #sink: RawSink;

  constructor(options: FilterOptions, sink: RawSink) {
    this.#sides = PPUS.map((ppu) => new Side(ppu, options));
    this.#sink = sink;
  }

  readonly write: RawSink = (ppu, words, from, end, base) => {
    const side = this.#sides[PPUS.indexOf(ppu)];
    side.take(words, from, end);
    this.#handOn(ppu, side, base);
  };

  /** To be called in front of a gap of another kind, and at the end. */
  flush(): void {
    PPUS.forEach((ppu, index) => {
      this.#sides[index].putGap();
      this.#handOn(ppu, this.#sides[index], 0);
    });
  }

  /** Instructions handed on, and left out, by PPU: top, bottom. */
  get counts(): readonly { readonly kept: number; readonly left: number }[] {
    return this.#sides.map(({ kept, left }) => ({ kept, left }));
  }

  /** The most instructions have been reached. */
  isFull(ppu: PpuName): boolean {
    return this.#sides[PPUS.indexOf(ppu)].isFull;
  }

  #handOn(ppu: PpuName, side: Side, base: number): void {
    if (side.end > 0) this.#sink(ppu, side.out, 0, side.end, base);
    side.end = 0;
  }
}
