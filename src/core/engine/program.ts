/** The predecoded program: one operation number per SRAM word, code from outside the SRAM, and breakpoints. */
import type { Bus } from "../bus.ts";
import { SRAM_BYTES } from "../layout.ts";
import { DERIVED_LAYOUT, SPECIAL, type State } from "../state.ts";
import { INSTRUCTION_CACHE, type TimingProfile } from "../timing-profile.ts";
import { OPERATION, operationOf } from "./variants.ts";
import { isVector } from "./vector-operations.ts";

const WORDS = SRAM_BYTES >> 2;

/** Translated code, by what the predecoded program has to tell it and to ask. */
export interface ProgramTranslation {
  hasEntry(pc: number): boolean;
  /** SRAM words from `first` up to `end` are not decoded any more. */
  invalidate(first: number, end: number): void;
  reset(): void;
}

export class Program {
  /** Operation numbers of the SRAM's words. */
  readonly code: Uint16Array;
  /** What stands behind an entry of translated code. */
  readonly hidden = new Uint16Array(WORDS);
  breakpoints: ReadonlySet<number> = new Set();
  translation: ProgramTranslation | undefined;
  readonly #state: State;
  readonly #bus: Bus;
  readonly #timing: TimingProfile;
  /** A breakpoint here is not hit again before the instruction has run. */
  #resumeAt = -1;

  constructor(state: State, bus: Bus, timing: TimingProfile) {
    this.#state = state;
    this.#bus = bus;
    this.#timing = timing;
    this.code = new Uint16Array(state.memory.buffer, DERIVED_LAYOUT.code, WORDS);
  }

  /** Forgets everything decoded; the next breakpoint is hit wherever it is. */
  reset(): void {
    this.code.fill(OPERATION.undecodedYet);
    this.translation?.reset();
    this.#resumeAt = -1;
  }

  /** Words in the fetch view's addresses have changed. */
  invalidate(address: number, bytes: number): void {
    const first = address >>> 2;
    if (first >= WORDS) return;
    const end = Math.min((address + bytes + 3) >>> 2, WORDS);
    this.code.fill(OPERATION.undecodedYet, first, end);
    this.translation?.invalidate(first, end);
  }

  /** Decodes the word anew when it comes by; nothing about it has changed. */
  refresh(pc: number): void {
    if (this.isDecoded(pc)) this.code[pc >>> 2] = OPERATION.refresh;
  }

  isDecoded(pc: number): boolean {
    return this.code[pc >>> 2] !== OPERATION.undecodedYet;
  }

  predecode(pc: number): void {
    const at = pc >>> 2;
    if (this.breakpoints.has(pc >>> 0)) this.code[at] = OPERATION.breakpoint;
    else {
      const operation = operationOf(this.#state.words[at], isVector);
      const isEntry = this.translation?.hasEntry(pc) ?? false;
      if (isEntry) this.hidden[at] = operation;
      this.code[at] = isEntry ? OPERATION.entry : operation;
    }
  }

  /** What stands behind a breakpoint. */
  operationAt(word: number): number {
    return operationOf(word, isVector);
  }

  /** A breakpoint at pc lets its instruction pass once. */
  passBreakpoint(pc: number): void {
    this.#resumeAt = pc;
  }

  /** True if the run ends at this breakpoint. */
  breaksAt(pc: number): boolean {
    const breaks = this.#resumeAt !== pc;
    this.#resumeAt = breaks ? pc : -1;
    return breaks;
  }

  /** Fetches outside the SRAM through the instruction cache: word and t go to the special registers. */
  fetchExternal(pc: number, t: number): number {
    const { special, lineTag } = this.#state;
    const { lines, wordsPerLine } = INSTRUCTION_CACHE;
    const line = Math.floor((pc >>> 2) / wordsPerLine);
    special[SPECIAL.t] = t;
    special[SPECIAL.pc] = pc;
    if (this.#timing.externalFetchPenalty !== 0 && lineTag[line % lines] !== line) {
      lineTag[line % lines] = line;
      special[SPECIAL.t] = t + this.#timing.externalFetchPenalty;
    }
    const word = this.#bus.fetch(pc >>> 0) | 0;
    special[SPECIAL.word] = word;
    if (this.breakpoints.size !== 0 && this.breakpoints.has(pc >>> 0)) return OPERATION.breakpoint;
    return operationOf(word, isVector);
  }

  unknownOperation(operation: number): never {
    throw new Error(`engine has no operation ${operation}; the predecoded program is corrupt`);
  }
}
