/** Every register of the chip, as data. */
import { CAPMEM_REGISTERS } from "./capmem.ts";
import { EVENT_REGISTERS } from "./events.ts";
import { NEURON_REGISTERS } from "./neurons.ts";
import { PPU_REGISTERS } from "./ppu-subtree.ts";
import type { Register } from "./types.ts";

const ALL: readonly Register[] = [
  ...EVENT_REGISTERS,
  ...NEURON_REGISTERS,
  ...CAPMEM_REGISTERS,
  ...PPU_REGISTERS,
].sort((a, b) => a.address - b.address);

/** All registers, ordered by their first word address. */
export function listRegisters(): readonly Register[] {
  return ALL;
}
