/** Counts of what a PPU executed, and its last instructions, kept by the counting loops at little cost. */
import { SRAM_BYTES } from "../layout.ts";

const WORDS = SRAM_BYTES >> 2;

/** Instructions that `ExecutionCounters.history` holds. */
export const HISTORY_LENGTH = 1 << 16;

export interface ExecutionCount {
  /** Executions, including those that an alignment exception ended. */
  executed: number;
  /** Of a branch: how often it was taken. */
  taken: number;
  /** From the cycle in which it could have issued, had it not had to wait, to that of the next one. */
  cycles: number;
}

export interface ExecutedInstruction {
  readonly pc: number;
  /** Cycle of the PPU in which it issued. */
  readonly cycle: number;
}

/**
 * Attach it as `Ppu.counters`. Counts go on over resets; `cycles` of all addresses, `asleep`, `interruptEntry` and `start`
 * together are the PPU's cycles.
 */
export class ExecutionCounters {
  /** By word of the SRAM. */
  readonly executed = new Float64Array(WORDS);
  readonly taken = new Float64Array(WORDS);
  readonly cycles = new Float64Array(WORDS);
  /** Code outside the SRAM, by address of the fetch view. */
  readonly outside = new Map<number, ExecutionCount>();
  asleep = 0;
  interruptEntry = 0;
  /** From reset releases to the first instructions. */
  start = 0;
  /** Ring; `historyNext` is where the next one goes. */
  readonly historyPc = new Int32Array(HISTORY_LENGTH);
  readonly historyCycle = new Float64Array(HISTORY_LENGTH).fill(-1);
  historyNext = 0;

  /** Called by the loops. */
  countOutside(pc: number, cycles: number): void {
    const count = this.#outsideAt(pc);
    count.executed++;
    count.cycles += cycles;
  }

  /** Called by the loops. */
  takenOutside(pc: number): void {
    this.#outsideAt(pc).taken++;
  }

  /** Counts of an address of the fetch view. */
  at(pc: number): ExecutionCount {
    const address = pc >>> 0;
    if (address >= SRAM_BYTES) return this.outside.get(address) ?? { executed: 0, taken: 0, cycles: 0 };
    const word = address >>> 2;
    return { executed: this.executed[word], taken: this.taken[word], cycles: this.cycles[word] };
  }

  /** The last instructions, oldest first, at most `count`. */
  history(count: number = HISTORY_LENGTH): ExecutedInstruction[] {
    const list: ExecutedInstruction[] = [];
    for (let back = Math.min(count, HISTORY_LENGTH); back > 0; back--) {
      const at = (this.historyNext - back) & (HISTORY_LENGTH - 1);
      if (this.historyCycle[at] >= 0)
        list.push({ pc: this.historyPc[at] >>> 0, cycle: this.historyCycle[at] });
    }
    return list;
  }

  #outsideAt(pc: number): ExecutionCount {
    const address = pc >>> 0;
    let count = this.outside.get(address);
    if (!count) {
      count = { executed: 0, taken: 0, cycles: 0 };
      this.outside.set(address, count);
    }
    return count;
  }
}
