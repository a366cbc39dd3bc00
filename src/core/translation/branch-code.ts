/**
 * The branch cache in translated code: what kernels/branch-cache.ts does for a branch in the SRAM to a target in the SRAM.
 * There are no calls, as a compiler could keep nothing in registers across them.
 */
import { MEMORY_LAYOUT, SRAM_BYTES } from "../layout.ts";
import { SPECIAL, STATE_LAYOUT } from "../state.ts";
import type { Code } from "./wasm-code.ts";

const NOWHERE = SRAM_BYTES;
/** Counter bits of a branch's state: predicted taken from here on, the highest, and that of a new branch not taken. */
const PREDICTED = 2;
const HIGHEST = 3;
/** Bits of a branch's state: its entry; its destination with the upper bit of the counter. */
const ENTRY = 0xffff_0000 | 0;
const PREDICTION = 0xfffe;
const ROUND_ROBIN_OFFSET = 3;
const FILLED = MEMORY_LAYOUT.special + 4 * SPECIAL.branchesFilled;

export interface BranchSite {
  readonly pc: number;
  /** The first instruction behind a redirect, which is not looked up. */
  readonly isBlind: boolean;
  /** Pushes the time of issue. */
  readonly issue: () => void;
}

export class BranchCode {
  readonly #code: Code;
  readonly #entries: number;
  /** Parameter: cycle of relative time 0, modulo the number of entries. */
  readonly #base: number;
  readonly #state: number;
  readonly #entry: number;
  readonly #old: number;

  constructor(code: Code, entries: number, base: number) {
    this.#code = code;
    this.#entries = entries;
    this.#base = base;
    this.#state = code.newLocal();
    this.#entry = code.newLocal();
    this.#old = code.newLocal();
  }

  /** A branch to `target` is taken. Without `predicted` it never is. */
  taken(site: BranchSite, target: number, predicted: (() => void) | undefined, late: () => void): void {
    const code = this.#code;
    if (this.#entries === 0) {
      late();
      return;
    }
    const asExpected = code.block().depth;
    if (predicted) this.#leaveIfState(site, target | HIGHEST, asExpected);
    this.#loadState(site);
    if (predicted) {
      code
        .get(this.#state)
        .constant(PREDICTION)
        .op("i32.and")
        .constant(target | PREDICTED)
        .op("i32.eq")
        .if();
      this.#storeState(site, () => code.constant(target | HIGHEST));
      code.branch(asExpected).end();
    }
    this.#updateTaken(site, () => code.constant(target));
    late();
    code.end();
    if (predicted) predicted();
    else code.unreachable();
  }

  /** A branch to the SRAM address in local `target` is taken; pushes 1 if it was predicted. */
  takenTo(site: BranchSite, target: number): void {
    const code = this.#code;
    if (this.#entries === 0) {
      code.constant(0);
      return;
    }
    this.#loadState(site);
    if (!site.isBlind) {
      code.get(this.#state).constant(PREDICTION).op("i32.and");
      code.get(target).constant(PREDICTED).op("i32.or").op("i32.eq").if(true);
      this.#strengthen(site);
      code.constant(1).else();
    }
    this.#updateTaken(site, () => code.get(target));
    code.constant(0);
    if (!site.isBlind) code.end();
  }

  /** A branch is not taken. Without `late` this is always what was expected. */
  notTaken(site: BranchSite, predicted: () => void, late: (() => void) | undefined): void {
    const code = this.#code;
    if (this.#entries !== 0) {
      const asExpected = code.block().depth;
      this.#leaveIfState(site, NOWHERE, asExpected);
      this.#loadState(site);
      code.get(this.#state).constant(PREDICTED).op("i32.and").if();
      this.#storeState(site, () => this.#countDown());
      if (late) late();
      else code.branch(asExpected);
      code.end();
      code.get(this.#state).if();
      this.#storeState(site, () => code.constant(NOWHERE));
      code.else();
      this.#insert(site, () => code.constant(NOWHERE | PREDICTED));
      code.end().end();
    }
    predicted();
  }

  /** State of a taken branch that was not predicted. */
  #updateTaken(site: BranchSite, pushTarget: () => void): void {
    const code = this.#code;
    code.get(this.#state).if();
    this.#storeState(site, () => {
      code.get(this.#state).constant(HIGHEST).op("i32.and").constant(1).op("i32.add").tee(this.#old);
      code.get(this.#old).constant(2).op("i32.shr_u").op("i32.sub");
      pushTarget();
      code.op("i32.or");
    });
    code.else();
    this.#insert(site, () => {
      pushTarget();
      code.constant(HIGHEST).op("i32.or");
    });
    code.end();
  }

  /** State of a branch that is not taken, from a counter that is not 0. */
  #countDown(): void {
    const code = this.#code;
    code
      .get(this.#state)
      .constant(HIGHEST)
      .op("i32.and")
      .constant(1)
      .op("i32.sub")
      .constant(NOWHERE)
      .op("i32.or");
  }

  /** To a block's end if destination and counter are these: nothing changes then. */
  #leaveIfState({ pc }: BranchSite, state: number, block: number): void {
    this.#code.constant(0).access("i32.load16_u", STATE_LAYOUT.branchState + pc);
    this.#code.constant(state).op("i32.eq").branchIf(block);
  }

  #loadState({ pc }: BranchSite): void {
    this.#code
      .constant(0)
      .access("i32.load", STATE_LAYOUT.branchState + pc)
      .set(this.#state);
  }

  /** Replaces destination and counter. Whole words only: a processor is slow to load what narrower stores have written. */
  #storeState({ pc }: BranchSite, push: () => void): void {
    this.#code.constant(0).get(this.#state).constant(ENTRY).op("i32.and");
    push();
    this.#code.op("i32.or").access("i32.store", STATE_LAYOUT.branchState + pc);
  }

  /** The counter of a branch that was predicted taken, to its highest value. */
  #strengthen({ pc }: BranchSite): void {
    const code = this.#code;
    code
      .get(this.#state)
      .constant(HIGHEST - PREDICTED)
      .op("i32.and")
      .op("i32.eqz")
      .if();
    code.constant(0).get(this.#state).constant(HIGHEST).op("i32.or");
    code.access("i32.store", STATE_LAYOUT.branchState + pc).end();
  }

  /** A branch that is not in the cache takes the next free entry, or replaces another one. */
  #insert({ pc, issue }: BranchSite, pushState: () => void): void {
    const code = this.#code;
    const entries = this.#entries;
    code.constant(0).access("i32.load", FILLED).tee(this.#entry).constant(entries).op("i32.lt_u").if();
    code.constant(0).get(this.#entry).constant(1).op("i32.add").access("i32.store", FILLED);
    code.else();
    issue();
    code.get(this.#base).op("i32.add").constant(ROUND_ROBIN_OFFSET).op("i32.add");
    if ((entries & (entries - 1)) === 0) code.constant(entries - 1).op("i32.and");
    else code.constant(entries).op("i32.rem_u");
    code.tee(this.#entry).constant(2).op("i32.shl").access("i32.load", STATE_LAYOUT.branchTag).tee(this.#old);
    code.constant(SRAM_BYTES).op("i32.lt_u").if();
    code.get(this.#old).constant(0).access("i32.store", STATE_LAYOUT.branchState).end();
    code.end();
    code.get(this.#entry).constant(2).op("i32.shl").constant(pc).access("i32.store", STATE_LAYOUT.branchTag);
    code.constant(0).get(this.#entry).constant(1).op("i32.add").constant(16).op("i32.shl");
    pushState();
    code.op("i32.or").access("i32.store", STATE_LAYOUT.branchState + pc);
  }
}
