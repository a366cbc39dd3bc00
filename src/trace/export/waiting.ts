import type { InstructionRecord, PpuName, Stall } from "../model.ts";

export interface Wait {
  readonly stall: Stall;
  readonly begin: number;
  /** Up to which it waited; more than `begin`. */
  readonly end: number;
}

/**
 * When instructions waited: right before they issue, one cause behind the other. Never before the instruction in front of them
 * has issued, whatever the records say.
 */
export class Waiting {
  readonly #free: Record<PpuName, number> = { top: 0, bottom: 0 };

  /** Of the next instruction of its PPU. */
  of({ ppu, cycle, stalls }: InstructionRecord): Wait[] {
    const waits: Wait[] = [];
    let at = cycle - stalls.reduce((sum, { cycles }) => sum + cycles, 0);
    for (const stall of stalls) {
      const begin = Math.max(at, this.#free[ppu]);
      at += stall.cycles;
      if (at > begin) waits.push({ stall, begin, end: at });
    }
    this.#free[ppu] = Math.max(this.#free[ppu], cycle + 1);
    return waits;
  }
}
