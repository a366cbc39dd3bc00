import { UsageError } from "./usage-error.ts";

/** Reads decimal, 0x, 0b or 0o integers with a sign; undefined for anything else. */
export function readInteger(text: string): number | undefined {
  const match = /^([-+]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9_]+)$/.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[2].replaceAll("_", ""));
  if (!Number.isSafeInteger(value)) return undefined;
  return match[1] === "-" && value !== 0 ? -value : value;
}

/** Largest seed that an option takes. */
export const MOST_SEED = 2 ** 32 - 1;

/** A whole number of an option within a range; the error names the option. */
export function integerOption(option: string, minimum: number, maximum: number) {
  return (text: string): number => {
    const value = readInteger(text);
    if (value === undefined || value < minimum || value > maximum) {
      throw new UsageError(`${option} needs a whole number from ${minimum} to ${maximum}, got "${text}"`);
    }
    return value;
  };
}

/** A share of an option, 0 to 100; the error names the option. */
export function percentOption(option: string) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0 && value <= 100)) {
      throw new UsageError(`${option} needs a percentage from 0 to 100, got "${text}"`);
    }
    return value;
  };
}

/** A register value: 32 bits, signed or unsigned. */
export function wordValue(text: string, what: string): number {
  const value = readInteger(text);
  if (value === undefined || value < -(2 ** 31) || value >= 2 ** 32) {
    throw new UsageError(`${what} needs a 32-bit number (decimal or 0x…), got "${text}"`);
  }
  return value | 0;
}

/** Bytes from hex digits, lowest address or lane first. `bytes` are demanded exactly unless undefined. */
export function hexBytes(text: string, what: string, bytes?: number): Uint8Array {
  const digits = text.replace(/^0x/i, "").replaceAll(/[_\s]/g, "");
  if (!/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new UsageError(`${what} needs pairs of hex digits, got "${text.slice(0, 40)}"`);
  }
  if (bytes !== undefined && digits.length !== 2 * bytes) {
    throw new UsageError(`${what} needs ${2 * bytes} hex digits, got ${digits.length}`);
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

export const toHex = (bytes: ArrayLike<number>): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
