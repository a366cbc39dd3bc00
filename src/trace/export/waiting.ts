import type { PpuName, Stall, TraceRecord } from "../model.ts";

export interface Wait {
  readonly stall: Stall;
  readonly begin: number;
  /** Up to which it waited; more than `begin`. */
  readonly end: number;
}

/**
 * When instructions waited: right before they issue, one cause behind the other. Never before what stands in front of them,
 * whatever the records say.
 */
export class Waiting {
  readonly #free: Record<PpuName, number> = { top: 0, bottom: 0 };

  /** Of the next record of its PPU; events and conversions left out. */
  of(record: TraceRecord): Wait[] {
    const { ppu, cycle } = record;
    const waits: Wait[] = [];
    if (record.kind === "instruction") {
      let at = cycle - record.stalls.reduce((sum, { cycles }) => sum + cycles, 0);
      for (const stall of record.stalls) {
        const begin = Math.max(at, this.#free[ppu]);
        at += stall.cycles;
        if (at > begin) waits.push({ stall, begin, end: at });
      }
    }
    this.#free[ppu] = Math.max(this.#free[ppu], cycle + (record.kind === "instruction" ? 1 : 0));
    return waits;
  }
}
