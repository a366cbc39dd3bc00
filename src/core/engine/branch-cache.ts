/** The branch cache (nux-core 7.2): fully associative, two-bit counters, updated by every executed branch. */
import { COUNTER, SPECIAL, type State } from "../state.ts";

/** Issue distance to the next instruction after a redirect of the fetch. */
export const REDIRECT_CYCLES = 5;
const TAKEN = 2;
const STRONGLY_TAKEN = 3;
const SRAM_WORDS = 4096;

export class BranchCache {
  readonly #special: Int32Array;
  readonly #counters: Float64Array;
  readonly #tag: Int32Array;
  readonly #target: Int32Array;
  readonly #counter: Int32Array;
  readonly #hint: Uint8Array;
  readonly #entries: number;

  constructor(state: State, entries: number) {
    this.#special = state.special;
    this.#counters = state.counters;
    this.#tag = state.branchTag;
    this.#target = state.branchTarget;
    this.#counter = state.branchCounter;
    this.#hint = state.branchHint;
    this.#entries = entries;
  }

  /**
   * A taken branch at pc issues at t. `start` is when it reached the issue stage, which tells whether it was the first
   * fetch after a redirect. Returns when the instruction at the target issues.
   */
  taken(t: number, start: number, pc: number, target: number): number {
    const entry = this.#find(pc);
    if (entry >= 0) {
      const counter = this.#counter[entry];
      const right =
        counter >= TAKEN && this.#target[entry] === target && start !== this.#special[SPECIAL.redirect];
      if (counter < STRONGLY_TAKEN) this.#counter[entry] = counter + 1;
      this.#target[entry] = target;
      if (right) return t + 1;
    } else if (this.#entries !== 0) {
      this.#insert(t, pc, target, STRONGLY_TAKEN);
    }
    return (this.#special[SPECIAL.redirect] = t + REDIRECT_CYCLES);
  }

  /** The same for a branch that is not taken. */
  notTaken(t: number, start: number, pc: number): number {
    const entry = this.#find(pc);
    if (entry >= 0) {
      const counter = this.#counter[entry];
      const wrong = counter >= TAKEN && start !== this.#special[SPECIAL.redirect];
      if (counter > 0) this.#counter[entry] = counter - 1;
      this.#target[entry] = -1;
      if (wrong) return (this.#special[SPECIAL.redirect] = t + REDIRECT_CYCLES);
    } else if (this.#entries !== 0) {
      this.#insert(t, pc, -1, TAKEN);
    }
    return t + 1;
  }

  #find(pc: number): number {
    const word = pc >>> 2;
    if (word < SRAM_WORDS) {
      const hint = this.#hint[word] - 1;
      return hint >= 0 && this.#tag[hint] === pc ? hint : -1;
    }
    for (let entry = 0; entry < this.#entries; entry++) if (this.#tag[entry] === pc) return entry;
    return -1;
  }

  #insert(t: number, pc: number, target: number, counter: number): void {
    let entry = 0;
    while (entry < this.#entries && this.#tag[entry] !== -1) entry++;
    if (entry === this.#entries) {
      entry = (this.#counters[COUNTER.base] + t + ROUND_ROBIN_OFFSET) % this.#entries;
    }
    this.#tag[entry] = pc;
    this.#target[entry] = target;
    this.#counter[entry] = counter;
    const word = pc >>> 2;
    if (word < SRAM_WORDS) this.#hint[word] = entry + 1;
  }
}

/** Value of the free-running replacement pointer at the update of a branch that issues in cycle 0. */
const ROUND_ROBIN_OFFSET = 3;
