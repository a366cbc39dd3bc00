/** Writes a trace file from raw records, chunk by chunk, so that a file that was cut can be read up to the cut. */
import { type GapRecord, PPUS, type PpuName, type TraceEnd, type TraceHeader } from "../model.ts";
import { TraceError } from "../trace-error.ts";
import { chunkBytes, type PackedChunk, packChunk } from "./chunk.ts";
import { type ChunkContents, Encoder, MOST_INSTRUCTIONS } from "./encoder.ts";
import { CHUNK_HEAD_BYTES, endBytes, type IndexEntry, writeBegin, writeEnd } from "./format.ts";
import { type Images, packImages } from "./images.ts";
import { lastInstructions } from "./ring.ts";
import { fileSink, type TraceSink } from "./sink.ts";

export interface TraceWriterOptions {
  /** Path of a new file, or what takes the bytes. */
  readonly to: string | TraceSink;
  /** `has.vectors`: false leaves the lanes of vectors, accumulators and conditions out. */
  readonly header: TraceHeader;
  readonly images: Images;
  /** Keep only so many instructions of each PPU, the last ones; they are written by `close`. */
  readonly ring?: number;
  /** Instructions of a chunk at most, which is how finely a place can be found; default 65536. */
  readonly chunkInstructions?: number;
  /** The file does not become larger; what would not fit is dropped, and `isFull` is true from then on. */
  readonly maxBytes?: number;
}

/** A chunk that waits for those of the other PPU that belong in front of it. */
interface Waiting {
  readonly chunk: PackedChunk;
  readonly side: number;
  readonly closed: number;
}

/** Chunks in a ring are not longer than this part of it, so that few instructions beyond it are kept. */
const RING_PARTS = 4;
const LEAST_RING_CHUNK = 1024;

export class TraceWriter {
  readonly #sink: TraceSink;
  readonly #options: TraceWriterOptions;
  readonly #encoders: readonly (Encoder | undefined)[];
  readonly #index: IndexEntry[] = [];
  #waiting: Waiting[] = [];
  /** Cycle in front of which no more chunk of a PPU closes. */
  readonly #frontier: number[];
  readonly #lastClosed = [0, 0];
  #bytes = 0;
  #full = false;
  #instructions = 0;

  /** Throws TraceError when the file cannot be written, or the program alone is larger than it may become. */
  constructor(options: TraceWriterOptions) {
    const { to, header, images, ring, maxBytes, chunkInstructions = MOST_INSTRUCTIONS } = options;
    this.#options = options;
    const packed = packImages(images);
    const begin = [
      writeBegin({ header, images: packed.map(({ entry }) => entry) }),
      ...packed.map(({ bytes }) => bytes),
    ];
    checkRoom(begin, maxBytes);
    this.#sink = typeof to === "string" ? fileSink(to) : to;
    this.#frontier = PPUS.map((ppu) => (header.ppus.includes(ppu) ? 0 : Number.POSITIVE_INFINITY));
    const ringPart = Math.max(LEAST_RING_CHUNK, Math.ceil((ring ?? Number.POSITIVE_INFINITY) / RING_PARTS));
    this.#encoders = PPUS.map((ppu, side) =>
      header.ppus.includes(ppu)
        ? new Encoder({
            vectors: header.has.vectors,
            chunkInstructions: Math.min(chunkInstructions, ringPart),
            onChunk: (contents) => this.#take(side, contents),
          })
        : undefined,
    );
    for (const bytes of begin) this.#append(bytes);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Instructions in the chunks written so far. */
  get instructions(): number {
    return this.#instructions;
  }

  /** Instructions in chunks that are held back: those of a ring, or of chunks that wait for the other PPU. */
  get waitingInstructions(): number {
    return this.#waiting.reduce((sum, { chunk }) => sum + chunk.head.instructions, 0);
  }

  /** The size asked for was reached; nothing more is taken. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Records as a `ChipRecordSink` gets them; those of PPUs that the header does not name are dropped. */
  readonly write = (ppu: PpuName, words: Int32Array, from: number, end: number, base: number): void => {
    if (!this.#full) this.#encoders[PPUS.indexOf(ppu)]?.encode(words, from, end, base);
  };

  /** So many instructions of a PPU are not recorded; the state of all registers comes next, or the end. */
  skip(ppu: PpuName, reason: GapRecord["reason"], instructions: number): void {
    if (!this.#full) this.#encoders[PPUS.indexOf(ppu)]?.skip(reason, instructions);
  }

  /** All records in front of this cycle of the chip have been written: chunks need not wait for them. */
  sync(cycle: number): void {
    this.#frontier.forEach((frontier, side) => {
      this.#frontier[side] = Math.max(frontier, cycle);
    });
    if (this.#options.ring === undefined) this.#flush();
  }

  /** Writes what is left and the end, and closes the file. */
  close(end: TraceEnd): void {
    for (const encoder of this.#encoders) encoder?.close(end.cycle);
    this.#frontier.fill(Number.POSITIVE_INFINITY);
    if (this.#options.ring !== undefined) this.#keepLast(this.#options.ring);
    this.#flush();
    this.#append(writeEnd(end, this.#index, this.#bytes));
    this.#sink.close();
  }

  #take(side: number, contents: ChunkContents): void {
    const chunk = packChunk(PPUS[side], contents);
    const closed = Math.max(this.#lastClosed[side], contents.closed);
    this.#lastClosed[side] = closed;
    this.#waiting.push({ chunk, side, closed });
    const { ring } = this.#options;
    if (ring !== undefined) {
      this.#dropOldest(side, ring);
      return;
    }
    this.#frontier[side] = Math.max(this.#frontier[side], closed);
    this.#flush();
  }

  /** Writes the chunks that no other one has to precede, in the order in which they were closed. */
  #flush(): void {
    this.#waiting.sort((a, b) => a.closed - b.closed || a.side - b.side);
    let count = 0;
    for (const { chunk, side, closed } of this.#waiting) {
      const other = this.#frontier[1 - side];
      if (other < closed || (other === closed && side === 1 && closed !== Number.POSITIVE_INFINITY)) break;
      this.#writeChunk(chunk);
      count++;
    }
    this.#waiting.splice(0, count);
  }

  #writeChunk(chunk: PackedChunk): void {
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    const size = CHUNK_HEAD_BYTES + chunk.bytes.length;
    if (this.#full || this.#bytes + size + endBytes(this.#index.length + 1) > maxBytes) {
      this.#full = true;
      return;
    }
    const { ppu, first, last, before, instructions } = chunk.head;
    this.#index.push({ offset: this.#bytes, ppu, first, last, before, instructions });
    this.#instructions += instructions;
    for (const bytes of chunkBytes(chunk)) this.#append(bytes);
  }

  #append(bytes: Uint8Array): void {
    this.#sink.append(bytes);
    this.#bytes += bytes.length;
  }

  // ---- ring -------------------------------------------------------------------------------------------------------

  /** Drops chunks that the last instructions do not reach back to. */
  #dropOldest(side: number, ring: number): void {
    const mine = this.#waiting.filter((waiting) => waiting.side === side);
    let kept = mine.reduce((sum, { chunk }) => sum + chunk.head.instructions, 0);
    const dropped = new Set<Waiting>();
    for (const waiting of mine) {
      kept -= waiting.chunk.head.instructions;
      if (kept < ring) break;
      dropped.add(waiting);
    }
    if (dropped.size > 0) this.#waiting = this.#waiting.filter((waiting) => !dropped.has(waiting));
  }

  /** Cuts the oldest chunk of each PPU where the last instructions begin. */
  #keepLast(ring: number): void {
    for (const side of [0, 1]) {
      const mine = this.#waiting.filter((waiting) => waiting.side === side);
      const total = mine.reduce((sum, { chunk }) => sum + chunk.head.instructions, 0);
      const [first] = mine;
      if (!first) continue;
      const chunks = lastInstructions(first.chunk, total - ring, this.#options.header.has.vectors);
      const at = this.#waiting.indexOf(first);
      this.#waiting.splice(at, 1, ...chunks.map((chunk) => ({ ...first, chunk })));
    }
  }
}

function checkRoom(begin: readonly Uint8Array[], maxBytes = Number.POSITIVE_INFINITY): void {
  const size = begin.reduce((sum, { length }) => sum + length, 0) + endBytes(0);
  if (size > maxBytes) {
    throw new TraceError(
      `a trace of at most ${maxBytes} bytes has no room: begin and end take up to ${size}; allow more`,
    );
  }
}
