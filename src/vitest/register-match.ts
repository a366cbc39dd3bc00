/** Expected values of registers, as tests write them, and what differs from a chip. */
import type { Chip, PpuName } from "../chip/index.ts";
import { VECTOR_BYTES } from "../core/layout.ts";
import { readRegister } from "../debug/registers.ts";

/** Bits of a condition field. */
const CONDITION_BITS = { LT: 8, GT: 4, EQ: 2, SO: 1 } as const;

/** Lanes of a vector register. Given lanes are compared, others may hold anything; a single number means all lanes. */
export interface VectorExpectation {
  /** 128 lanes of 8 bits, signed or unsigned: one value for all, a list of all, or some by number. */
  readonly bytes?: number | ArrayLike<number> | Readonly<Record<number, number>>;
  /** 64 lanes of 16 bits. */
  readonly halves?: number | ArrayLike<number> | Readonly<Record<number, number>>;
}

/**
 * By name of the register: a number (32 bits, signed or unsigned); for condition fields `LT`, `GT`, `EQ`, `SO` or several of
 * them as `EQ|SO`, `""` for none; for vectors lanes, or all 128 bytes as a list; for `acc` and `vcr.gt` a list of all lanes.
 */
export type RegisterExpectations = Readonly<
  Record<string, number | string | ArrayLike<number> | VectorExpectation>
>;

export interface RegisterDifference {
  readonly register: string;
  readonly expected: string;
  readonly actual: string;
}

/** An expectation that fits no register. */
export class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

function conditionBits(register: string, text: string): number {
  const names = text.split("|").filter((name) => name.trim() !== "");
  return names.reduce((bits, name) => {
    const bit = CONDITION_BITS[name.trim().toUpperCase() as keyof typeof CONDITION_BITS];
    if (bit === undefined || !/^cr[0-7]$/.test(register)) {
      throw new ExpectationError(
        `${register}: "${text}" is no value; condition fields take LT, GT, EQ, SO, joined by |`,
      );
    }
    return bits | bit;
  }, 0);
}

function conditionText(bits: number): string {
  const names = Object.entries(CONDITION_BITS).filter(([, bit]) => bits & bit);
  return names.length > 0 ? names.map(([name]) => name).join("|") : "none";
}

function compareWord(register: string, expected: number | string, actual: number): RegisterDifference[] {
  const isField = /^cr[0-7]$/.test(register);
  const wanted = typeof expected === "string" ? conditionBits(register, expected) : expected >>> 0;
  if (wanted === actual) return [];
  const show = (value: number) => (isField ? conditionText(value) : `${hex(value, 8)} (${value | 0})`);
  return [{ register, expected: show(wanted), actual: show(actual) }];
}

/** Lanes as they are in a vector register: big endian. */
function laneValues(bytes: Uint8Array, width: 1 | 2): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: VECTOR_BYTES / width }, (_, lane) =>
    width === 1 ? view.getUint8(lane) : view.getUint16(2 * lane),
  );
}

const isList = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const LANE_LINES = 8;

/** Lanes that differ, the first few one by one. */
function compareLanes(
  register: string,
  expected: number | ArrayLike<number> | Readonly<Record<number, number>>,
  actual: readonly number[],
  bits: 8 | 16 | 32,
): RegisterDifference[] {
  const mask = 2 ** bits - 1;
  const narrow = (value: number) => (bits === 32 ? value >>> 0 : value & mask);
  const entries: [number, number][] =
    typeof expected === "number"
      ? actual.map((_, lane) => [lane, expected])
      : Object.entries(isList(expected) ? Array.from(expected) : expected).map(([lane, value]) => [
          Number(lane),
          value,
        ]);
  if (isList(expected) && expected.length !== actual.length) {
    throw new ExpectationError(`${register} has ${actual.length} lanes, not ${expected.length}`);
  }
  const outside = entries.find(([lane]) => !Number.isInteger(lane) || lane < 0 || lane >= actual.length);
  if (outside)
    throw new ExpectationError(`${register} has no lane ${outside[0]}; there are 0..${actual.length - 1}`);
  const different = entries.filter(([lane, value]) => narrow(value) !== narrow(actual[lane]));
  const signed = (value: number) => (narrow(value) > mask / 2 ? narrow(value) - mask - 1 : narrow(value));
  const show = (value: number) => `${hex(narrow(value), bits / 4)} (${signed(value)})`;
  const shown = different.slice(0, LANE_LINES).map(([lane, value]) => ({
    register: `${register} lane ${lane}`,
    expected: show(value),
    actual: show(actual[lane]),
  }));
  const more = different.length - shown.length;
  if (more > 0) shown.push({ register: `${register}, ${more} more lanes`, expected: "…", actual: "…" });
  return shown;
}

/** What of the expectations does not hold on a PPU. Throws SessionError or ExpectationError for those that make no sense. */
export function registerDifferences(
  chip: Chip,
  ppu: PpuName,
  expectations: RegisterExpectations,
): RegisterDifference[] {
  return Object.entries(expectations).flatMap(([register, expected]) => {
    const actual = readRegister(chip, ppu, register);
    if (typeof actual === "number") {
      if (typeof expected === "object") throw new ExpectationError(`${register} takes a number, not lanes`);
      return compareWord(register, expected, actual);
    }
    if (typeof expected === "string")
      throw new ExpectationError(`${register} takes lanes, not "${expected}"`);
    if (actual instanceof Int32Array)
      return compareLanes(register, listOf(register, expected), [...actual], 32);
    if (typeof expected === "number" || isList(expected))
      return compareLanes(register, expected, [...actual], 8);
    const { bytes, halves, ...others } = expected as VectorExpectation;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined || (bytes === undefined && halves === undefined)) {
      throw new ExpectationError(`${register} takes { bytes: … } or { halves: … }`);
    }
    return [
      ...(bytes === undefined ? [] : compareLanes(register, bytes, laneValues(actual, 1), 8)),
      ...(halves === undefined
        ? []
        : compareLanes(`${register} (halves)`, halves, laneValues(actual, 2), 16)),
    ];
  });
}

function listOf(register: string, expected: unknown): number | ArrayLike<number> {
  if (typeof expected === "number" || isList(expected)) return expected;
  throw new ExpectationError(`${register} takes a number for all lanes or a list of them`);
}
