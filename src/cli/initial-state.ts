import { ppusOf } from "../chip/checks.ts";
import type { Chip, PpuName, PpuSelection } from "../chip/chip.ts";
import { MEMORY_LAYOUT } from "../core/layout.ts";
import type { Ppu } from "../core/ppu.ts";
import type { Image } from "../toolchain/image.ts";
import { findSymbol } from "../toolchain/symbols.ts";
import { hexBytes, readInteger, wordValue } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

const SPECIAL_NAMES = [
  "cr",
  "xer",
  "lr",
  "ctr",
  "msr",
  "srr0",
  "srr1",
  "dec",
  "decar",
  "tcr",
  "tsr",
] as const;
const MASK_ORDER = { gt: 1, lt: 2, eq: 3 } as const;
/** Names that `--set` knows, in lines. */
export const SET_HELP = [
  "r0..r31, pc, cr, xer, lr, ctr, msr, srr0, srr1, dec, decar, tcr, tsr",
  "v0..v31 (256 hex digits, lane 0 first), acc (512 hex digits, halfword lane 0 first)",
  "vcr.eq, vcr.gt, vcr.lt (32 hex digits, lane 0 = first bit), mem[ADDR] (hex bytes into the SRAM)",
];

/** Addresses of guest bytes in host-order words: see `MEMORY_LAYOUT`. */
const hostByte = (lane: number): number => lane ^ 3;

/** Accumulators as hex: 64 words, halfword lane 0 first. */
export function readAccumulators(ppu: Ppu): Int32Array {
  const words = new Int32Array(ppu.memory.buffer, MEMORY_LAYOUT.accumulator, 64);
  return Int32Array.from({ length: 64 }, (_, lane) => words[lane ^ 1]);
}

/** One comparison mask as 16 bytes: byte lane 0 is the most significant bit of the first byte. */
export function readMask(ppu: Ppu, name: keyof typeof MASK_ORDER): Uint8Array {
  const lanes = new Uint8Array(ppu.memory.buffer, MEMORY_LAYOUT.masks + 128 * MASK_ORDER[name], 128);
  return Uint8Array.from({ length: 16 }, (_, byte) => {
    let bits = 0;
    for (let i = 0; i < 8; i++) bits = (bits << 1) | (lanes[hostByte(8 * byte + i)] & 1);
    return bits;
  });
}

function setAccumulators(ppu: Ppu, bytes: Uint8Array): void {
  const words = new Int32Array(ppu.memory.buffer, MEMORY_LAYOUT.accumulator, 64);
  const view = new DataView(bytes.buffer);
  for (let lane = 0; lane < 64; lane++) words[lane ^ 1] = view.getInt32(4 * lane);
}

function setMask(ppu: Ppu, name: keyof typeof MASK_ORDER, bytes: Uint8Array): void {
  const lanes = new Uint8Array(ppu.memory.buffer, MEMORY_LAYOUT.masks + 128 * MASK_ORDER[name], 128);
  for (let lane = 0; lane < 128; lane++)
    lanes[hostByte(lane)] = (bytes[lane >> 3] >> (7 - (lane & 7))) & 1 ? 0xff : 0;
}

function setMemory(ppu: Ppu, image: Image, place: string, value: string): void {
  const address = readInteger(place) ?? findSymbol(image, place)?.address;
  const bytes = hexBytes(value, `--set mem[${place}]`);
  if (address === undefined || address < 0 || address + bytes.length > 0x4000) {
    throw new UsageError(`--set mem[${place}]: not a place in the SRAM; use --load for other memories`);
  }
  ppu.writeSram(address, bytes);
}

function setOne(ppu: Ppu, image: Image, written: string, value: string): void {
  const name = written.startsWith("mem[") ? written : written.toLowerCase();
  const what = `--set ${name}`;
  const indexed = /^([rv])(\d{1,2})$/.exec(name);
  const index = Number(indexed?.[2] ?? 0);
  const memory = /^mem\[(.+)\]$/.exec(name);
  const mask = /^vcr\.(eq|gt|lt)$/.exec(name)?.[1] as keyof typeof MASK_ORDER | undefined;
  const special = SPECIAL_NAMES.find((candidate) => candidate === name);
  if (indexed && index < 32) {
    if (indexed[1] === "r") ppu.setGpr(index, wordValue(value, what));
    else ppu.setVector(index, hexBytes(value, what, 128));
  } else if (special) ppu.setRegister(special, wordValue(value, what));
  else if (name === "pc") ppu.pc = wordValue(value, what);
  else if (name === "acc") setAccumulators(ppu, hexBytes(value, what, 256));
  else if (mask) setMask(ppu, mask, hexBytes(value, what, 16));
  else if (memory) setMemory(ppu, image, memory[1], value);
  else throw new UsageError(`--set: no register "${name}"; ppu run --help lists them`);
}

/** Applies `--set NAME=VALUE`; `top.NAME` and `bottom.NAME` mean one PPU, others all that run. */
export function applySet(chip: Chip, image: Image, ppus: PpuSelection, text: string): void {
  const match = /^\s*(?:(top|bottom)\.)?([^=]+?)\s*=\s*(.*?)\s*$/s.exec(text);
  if (!match) throw new UsageError(`--set needs NAME=VALUE, got "${text}"`);
  const [, only, name, value] = match;
  if (only && ppus !== "both" && only !== ppus) {
    throw new UsageError(`--set ${only}.${name}: only the ${ppus} PPU runs; see --ppu`);
  }
  const sides = only ? [only as PpuName] : ppusOf(ppus);
  for (const side of sides) setOne(chip.ppus[side], image, name, value);
}
