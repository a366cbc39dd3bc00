/** Begin, chunk heads and end of a trace file, as docs/trace-format.md describes them. All numbers are little-endian. */
import { crc32 } from "../../crc32.ts";
import { type GapRecord, PPUS, type PpuName, type TraceEnd, type TraceHeader } from "../model.ts";
import type { ChunkContents, ChunkGap } from "./encoder.ts";

/** As of PNG: text conversions and cut upper bits are seen at once. */
const MAGIC = [0x89, 0x50, 0x50, 0x55, 0x54, 0x0d, 0x0a, 0x1a];
export const VERSION = { major: 1, minor: 0 } as const;
/** Magic, major, minor, length and checksum of the header's text. */
export const BEGIN_BYTES = 20;
export const CHUNK_MAGIC = 0x4b_48_43_50;
export const CHUNK_HEAD_BYTES = 72;
export const END_MAGIC = 0x44_4e_45_50;
/** Magic, checksum of what follows, length of the text, number of chunks. */
export const END_HEAD_BYTES = 16;
export const INDEX_ENTRY_BYTES = 40;
const FOOTER_MAGIC = [0x50, 0x50, 0x55, 0x54, 0x45, 0x4e, 0x44, 0x0a];
/** Offset of the end and a magic. */
export const FOOTER_BYTES = 16;

/** Gap reasons by number; 0 is none. */
const REASONS: readonly GapRecord["reason"][] = ["filter", "trigger", "ring", "damage", "host"];

/** An image in the file: whose, bytes of the ELF file, bytes and checksum as they stand in the trace file. */
export interface ImageEntry {
  readonly ppus: readonly PpuName[];
  readonly bytes: number;
  readonly packedBytes: number;
  readonly checksum: number;
}

export interface HeaderText {
  readonly header: TraceHeader;
  readonly images: readonly ImageEntry[];
}

export const isTraceFile = (head: Uint8Array): boolean => MAGIC.every((byte, at) => head[at] === byte);

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export function writeBegin(text: HeaderText): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(text));
  const bytes = new Uint8Array(BEGIN_BYTES + json.length);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint16(8, VERSION.major, true);
  view.setUint16(10, VERSION.minor, true);
  view.setUint32(12, json.length, true);
  view.setUint32(16, crc32(json), true);
  bytes.set(json, BEGIN_BYTES);
  return bytes;
}

export interface Begin {
  readonly major: number;
  readonly textBytes: number;
  readonly textChecksum: number;
}

export function readBegin(bytes: Uint8Array): Begin {
  const view = viewOf(bytes);
  return {
    major: view.getUint16(8, true),
    textBytes: view.getUint32(12, true),
    textChecksum: view.getUint32(16, true),
  };
}

/** What stands in front of a chunk's bytes. */
export interface ChunkHead
  extends Pick<ChunkContents, "first" | "last" | "entries" | "instructions" | "before"> {
  readonly ppu: PpuName;
  readonly gap: ChunkGap | undefined;
  /** There are gaps among its entries. */
  readonly hasGaps: boolean;
  readonly packedBytes: number;
  readonly checksum: number;
  readonly hits: number;
  readonly residuals: number;
  readonly lanes: number;
}

export function writeChunkHead(head: ChunkHead): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEAD_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, CHUNK_MAGIC, true);
  view.setUint32(8, head.packedBytes, true);
  view.setUint32(12, head.checksum, true);
  bytes[16] = PPUS.indexOf(head.ppu);
  bytes[17] = head.gap ? 1 + REASONS.indexOf(head.gap.reason) : 0;
  bytes[18] = head.hasGaps ? 1 : 0;
  view.setUint32(20, head.entries, true);
  view.setUint32(24, head.instructions, true);
  view.setUint32(28, head.hits, true);
  view.setUint32(32, head.residuals, true);
  view.setUint32(36, head.lanes, true);
  view.setFloat64(40, head.first, true);
  view.setFloat64(48, head.last, true);
  view.setFloat64(56, head.before, true);
  view.setFloat64(64, head.gap?.instructions ?? 0, true);
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** Undefined: that is no head of a chunk, or a damaged one. */
export function readChunkHead(bytes: Uint8Array): ChunkHead | undefined {
  if (bytes.length < CHUNK_HEAD_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== CHUNK_MAGIC) return undefined;
  if (view.getUint32(4, true) !== crc32(bytes.subarray(8, CHUNK_HEAD_BYTES))) return undefined;
  const ppu = PPUS[bytes[16]];
  const reason = REASONS[bytes[17] - 1];
  if (ppu === undefined || (bytes[17] !== 0 && reason === undefined)) return undefined;
  return {
    ppu,
    gap: reason && { reason, instructions: view.getFloat64(64, true) },
    hasGaps: bytes[18] !== 0,
    packedBytes: view.getUint32(8, true),
    checksum: view.getUint32(12, true),
    entries: view.getUint32(20, true),
    instructions: view.getUint32(24, true),
    hits: view.getUint32(28, true),
    residuals: view.getUint32(32, true),
    lanes: view.getUint32(36, true),
    first: view.getFloat64(40, true),
    last: view.getFloat64(48, true),
    before: view.getFloat64(56, true),
  };
}

/** Where a chunk stands and what it holds, for finding a place quickly. */
export interface IndexEntry extends Pick<ChunkHead, "ppu" | "first" | "last" | "before" | "instructions"> {
  readonly offset: number;
}

/** The end of a file, which stands at `offset`. */
export function writeEnd(end: TraceEnd, index: readonly IndexEntry[], offset: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(end));
  const indexAt = END_HEAD_BYTES + json.length;
  const size = indexAt + INDEX_ENTRY_BYTES * index.length;
  const bytes = new Uint8Array(size + FOOTER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, END_MAGIC, true);
  view.setUint32(8, json.length, true);
  view.setUint32(12, index.length, true);
  bytes.set(json, END_HEAD_BYTES);
  index.forEach((entry, n) => {
    const at = indexAt + INDEX_ENTRY_BYTES * n;
    view.setFloat64(at, entry.offset, true);
    view.setFloat64(at + 8, entry.first, true);
    view.setFloat64(at + 16, entry.last, true);
    view.setFloat64(at + 24, entry.before, true);
    view.setUint32(at + 32, entry.instructions, true);
    view.setUint32(at + 36, PPUS.indexOf(entry.ppu), true);
  });
  view.setUint32(4, crc32(bytes.subarray(8, size)), true);
  view.setFloat64(size, offset, true);
  bytes.set(FOOTER_MAGIC, size + 8);
  return bytes;
}

/** Bytes that the end of a file takes at most. */
export const endBytes = (chunks: number): number =>
  END_HEAD_BYTES + MOST_END_TEXT + INDEX_ENTRY_BYTES * chunks + FOOTER_BYTES;

/** More than a TraceEnd as text has. */
export const MOST_END_TEXT = 512;

/** Offset of the end by the last bytes of a file; undefined: it has none. */
export function readFooter(bytes: Uint8Array): number | undefined {
  if (!FOOTER_MAGIC.every((byte, at) => bytes[8 + at] === byte)) return undefined;
  return viewOf(bytes).getFloat64(0, true);
}

/** Undefined: damaged, or no end. `bytes` may be longer than it. */
export function readEnd(
  bytes: Uint8Array,
): { readonly end: TraceEnd; readonly index: readonly IndexEntry[] } | undefined {
  if (bytes.length < END_HEAD_BYTES) return undefined;
  const view = viewOf(bytes);
  const textBytes = view.getUint32(8, true);
  const chunks = view.getUint32(12, true);
  const indexAt = END_HEAD_BYTES + textBytes;
  const size = indexAt + INDEX_ENTRY_BYTES * chunks;
  if (view.getUint32(0, true) !== END_MAGIC || size > bytes.length) return undefined;
  if (view.getUint32(4, true) !== crc32(bytes.subarray(8, size))) return undefined;
  const end = parseEnd(new TextDecoder().decode(bytes.subarray(END_HEAD_BYTES, indexAt)));
  if (!end) return undefined;
  const index = Array.from({ length: chunks }, (_, n): IndexEntry => {
    const at = indexAt + INDEX_ENTRY_BYTES * n;
    return {
      offset: view.getFloat64(at, true),
      first: view.getFloat64(at + 8, true),
      last: view.getFloat64(at + 16, true),
      before: view.getFloat64(at + 24, true),
      instructions: view.getUint32(at + 32, true),
      ppu: PPUS[view.getUint32(at + 36, true) & 1],
    };
  });
  return { end, index };
}

function parseEnd(text: string): TraceEnd | undefined {
  try {
    const { reason, cycle, instructions } = JSON.parse(text);
    const isEnd =
      typeof reason === "string" &&
      Number.isFinite(cycle) &&
      Array.isArray(instructions) &&
      instructions.length === 2 &&
      instructions.every(Number.isFinite);
    return isEnd ? { reason, cycle, instructions: [instructions[0], instructions[1]] } : undefined;
  } catch {
    return undefined;
  }
}
