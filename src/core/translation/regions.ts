/** Translated code over the memory of a PPU, and whether it still is what stands in the SRAM. */
import type { Program } from "../engine/program.ts";
import { SRAM_BYTES } from "../layout.ts";
import type { State } from "../state.ts";
import type { RegionCode, RegionFunction } from "./region.ts";

/** Translated code, and what it was made from; for any PPU with the same timing profile. */
export interface Print {
  readonly pc: number;
  /** Addresses where it can be entered, `pc` among them. */
  readonly entries: readonly number[];
  /** Addresses where its blocks begin. */
  readonly starts: ReadonlySet<number>;
  readonly code: RegionCode;
  /** Words of its instructions, and of those that it leaves to the stepping engine, by address. */
  readonly words: ReadonlyMap<number, number>;
  /** Places with a breakpoint that blocks end at. */
  readonly breakpoints: ReadonlySet<number>;
}

/** A print over the memory of one PPU. */
export interface Region extends Print {
  readonly run: RegionFunction;
}

const places = ({ words, breakpoints }: Print) => [...words.keys(), ...breakpoints];

/** The regions of a PPU that may be entered: all words of theirs are decoded, so that stores into them are noticed. */
export class Regions {
  readonly #state: State;
  readonly #program: Program;
  readonly #active = new Set<Region>();
  /** For each SRAM word the number of active regions that it belongs to. */
  readonly #covered = new Uint16Array(SRAM_BYTES >> 2);

  constructor(state: State, program: Program) {
    this.#state = state;
    this.#program = program;
  }

  isActive(region: Region): boolean {
    return this.#active.has(region);
  }

  /** True if the code and its breakpoints are what a print was made from. */
  fits(print: Print): boolean {
    const { breakpoints } = this.#program;
    for (const [pc, word] of print.words) {
      if (this.#state.words[pc >> 2] !== word || breakpoints.has(pc)) return false;
    }
    return [...print.breakpoints].every((pc) => breakpoints.has(pc));
  }

  /** The region in use with a block that begins at the address. */
  startingAt(pc: number): Region | undefined {
    for (const region of this.#active) if (region.starts.has(pc)) return region;
    return undefined;
  }

  /** Puts a region into use if it fits. */
  activate(region: Region): boolean {
    if (!this.fits(region)) return false;
    this.#active.add(region);
    for (const pc of places(region)) {
      this.#covered[pc >> 2]++;
      if (!this.#program.isDecoded(pc)) this.#program.predecode(pc);
    }
    return true;
  }

  deactivate(region: Region): void {
    if (!this.#active.delete(region)) return;
    for (const pc of places(region)) this.#covered[pc >> 2]--;
  }

  /** Deactivates those with words from `first` up to `end`, and returns them. */
  invalidate(first: number, end: number): Region[] {
    let isCovered = false;
    for (let word = first; word < end && !isCovered; word++) isCovered = this.#covered[word] !== 0;
    if (!isCovered) return [];
    const hit = [...this.#active].filter((region) =>
      places(region).some((pc) => pc >> 2 >= first && pc >> 2 < end),
    );
    for (const region of hit) this.deactivate(region);
    return hit;
  }

  reset(): void {
    this.#active.clear();
    this.#covered.fill(0);
  }
}
