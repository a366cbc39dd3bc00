/** mfspr and mtspr: storage, bits that exist, side effects, and when the pipeline sees a write (nux-core section 3). */
import { sprByNumber } from "../../../isa/index.ts";
import { COUNTER, SPECIAL, type State } from "../state.ts";
import { type Interrupts, SPECIAL_WRITE_DELAY } from "./interrupts.ts";
import type { Timers } from "./timers.ts";

/** SPR numbers with a meaning beyond plain storage. */
export const SPR = {
  XER: 1,
  LR: 8,
  CTR: 9,
  DEC: 22,
  ICCR: 68,
  TBL: 284,
  TBU: 285,
  TSR: 336,
  TCR: 340,
} as const;

const STORAGE = new Map<number, number>([
  [1, SPECIAL.xer],
  [8, SPECIAL.lr],
  [9, SPECIAL.ctr],
  [22, SPECIAL.dec],
  [26, SPECIAL.srr0],
  [27, SPECIAL.srr1],
  [54, SPECIAL.decar],
  [58, SPECIAL.csrr0],
  [59, SPECIAL.csrr1],
  [61, SPECIAL.dear],
  [62, SPECIAL.esr],
  [65, SPECIAL.gin],
  [66, SPECIAL.gout],
  [67, SPECIAL.goe],
  [68, SPECIAL.iccr],
  [336, SPECIAL.tsr],
  [340, SPECIAL.tcr],
  [570, SPECIAL.mcsrr0],
  [571, SPECIAL.mcsrr1],
]);
const TIMER_REGISTERS = new Set<number>([SPR.DEC, SPR.TBL, SPR.TBU, SPR.TSR, SPR.TCR]);
/** mfspr reads this long after issue. */
const READ_DELAY = 1;

export class SpecialRegisters {
  readonly #special: Int32Array;
  readonly #counters: Float64Array;
  readonly #timers: Timers;
  readonly #interrupts: Interrupts;

  constructor(state: State, timers: Timers, interrupts: Interrupts) {
    this.#special = state.special;
    this.#counters = state.counters;
    this.#timers = timers;
    this.#interrupts = interrupts;
  }

  /** Value for an mfspr that issues in the absolute `cycle`; 0 where there is nothing to read (quirk R8). */
  read(number: number, cycle: number): number {
    if (TIMER_REGISTERS.has(number)) this.#timers.advance(cycle + READ_DELAY);
    if (number === SPR.TBL) return this.#counters[COUNTER.timeBaseLow] | 0;
    if (number === SPR.TBU) return this.#counters[COUNTER.timeBaseHigh] | 0;
    const index = STORAGE.get(number);
    return index !== undefined && sprByNumber(number)?.readable ? this.#special[index] : 0;
  }

  /** Effect of an mtspr that issues in the absolute `cycle`. */
  write(number: number, value: number, cycle: number): void {
    const register = sprByNumber(number);
    if (!register?.writable) return;
    const effective = cycle + SPECIAL_WRITE_DELAY;
    const bits = value & register.bits;
    switch (number) {
      case SPR.TBL:
        this.#timers.writeTimeBase("low", value, effective);
        return;
      case SPR.TBU:
        this.#timers.writeTimeBase("high", value, effective);
        return;
      case SPR.TSR:
        this.#timers.clearStatus(bits, effective);
        return;
    }
    if (TIMER_REGISTERS.has(number) || number === SPR_DECAR) this.#timers.advance(effective);
    const index = STORAGE.get(number);
    if (index === undefined) return;
    this.#special[index] = bits;
    if (number === SPR.ICCR) this.#interrupts.updatePins(effective);
  }
}

const SPR_DECAR = 54;

/** Writing these can change when the next interrupt comes. */
export const RESCHEDULING_SPRS: ReadonlySet<number> = new Set([
  SPR.DEC,
  SPR.ICCR,
  SPR.TBL,
  SPR.TBU,
  SPR.TSR,
  SPR.TCR,
  SPR_DECAR,
]);
