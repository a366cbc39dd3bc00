/**
 * A reader of trace files from docs/trace-format.md alone: slow, plain, and independent of the kernel. Of the product it uses
 * only which values an instruction has (`layoutOf`). Throws Error for whatever does not fit the description.
 */
import { inflateRawSync } from "node:zlib";
import { PlainCoder } from "./plain-coder.ts";

export interface PlainChunk {
  readonly ppu: number;
  readonly gap: number;
  readonly first: number;
  readonly last: number;
  readonly before: number;
  readonly instructions: number;
  readonly gapInstructions: number;
  readonly keyFrame: Int32Array;
  /** Raw records as the page describes them. */
  readonly records: readonly (readonly number[])[];
}

export interface PlainFile {
  readonly header: { readonly has: { readonly vectors: boolean } };
  readonly elfs: readonly Uint8Array[];
  readonly chunks: readonly PlainChunk[];
  readonly end: unknown;
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`plain reader: ${what}`);
}

function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

function readChunk(bytes: Uint8Array, view: DataView, at: number, vectors: boolean): [PlainChunk, number] {
  const u32 = (offset: number) => view.getUint32(at + offset, true);
  const f64 = (offset: number) => view.getFloat64(at + offset, true);
  must(u32(4) === checksum(bytes.subarray(at + 8, at + 72)), "checksum of a head");
  const end = at + 72 + u32(8);
  const packed = bytes.subarray(at + 72, end);
  must(checksum(packed) === u32(12), "checksum of a chunk");
  const plain = new Uint8Array(inflateRawSync(packed));
  const frameWords = vectors ? 1173 : 53;
  const [hits, residuals, lanes] = [u32(28), u32(32), u32(36)];
  must(plain.length === 4 * frameWords + lanes + hits + residuals, "size of a chunk");
  const words = new DataView(plain.buffer);
  const keyFrame = Int32Array.from({ length: frameWords }, (_, n) => words.getInt32(4 * n, true));
  const coder = new PlainCoder(keyFrame, vectors, {
    lanes: Int32Array.from({ length: lanes / 4 }, (_, n) => words.getInt32(4 * (frameWords + n), true)),
    hits: plain.subarray(4 * frameWords + lanes, 4 * frameWords + lanes + hits),
    residuals: plain.subarray(4 * frameWords + lanes + hits),
  });
  const records = Array.from({ length: u32(20) }, () => coder.entry());
  coder.finish();
  must(records.filter(([head]) => (head & 2) === 0).length === u32(24), "number of instructions");
  must(
    records.some(([head]) => head === (2 | (6 << 2))) === (bytes[at + 18] === 1),
    "gaps among the entries",
  );
  const chunk = {
    ...{ ppu: bytes[at + 16], gap: bytes[at + 17], instructions: u32(24), keyFrame, records },
    ...{ first: f64(40), last: f64(48), before: f64(56), gapInstructions: f64(64) },
  };
  return [chunk, end];
}

export function readPlainly(bytes: Uint8Array): PlainFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u32 = (at: number) => view.getUint32(at, true);
  must(Buffer.from(bytes.subarray(0, 8)).toString("hex") === "89505055540d0a1a", "magic");
  must(view.getUint16(8, true) === 1, "version");
  let at = 20 + u32(12);
  const textBytes = bytes.subarray(20, at);
  must(checksum(textBytes) === u32(16), "checksum of the text");
  const text = json(textBytes);
  const elfs = text.images.map((image: { bytes: number; packedBytes: number; checksum: number }) => {
    const packed = bytes.subarray(at, at + image.packedBytes);
    at += image.packedBytes;
    must(checksum(packed) === image.checksum, "checksum of an image");
    const elf = inflateRawSync(packed);
    must(elf.length === image.bytes, "size of an image");
    return new Uint8Array(elf);
  });
  const chunks: PlainChunk[] = [];
  const offsets: number[] = [];
  while (u32(at) === 0x4b484350) {
    offsets.push(at);
    const [chunk, next] = readChunk(bytes, view, at, text.header.has.vectors);
    chunks.push(chunk);
    at = next;
  }
  must(u32(at) === 0x444e4550, "end");
  const indexAt = at + 16 + u32(at + 8);
  const indexEnd = indexAt + 40 * chunks.length;
  must(u32(at + 12) === chunks.length, "number of chunks");
  must(u32(at + 4) === checksum(bytes.subarray(at + 8, indexEnd)), "checksum of the end");
  chunks.forEach(({ first, last, before, instructions, ppu }, n) => {
    const entry = indexAt + 40 * n;
    const numbers = [0, 8, 16, 24].map((offset) => view.getFloat64(entry + offset, true));
    const found = [...numbers, u32(entry + 32), u32(entry + 36)];
    const wanted = [offsets[n], first, last, before, instructions, ppu];
    must(found.join() === wanted.join(), `entry ${n} of the index`);
  });
  must(view.getFloat64(indexEnd, true) === at, "offset of the end");
  must(Buffer.from(bytes.subarray(indexEnd + 8)).toString("latin1") === "PPUTEND\n", "last bytes");
  return { header: text.header, elfs, chunks, end: json(bytes.subarray(at + 16, indexAt)) };
}
