/** What translated code changes of a PPU, to be put back when it has run further than it should have. */
import { MEMORY_LAYOUT } from "../layout.ts";
import { SPECIAL, STATE_BYTES, STATE_LAYOUT, type State } from "../state.ts";
import { type PipelineState, restorePipeline } from "../translation/pipeline-state.ts";
import type { UnitMark, VectorUnit } from "../vector/unit.ts";

/** Registers, counters, branch tags, vectors, accumulators and masks lie between the SRAM and here. */
const REGISTERS_END = MEMORY_LAYOUT.staging;

export class Checkpoint {
  readonly #low = new Uint8Array(REGISTERS_END);
  readonly #branches = new Uint8Array(STATE_BYTES - STATE_LAYOUT.branchState);
  #pipeline: PipelineState | undefined;
  #unit: UnitMark | undefined;

  get isTaken(): boolean {
    return this.#pipeline !== undefined;
  }

  /** Before the instruction at pc, which can issue at relative t, in that state of the pipeline. */
  take(state: State, t: number, pc: number, pipeline: PipelineState, unit: VectorUnit): void {
    state.special[SPECIAL.t] = t;
    state.special[SPECIAL.pc] = pc;
    this.#pipeline = pipeline;
    this.#unit = unit.mark();
    this.#low.set(state.bytes.subarray(0, REGISTERS_END));
    this.#branches.set(state.bytes.subarray(STATE_LAYOUT.branchState));
  }

  drop(): void {
    this.#pipeline = undefined;
  }

  /** Nothing that was executed since has happened. */
  restore(state: State, unit: VectorUnit): void {
    unit.goBack(this.#unit!);
    state.bytes.set(this.#low);
    state.bytes.set(this.#branches, STATE_LAYOUT.branchState);
    // Reservations of what has not happened would come into force when time gets there.
    state.writePort.fill(-1);
    restorePipeline(state, this.#pipeline!, state.special[SPECIAL.t]);
    this.drop();
  }
}
