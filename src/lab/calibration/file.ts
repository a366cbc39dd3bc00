/**
 * Calibration files: JSON that a person can read, with format, version, the chip's seed, all codes, the report of each
 * step, and a CRC-32 over everything else (as compact JSON, so that white space does not matter).
 */
import { readFileSync } from "node:fs";
import { KNOB_NAMES, KNOBS, type KnobName } from "../../chip/analog/knobs.ts";
import { type ChipSettings, checkSettings } from "../../chip/settings.ts";
import { crc32 } from "../../crc32.ts";
import type { Calibration } from "./calibrate.ts";
import { damagedField, isSeed } from "./file-fields.ts";

/** A calibration file is missing, foreign, damaged, or of another chip. One line. */
export class CalibrationFileError extends Error {
  override name = "CalibrationFileError";
}

const FORMAT = "ppu-emu calibration";
const VERSION = 1;
const NUMBERS_IN_A_LINE = 32;

type Json = Record<string, unknown>;

const checksum = (content: Json) =>
  crc32(new TextEncoder().encode(JSON.stringify(content)))
    .toString(16)
    .padStart(8, "0");

/** Long lists of codes in lines of 32, everything else indented. */
function format(value: unknown, indent = ""): string {
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.every((item) => typeof item === "number")) {
    if (value.length <= NUMBERS_IN_A_LINE) return `[${value.join(", ")}]`;
    const lines: string[] = [];
    for (let at = 0; at < value.length; at += NUMBERS_IN_A_LINE) {
      lines.push(inner + value.slice(at, at + NUMBERS_IN_A_LINE).join(", "));
    }
    return `[\n${lines.join(",\n")}\n${indent}]`;
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => inner + format(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${inner}${JSON.stringify(key)}: ${format(item, inner)}`,
    );
    return `{\n${entries.join(",\n")}\n${indent}}`;
  }
  return JSON.stringify(value);
}

/** The text of a calibration file. */
export function encodeCalibration(calibration: Calibration): string {
  const { settings, steps, ...head } = calibration;
  const codes = Object.fromEntries(KNOB_NAMES.map((name) => [name, Array.from(settings[name])]));
  const content = JSON.parse(
    JSON.stringify({ format: FORMAT, version: VERSION, ...head, settings: codes, steps }),
  ) as Json;
  return `${format({ ...content, checksum: checksum(content) })}\n`;
}

/**
 * A calibration from the text of a file. Throws CalibrationFileError with one line for foreign, damaged or truncated
 * contents, other versions, damaged fields, codes out of range, and another chip than `chipSeed`. `name` is for that line.
 */
export function decodeCalibration(text: string, chipSeed?: number, name = "calibration file"): Calibration {
  const fail = (what: string, remedy = "make it anew with ppu calibrate"): never => {
    throw new CalibrationFileError(`${name}: ${what}; ${remedy}`);
  };
  let document: Json = {};
  try {
    document = JSON.parse(text) as Json;
  } catch {
    fail(text.includes(FORMAT) ? "truncated or damaged (no JSON)" : "not a calibration file of ppu-emu");
  }
  if (typeof document !== "object" || document === null || document.format !== FORMAT) {
    fail("not a calibration file of ppu-emu");
  }
  if (document.version !== VERSION) fail(`version ${document.version} instead of ${VERSION}`);
  const { checksum: stated, ...content } = document;
  if (stated !== checksum(content)) fail("damaged (checksum differs)");
  const { format: _format, version: _version, ...rest } = content;
  const calibration = rest as unknown as Calibration;
  if (!isSeed(calibration.chipSeed)) fail("states no chip seed");
  if (chipSeed !== undefined && calibration.chipSeed !== chipSeed) {
    fail(
      `belongs to chip seed ${calibration.chipSeed}, not ${chipSeed}`,
      `use it with that chip or calibrate chip ${chipSeed}`,
    );
  }
  const { where } = calibration;
  if (where !== undefined && where !== "ppu") fail(`made by "${where}", which is unknown here`);
  const damage = damagedField(rest);
  if (damage !== undefined) fail(damage);
  return { ...calibration, settings: decodeSettings(rest.settings, fail) };
}

function decodeSettings(value: unknown, fail: (what: string) => never): Required<ChipSettings> {
  const lists = (value ?? {}) as Readonly<Record<string, unknown>>;
  const stored = Object.fromEntries(
    KNOB_NAMES.map((name): [KnobName, number[]] => {
      const codes: unknown = lists[name];
      if (!Array.isArray(codes)) return fail(`${name} is missing`);
      if (!codes.every(Number.isInteger)) return fail(`${name} has values that are no codes`);
      return [name, codes];
    }),
  ) as Record<KnobName, number[]>;
  try {
    checkSettings(stored);
  } catch (error) {
    fail((error as Error).message);
  }
  return Object.fromEntries(
    KNOB_NAMES.map((name) => {
      const codes = stored[name];
      return [name, KNOBS[name].least < 0 ? Int16Array.from(codes) : Uint16Array.from(codes)];
    }),
  ) as Required<ChipSettings>;
}

/** Reads a calibration file for the chip of a seed; throws CalibrationFileError with one line. */
export function readCalibration(path: string, chipSeed?: number): Calibration {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new CalibrationFileError(`${path} can't be read; make it with ppu calibrate -o ${path}`);
  }
  return decodeCalibration(text, chipSeed, path);
}
