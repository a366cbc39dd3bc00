/**
 * Exceptions and the interrupt controller (nux-core section 4). Distances are those measured in the RTL
 * (timing-measured section 1): request at cycle e, accepted at the first boundary with t >= e + 2, vector at e + 7.
 */
import { COUNTER, MSR, MSR_MASK, SPECIAL, type State } from "../state.ts";
import type { Timers } from "./timers.ts";

export const VECTOR = {
  externalInput: 0x14,
  alignment: 0x18,
  program: 0x1c,
  doorbell: 0x24,
  fixedInterval: 0x2c,
  decrementer: 0x30,
} as const;

/** ESR after a trap. */
export const ESR_TRAP = 0x0200_0000;
/** From a request to the first instruction that is not executed any more. */
export const ACCEPT_CYCLES = 2;
/** From a request to the first instruction at the vector, where nothing delays it. */
export const REQUEST_TO_VECTOR = 7;
const BOUNDARY_TO_VECTOR = 3;
/** Pins and doorbell take one cycle longer to leave sleep. */
const ASLEEP_DELAY = 1;
/** From issue of mtmsr or rfi until the new MSR is seen. */
export const SPECIAL_WRITE_DELAY = 3;
const PINS = 4;
const NEVER = Number.POSITIVE_INFINITY;

export class Interrupts {
  readonly #special: Int32Array;
  readonly #counters: Float64Array;
  readonly #timers: Timers;

  constructor(state: State, timers: Timers) {
    this.#special = state.special;
    this.#counters = state.counters;
    this.#timers = timers;
  }

  /** New MSR contents, effective in the absolute `cycle`. Without EE pending edges are dropped. */
  writeMsr(value: number, cycle: number): void {
    const special = this.#special;
    const before = special[SPECIAL.msr];
    special[SPECIAL.msr] = value & MSR_MASK;
    if (!(value & MSR.EE)) this.#dropRequests();
    else if (!(before & MSR.EE)) this.#counters[COUNTER.enabledAt] = cycle;
    this.updatePins(cycle);
  }

  #dropRequests(): void {
    this.#special[SPECIAL.pinPending] = 0;
    this.#counters[COUNTER.doorbellAt] = NEVER;
    this.#counters[COUNTER.pinAt] = NEVER;
    this.#counters[COUNTER.enabledAt] = NEVER;
  }

  ringDoorbell(cycle: number): void {
    const special = this.#special;
    if (!(special[SPECIAL.msr] & MSR.EE) || cycle < this.#counters[COUNTER.enabledAt]) return;
    const at = cycle + (special[SPECIAL.sleeping] ? ASLEEP_DELAY : 0);
    this.#counters[COUNTER.doorbellAt] = Math.min(this.#counters[COUNTER.doorbellAt], at);
  }

  setPins(value: number, cycle: number): void {
    const special = this.#special;
    const before = special[SPECIAL.gin];
    special[SPECIAL.gin] = value & ((1 << PINS) - 1);
    this.updatePins(cycle, before);
  }

  /** Recomputes the pin requests after a change of pins, ICCR or MSR.EE. */
  updatePins(cycle: number, before: number = this.#special[SPECIAL.gin]): void {
    const special = this.#special;
    if (!(special[SPECIAL.msr] & MSR.EE)) return;
    const iccr = special[SPECIAL.iccr];
    const enabled = (iccr >>> 8) & 15;
    const inverted = (iccr >>> 12) & 15;
    const level = (iccr >>> 16) & 15;
    const active = special[SPECIAL.gin] ^ inverted;
    const rising = active & ~(before ^ inverted);
    const pending = ((special[SPECIAL.pinPending] | rising) & ~level & enabled) | (active & level & enabled);
    special[SPECIAL.pinPending] = pending;
    if (pending === 0) this.#counters[COUNTER.pinAt] = NEVER;
    else if (this.#counters[COUNTER.pinAt] === NEVER) {
      this.#counters[COUNTER.pinAt] = cycle + (special[SPECIAL.sleeping] ? ASLEEP_DELAY : 0);
    }
  }

  /** Since when an interrupt is, or by the timers will be, requested with EE = 1. Absolute; Infinity = never. */
  nextRequest(): number {
    if (!(this.#special[SPECIAL.msr] & MSR.EE)) return NEVER;
    return Math.max(this.#counters[COUNTER.enabledAt], this.#earliest());
  }

  /** What ends a sleep: the same, and the timers also with EE = 0 (nux-core section 5). */
  nextWake(): number {
    return this.#special[SPECIAL.msr] & MSR.EE ? this.nextRequest() : this.#earliest();
  }

  /** True if some event could still end a sleep: an enabled timer that runs, or EE with a source from outside. */
  hasWakeSource(): boolean {
    return (this.#special[SPECIAL.msr] & MSR.EE) !== 0 || this.#earliest() !== NEVER;
  }

  #earliest(): number {
    return Math.min(
      this.#counters[COUNTER.pinAt],
      this.#counters[COUNTER.doorbellAt],
      this.#timers.intervalRequest(),
      this.#timers.decrementerRequest(),
    );
  }

  /**
   * Takes the interrupt of highest priority that is requested at the boundary `cycle` (absolute, timers up to date):
   * state, pc and t then are those of the vector. `drained` is when the vector unit is empty. Returns the vector.
   */
  take(cycle: number, drained: number): number {
    const counters = this.#counters;
    const limit = cycle - ACCEPT_CYCLES;
    const candidates: [number, number][] = [
      [counters[COUNTER.pinAt], VECTOR.externalInput],
      [this.#timers.intervalRequest(), VECTOR.fixedInterval],
      [this.#timers.decrementerRequest(), VECTOR.decrementer],
      [counters[COUNTER.doorbellAt], VECTOR.doorbell],
    ];
    const [since, vector] = candidates.find(([at]) => at <= limit) ?? candidates[3];
    const request = Math.max(since, counters[COUNTER.enabledAt]);
    const issue = Math.max(
      request + REQUEST_TO_VECTOR,
      cycle + BOUNDARY_TO_VECTOR,
      drained + BOUNDARY_TO_VECTOR,
    );
    this.enter(vector, this.#special[SPECIAL.pc], issue - counters[COUNTER.base]);
    return vector;
  }

  /** Exception entry: the instruction at the vector issues at relative cycle t. */
  enter(vector: number, returnAddress: number, t: number): void {
    const special = this.#special;
    special[SPECIAL.srr0] = returnAddress;
    special[SPECIAL.srr1] = special[SPECIAL.msr];
    special[SPECIAL.msr] &= MSR.CE | MSR.ME | MSR.DE;
    this.#dropRequests();
    special[SPECIAL.pc] = vector;
    special[SPECIAL.t] = t;
    special[SPECIAL.redirect] = t;
  }
}
