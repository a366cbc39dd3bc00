import type { Chip, PpuName, PpuSelection } from "../chip/chip.ts";
import type { Image } from "../toolchain/image.ts";
import { readInput } from "../toolchain/loader.ts";
import { findSymbol } from "../toolchain/symbols.ts";
import { hex32, readInteger } from "./numbers.ts";
import { writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

/** Memories that a host reaches, by data address; external memory and DRAM also by the address code has there. */
const WINDOWS = [
  { base: 0x0000_0000, bytes: 0x4000, memory: "sram" },
  { base: 0x4000_0000, bytes: 0x2_0000, memory: "external" },
  { base: 0x5000_0000, bytes: 0x1000_0000, memory: "dram" },
  { base: 0x8000_0000, bytes: 0x2_0000, memory: "external" },
  { base: 0x8a00_0000, bytes: 0x4000, memory: "top" },
  { base: 0x8e00_0000, bytes: 0x4000, memory: "bottom" },
  { base: 0x9000_0000, bytes: 0x1000_0000, memory: "dram" },
] as const;

/** Longest piece one --dump writes. */
const MOST_BYTES = 0x1000_0000;

interface Target {
  readonly memory: (typeof WINDOWS)[number]["memory"];
  readonly offset: number;
}

function addressOf(text: string, image: Image, option: string): number {
  const plain = readInteger(text);
  if (plain !== undefined) return plain;
  const sum = /^(.+?)\+(0x[0-9a-fA-F]+|\d+)$/.exec(text);
  const symbol = findSymbol(image, text) ?? (sum ? findSymbol(image, sum[1]) : undefined);
  if (!symbol) throw new UsageError(`${option}: "${text}" is neither an address nor a symbol of the program`);
  return symbol.name === text || !sum ? symbol.address : symbol.address + Number(sum[2]);
}

function targetOf(address: number, length: number, option: string): Target {
  const window = WINDOWS.find(({ base, bytes }) => address >= base && address < base + bytes);
  if (!window) {
    throw new UsageError(
      `${option}: ${hex32(address)} is no memory; use 0x0 (SRAM), 0x40000000 (external memory) or 0x50000000 (DRAM)`,
    );
  }
  const offset = address - window.base;
  if (offset + length > window.bytes) {
    const excess = offset + length - window.bytes;
    throw new UsageError(
      `${option}: ${length} bytes at ${hex32(address)} go ${excess} bytes beyond the memory`,
    );
  }
  return { memory: window.memory, offset };
}

/** Splits at the last `@`, so that file names may contain one. */
function splitAt(text: string, option: string, form: string): [string, string] {
  const at = text.lastIndexOf("@");
  if (at <= 0 || at === text.length - 1) throw new UsageError(`${option} needs ${form}, got "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `--load FILE@ADDR`: a file's bytes into a memory; SRAM of all PPUs that run. */
export function loadFile(chip: Chip, image: Image, ppus: PpuSelection, text: string): void {
  const [file, where] = splitAt(text, "--load", "FILE@ADDR");
  const bytes = readInput(file);
  const { memory, offset } = targetOf(addressOf(where, image, "--load"), bytes.length, `--load ${file}`);
  if (memory === "top" || memory === "bottom") chip.load([{ space: "sram", offset, bytes }], memory);
  else chip.load([{ space: memory, offset, bytes }], ppus);
}

/** What one `--dump FILE@ADDR:LEN` asks for. */
export interface Dump {
  readonly file: string;
  readonly target: Target;
  readonly length: number;
}

/** Checks a `--dump` before the run, so that a typing error costs no time. */
export function readDump(image: Image, text: string): Dump {
  const [file, where] = splitAt(text, "--dump", "FILE@ADDR:LEN");
  const colon = where.lastIndexOf(":");
  const length = colon < 0 ? undefined : readInteger(where.slice(colon + 1));
  if (length === undefined || length < 0 || length > MOST_BYTES) {
    throw new UsageError(`--dump needs FILE@ADDR:LEN with a length in bytes, got "${text}"`);
  }
  const address = addressOf(where.slice(0, colon), image, "--dump");
  return { file, length, target: targetOf(address, length, `--dump ${file}`) };
}

/** Writes what a dump asks for; plain SRAM addresses mean `ppu`. */
export function writeDump(chip: Chip, ppu: PpuName, { file, target, length }: Dump): void {
  writeOutput(file, readMemory(chip, ppu, target, length));
}

function readMemory(chip: Chip, ppu: PpuName, { memory, offset }: Target, length: number): Uint8Array {
  switch (memory) {
    case "external":
      return chip.externalMemory.read(offset, length);
    case "dram":
      return chip.dram.read(offset, length);
    default:
      return chip.ppus[memory === "sram" ? ppu : memory].readSram(offset, length);
  }
}
