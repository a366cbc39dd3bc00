/** The on-chip omnibus: PPU memories, synapse arrays and registers by byte address 0x80000000 + 4 * word. */
import type { RegisterFile } from "../registers/register-file.ts";
import { BUFFERED, OMNIBUS_MAP, OMNIBUS_SIDE_STRIDE } from "./address-map.ts";
import { type Report, SynapseArray } from "./synapse-array.ts";

/** The SRAM of a PPU as the omnibus reaches it, by byte address of an aligned word. */
export interface SramPort {
  loadWord(address: number): number;
  storeWord(address: number, value: number): void;
}

const WORDS_ONLY = "it takes aligned words only; use lwz and stw";
const hex = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
const wordOf = (byteAddress: number) => (byteAddress & 0x7fffffff) >>> 2;
const sideOf = (word: number) => (word & OMNIBUS_SIDE_STRIDE ? 1 : 0);
const withoutSide = (word: number) => (word & ~OMNIBUS_SIDE_STRIDE) >>> 0;
const inside = (word: number, { base, size }: { base: number; size: number }) =>
  word >= base && word < base + size;
const noRegister = (word: number) => `there is no register at word ${hex(word)}; see ppu regs`;

export class Omnibus {
  readonly #registers: RegisterFile;
  readonly #arrays: readonly SynapseArray[];
  readonly #srams: readonly SramPort[];

  /** Arrays and SRAMs: index 0 top, 1 bottom. */
  constructor(registers: RegisterFile, arrays: readonly SynapseArray[], srams: readonly SramPort[]) {
    this.#registers = registers;
    this.#arrays = arrays;
    this.#srams = srams;
  }

  /** True for a load that starts a CADC conversion. */
  static triggersConversion(byteAddress: number): boolean {
    const local = withoutSide(wordOf(byteAddress));
    if (!inside(local, OMNIBUS_MAP.synram)) return false;
    return SynapseArray.kind(local - OMNIBUS_MAP.synram.base) === "cadcTrigger";
  }

  /** `cycle` is the chip's. Reads 0 with a report where there is nothing. */
  load(byteAddress: number, bytes: number, cycle: number, report: Report): number {
    if (bytes !== 4) {
      report(
        "sub-word",
        `load of ${bytes} bytes from the omnibus at ${hex(byteAddress)}, read as 0: ${WORDS_ONLY}`,
      );
      return 0;
    }
    const word = wordOf(byteAddress);
    const side = sideOf(word);
    const local = withoutSide(word);
    if (inside(local, OMNIBUS_MAP.ppuSram)) {
      return this.#srams[side].loadWord((local - OMNIBUS_MAP.ppuSram.base) * 4);
    }
    if (inside(local, OMNIBUS_MAP.synram)) {
      const value = this.#arrays[side].readWord(local - OMNIBUS_MAP.synram.base, cycle, report);
      if (value !== undefined) return value;
    }
    const register = this.#registers.at(word);
    if (!register) {
      report("unmapped", `load from the omnibus at ${hex(byteAddress)}, read as 0: ${noRegister(word)}`);
    } else if (register.access === "wo" || register.access === "trigger") {
      report(
        "write-only",
        `load from write-only register ${register.name} at ${hex(byteAddress)}, read as 0`,
      );
    }
    return this.#registers.readWord(word, cycle) | 0;
  }

  /** Stores to one word of a register, the oldest first, in those cycles of the chip. */
  post(byteAddress: number, values: Int32Array, cycles: Float64Array, count: number): void {
    this.#registers.writeMany(wordOf(byteAddress), values, cycles, count);
  }

  /** As `load` of a word, without side effects: a CADC region gives the results of the last conversion. */
  peek(byteAddress: number, cycle: number): number | undefined {
    const word = wordOf(byteAddress & ~3);
    const side = sideOf(word);
    const local = withoutSide(word);
    if (inside(local, OMNIBUS_MAP.ppuSram)) {
      return this.#srams[side].loadWord((local - OMNIBUS_MAP.ppuSram.base) * 4);
    }
    if (inside(local, OMNIBUS_MAP.synram)) {
      const offset = local - OMNIBUS_MAP.synram.base;
      const buffered = SynapseArray.kind(offset) === "cadcTrigger" ? BUFFERED : 0;
      return this.#arrays[side].readWord(offset | buffered, cycle, () => {});
    }
    return this.#registers.at(word) && this.#registers.readWord(word, cycle) | 0;
  }

  store(byteAddress: number, bytes: number, value: number, cycle: number, report: Report): void {
    if (bytes !== 4) {
      report(
        "sub-word",
        `store of ${bytes} bytes to the omnibus at ${hex(byteAddress)} has no effect: ${WORDS_ONLY}`,
      );
      return;
    }
    const word = wordOf(byteAddress);
    const side = sideOf(word);
    const local = withoutSide(word);
    if (inside(local, OMNIBUS_MAP.ppuSram)) {
      this.#srams[side].storeWord((local - OMNIBUS_MAP.ppuSram.base) * 4, value);
      return;
    }
    if (inside(local, OMNIBUS_MAP.synram)) {
      if (this.#arrays[side].writeWord(local - OMNIBUS_MAP.synram.base, value, cycle)) return;
    }
    const register = this.#registers.at(word);
    if (!register) {
      report("unmapped", `store to the omnibus at ${hex(byteAddress)} has no effect: ${noRegister(word)}`);
    } else if (register.access === "ro") {
      report(
        "read-only",
        `store to read-only register ${register.name} at ${hex(byteAddress)} has no effect`,
      );
    } else {
      this.#registers.writeWord(word, value >>> 0, cycle);
    }
  }
}
