/** The branch cache as the stepping engine sees it; its rules are in kernels/branch-cache.ts. */
import { kernelModule } from "../../kernel-module.ts";
import { SPECIAL, type State } from "../state.ts";

/** Issue distance to the next instruction after a redirect of the fetch. */
export const REDIRECT_CYCLES = 5;

/** What kernels/branch-cache.ts exports. */
interface BranchCacheKernel extends Record<string, unknown> {
  taken(pc: number, target: number, t: number, redirected: number, entries: number): number;
  notTaken(pc: number, t: number, redirected: number, entries: number): number;
}

export class BranchCache {
  readonly #kernel: BranchCacheKernel;
  readonly entries: number;
  readonly #special: Int32Array;

  constructor(state: State, entries: number) {
    const { exports } = new WebAssembly.Instance(kernelModule("branch-cache", "branch cache"), {
      env: { memory: state.memory },
    });
    this.#kernel = exports as BranchCacheKernel;
    this.entries = entries;
    this.#special = state.special;
  }

  /**
   * A taken branch at pc issues at t. `start` is when it reached the issue stage, which tells whether it was the first
   * fetch after a redirect. Returns when the instruction at the target issues.
   */
  taken(t: number, start: number, pc: number, target: number): number {
    const redirected = start === this.#special[SPECIAL.redirect] ? 1 : 0;
    if (this.#kernel.taken(pc, target, t, redirected, this.entries) !== 0) return t + 1;
    return (this.#special[SPECIAL.redirect] = t + REDIRECT_CYCLES);
  }

  /** The same for a branch that is not taken. */
  notTaken(t: number, start: number, pc: number): number {
    const redirected = start === this.#special[SPECIAL.redirect] ? 1 : 0;
    if (this.#kernel.notTaken(pc, t, redirected, this.entries) !== 0) return t + 1;
    return (this.#special[SPECIAL.redirect] = t + REDIRECT_CYCLES);
  }
}
