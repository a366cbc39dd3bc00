/** mfspr and mtspr: storage, bits that exist, side effects, and when the pipeline sees a write (nux-core section 3). */
import { FIELDS, fieldValue, sprByNumber } from "../../../isa/index.ts";
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
export const READ_DELAY = 1;
/** From mtspr to an instruction that reads the register; to anything behind it when it writes XER. */
const WRITE_TO_READ = 2;
const XER_CYCLES = 3;

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

  /** TBL for an mfspr that issues in the absolute `cycle`; what `read` gives. */
  timeBaseLow(cycle: number): number {
    const counters = this.#counters;
    const elapsed = cycle + READ_DELAY - counters[COUNTER.timerCycle];
    const low = counters[COUNTER.timeBaseLow] + Math.max(elapsed, 0);
    return low | 0;
  }

  /** When an mfspr that reaches the issue stage at relative t can issue: it waits for the register it reads. */
  readStall(word: number, t: number): number {
    const special = this.#special;
    const number = fieldValue(word, FIELDS.SPR);
    const ready =
      number === SPR.LR
        ? special[SPECIAL.lrReady]
        : number === SPR.CTR
          ? special[SPECIAL.ctrReady]
          : number === special[SPECIAL.sprNumber]
            ? special[SPECIAL.sprReady]
            : t;
    return Math.max(ready, t);
  }

  /** The same for rfi, rfci, rfmci, which wait for the save/restore registers. */
  returnStall(t: number): number {
    const special = this.#special;
    const number = special[SPECIAL.sprNumber];
    const saves =
      (number >= 26 && number <= 27) || (number >= 58 && number <= 59) || (number >= 570 && number <= 571);
    return saves && special[SPECIAL.sprReady] > t ? special[SPECIAL.sprReady] : t;
  }

  /** Notes the timing of an mtspr that issues at relative t; returns when the next instruction issues. */
  written(word: number, t: number): number {
    const special = this.#special;
    const number = fieldValue(word, FIELDS.SPR);
    if (number === SPR.LR) special[SPECIAL.lrReady] = t + WRITE_TO_READ;
    else if (number === SPR.CTR) special[SPECIAL.ctrReady] = t + WRITE_TO_READ;
    else {
      special[SPECIAL.sprNumber] = number;
      special[SPECIAL.sprReady] = t + WRITE_TO_READ;
    }
    return number === SPR.XER ? t + XER_CYCLES : t + 1;
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
