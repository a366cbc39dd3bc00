/** Charge and resets of the 256 membranes of a hemisphere. */
import type { EventSums } from "./event-sums.ts";
import { COLUMNS, DISCARDED, ENABLES, EVENTS_AT_RESET, MEMBRANE, RESET_CYCLE } from "./kernels/layout.ts";
import type { AnalogMemory } from "./kernels.ts";

export class Membranes {
  /** Charge per column in activation x weight, as seen from the reference of the leak: later events are enlarged by it. */
  readonly membrane: Float64Array;
  readonly resetCycle: Float64Array;
  readonly eventsAtReset: Float64Array;
  /** 1: reset since the pending events arrived, which therefore don't count for this column. */
  readonly discarded: Uint8Array;
  /** How many of them there are. */
  discards = 0;
  /** Cycle from which on no membrane is held any more. */
  holdEnd = 0;
  /** In cycles. */
  readonly hold: number;
  readonly #memory: AnalogMemory;
  readonly #eventSums: EventSums;
  readonly #enables: Uint8Array;

  /** `hold`: cycles for which a reset holds a membrane. */
  constructor(memory: AnalogMemory, eventSums: EventSums, hold: number) {
    this.membrane = memory.doubles(MEMBRANE);
    this.resetCycle = memory.doubles(RESET_CYCLE).fill(-hold);
    this.eventsAtReset = memory.doubles(EVENTS_AT_RESET);
    this.discarded = memory.bytes(DISCARDED);
    this.#enables = memory.bytes(ENABLES);
    this.#memory = memory;
    this.#eventSums = eventSums;
    this.hold = hold;
  }

  resetAll(cycle: number): void {
    this.membrane.fill(0);
    this.resetCycle.fill(cycle);
    this.eventsAtReset.fill(this.#eventSums.count);
    this.discarded.fill(1);
    this.discards = COLUMNS;
    this.holdEnd = Math.max(this.holdEnd, cycle + this.hold);
  }

  /** Column `first + n * step` where enable n is not 0. */
  resetColumns(first: number, step: number, enables: Uint8Array | undefined, cycle: number): void {
    if (enables !== undefined) this.#enables.set(enables);
    const masked = Number(enables !== undefined);
    this.discards += this.#memory.kernels.resetColumns(first, step, masked, cycle);
    this.holdEnd = Math.max(this.holdEnd, cycle + this.hold);
  }

  /** An event while some are held counts for the others only. */
  discardHeld(cycle: number): void {
    for (let column = 0; column < COLUMNS; column++) {
      if (cycle >= this.resetCycle[column] + this.hold) continue;
      this.eventsAtReset[column] = this.#eventSums.count;
      if (this.discarded[column] === 0) {
        this.discarded[column] = 1;
        this.discards++;
      }
    }
  }

  /** No events are pending any more. */
  collected(): void {
    if (this.discards === 0) return;
    this.discarded.fill(0);
    this.discards = 0;
  }

  /** The arrays hold another state. */
  restored(): void {
    this.holdEnd = this.resetCycle.reduce((last, cycle) => Math.max(last, cycle + this.hold), 0);
    this.discards = this.discarded.reduce((sum, flag) => sum + flag, 0);
  }

  stateArrays() {
    const { membrane, resetCycle, eventsAtReset, discarded } = this;
    return { membrane, resetCycle, eventsAtReset, discarded };
  }
}
