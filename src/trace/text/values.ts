/** Names, numbers and lanes as the text form writes them, and back. */
import { conditionFromHex, conditionToHex, lanesToHex } from "../../core/vector/lanes.ts";

/** What is wrong with a piece of text; the reader adds file and line. */
export class TextSyntaxError extends Error {
  override readonly name = "TextSyntaxError";
}

/** Bytes of a vector register, of the condition lanes, and of the accumulators. */
export const LANE_BYTES = 128;
export const ACCUMULATOR_BYTES = 256;

export const hex = (value: number): string => `0x${value.toString(16)}`;
export const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

// ---- names ---------------------------------------------------------------------------------------------------------

/** Everything that separates or means something else, and what looks like a number. */
const SPECIAL_CHARACTERS = /[\p{C}\p{Z}\\+&[\]]|^[-0-9]/gu;

/** A symbol's name as one word of text. */
export const encodeName = (name: string): string =>
  name.replace(SPECIAL_CHARACTERS, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** A text that ends with its line. */
export const encodeText = (text: string): string =>
  text.replace(/[\p{C}\\]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

export const decodeText = (text: string): string =>
  text.replace(/\\u\{([0-9a-f]{1,6})\}/g, (_, digits: string) => {
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff) throw new TextSyntaxError(`there is no character "\\u{${digits}}"`);
    return String.fromCodePoint(code);
  });

/** `main+0x10` as AddressIndex gives it, with its name as one word. */
export function encodePlace(place: string): string {
  const match = /^(.*)\+(0x[0-9a-f]+)$/s.exec(place);
  return match ? `${encodeName(match[1])}+${match[2]}` : encodeName(place);
}

/** Address of an encoded name or of one with an offset. */
export function readPlace(text: string, addressOf: (name: string) => number | undefined): number {
  const match = /^([^+]+)(?:\+0x([0-9a-f]{1,8}))?$/.exec(text);
  const name = match ? decodeText(match[1]) : text;
  const address = match ? addressOf(name) : undefined;
  if (address === undefined) throw new TextSyntaxError(`no symbol "${name}" in the header`);
  return (address + Number.parseInt(match![2] ?? "0", 16)) >>> 0;
}

// ---- numbers -------------------------------------------------------------------------------------------------------

/** An unsigned 32-bit number in hexadecimal digits with `0x`. */
export function readWord(text: string): number {
  if (!/^0x[0-9a-f]{1,8}$/.test(text)) throw new TextSyntaxError(`"${text}" is not a number like 0x1f`);
  return Number.parseInt(text.slice(2), 16);
}

export function readCount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new TextSyntaxError(`"${text}" is not a count`);
  }
  return value;
}

const CONDITION_BITS = ["lt", "gt", "eq", "so"];

/** A condition field: `gt`, `eq|so`, `0`. */
export function formatConditionField(value: number): string {
  const names = CONDITION_BITS.filter((_, bit) => value & (8 >> bit));
  return names.length > 0 ? names.join("|") : "0";
}

export function readConditionField(text: string): number {
  if (text === "0") return 0;
  return text.split("|").reduce((value, name) => {
    const bit = CONDITION_BITS.indexOf(name);
    if (bit < 0) throw new TextSyntaxError(`"${text}" is not a condition field like gt or eq|so`);
    return value | (8 >> bit);
  }, 0);
}

// ---- lanes ---------------------------------------------------------------------------------------------------------

/** Bytes whose repetition is written short, smallest first. */
const UNITS = [1, 2, 4];
/** Digits of a value that is shown in part. */
const SHOWN_DIGITS = 32;

const repeats = (bytes: Uint8Array, unit: number): boolean => {
  for (let at = unit; at < bytes.length; at++) if (bytes[at] !== bytes[at - unit]) return false;
  return true;
};

/** Hexadecimal digits, lane 0 first; `0005*64` where a unit of up to four bytes repeats; `?` for a value that is missing. */
export function formatBytes(bytes: Uint8Array, short = false): string {
  if (bytes.length === 0) return "?";
  const unit = UNITS.find((size) => bytes.length > size && repeats(bytes, size));
  if (unit !== undefined) return `${lanesToHex(bytes.subarray(0, unit))}*${bytes.length / unit}`;
  if (!short || 2 * bytes.length <= SHOWN_DIGITS + 3) return lanesToHex(bytes);
  return `${lanesToHex(bytes.subarray(0, SHOWN_DIGITS / 2))}...`;
}

export function readBytes(text: string, count: number): Uint8Array {
  if (text === "?") return new Uint8Array(0);
  if (text.endsWith("...")) {
    throw new TextSyntaxError(`"${text}" is shortened; use the text that ppu trace export writes`);
  }
  const [digits, times = "1"] = text.split("*");
  const isHex = /^(?:[0-9a-f]{2})+$/.test(digits);
  if (!isHex || !/^\d{1,3}$/.test(times) || (digits.length / 2) * Number(times) !== count) {
    throw new TextSyntaxError(`"${text.slice(0, 40)}" is not ${count} bytes in hexadecimal digits`);
  }
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const digit = (2 * at) % digits.length;
    bytes[at] = Number.parseInt(digits.slice(digit, digit + 2), 16);
  }
  return bytes;
}

const VCR_BITS = { eq: 4, gt: 1, lt: 2 } as const;
const VCR_NAMES = Object.keys(VCR_BITS) as (keyof typeof VCR_BITS)[];

/** Condition lanes: a bit a lane for each condition, lane 0 in the most significant. */
export function formatConditions(vcr: Uint8Array, short = false): string {
  if (vcr.length === 0) return "?";
  return VCR_NAMES.map((name) => {
    const digits = conditionToHex(vcr.map((lane) => (lane & VCR_BITS[name] ? 1 : 0)));
    if (/^(?:0+|f+)$/.test(digits)) return `${name}:${digits[0]}*32`;
    return `${name}:${short ? `${digits.slice(0, 8)}...` : digits}`;
  }).join(",");
}

export function readConditions(text: string): Uint8Array {
  if (text === "?") return new Uint8Array(0);
  const vcr = new Uint8Array(LANE_BYTES);
  for (const [index, part] of text.split(",").entries()) {
    const [name, digits] = part.split(":");
    if (name !== VCR_NAMES[index] || digits === undefined) {
      throw new TextSyntaxError(`"${text.slice(0, 40)}" is not eq:…,gt:…,lt:…`);
    }
    const lanes = readMask(digits);
    for (let lane = 0; lane < LANE_BYTES; lane++) if (lanes[lane]) vcr[lane] |= VCR_BITS[VCR_NAMES[index]];
  }
  return vcr;
}

/** 128 lanes of 0 or 1 from 32 digits, or one digit and `*32`. */
export function readMask(digits: string): Uint8Array {
  const all = /^([0f])\*32$/.exec(digits);
  try {
    return conditionFromHex(all ? all[1].repeat(32) : digits);
  } catch {
    throw new TextSyntaxError(`"${digits}" is not 32 hexadecimal digits`);
  }
}
