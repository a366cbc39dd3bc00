/**
 * The file of trained parameters, big endian:
 *
 * | offset | bytes | content |
 * | --- | --- | --- |
 * | 0 | 4 | `PPUN` |
 * | 4 | 2 | version, 1 |
 * | 6 | 2 | number of layers, 3 |
 * | 8 | 3 x 8 | per layer: inputs, outputs, sends, shift (2 bytes each) |
 * | 32 | 4 | CRC-32 (ISO 3309) of everything from offset 36 |
 * | 36 | 67,280 | int8 weights -63..63, layer by layer, input by input |
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "../crc32.ts";
import { packageRoot } from "../package-root.ts";
import { LAYER_SHAPES, type Layer, type Network } from "./network.ts";

/** A parameter file is missing, foreign, truncated or damaged. */
export class ParameterFileError extends Error {
  override name = "ParameterFileError";
}

const MAGIC = 0x5050554e;
const VERSION = 1;
const HEADER = 36;

/** Largest number of sends that a layer may ask for. */
export const MAX_SENDS = 64;

export function encodeParameters(network: Network): Uint8Array {
  const size = network.reduce((sum, layer) => sum + layer.weights.length, HEADER);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(4, VERSION);
  view.setUint16(6, network.length);
  let at = HEADER;
  for (const [index, layer] of network.entries()) {
    const fields = [layer.inputs, layer.outputs, layer.sends, layer.shift];
    for (const [k, field] of fields.entries()) view.setUint16(8 + index * 8 + k * 2, field);
    bytes.set(new Uint8Array(layer.weights.buffer, layer.weights.byteOffset, layer.weights.length), at);
    at += layer.weights.length;
  }
  view.setUint32(32, crc32(bytes.subarray(HEADER)));
  return bytes;
}

/** Throws ParameterFileError with one line for foreign, truncated or damaged contents; `name` is for that line. */
export function decodeParameters(bytes: Uint8Array, name = "parameter file"): Network {
  const fail = (what: string): never => {
    throw new ParameterFileError(`${name}: ${what}; make a new one with ppu train`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0) !== MAGIC) fail("not a parameter file of ppu-emu");
  if (bytes.length < HEADER) fail(`truncated, ${bytes.length} bytes`);
  if (view.getUint16(4) !== VERSION) fail(`version ${view.getUint16(4)} instead of ${VERSION}`);
  if (view.getUint16(6) !== LAYER_SHAPES.length) {
    fail(`${view.getUint16(6)} layers instead of ${LAYER_SHAPES.length}`);
  }
  const size = LAYER_SHAPES.reduce((sum, shape) => sum + shape.inputs * shape.outputs, HEADER);
  let at = HEADER;
  const layers = LAYER_SHAPES.map((shape, index): Layer => {
    const [inputs, outputs, sends, shift] = [0, 2, 4, 6].map((k) => view.getUint16(8 + index * 8 + k));
    if (inputs !== shape.inputs || outputs !== shape.outputs) {
      fail(`layer ${shape.name} is ${inputs} x ${outputs} instead of ${shape.inputs} x ${shape.outputs}`);
    }
    if (sends < 1 || sends > MAX_SENDS)
      fail(`layer ${shape.name} has ${sends} sends instead of 1..${MAX_SENDS}`);
    if (shift > 7) fail(`layer ${shape.name} has shift ${shift} instead of 0..7`);
    const weights = Int8Array.from(bytes.subarray(at, at + inputs * outputs));
    at += inputs * outputs;
    return { ...shape, sends, shift, weights };
  });
  if (bytes.length < size) fail(`truncated, ${bytes.length} of ${size} bytes`);
  if (bytes.length > size) fail(`${bytes.length - size} bytes too long`);
  if (view.getUint32(32) !== crc32(bytes.subarray(HEADER))) fail("damaged (checksum differs)");
  for (const layer of layers) {
    if (layer.weights.some((weight) => weight < -63 || weight > 63))
      fail(`layer ${layer.name} has weights beyond 63`);
  }
  return [layers[0], layers[1], layers[2]];
}

/** Path of the parameters that the package ships. */
export function shippedParametersPath(): string {
  return join(packageRoot(), "firmware", "mnist", "parameters.bin");
}

/** Reads a parameter file; throws ParameterFileError with one line when it is missing or wrong. */
export function readParameters(path = shippedParametersPath()): Network {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new ParameterFileError(`${path} can't be read; make it with ppu train`);
  }
  return decodeParameters(bytes, path);
}
