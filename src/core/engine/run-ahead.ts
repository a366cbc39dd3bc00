/**
 * Runs of translated code on a PPU: within the limit of its run, or ahead of it, with a way back to where the run should have
 * ended. What a run ahead does beyond the PPU waits until it is certain.
 */
import type { Bus } from "../bus.ts";
import { COUNTER, SPECIAL, type State } from "../state.ts";
import { capturePipeline } from "../translation/pipeline-state.ts";
import type { Translation } from "../translation/translation.ts";
import type { VectorUnit } from "../vector/unit.ts";
import { Checkpoint } from "./checkpoint.ts";
import { PostedStores } from "./posted-stores.ts";

export class RunAhead {
  readonly #state: State;
  readonly #translation: Translation;
  readonly #checkpoint: Checkpoint;
  readonly #postedStores: PostedStores;
  /** Cycle up to which the current run may go on where nothing from outside is seen. */
  #aheadCycle = 0;
  /** Instructions since the checkpoint. */
  #executed = 0;
  /** Cycle of the last call of `warm`. */
  #lastWarm = 0;

  constructor(state: State, bus: Bus, unit: VectorUnit, translation: Translation) {
    this.#state = state;
    this.#translation = translation;
    this.#checkpoint = new Checkpoint(state, unit);
    this.#postedStores = new PostedStores(state, bus);
  }

  /** A run begins that may go on up to that cycle. */
  begin(aheadCycle: number): void {
    this.settled();
    this.#aheadCycle = aheadCycle;
  }

  /** What has been executed since the checkpoint is certain. */
  settled(): void {
    this.#checkpoint.drop();
    this.#postedStores.deliver();
  }

  /** Puts the PPU back to the checkpoint; false if there is none. */
  takeBack(): boolean {
    if (!this.#checkpoint.isTaken) return false;
    const { counters, special } = this.#state;
    const executed = counters[COUNTER.instructions];
    this.#checkpoint.restore();
    this.#postedStores.drop();
    this.#translation.ranAhead(special[SPECIAL.pc], 0);
    counters[COUNTER.instructions] = executed - this.#executed;
    return true;
  }

  /** A backward branch at relative t, one of many; runs ahead have to end before cycle `end`. */
  warm(pc: number, t: number, end: number): void {
    const { special, counters } = this.#state;
    const limit = Math.max(special[SPECIAL.limit], this.#aheadLimit(end));
    const cycle = counters[COUNTER.base] + t;
    if (limit - t > this.#translation.shortestRun) this.#translation.warm(pc, cycle - this.#lastWarm);
    this.#lastWarm = cycle;
  }

  /** At an entry of translated code: returns how many instructions it has executed. */
  enter(t: number, pc: number, end: number): number {
    const translation = this.#translation;
    const { special } = this.#state;
    const limit = special[SPECIAL.limit];
    const ahead = this.#aheadLimit(end);
    const runsAhead = ahead > limit && ahead - t > translation.shortestRun && translation.runsFar(pc);
    if (limit - t > translation.shortestRun && !(runsAhead && translation.mode === "always")) {
      const executed = translation.enter(t, pc, capturePipeline(this.#state, t), limit);
      this.#postedStores.collect();
      this.#postedStores.deliver();
      return executed;
    }
    if (!runsAhead) return 0;
    const pipeline = capturePipeline(this.#state, t);
    this.#checkpoint.take(t, pc, pipeline);
    this.#executed = translation.enter(t, pc, pipeline, ahead);
    translation.ranAhead(pc, this.#executed);
    this.#postedStores.collect();
    if (special[SPECIAL.t] < limit) this.settled();
    return this.#executed;
  }

  /** Relative time up to which translated code may run beyond the limit. */
  #aheadLimit(end: number): number {
    return Math.min(this.#aheadCycle, end) - this.#state.counters[COUNTER.base];
  }
}
