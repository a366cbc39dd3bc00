/** Values of both sides in words, and in which lanes they differ. */

import type { TraceSymbols } from "../../symbols.ts";
import { formatValue } from "../../text/index.ts";
import type { Both, FieldDifference, FieldValue } from "../types.ts";

/** Lanes that are listed. */
const MOST_LANES = 6;
const ACCUMULATOR_BYTES = 4;

export const hex8 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

/** Fields whose values are addresses. */
const ADDRESS = /^(pc|return address|access \d+ address)$/;
const PLAIN = /^(cycle|accesses|stalls|stall \d+ cycles|row|address|access \d+ bytes)$/;
const CONDITION = /^cr\d$/;

/** Names of addresses of a program, as far as there are any. */
export type NamesOf = Pick<TraceSymbols, "nameOf"> | undefined;

/** A value of a register or field; `-` where the side has none. */
export function valueText(field: string, value: FieldValue, names?: NamesOf): string {
  if (value === undefined) return "-";
  if (value instanceof Uint8Array) return formatValue({ register: field, value }, true);
  if (typeof value === "string") return value;
  if (CONDITION.test(field)) return formatValue({ register: field, value });
  if (PLAIN.test(field)) return String(value);
  const name = ADDRESS.test(field) ? names?.nameOf(value) : undefined;
  return name === undefined ? hex8(value) : `${hex8(value)} <${name}>`;
}

/** `3 of 128 differ: [5] 17 | 18, …`; undefined where the values are no lanes of equal number. */
export function laneText(field: string, [a, b]: Both<FieldValue>): string | undefined {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array) || a.length !== b.length) return undefined;
  const isWide = field === "acc";
  const [x, y] = [a, b].map((bytes) => (isWide ? wordsOf(bytes) : bytes));
  const differing = Array.from(x.keys()).filter((lane) => x[lane] !== y[lane]);
  const listed = differing.slice(0, MOST_LANES).map((lane) => `[${lane}] ${x[lane]} | ${y[lane]}`);
  const more = differing.length > MOST_LANES ? ", ..." : "";
  return `${differing.length} of ${x.length} differ: ${listed.join(", ")}${more}`;
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: bytes.length / ACCUMULATOR_BYTES }, (_, i) =>
    view.getInt32(ACCUMULATOR_BYTES * i),
  );
}

/** `0x1 | 0x2`, or the lanes that differ. */
export function bothText(
  field: string,
  values: Both<FieldValue>,
  names: Both<NamesOf> = [undefined, undefined],
): string {
  const lanes = laneText(field, values);
  if (lanes !== undefined) return lanes;
  const text = `${valueText(field, values[0], names[0])} | ${valueText(field, values[1], names[1])}`;
  const [a, b] = values;
  const isCycle = field === "cycle" && typeof a === "number" && typeof b === "number";
  return isCycle ? `${text} (${signed(b - a)})` : text;
}

const signed = (value: number): string => (value < 0 ? String(value) : `+${value}`);

/** A field that differs, with both values. */
export const fieldText = ({ field, values }: FieldDifference, names: Both<NamesOf>): string =>
  `${field}: ${bothText(field, values, names)}`;
