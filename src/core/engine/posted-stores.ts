/**
 * Stores that translated code leaves for later, because nobody sees what they do before something else is accessed: those to
 * the one word that the bus names (`Bus.posted`). Translated code lists them in the memory of the PPU; here they wait for the
 * bus while a PPU that has run ahead might still have to go back.
 */
import type { Bus } from "../bus.ts";
import { COUNTER, DERIVED_LAYOUT, POSTED_STORES, type State } from "../state.ts";

export class PostedStores {
  readonly #state: State;
  readonly #bus: Bus;
  /** Number of those listed. */
  readonly #listed: Int32Array;
  /** Relative time and value of each. */
  readonly #list: Int32Array;
  #cycles = new Float64Array(POSTED_STORES);
  #values = new Int32Array(POSTED_STORES);
  #waiting = 0;

  constructor(state: State, bus: Bus) {
    const { buffer } = state.memory;
    this.#state = state;
    this.#bus = bus;
    const [address, listed] = [DERIVED_LAYOUT.postedAddress, DERIVED_LAYOUT.postedCount];
    this.#listed = new Int32Array(buffer, listed, 1);
    this.#list = new Int32Array(buffer, DERIVED_LAYOUT.posted, 2 * POSTED_STORES);
    // No word has an odd address.
    new Int32Array(buffer, address, 1)[0] = bus.posted?.address ?? 1;
  }

  /** Takes what translated code has listed; `deliver` or `drop` decides what becomes of it. */
  collect(): void {
    const count = this.#listed[0];
    if (count === 0) return;
    this.#listed[0] = 0;
    const base = this.#state.counters[COUNTER.base];
    this.#grow(this.#waiting + count);
    for (let index = 0; index < count; index++) {
      this.#cycles[this.#waiting] = base + this.#list[2 * index];
      this.#values[this.#waiting++] = this.#list[2 * index + 1];
    }
  }

  deliver(): void {
    if (this.#waiting === 0) return;
    this.#bus.post!(this.#values, this.#cycles, this.#waiting);
    this.#waiting = 0;
  }

  /** They have not happened. */
  drop(): void {
    this.#waiting = 0;
  }

  #grow(size: number): void {
    if (size <= this.#values.length) return;
    const length = 2 * size;
    const cycles = new Float64Array(length);
    const values = new Int32Array(length);
    cycles.set(this.#cycles);
    values.set(this.#values);
    this.#cycles = cycles;
    this.#values = values;
  }
}
