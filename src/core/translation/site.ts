/** An address that translated code is entered at, and what has been seen of it: whether it is worth the while. */
import { type Place, placeKey } from "./block.ts";
import type { Region } from "./regions.ts";

/** A region that executes fewer instructions an entry than that, over so many entries, costs more than it gains. */
const WORTHWHILE = { instructions: 40, entries: 64 };
/** Short runs ahead in a row, more or less, before there are no more of them for a while. */
const PATIENCE = 8;
/** Occasions that are passed up then. */
const PASSED_UP = 64;
const MOST_ENTRIES = 12;
const MOST_ENTRIES_IN_ALL = 100;
/** Times that code is left at an instruction before it can be entered behind it. */
const LEFT_OFTEN = 64;
/** Places that were not translated, where code was left or entered, before a region is made anew; doubled every time. */
const MISSES = 2000;
/** A region that has been overwritten so often is left alone. */
const MOST_LOSSES = 8;

export class Site {
  readonly pc: number;
  /** The site whose region the code from here on belongs to: itself, or the one whose code is left just before. */
  readonly home: Site;
  /** Places where the region is entered. */
  readonly entries = new Map<string, Place>();
  region: Region | undefined;
  /** Places were missing in the last region: what there is must not be used again. */
  isOutgrown = false;
  /** Entered too briefly. */
  isDisabled = false;
  /** The region has been overwritten too often. */
  isAbandoned = false;
  #misses = 0;
  #missesAllowed = MISSES;
  #losses = 0;
  /** Negative: runs ahead from here were too short. */
  #ahead = PATIENCE;
  /** Since it was weighed last. */
  #entered = 0;
  #executed = 0;
  #missedLately = 0;

  /** Times that the region was left, by address. */
  readonly #left = new Map<number, number>();

  constructor(pc: number, home?: Site) {
    this.pc = pc;
    this.home = home ?? this;
  }

  /** False if there are too many already. */
  addEntry(place: Place): boolean {
    const key = placeKey(place);
    if (this.entries.has(key)) return true;
    if (this.entries.size >= MOST_ENTRIES_IN_ALL) return false;
    let others = 0;
    for (const { pc } of this.entries.values()) if (pc === place.pc) others++;
    if (others >= MOST_ENTRIES) return false;
    this.entries.set(key, place);
    return true;
  }

  /** The region was left at an instruction for the stepping engine. True once that has happened often. */
  left(pc: number): boolean {
    const count = (this.#left.get(pc) ?? 0) + 1;
    this.#left.set(pc, count);
    return count === LEFT_OFTEN;
  }

  /** A place was not translated. True if there have been enough for a new region. */
  missed(allowed: number = this.#missesAllowed): boolean {
    return ++this.#misses >= allowed;
  }

  /** A new region is to take the place of the one that there is. */
  outgrow(): void {
    this.#misses = 0;
    this.#missesAllowed *= 2;
    this.isOutgrown = true;
    this.region = undefined;
  }

  /** The code was overwritten. */
  lost(): void {
    if (++this.#losses > MOST_LOSSES) this.isAbandoned = true;
  }

  /**
   * The region has been entered here and has executed so many instructions, until a place was missing or not. Where that is
   * not worth the while, there is no entry until the region is made anew; true: so it is from now on.
   */
  ran(executed: number, missed: boolean): boolean {
    this.#entered++;
    this.#executed += executed;
    if (missed) this.#missedLately++;
    if (this.#entered < WORTHWHILE.entries) return false;
    const isPoor = this.#executed < WORTHWHILE.instructions * this.#entered;
    this.isDisabled = isPoor && 2 * this.#missedLately < this.#entered;
    this.#entered = 0;
    this.#executed = 0;
    this.#missedLately = 0;
    return this.isDisabled;
  }

  /** An occasion to run ahead: true if that has been worth its while so far. */
  runsFar(): boolean {
    if (this.#ahead < 0) this.#ahead++;
    return this.#ahead >= 0;
  }

  /** A run ahead has executed so many instructions. */
  ranAhead(executed: number): void {
    const next = this.#ahead + (executed >= WORTHWHILE.instructions ? 1 : -1);
    this.#ahead = next < 0 ? -PASSED_UP : Math.min(next, PATIENCE);
  }
}
