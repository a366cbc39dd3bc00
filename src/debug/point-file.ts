/**
 * Session points as files: 16 bytes of magic text, a version (32 bits, big endian), SHA-256 of the rest, and compressed by zlib
 * the length of a JSON header (32 bits), the header, and the bytes of all arrays that it refers to.
 */
import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { type Chip, ChipError, type ChipSnapshot, type PpuName } from "../chip/index.ts";
import type { Image } from "../toolchain/image.ts";
import { PPUS } from "./position.ts";
import { SessionError } from "./types.ts";

const MAGIC = "ppu-emu session\n";
const VERSION = 1;
const HASH_BYTES = 32;
const HEAD_BYTES = MAGIC.length + 4 + HASH_BYTES;
/** More than the memories of the chip can hold. */
const MOST_BYTES = 2 ** 30;

type Images = Readonly<Partial<Record<PpuName, Image>>>;

const ARRAYS = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float64Array,
} as const;
type ArrayName = keyof typeof ARRAYS;

interface Header {
  readonly programs: Readonly<Record<PpuName, string>>;
  readonly snapshot: unknown;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/** What identifies a program: everything that is loaded. */
function programHash(image: Image | undefined): string {
  const hash = createHash("sha256");
  for (const { name, address, size, data } of image?.sections ?? []) {
    hash.update(`${name} ${address} ${size}\n`);
    if (data) hash.update(data);
  }
  return hash.digest("hex");
}

const hashesOf = (images: Images) =>
  Object.fromEntries(PPUS.map((ppu) => [ppu, programHash(images[ppu])])) as Record<PpuName, string>;

export function writePoint(chip: Chip, images: Images): Uint8Array {
  const arrays: Uint8Array[] = [];
  let at = 0;
  const pack = (value: unknown): unknown => {
    if (typeof value === "number" && !Number.isFinite(value)) return { $number: `${value}` };
    if (typeof value !== "object" || value === null) return value;
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      const reference = { $array: value.constructor.name, at, bytes: bytes.length };
      arrays.push(bytes);
      at += bytes.length;
      return reference;
    }
    if (Array.isArray(value)) return value.map(pack);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, pack(part)]));
  };
  const header = Buffer.from(JSON.stringify({ programs: hashesOf(images), snapshot: pack(chip.snapshot()) }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  const body = deflateSync(Buffer.concat([length, header, ...arrays]), { level: 6 });
  const version = Buffer.alloc(4);
  version.writeUInt32BE(VERSION);
  return new Uint8Array(Buffer.concat([Buffer.from(MAGIC), version, sha256(body), body]));
}

/** The snapshot in a file. Throws SessionError unless it is whole and belongs to these programs and this chip. */
export function readPoint(file: Uint8Array, chip: Chip, images: Images): ChipSnapshot {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (buffer.length < HEAD_BYTES || buffer.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new SessionError("this is no saved session point; use a file that save has written");
  }
  const version = buffer.readUInt32BE(MAGIC.length);
  if (version !== VERSION) {
    throw new SessionError(
      `the session point has version ${version}, this debugger reads ${VERSION}; save it anew`,
    );
  }
  const body = buffer.subarray(HEAD_BYTES);
  if (!sha256(body).equals(buffer.subarray(MAGIC.length + 4, HEAD_BYTES))) {
    throw new SessionError("the session point is damaged: its checksum does not fit; use another copy");
  }
  const { header, arrays } = unpack(body);
  const hashes = hashesOf(images);
  const foreign = PPUS.find((ppu) => header.programs[ppu] !== hashes[ppu]);
  if (foreign) {
    throw new SessionError(
      `the session point belongs to another program of the ${foreign} PPU; load that program first`,
    );
  }
  const snapshot = restoreArrays(header.snapshot, arrays) as ChipSnapshot;
  try {
    chip.checkSnapshot(snapshot);
  } catch (error) {
    if (error instanceof ChipError) throw new SessionError(error.message);
    throw error;
  }
  return snapshot;
}

function unpack(body: Uint8Array): { readonly header: Header; readonly arrays: Uint8Array } {
  try {
    const plain = inflateSync(body, { maxOutputLength: MOST_BYTES });
    const length = plain.readUInt32BE(0);
    const header = JSON.parse(plain.toString("utf8", 4, 4 + length)) as Header;
    return { header, arrays: Uint8Array.from(plain.subarray(4 + length)) };
  } catch {
    throw new SessionError("the session point is damaged; use another copy");
  }
}

function restoreArrays(value: unknown, arrays: Uint8Array): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => restoreArrays(part, arrays));
  const record = value as Readonly<Record<string, unknown>>;
  if (typeof record.$number === "string") return Number(record.$number);
  if (typeof record.$array === "string") {
    const at = Number(record.at);
    const bytes = arrays.slice(at, at + Number(record.bytes));
    const Type = ARRAYS[record.$array as ArrayName];
    return new Type(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / Type.BYTES_PER_ELEMENT);
  }
  return Object.fromEntries(Object.entries(record).map(([key, part]) => [key, restoreArrays(part, arrays)]));
}
