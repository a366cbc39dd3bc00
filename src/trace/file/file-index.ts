/** What stands where in a trace file: from its end, or by walking over its chunks where that is missing. */
import type { TraceEnd } from "../model.ts";
import type { FileBytes } from "./file-bytes.ts";
import {
  CHUNK_HEAD_BYTES,
  CHUNK_MAGIC,
  type ChunkHead,
  END_HEAD_BYTES,
  END_MAGIC,
  FOOTER_BYTES,
  type IndexEntry,
  readChunkHead,
  readEnd,
  readFooter,
} from "./format.ts";

export interface FileIndex {
  readonly chunks: readonly IndexEntry[];
  /** Undefined: the file was cut, or its end is damaged. */
  readonly end: TraceEnd | undefined;
  readonly problems: readonly string[];
}

/** More than a chunk's bytes can be. */
export const MOST_PACKED_BYTES = 1 << 22;
/** Bytes that are searched at once for the next chunk behind damaged ones. */
const SEARCH_BYTES = 1 << 16;

export function indexOf(file: FileBytes, start: number): FileIndex {
  return fromEnd(file, start) ?? walk(file, start);
}

function fromEnd(file: FileBytes, start: number): FileIndex | undefined {
  if (file.size < start + END_HEAD_BYTES + FOOTER_BYTES) return undefined;
  const at = readFooter(file.read(file.size - FOOTER_BYTES, FOOTER_BYTES));
  if (at === undefined || !Number.isInteger(at) || at < start || at >= file.size) return undefined;
  const found = readEnd(file.read(at, file.size - at));
  if (!found) return undefined;
  let last = start;
  for (const { offset } of found.index) {
    if (!Number.isInteger(offset) || offset < last || offset + CHUNK_HEAD_BYTES > at) return undefined;
    last = offset + CHUNK_HEAD_BYTES;
  }
  return { chunks: found.index, end: found.end, problems: [] };
}

/** True: all of the chunk is in the file. */
export const isWhole = (file: FileBytes, offset: number, { packedBytes }: ChunkHead): boolean =>
  packedBytes <= MOST_PACKED_BYTES && offset + CHUNK_HEAD_BYTES + packedBytes <= file.size;

function walk(file: FileBytes, start: number): FileIndex {
  const chunks: IndexEntry[] = [];
  const problems: string[] = [];
  let at = start;
  while (at < file.size) {
    const head = readChunkHead(file.read(at, CHUNK_HEAD_BYTES));
    if (head && isWhole(file, at, head)) {
      const { ppu, first, last, before, instructions } = head;
      chunks.push({ offset: at, ppu, first, last, before, instructions });
      at += CHUNK_HEAD_BYTES + head.packedBytes;
      continue;
    }
    const end = endAt(file, at);
    if (end) return { chunks, end, problems };
    const next = search(file, at + 1);
    if (next === undefined) break;
    problems.push(`bytes ${at} to ${next - 1} are damaged`);
    at = next;
  }
  const rest = at < file.size ? `, and bytes from ${at} on are of no use` : "";
  problems.push(`the file has no end: writing it was interrupted, or it was cut${rest}`);
  return { chunks, end: undefined, problems };
}

/** The end of a trace, if one begins here. */
function endAt(file: FileBytes, at: number): TraceEnd | undefined {
  const magic = file.read(at, 4);
  if (magic.length < 4 || wordAt(magic, 0) !== END_MAGIC) return undefined;
  return readEnd(file.read(at, file.size - at))?.end;
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;

/** Offset of the next sound head of a chunk, or of an end. */
function search(file: FileBytes, from: number): number | undefined {
  for (let at = from; at < file.size; at += SEARCH_BYTES) {
    const bytes = file.read(at, SEARCH_BYTES + 3);
    for (let i = 0; i + 4 <= bytes.length; i++) {
      if (bytes[i] !== (CHUNK_MAGIC & 255)) continue;
      const word = wordAt(bytes, i);
      if (word === END_MAGIC && endAt(file, at + i)) return at + i;
      if (word !== CHUNK_MAGIC) continue;
      const head = readChunkHead(file.read(at + i, CHUNK_HEAD_BYTES));
      if (head && isWhole(file, at + i, head)) return at + i;
    }
  }
  return undefined;
}
