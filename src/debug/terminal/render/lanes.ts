/** Vectors as lanes of a type: strip and table, changed lanes marked. */
import { SessionError } from "../../types.ts";
import { boundsOf, type Style } from "../style.ts";

interface LaneType {
  /** Names that are understood; the first one is shown. */
  readonly names: readonly string[];
  readonly bytes: 1 | 2;
  readonly signed: boolean;
  readonly hex: boolean;
}

const LANE_TYPES: readonly LaneType[] = [
  { names: ["int8", "b", "i8"], bytes: 1, signed: true, hex: false },
  { names: ["uint8", "ub", "u8"], bytes: 1, signed: false, hex: false },
  { names: ["int16", "h", "i16"], bytes: 2, signed: true, hex: false },
  { names: ["uint16", "uh", "u16"], bytes: 2, signed: false, hex: false },
  { names: ["hex", "x", "xb"], bytes: 1, signed: false, hex: true },
  { names: ["hex16", "xh"], bytes: 2, signed: false, hex: true },
];

export const LANE_TYPE_NAMES = LANE_TYPES.map(({ names }) => names[0]);

/** Throws SessionError for a name that is none. */
export function laneType(name: string): LaneType {
  const type = LANE_TYPES.find(({ names }) => names.includes(name));
  if (!type) throw new SessionError(`no lane type "${name}"; use ${LANE_TYPE_NAMES.join(", ")}`);
  return type;
}

/** Lanes of a vector's 128 bytes; an accumulator's words as they are. */
export function lanesOf(value: Uint8Array | Int32Array, { bytes, signed }: LaneType): number[] {
  if (value instanceof Int32Array) return Array.from(value);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: value.length / bytes }, (_, lane) => {
    if (bytes === 1) return signed ? view.getInt8(lane) : view.getUint8(lane);
    return signed ? view.getInt16(2 * lane) : view.getUint16(2 * lane);
  });
}

/** Numbers of the lanes that differ. */
export const changedLanes = (lanes: readonly number[], before: readonly number[] | undefined): number[] =>
  before ? lanes.flatMap((value, lane) => (value === before[lane] ? [] : [lane])) : [];

/** Values of a strip in one line of text. */
const STRIP_LANES = 64;
const TABLE_LANES = 16;

/** `-20 in lane 3 … 127 in lane 17`. */
export function rangeText(lanes: readonly number[], name = "lane"): string {
  const { low, high } = boundsOf(lanes);
  if (low === high) return `all ${low}`;
  return `least ${low} in ${name} ${lanes.indexOf(low)}, greatest ${high} in ${name} ${lanes.indexOf(high)}`;
}

const isUniform = (values: readonly number[], changed: readonly number[]): boolean =>
  changed.length === 0 && values.every((value) => value === values[0]);

/**
 * Strips of 64 values a line with the number of the first one, and marks below what has changed. None where all values
 * are the same, as `rangeText` says everything then.
 */
export function stripLines(
  style: Style,
  values: readonly number[],
  changed: readonly number[] = [],
): string[] {
  if (isUniform(values, changed)) return [];
  const bounds = boundsOf(values);
  const marks = new Set(changed);
  const lines: string[] = [];
  for (let first = 0; first < values.length; first += STRIP_LANES) {
    const part = values.slice(first, first + STRIP_LANES);
    lines.push(`  ${String(first).padStart(4)} ${style.strip(part, bounds)}`);
    const below = part
      .map((_, index) => (marks.has(first + index) ? "^" : " "))
      .join("")
      .trimEnd();
    if (below !== "") lines.push(`       ${style.changed(below)}`);
  }
  return lines;
}

/** All values as a table, 16 a line; changed ones with a star. None where all are the same. */
export function tableLines(
  style: Style,
  values: readonly number[],
  { hexDigits = 0, changed = [] }: { readonly hexDigits?: number; readonly changed?: readonly number[] } = {},
): string[] {
  if (isUniform(values, changed)) return [];
  const marks = new Set(changed);
  const cells = values.map((value) =>
    hexDigits > 0 ? value.toString(16).padStart(hexDigits, "0") : String(value),
  );
  const width = Math.max(...cells.map((cell) => cell.length));
  const across = width > 6 ? TABLE_LANES / 2 : TABLE_LANES;
  const lines: string[] = [];
  for (let first = 0; first < cells.length; first += across) {
    const row = cells.slice(first, first + across).map((cell, index) => {
      const isChanged = marks.has(first + index);
      return isChanged ? style.changed(`${cell.padStart(width)}*`) : `${cell.padStart(width)} `;
    });
    lines.push(`  ${String(first).padStart(4)}  ${row.join(" ")}`.trimEnd());
  }
  return lines;
}
