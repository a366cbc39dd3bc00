/** Chunks as they stand in a file: head and deflated contents. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { crc32 } from "../../crc32.ts";
import type { PpuName } from "../model.ts";
import type { PackedStreams } from "./decoder.ts";
import type { ChunkContents } from "./encoder.ts";
import { type ChunkHead, writeChunkHead } from "./format.ts";
import {
  MOST_LANE_BYTES,
  MOST_STREAM_BYTES,
  REGISTER_WORDS,
  SCALAR_WORDS,
  STREAM_MARGIN,
} from "./kernel/layout.ts";

/** Higher levels make files some percent smaller and take several times as long. */
const LEVEL = 1;

export interface PackedChunk {
  readonly head: ChunkHead;
  readonly bytes: Uint8Array;
}

/** Key frame, lanes, hits and residuals in one piece. */
export function packChunk(ppu: PpuName, contents: ChunkContents): PackedChunk {
  const { keyFrame, lanes, hits, residuals } = contents;
  const frame = new Uint8Array(keyFrame.buffer, keyFrame.byteOffset, keyFrame.byteLength);
  const plain = new Uint8Array(frame.length + lanes.length + hits.length + residuals.length);
  plain.set(frame);
  plain.set(lanes, frame.length);
  plain.set(hits, frame.length + lanes.length);
  plain.set(residuals, frame.length + lanes.length + hits.length);
  const bytes = deflateRawSync(plain, { level: LEVEL, memLevel: 9 });
  const { first, last, entries, instructions, before, gap } = contents;
  const head: ChunkHead = {
    ...{ ppu, first, last, entries, instructions, before, gap },
    hasGaps: contents.skipped > 0,
    packedBytes: bytes.length,
    checksum: crc32(bytes),
    hits: hits.length,
    residuals: residuals.length,
    lanes: lanes.length,
  };
  return { head, bytes };
}

export const chunkBytes = ({ head, bytes }: PackedChunk): Uint8Array[] => [writeChunkHead(head), bytes];

/** Bytes that a chunk with this head consists of when it is inflated; undefined: no chunk is like that. */
function plainBytes({ hits, residuals, lanes }: ChunkHead, vectors: boolean): number | undefined {
  const most = MOST_STREAM_BYTES + STREAM_MARGIN;
  if (hits > most || residuals > most || lanes > MOST_LANE_BYTES + STREAM_MARGIN || lanes % 4 !== 0)
    return undefined;
  return 4 * (vectors ? REGISTER_WORDS : SCALAR_WORDS) + hits + residuals + lanes;
}

/** Contents of a chunk; a text says what is wrong with them. */
export function unpackChunk({ head, bytes }: PackedChunk, vectors: boolean): PackedStreams | string {
  const size = plainBytes(head, vectors);
  if (size === undefined) return "its sizes are impossible";
  if (crc32(bytes) !== head.checksum) return "its bytes do not match their checksum";
  let plain: Uint8Array;
  try {
    plain = inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
  } catch {
    return "its bytes cannot be inflated";
  }
  if (plain.length !== size) return "it has another size than its head says";
  const keyFrame = new Int32Array(vectors ? REGISTER_WORDS : SCALAR_WORDS);
  const frame = keyFrame.byteLength;
  new Uint8Array(keyFrame.buffer).set(plain.subarray(0, frame));
  const hitsAt = frame + head.lanes;
  return {
    entries: head.entries,
    keyFrame,
    lanes: plain.subarray(frame, hitsAt),
    hits: plain.subarray(hitsAt, hitsAt + head.hits),
    residuals: plain.subarray(hitsAt + head.hits),
  };
}
