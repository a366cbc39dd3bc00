/**
 * Named arrays in the npz format of NumPy: a zip archive of npy files, stored or deflated. Reads what `numpy.savez` and
 * `numpy.savez_compressed` write (also with zip64 sizes in local headers, as the central directory counts).
 */

import { inflateRawSync } from "node:zlib";
import { crc32 } from "../../crc32.ts";
import { ArrayFileError, decodeNpy, encodeNpy, type NumberArray } from "./npy.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const LARGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;
/** 1 January 1980, the first day that zip knows: files with equal contents are equal. */
const DATE = 0x21;

export type NamedArrays = ReadonlyMap<string, NumberArray>;

function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - LARGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  return -1;
}

function entryData(bytes: Uint8Array, view: DataView, at: number, entry: string): Uint8Array {
  const method = view.getUint16(at + 10, true);
  const compressed = view.getUint32(at + 20, true);
  const local = view.getUint32(at + 42, true);
  if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL) {
    throw new ArrayFileError(`${entry}: damaged archive`);
  }
  const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (begin + compressed > bytes.length) throw new ArrayFileError(`${entry}: truncated`);
  const data = bytes.subarray(begin, begin + compressed);
  if (method !== STORED && method !== DEFLATED) {
    throw new ArrayFileError(
      `${entry}: compression method ${method} is not supported; save with numpy.savez`,
    );
  }
  let content: Uint8Array;
  try {
    content = method === STORED ? data : inflateRawSync(data);
  } catch {
    throw new ArrayFileError(`${entry}: damaged (can't be inflated)`);
  }
  if (crc32(content) !== view.getUint32(at + 16, true)) {
    throw new ArrayFileError(`${entry}: damaged (checksum differs)`);
  }
  return content;
}

/** Reads an npz file; names come without `.npy`. Throws ArrayFileError, whose line begins with `name`. */
export function decodeNpz(bytes: Uint8Array, name = "npz file"): NamedArrays {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length < END_BYTES ? -1 : findEnd(view);
  if (end < 0) throw new ArrayFileError(`${name}: truncated or not an npz file (no end of a zip archive)`);
  const arrays = new Map<string, NumberArray>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) {
      throw new ArrayFileError(`${name}: damaged archive`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const entry = Buffer.from(bytes.subarray(at + 46, at + 46 + nameBytes)).toString("utf8");
    const label = `${name}: ${entry}`;
    arrays.set(entry.replace(/\.npy$/, ""), decodeNpy(entryData(bytes, view, at, label), label));
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return arrays;
}

/** Writes an npz file without compression, as `numpy.savez` does. */
export function encodeNpz(arrays: NamedArrays): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, array] of arrays) {
    const file = Buffer.from(`${name}.npy`, "utf8");
    const data = encodeNpy(array);
    const common = new DataView(new ArrayBuffer(26));
    common.setUint16(0, 20, true);
    common.setUint16(8, DATE, true);
    common.setUint32(10, crc32(data), true);
    common.setUint32(14, data.length, true);
    common.setUint32(18, data.length, true);
    common.setUint16(22, file.length, true);
    const local = new Uint8Array(30 + file.length);
    new DataView(local.buffer).setUint32(0, LOCAL, true);
    local.set(new Uint8Array(common.buffer), 4);
    local.set(file, 30);
    const central = new Uint8Array(46 + file.length);
    const fields = new DataView(central.buffer);
    fields.setUint32(0, CENTRAL, true);
    fields.setUint16(4, 20, true);
    central.set(new Uint8Array(common.buffer), 6);
    fields.setUint32(42, offset, true);
    central.set(file, 46);
    parts.push(local, data);
    directory.push(central);
    offset += local.length + data.length;
  }
  const end = new DataView(new ArrayBuffer(END_BYTES));
  end.setUint32(0, END, true);
  end.setUint16(8, directory.length, true);
  end.setUint16(10, directory.length, true);
  end.setUint32(
    12,
    directory.reduce((sum, part) => sum + part.length, 0),
    true,
  );
  end.setUint32(16, offset, true);
  return new Uint8Array(Buffer.concat([...parts, ...directory, new Uint8Array(end.buffer)]));
}
