/** Images and labels from files: npy, the first array of an npz, or IDX (the format of MNIST). */
import { counted } from "../counted.ts";
import { volume } from "./description.ts";
import { NetworkError } from "./fields.ts";
import { ArrayFileError, decodeNpy, elements, type NumberArray } from "./npy.ts";
import { decodeNpz } from "./npz.ts";

const IDX_BYTES = 0x08;

function decodeIdx(bytes: Uint8Array, name: string): NumberArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[2] !== IDX_BYTES)
    throw new ArrayFileError(`${name}: only IDX files of unsigned bytes are supported`);
  const begin = 4 + 4 * bytes[3];
  if (bytes.length < begin) throw new ArrayFileError(`${name}: truncated`);
  const shape = Array.from({ length: bytes[3] }, (_, n) => view.getUint32(4 + 4 * n));
  if (bytes.length - begin !== elements(shape)) {
    throw new ArrayFileError(`${name}: ${bytes.length - begin} bytes of data instead of ${elements(shape)}`);
  }
  return { shape, data: bytes.subarray(begin) };
}

/** Reads an array by the file's first bytes. Throws ArrayFileError, whose line begins with `name`. */
export function decodeSamples(bytes: Uint8Array, name: string): NumberArray {
  if (bytes[0] === 0x93) return decodeNpy(bytes, name);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const [first] = decodeNpz(bytes, name).values();
    if (!first) throw new ArrayFileError(`${name}: the archive is empty`);
    return first;
  }
  if (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0) return decodeIdx(bytes, name);
  throw new ArrayFileError(`${name}: neither npy, npz nor IDX`);
}

/**
 * Images as bytes, in the order of the input shape. The first dimension counts images; one image without it is taken as well.
 * Throws NetworkError when the sizes don't agree or values are no bytes.
 */
export function imagesOf(
  { shape, data }: NumberArray,
  input: readonly [number, number, number],
  name: string,
): Uint8Array {
  const size = volume(input);
  const each = elements(shape.slice(1));
  if (data.length === 0 || data.length % size !== 0 || (each !== size && data.length !== size)) {
    throw new NetworkError([
      `${name}: shape ${shape.join(" x ")} does not hold images of ${input.join(" x ")} (${size} values each)`,
    ]);
  }
  const bad = data.find((value) => !Number.isInteger(value) || value < 0 || value > 255);
  if (bad !== undefined) {
    throw new NetworkError([
      `${name}: inputs must be whole numbers 0..255, there is ${bad}; scale them before`,
    ]);
  }
  return Uint8Array.from(data);
}

/**
 * Labels, one an image, of a list with `count` or more. Throws NetworkError for other shapes, and for what is not the number
 * of one of the `classes`.
 */
export function labelsOf(
  { shape, data }: NumberArray,
  count: number,
  classes: number,
  name: string,
): Uint16Array {
  if (shape.length === 0 || elements(shape.slice(1)) !== 1) {
    throw new NetworkError([
      `${name}: shape ${shape.join(" x ") || "()"} is no list of labels; give one whole number an image`,
    ]);
  }
  if (data.length < count)
    throw new NetworkError([`${name}: ${counted(data.length, "label")} for ${counted(count, "image")}`]);
  const labels = data.subarray(0, count);
  const bad = labels.find((value) => !Number.isInteger(value) || value < 0 || value >= classes);
  if (bad !== undefined) {
    throw new NetworkError([
      `${name}: there is the label ${bad}; the network has ${classes} classes, 0..${classes - 1}`,
    ]);
  }
  return Uint16Array.from(labels);
}
