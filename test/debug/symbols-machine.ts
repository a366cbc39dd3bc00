/** One PPU with its SRAM and, beyond it, one window of memory for code and data (see `symbols-programs.ts`). */
import { SRAM_BYTES } from "../../src/core/layout.ts";
import { Ppu } from "../../src/core/ppu.ts";
import type { MemoryReader, RegisterReader } from "../../src/debug/symbols/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { GoldenBus } from "../core/golden.ts";

export interface Machine {
  readonly ppu: Ppu;
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  /** Instruction word at an address. */
  readonly word: (address: number) => number;
}

export function machineOf(image: Image): Machine {
  const bus = new GoldenBus();
  bus.fill(0);
  const ppu = new Ppu({ name: "symbols", bus });
  ppu.reset();
  for (const { address, data } of image.sections) {
    if (data && address < SRAM_BYTES) ppu.writeSram(address, data);
    else
      data?.forEach((byte, n) => {
        bus.store(address + n, 1, byte);
      });
  }
  ppu.pc = image.entry;
  const registers: RegisterReader = {
    get pc() {
      return ppu.pc;
    },
    gpr: (register) => ppu.gpr(register) >>> 0,
    special: (name) => ppu.register(name as Parameters<Ppu["register"]>[0]) >>> 0,
    vector: (register) => ppu.vector(register),
  };
  const isExternal = (address: number) => address >= 0x4000_0000 && address < 0x4004_0000;
  const usesSram = image.sections.some(({ address }) => address < SRAM_BYTES);
  const memory: MemoryReader = {
    read(address, length) {
      const last = address + length - 1;
      if (usesSram && address >= 0 && last < SRAM_BYTES) return ppu.readSram(address, length);
      if (!isExternal(address) || !isExternal(last)) return undefined;
      return Uint8Array.from({ length }, (_, n) => bus.load(address + n, 1));
    },
  };
  const word = (address: number) => (address < SRAM_BYTES ? ppu.readSramWord(address) : bus.fetch(address));
  return { ppu, registers, memory, word };
}
