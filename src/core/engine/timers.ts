/** Time base, decrementer and fixed interval timer (nux-core 4.4), brought up to date only when somebody looks. */
import { COUNTER, SPECIAL, type State } from "../state.ts";

export const TCR = { DIE: 0x0400_0000, FIE: 0x0080_0000, ARE: 0x0040_0000, FP: 0x0300_0000 } as const;
export const TSR = { DIS: 0x0800_0000, FIS: 0x0400_0000 } as const;
const WORD = 2 ** 32;
/** TBL bits (least significant = 0) whose rise sets FIS, by TCR.FP. */
const FIXED_INTERVAL_BITS = [8, 12, 16, 20];
const NEVER = Number.POSITIVE_INFINITY;

export class Timers {
  readonly #special: Int32Array;
  readonly #counters: Float64Array;

  constructor(state: State) {
    this.#special = state.special;
    this.#counters = state.counters;
  }

  /** Counts up to the absolute `cycle`; does nothing if that is in the past. */
  advance(cycle: number): void {
    const counters = this.#counters;
    const elapsed = cycle - counters[COUNTER.timerCycle];
    if (elapsed <= 0) return;
    const decrementerEvent = this.#nextDecrementerEvent();
    const intervalEvent = this.#nextIntervalEvent();
    if (decrementerEvent <= cycle) this.#raise(TSR.DIS, COUNTER.decrementerAt, decrementerEvent);
    if (intervalEvent <= cycle) this.#raise(TSR.FIS, COUNTER.fixedIntervalAt, intervalEvent);
    this.#countDown(elapsed);
    const low = counters[COUNTER.timeBaseLow] + elapsed;
    const carry = Math.floor(low / WORD);
    counters[COUNTER.timeBaseLow] = low - carry * WORD;
    counters[COUNTER.timeBaseHigh] = (counters[COUNTER.timeBaseHigh] + carry) % WORD;
    counters[COUNTER.timerCycle] = cycle;
  }

  #raise(bit: number, since: number, cycle: number): void {
    if (this.#special[SPECIAL.tsr] & bit) return;
    this.#special[SPECIAL.tsr] |= bit;
    this.#counters[since] = cycle;
  }

  #countDown(elapsed: number): void {
    const special = this.#special;
    const value = special[SPECIAL.dec] >>> 0;
    if (value === 0) return;
    if (elapsed < value) {
      special[SPECIAL.dec] = value - elapsed;
      return;
    }
    const reload = special[SPECIAL.tcr] & TCR.ARE ? special[SPECIAL.decar] >>> 0 : 0;
    special[SPECIAL.dec] = reload === 0 ? 0 : reload - ((elapsed - value) % reload);
  }

  /** Absolute cycle in which TSR.DIS rises next. */
  #nextDecrementerEvent(): number {
    const value = this.#special[SPECIAL.dec] >>> 0;
    return value === 0 ? NEVER : this.#counters[COUNTER.timerCycle] + value;
  }

  #nextIntervalEvent(): number {
    const half = 2 ** this.#intervalBit();
    const phase = this.#counters[COUNTER.timeBaseLow] % (2 * half);
    const wait = phase < half ? half - phase : 3 * half - phase;
    return this.#counters[COUNTER.timerCycle] + wait;
  }

  #intervalBit(): number {
    return FIXED_INTERVAL_BITS[(this.#special[SPECIAL.tcr] >>> 24) & 3];
  }

  /** Since when the decrementer requests an interrupt, or will; Infinity without TCR.DIE. */
  decrementerRequest(): number {
    if (!(this.#special[SPECIAL.tcr] & TCR.DIE)) return NEVER;
    return this.#special[SPECIAL.tsr] & TSR.DIS
      ? this.#counters[COUNTER.decrementerAt]
      : this.#nextDecrementerEvent();
  }

  /** The same for the fixed interval timer. */
  intervalRequest(): number {
    if (!(this.#special[SPECIAL.tcr] & TCR.FIE)) return NEVER;
    return this.#special[SPECIAL.tsr] & TSR.FIS
      ? this.#counters[COUNTER.fixedIntervalAt]
      : this.#nextIntervalEvent();
  }

  /** Clears the TSR bits written as 1 in `cycle`. DIS rising in that very cycle is lost, FIS is not. */
  clearStatus(bits: number, cycle: number): void {
    this.advance(cycle - 1);
    const before = this.#special[SPECIAL.tsr];
    this.advance(cycle);
    const rising = this.#special[SPECIAL.tsr] & ~before & TSR.FIS;
    this.#special[SPECIAL.tsr] = (before & ~bits) | rising;
  }

  writeTimeBase(half: "low" | "high", value: number, cycle: number): void {
    this.advance(cycle);
    const counters = this.#counters;
    if (half === "high") {
      counters[COUNTER.timeBaseHigh] = value >>> 0;
      return;
    }
    const bit = 2 ** this.#intervalBit();
    const wasSet = counters[COUNTER.timeBaseLow] % (2 * bit) >= bit;
    counters[COUNTER.timeBaseLow] = value >>> 0;
    if (!wasSet && (value >>> 0) % (2 * bit) >= bit) this.#raise(TSR.FIS, COUNTER.fixedIntervalAt, cycle);
  }
}
