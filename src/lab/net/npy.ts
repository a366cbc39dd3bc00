/** Arrays in the npy format of NumPy, versions 1 to 3: little-endian numbers in row-major order. */

/** A file of arrays is foreign, truncated or holds something that cannot be used; one line. */
export class ArrayFileError extends Error {
  override name = "ArrayFileError";
}

export interface NumberArray {
  readonly shape: readonly number[];
  /** Row by row (last index fastest). 64-bit integers are read as Float64Array and must be below 2^53. */
  readonly data: NumberData;
}

export type NumberData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

const MAGIC = "\x93NUMPY";
const ALIGNMENT = 64;

type Reader = (view: DataView, count: number) => NumberData;

function fill<T extends NumberData>(into: T, read: (index: number) => number): T {
  for (let n = 0; n < into.length; n++) into[n] = read(n);
  return into;
}

const READERS: Record<string, { readonly bytes: number; readonly read: Reader }> = {
  i1: { bytes: 1, read: (view, count) => fill(new Int8Array(count), (n) => view.getInt8(n)) },
  u1: { bytes: 1, read: (view, count) => fill(new Uint8Array(count), (n) => view.getUint8(n)) },
  b1: { bytes: 1, read: (view, count) => fill(new Uint8Array(count), (n) => view.getUint8(n)) },
  i2: { bytes: 2, read: (view, count) => fill(new Int16Array(count), (n) => view.getInt16(2 * n, true)) },
  u2: { bytes: 2, read: (view, count) => fill(new Uint16Array(count), (n) => view.getUint16(2 * n, true)) },
  i4: { bytes: 4, read: (view, count) => fill(new Int32Array(count), (n) => view.getInt32(4 * n, true)) },
  u4: { bytes: 4, read: (view, count) => fill(new Uint32Array(count), (n) => view.getUint32(4 * n, true)) },
  f4: { bytes: 4, read: (view, count) => fill(new Float32Array(count), (n) => view.getFloat32(4 * n, true)) },
  f8: { bytes: 8, read: (view, count) => fill(new Float64Array(count), (n) => view.getFloat64(8 * n, true)) },
  i8: {
    bytes: 8,
    read: (view, count) => fill(new Float64Array(count), (n) => Number(view.getBigInt64(8 * n, true))),
  },
};

function typeOf(data: NumberData): string {
  if (data instanceof Int8Array) return "|i1";
  if (data instanceof Uint8Array) return "|u1";
  if (data instanceof Int16Array) return "<i2";
  if (data instanceof Uint16Array) return "<u2";
  if (data instanceof Int32Array) return "<i4";
  if (data instanceof Uint32Array) return "<u4";
  return data instanceof Float32Array ? "<f4" : "<f8";
}

/** Number of elements of a shape; 1 for a scalar. */
export const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Reads one npy file; throws ArrayFileError, whose line begins with `name`. */
export function decodeNpy(bytes: Uint8Array, name = "npy file"): NumberArray {
  const fail = (what: string): never => {
    throw new ArrayFileError(`${name}: ${what}`);
  };
  const latin = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1");
  if (bytes.length < 12 || latin(0, 6) !== MAGIC) fail("not an npy array");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (version < 1 || version > 3) fail(`npy version ${version} is unknown`);
  if (start + length > bytes.length) fail("truncated");
  const header = latin(start, start + length);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const tuple = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) return fail("damaged header");
  const reader = /^[<|=]/.test(descr) ? READERS[descr.slice(1)] : undefined;
  if (!reader) {
    return fail(
      `elements of type ${descr} are not supported; use int8, uint8, int16, int32, int64, float32 or float64`,
    );
  }
  if (order === "True") fail("Fortran order is not supported; save numpy.ascontiguousarray(...)");
  const shape = tuple
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const count = elements(shape);
  const begin = start + length;
  if (bytes.length - begin < count * reader.bytes) {
    fail(`truncated, ${bytes.length - begin} of ${count * reader.bytes} bytes of data`);
  }
  const data = new DataView(bytes.buffer, bytes.byteOffset + begin, count * reader.bytes);
  return { shape, data: reader.read(data, count) };
}

/** Writes one array as npy version 1. Throws RangeError when shape and data disagree. */
export function encodeNpy({ shape, data }: NumberArray): Uint8Array {
  if (elements(shape) !== data.length) {
    throw new RangeError(
      `an array of shape ${shape.join(" x ")} has ${elements(shape)} elements, not ${data.length}`,
    );
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${typeOf(data)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const headerEnd = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(headerEnd + data.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, "latin1"));
  bytes[6] = 1;
  view.setUint16(8, headerEnd - 10, true);
  bytes.set(Buffer.from(`${text.padEnd(headerEnd - 10 - 1)}\n`, "latin1"), 10);
  const size = data.BYTES_PER_ELEMENT;
  const source = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const nativeIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  for (let n = 0; n < data.byteLength; n++) {
    const at = nativeIsLittle ? n : n - (n % size) + (size - 1 - (n % size));
    bytes[headerEnd + n] = source.getUint8(at);
  }
  return bytes;
}
