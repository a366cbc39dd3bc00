/** The memories of the chip by data address of a PPU: reading without side effects, writing as the host. */

import { DATA_MAP, FETCH_MAP } from "../chip/bus/address-map.ts";
import type { Chip } from "../chip/index.ts";
import { type MemoryRegion, type PpuName, SessionError } from "./types.ts";

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;
const OMNIBUS = DATA_MAP.omnibus.base;
const ADDRESSES = 2 ** 32;

/** What a PPU can reach with loads and stores; the FPGA executor's registers are not part of the emulator. */
export const MEMORY_MAP: readonly MemoryRegion[] = [
  DATA_MAP.sram,
  DATA_MAP.externalMemory,
  DATA_MAP.dram,
  DATA_MAP.omnibus,
].map(({ name, base, size, description }) => ({
  name,
  base,
  size,
  kind: base === OMNIBUS ? "registers" : "ram",
  description,
}));

const regionAt = (address: number): MemoryRegion | undefined =>
  MEMORY_MAP.find(({ base, size }) => address >= base && address < base + size);

/** Bytes from `address` on, as many as there are up to `length`; undefined where nothing can be read. */
export function peekMemory(
  chip: Chip,
  ppu: PpuName,
  address: number,
  length: number,
): Uint8Array | undefined {
  const region = regionAt(address);
  if (!region || length < 0) return undefined;
  const count = Math.min(length, region.base + region.size - address);
  const offset = address - region.base;
  if (region.base === DATA_MAP.sram.base) return chip.ppus[ppu].readSram(offset, count);
  if (region.base === DATA_MAP.externalMemory.base) return chip.externalMemory.read(offset, count);
  if (region.base === DATA_MAP.dram.base) return chip.dram.read(offset, count);
  const bytes = new Uint8Array(count);
  let word: number | undefined;
  for (let at = 0; at < count; at++) {
    const byte = address + at;
    if (at === 0 || byte % 4 === 0) word = chip.peekOmnibus(byte - (byte % 4));
    if (word === undefined) return at === 0 ? undefined : bytes.slice(0, at);
    bytes[at] = word >>> (24 - 8 * (byte % 4));
  }
  return bytes;
}

/** Throws SessionError unless `pokeMemory` can write all of it. */
export function checkPoke(address: number, length: number): void {
  const region = regionAt(address);
  if (!Number.isInteger(address) || address < 0 || address >= ADDRESSES || !region) {
    throw new SessionError(`there is no memory at ${hex(address)}; see the memory map`);
  }
  if (address + length > region.base + region.size) {
    throw new SessionError(
      `${length} bytes at ${hex(address)} go beyond the ${region.name}, which ends at ${hex(region.base + region.size - 1)}`,
    );
  }
  if (region.kind === "registers" && (address % 4 !== 0 || length % 4 !== 0)) {
    throw new SessionError(`${length} bytes at ${hex(address)}: the omnibus takes aligned words only`);
  }
}

/** Writes bytes by data address. Words of the omnibus that nothing takes are skipped; call `checkPoke` before. */
export function pokeMemory(chip: Chip, ppu: PpuName, address: number, bytes: Uint8Array): void {
  if (address >= OMNIBUS) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 4 <= bytes.length; at += 4) chip.writeOmnibus(address + at, view.getInt32(at));
  } else if (address >= DATA_MAP.dram.base) chip.dram.write(address - DATA_MAP.dram.base, bytes);
  else if (address >= DATA_MAP.externalMemory.base) {
    chip.externalMemory.write(address - DATA_MAP.externalMemory.base, bytes);
  } else chip.ppus[ppu].writeSram(address, bytes);
}

/** Where the bytes of the fetch view lie in the data view; undefined where there is no memory. */
export function dataAddress(fetchAddress: number): number | undefined {
  for (const name of ["sram", "externalMemory", "dram"] as const) {
    const offset = fetchAddress - FETCH_MAP[name].base;
    if (offset >= 0 && offset < FETCH_MAP[name].size) return DATA_MAP[name].base + offset;
  }
  return undefined;
}

/** Instruction word at an address of the fetch view. */
export function peekInstruction(chip: Chip, ppu: PpuName, address: number): number | undefined {
  const at = dataAddress((address & ~3) >>> 0);
  const bytes = at === undefined ? undefined : peekMemory(chip, ppu, at, 4);
  return bytes?.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0) : undefined;
}
