/** An address that translated code is entered at, and what has been seen of it: whether it is worth the while. */
import { type Place, placeKey } from "./block.ts";
import type { Region } from "./regions.ts";

/** A region that executes fewer instructions an entry than that, over so many entries, costs more than it gains. */
export const WORTHWHILE = { instructions: 100, entries: 64 };
/** Short runs ahead in a row, more or less, before there are no more of them. */
const PATIENCE = 8;
const MOST_ENTRIES = 12;
/** Places that were not translated, where code was left or entered, before a region is made anew; doubled every time. */
const MISSES = 500;
/** How often that is so before a region that is left too early is given up instead. */
const MOST_REMAKES = 5;
/** A region that has been overwritten so often is left alone. */
const MOST_LOSSES = 8;

export class Site {
  readonly pc: number;
  /** States in which the address was reached. */
  readonly entries = new Map<string, Place>();
  region: Region | undefined;
  /** Places were missing in the last region: what there is must not be used again. */
  isOutgrown = false;
  /** Entered too briefly, or overwritten too often. */
  isDisabled = false;
  #misses = 0;
  #missesAllowed = MISSES;
  #remakes = 0;
  #losses = 0;
  /** Negative: runs ahead from here were too short. */
  #ahead = PATIENCE;
  /** Since it was weighed last. */
  #entered = 0;
  #executed = 0;
  #missedLately = 0;

  constructor(pc: number) {
    this.pc = pc;
  }

  /** False if there are too many already. */
  addEntry(place: Place): boolean {
    const key = placeKey(place);
    if (this.entries.has(key)) return true;
    if (this.entries.size >= MOST_ENTRIES) return false;
    this.entries.set(key, place);
    return true;
  }

  /** A place was not translated. True if there have been enough for a new region. */
  missed(): boolean {
    this.#missedLately++;
    return ++this.#misses >= this.#missesAllowed;
  }

  /** A new region is to take the place of the one that there is. */
  outgrow(): void {
    this.#misses = 0;
    this.#missesAllowed *= 2;
    this.#remakes++;
    this.isOutgrown = true;
    this.region = undefined;
  }

  /** The code was overwritten. */
  lost(): void {
    if (++this.#losses > MOST_LOSSES) this.isDisabled = true;
  }

  /** The region has been entered and has executed so many instructions. Now and then the answer is what to do with it. */
  ran(executed: number): "outgrown" | "poor" | undefined {
    this.#entered++;
    this.#executed += executed;
    if (this.#entered < WORTHWHILE.entries) return undefined;
    const isPoor = this.#executed < WORTHWHILE.instructions * this.#entered;
    const isYoung = this.#remakes < MOST_REMAKES && 2 * this.#missedLately >= this.#entered;
    this.#entered = 0;
    this.#executed = 0;
    this.#missedLately = 0;
    if (!isPoor) return undefined;
    return isYoung ? "outgrown" : "poor";
  }

  /** Running ahead from here has been worth its while so far. */
  get runsFar(): boolean {
    return this.#ahead >= 0;
  }

  /** A run ahead has executed so many instructions. */
  ranAhead(executed: number): void {
    const next = this.#ahead + (executed >= WORTHWHILE.instructions ? 1 : -1);
    this.#ahead = next < 0 ? -PATIENCE : Math.min(next, PATIENCE);
  }
}
