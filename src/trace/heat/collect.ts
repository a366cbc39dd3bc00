/** How often each byte of the PPUs' SRAMs was read and written, and each word executed. */
import { PORT } from "../../chip/index.ts";
import { SRAM_BYTES } from "../../core/layout.ts";
import { byPort } from "../../debug/accesses.ts";
import { type Access, PPUS, type PpuName, type TraceRecord } from "../model.ts";

/** Counts of one SRAM by byte. */
export interface SramHeat {
  readonly read: Float64Array;
  readonly write: Float64Array;
  /** A word's four bytes have the same count. */
  readonly execute: Float64Array;
}

export const HEAT_KINDS = ["read", "write", "execute"] as const satisfies readonly (keyof SramHeat)[];

export type Heat = Readonly<Record<PpuName, SramHeat>>;

const noHeat = (): SramHeat => ({
  read: new Float64Array(SRAM_BYTES),
  write: new Float64Array(SRAM_BYTES),
  execute: new Float64Array(SRAM_BYTES),
});

const SPACES: ReadonlyMap<string, PpuName> = new Map(PPUS.map((ppu) => [`${ppu} SRAM`, ppu]));

/** Takes the records of both PPUs. Accesses of a PPU to the other one's SRAM count there. */
export class HeatCollector {
  readonly heat: Heat = { top: noHeat(), bottom: noHeat() };

  push(record: TraceRecord): void {
    if (record.kind !== "instruction") return;
    const { ppu, pc, accesses } = record;
    if (pc < SRAM_BYTES) {
      const { execute } = this.heat[ppu];
      for (let byte = 0; byte < 4; byte++) execute[pc + byte]++;
    }
    for (const access of accesses) this.#access(ppu, access);
  }

  #access(ppu: PpuName, { port, address, bytes, write }: Access): void {
    if (port !== "parallel" && address + bytes <= SRAM_BYTES) {
      this.#count(ppu, write, address, bytes);
      return;
    }
    const { space, offset, length } = byPort(ppu, PORT[port], address, bytes);
    const owner = SPACES.get(space);
    if (owner) this.#count(owner, write, offset, length);
  }

  #count(ppu: PpuName, write: boolean, first: number, bytes: number): void {
    const counts = this.heat[ppu][write ? "write" : "read"];
    const end = Math.min(first + bytes, SRAM_BYTES);
    for (let at = first; at < end; at++) counts[at]++;
  }
}
