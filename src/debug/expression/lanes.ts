/** Lanes of vector registers, accumulator and condition masks in the shapes that expressions name. */
import type { ElementType, RegisterValue } from "../types.ts";
import type { LanesDatum, Origin } from "./datum.ts";
import type { Environment } from "./environment.ts";

/** Big-endian bytes as elements of a type of at most 32 bits. */
export function bytesToLanes(bytes: Uint8Array, type: ElementType): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (type) {
    case "i8":
      return Array.from(bytes, (byte) => (byte << 24) >> 24);
    case "i16":
      return Array.from({ length: bytes.length >> 1 }, (_, index) => view.getInt16(2 * index));
    case "u16":
      return Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(2 * index));
    case "i32":
      return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getInt32(4 * index));
    case "u32":
      return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(4 * index));
    default:
      return [...bytes];
  }
}

function lanesToBytes(values: readonly number[], type: ElementType): Uint8Array {
  const size = type.endsWith("16") ? 2 : 1;
  return Uint8Array.from({ length: values.length * size }, (_, byte) =>
    size === 1 ? values[byte] : values[byte >> 1] >> (byte & 1 ? 0 : 8),
  );
}

/** Shapes of a vector register by member name. */
export const VECTOR_SHAPES: Readonly<Record<string, ElementType>> = {
  b: "u8",
  h: "i16",
  sb: "i8",
  uh: "u16",
};

/** Lanes of a vector register from its 128 bytes. */
export function laneView(bytes: Uint8Array, shape: string): number[] {
  return bytesToLanes(bytes, VECTOR_SHAPES[shape]);
}

type Lane = { readonly type: "b" | "h"; readonly index: number };

function vectorLanes(name: string, bytes: Uint8Array, env: Environment, shape?: string): LanesDatum {
  const type = VECTOR_SHAPES[shape ?? "b"];
  const values = bytesToLanes(bytes, type);
  const register = Number(name.slice(1));
  const origin = (lane?: Lane): Origin => ({ kind: "vector", ppu: env.ppu, register, ...(lane && { lane }) });
  const views = Object.fromEntries(
    Object.keys(VECTOR_SHAPES).map((key) => [key, () => vectorLanes(name, bytes, env, key)]),
  );
  return {
    ...lanesDatum(
      type,
      values,
      (index) => origin(index === undefined ? undefined : { type: type.endsWith("16") ? "h" : "b", index }),
      (changed) => env.writeRegister(name, lanesToBytes(changed, type)),
    ),
    ...(shape === undefined && { views }),
  };
}

/** Lanes that can be named and changed one by one; `origin` of one lane, or of all. */
function lanesDatum(
  type: LanesDatum["type"],
  values: readonly number[],
  origin: (index?: number) => Origin,
  assign: (changed: readonly number[]) => void,
): LanesDatum {
  return {
    kind: "lanes",
    type,
    values,
    origin: origin(),
    lane: (index) => ({
      kind: "integer",
      type,
      value: values[index],
      origin: origin(index),
      assign: (value) => assign(values.with(index, value)),
    }),
    assign,
  };
}

/** The accumulator: 64 words (`w`), or the 128 halfwords (`h`) that byte instructions see, by byte lane. */
function accumulatorLanes(words: Int32Array, env: Environment, shape?: "w" | "h"): LanesDatum {
  const halves = shape === "h";
  const values = halves
    ? Array.from({ length: 128 }, (_, lane) => (words[lane >> 1] << (lane & 1 ? 16 : 0)) >> 16)
    : [...words];
  const type = halves ? "i16" : "i32";
  const assign = (changed: readonly number[]) => {
    const value = halves
      ? Int32Array.from(words, (_, at) => (changed[2 * at] << 16) | (changed[2 * at + 1] & 0xffff))
      : Int32Array.from(changed);
    env.writeRegister("acc", value);
  };
  const origin = (lane?: number): Origin => ({
    kind: "accumulator",
    ppu: env.ppu,
    ...(lane !== undefined && { lane: halves ? lane >> 1 : lane }),
  });
  const views = { w: () => accumulatorLanes(words, env, "w"), h: () => accumulatorLanes(words, env, "h") };
  return { ...lanesDatum(type, values, origin, assign), ...(shape === undefined && { views }) };
}

/** Lanes of `v0`..`v31`, `acc`, `vcr.gt`, `vcr.lt`, `vcr.eq`. */
export function registerLanes(
  name: string,
  value: Exclude<RegisterValue, number>,
  env: Environment,
): LanesDatum {
  if (name === "acc") return accumulatorLanes(value as Int32Array, env);
  if (!name.startsWith("vcr")) return vectorLanes(name, value as Uint8Array, env);
  const values = [...value];
  const assign = (changed: readonly number[]) =>
    env.writeRegister(
      name,
      Uint8Array.from(changed, (bit) => (bit ? 1 : 0)),
    );
  const origin = { kind: "conditions", ppu: env.ppu } as const;
  return {
    kind: "lanes",
    type: "u8",
    values,
    origin,
    lane: (index) => ({
      kind: "integer",
      type: "u8",
      value: values[index],
      origin,
      assign: (bit) => assign(values.with(index, bit)),
    }),
    assign,
  };
}
