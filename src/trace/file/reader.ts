/** Reads a trace file as a `Trace`: one chunk of a PPU at a time. */
import type { Image } from "../../toolchain/image.ts";
import type { GapRecord, PpuName, RegisterWrite, Trace, TraceHeader, TraceRecord } from "../model.ts";
import { RawDecoder, stateOf } from "../raw.ts";
import { type RegisterValue, TraceState } from "../state.ts";
import { unpackChunk } from "./chunk.ts";
import { Decoder, type PackedStreams } from "./decoder.ts";
import { type FileBytes, memoryBytes, openBytes } from "./file-bytes.ts";
import { readHead } from "./file-head.ts";
import { type FileIndex, indexOf, isWhole } from "./file-index.ts";
import { CHUNK_HEAD_BYTES, type ChunkHead, type IndexEntry, readChunkHead } from "./format.ts";
import { GAP_HEAD } from "./kernel/layout.ts";
import { entryWords, GAP_WORDS, stateEntry } from "./raw-entries.ts";

/** Where reading begins: at the first record whose cycle, or the first instruction whose number, is not below. */
export interface From {
  readonly cycle?: number;
  /** Counts the instructions of the PPU from 0 on, those in gaps included. */
  readonly instruction?: number;
}

export interface FileTrace extends Trace {
  /** Tells it from traces that are read from the begin only. */
  readonly seekable: true;
  /** How many instructions of a PPU there are at least, those in gaps included; also where the end is missing. */
  instructionCount(ppu: PpuName): number;
  records(ppu: PpuName, from?: From): Iterable<TraceRecord>;
  initialState(ppu: PpuName, from?: From): ReadonlyMap<string, RegisterValue>;
}

/** Opens a file; throws TraceError where nothing of it can be read. */
export const openTraceFile = (path: string): FileTrace => openWith(path, () => openBytes(path));

/** Opens the bytes of a trace file; `name` is how messages call it. Throws TraceError as `openTraceFile`. */
export const openTraceBytes = (name: string, bytes: Uint8Array): FileTrace =>
  openWith(name, () => memoryBytes(bytes));

function openWith(name: string, open: () => FileBytes): FileTrace {
  const file = open();
  try {
    const { header, images, start, problems } = readHead(name, file);
    return new Reader(open, header, images, indexOf(file, start), problems);
  } finally {
    file.close();
  }
}

/** What reading a PPU's chunks in order needs to know on the way. */
interface Progress {
  /** Number of the next instruction, those in gaps counted; undefined in front of the first chunk. */
  position: number | undefined;
  isDamaged: boolean;
  /** Instructions of gaps behind which no record has come yet. */
  filtered: number;
  lastCycle: number;
}

/** Gets the registers in front of the first record that is read, and the records up to the one asked for. */
interface Observer {
  readonly begin: (registers: ReadonlyMap<string, RegisterValue>) => void;
  readonly skipped: (record: TraceRecord) => void;
}

class Reader implements FileTrace {
  readonly seekable = true;
  readonly header: TraceHeader;
  readonly #openFile: () => FileBytes;
  readonly #images: Partial<Record<PpuName, Image>>;
  readonly #index: FileIndex;
  readonly #problems: Set<string>;

  constructor(
    openFile: () => FileBytes,
    header: TraceHeader,
    images: Partial<Record<PpuName, Image>>,
    index: FileIndex,
    problems: readonly string[],
  ) {
    this.#openFile = openFile;
    this.header = header;
    this.#images = images;
    this.#index = index;
    this.#problems = new Set([...problems, ...index.problems]);
  }

  get problems(): readonly string[] {
    return [...this.#problems];
  }

  image(ppu: PpuName): Image | undefined {
    return this.#images[ppu];
  }

  end() {
    return this.#index.end;
  }

  instructionCount(ppu: PpuName): number {
    const last = this.#index.chunks.findLast((chunk) => chunk.ppu === ppu);
    return last ? last.before + last.instructions : 0;
  }

  records(ppu: PpuName, from: From = {}): Iterable<TraceRecord> {
    return { [Symbol.iterator]: () => this.#from(ppu, from) };
  }

  initialState(ppu: PpuName, from: From = {}): ReadonlyMap<string, RegisterValue> {
    let state = new TraceState();
    const observer: Observer = {
      begin: (registers) => {
        state = new TraceState(registers);
      },
      skipped: (record) => state.apply(record),
    };
    for (const _ of this.#from(ppu, from, observer)) break;
    return new Map([...state.written].map((name) => [name, state.get(name)]));
  }

  /** Records from a place on. */
  *#from(ppu: PpuName, from: From, observer?: Observer): Generator<TraceRecord> {
    const chunks = this.#index.chunks.filter((chunk) => chunk.ppu === ppu);
    const first = firstChunk(chunks, from);
    const progress: Progress = {
      position: first === 0 ? 0 : undefined,
      isDamaged: false,
      filtered: 0,
      lastCycle: 0,
    };
    let isReached = from.cycle === undefined && from.instruction === undefined;
    for (const record of this.#all(ppu, chunks.slice(first), progress, observer)) {
      isReached ||= isAt(record, progress.position ?? 0, from);
      if (isReached) yield record;
      else observer?.skipped(record);
      progress.position = (progress.position ?? 0) + instructionsOf(record);
    }
  }

  /** Records of chunks; whoever asks for them counts `position`. */
  *#all(
    ppu: PpuName,
    chunks: readonly IndexEntry[],
    progress: Progress,
    observer: Observer | undefined,
  ): Generator<TraceRecord> {
    if (chunks.length === 0) return;
    const file = this.#openFile();
    try {
      const decoder = new Decoder(this.header.has.vectors);
      const raw = new RawDecoder(ppu);
      let isFirst = true;
      for (const entry of chunks) {
        const chunk = this.#open(file, entry);
        if (!chunk) {
          progress.isDamaged = true;
          continue;
        }
        const registers = stateOf(stateEntry(0, chunk.streams.keyFrame), 0);
        if (isFirst) observer?.begin(registers);
        isFirst = false;
        yield* this.#gapsBefore(chunk.head, registers, progress);
        yield* this.#chunk(chunk, entry, decoder, raw, progress);
      }
    } finally {
      file.close();
    }
    const cycle = this.#index.end?.cycle ?? progress.lastCycle;
    if (progress.filtered > 0) {
      yield { kind: "gap", ppu, cycle, instructions: progress.filtered, reason: "filter" };
    }
    if (progress.isDamaged) yield { kind: "gap", ppu, cycle, instructions: undefined, reason: "damage" };
  }

  /** What is missing in front of a chunk. */
  *#gapsBefore(
    { ppu, first, before, gap, entries }: ChunkHead,
    registers: ReadonlyMap<string, RegisterValue>,
    progress: Progress,
  ): Generator<GapRecord> {
    const begin = before - (gap?.instructions ?? 0);
    progress.position ??= begin;
    const missing = begin - progress.position - progress.filtered;
    if (progress.isDamaged || missing > 0) {
      if (progress.filtered > 0) yield* takeFiltered(ppu, first, progress);
      progress.isDamaged = false;
      const isKnown = !gap && this.header.filters.length === 0;
      yield {
        ...{ kind: "gap", ppu, cycle: first, instructions: Math.max(missing, 0), reason: "damage" },
        ...(isKnown && { state: registers }),
      };
    }
    if (!gap) return;
    if (gap.reason === "filter") progress.filtered += gap.instructions;
    else {
      if (progress.filtered > 0) yield* takeFiltered(ppu, first, progress);
      const { reason, instructions } = gap;
      // Where recording never went on, nobody has looked at the registers.
      const isKnown = entries > 0 || reason === "host";
      yield { kind: "gap", ppu, cycle: first, instructions, reason, ...(isKnown && { state: registers }) };
    }
  }

  *#chunk(
    { head, streams }: OpenChunk,
    entry: IndexEntry,
    decoder: Decoder,
    raw: RawDecoder,
    progress: Progress,
  ): Generator<TraceRecord> {
    decoder.open(streams);
    for (;;) {
      const count = decoder.next();
      if (count === 0) break;
      const end = count < 0 ? -1 - count : count;
      for (let at = 0; at < end; ) {
        const until = head.hasGaps ? nextGap(decoder.words, at, end) : end;
        const records: TraceRecord[] = [];
        raw.decode(decoder.words, at, until, head.first, records);
        for (const record of records) {
          if (progress.filtered > 0) yield* takeFiltered(head.ppu, record.cycle, progress);
          yield this.header.has.vectors ? record : withoutVectors(record);
        }
        at = until;
        if (at < end) {
          progress.filtered += decoder.words[at + 1];
          at += GAP_WORDS;
        }
      }
      if (count < 0) {
        this.#problem(entry, "its contents make no sense from some place on");
        progress.isDamaged = true;
        break;
      }
    }
    progress.lastCycle = head.last;
  }

  /** Undefined where a chunk cannot be read, which is a problem. */
  #open(file: FileBytes, entry: IndexEntry): OpenChunk | undefined {
    const head = readChunkHead(file.read(entry.offset, CHUNK_HEAD_BYTES));
    if (!head) return this.#problem(entry, "its head is damaged");
    if (!isWhole(file, entry.offset, head)) return this.#problem(entry, "it is not complete");
    if (head.ppu !== entry.ppu) return this.#problem(entry, "it is of the other PPU");
    const bytes = file.read(entry.offset + CHUNK_HEAD_BYTES, head.packedBytes);
    const streams = unpackChunk({ head, bytes }, this.header.has.vectors);
    return typeof streams === "string" ? this.#problem(entry, streams) : { head, streams };
  }

  #problem({ offset, ppu, first, last }: IndexEntry, what: string): undefined {
    this.#problems.add(`chunk at byte ${offset} (${ppu}, cycles ${first} to ${last}): ${what}`);
  }
}

interface OpenChunk {
  readonly head: ChunkHead;
  readonly streams: PackedStreams;
}

/** Index of the chunk in which the place is, or the last one in front of it. */
function firstChunk(chunks: readonly IndexEntry[], { cycle, instruction }: From): number {
  const byCycle = cycle === undefined ? 0 : chunks.findIndex(({ last }) => last >= cycle);
  const behind = instruction === undefined ? 1 : chunks.findIndex(({ before }) => before > instruction);
  const byInstruction = behind < 0 ? chunks.length - 1 : Math.max(behind - 1, 0);
  return Math.max(0, byCycle < 0 ? chunks.length - 1 : byCycle, byInstruction);
}

function instructionsOf(record: TraceRecord): number {
  if (record.kind === "instruction") return 1;
  return record.kind === "gap" ? (record.instructions ?? 0) : 0;
}

/** `position`: number of the record, if it is an instruction, or of the first one of a gap. */
function isAt(record: TraceRecord, position: number, { cycle, instruction }: From): boolean {
  if (cycle !== undefined && record.cycle < cycle) return false;
  if (instruction === undefined) return true;
  if (record.kind === "instruction") return position >= instruction;
  return record.kind === "gap" && position + (record.instructions ?? 0) > instruction;
}

function* takeFiltered(ppu: PpuName, cycle: number, progress: Progress): Generator<GapRecord> {
  const instructions = progress.filtered;
  progress.filtered = 0;
  yield { kind: "gap", ppu, cycle, instructions, reason: "filter" };
}

/** Where the next gap among raw records begins, or `end`. */
function nextGap(words: Int32Array, from: number, end: number): number {
  let at = from;
  while (at < end && words[at] !== GAP_HEAD) at += entryWords(words, at);
  return at;
}

const isLanes = ({ register }: RegisterWrite): boolean => /^(?:v\d+|acc|vcr)$/.test(register);

/** What was not recorded is not there: values of vectors, of which accesses keep none. */
function withoutVectors(record: TraceRecord): TraceRecord {
  if (record.kind !== "instruction") return record;
  return {
    ...record,
    writes: record.writes.filter((write) => !isLanes(write)),
    accesses: record.accesses.map(({ enables: _, ...access }) =>
      access.bytes > 4 ? { ...access, value: new Uint8Array() } : access,
    ),
  };
}
