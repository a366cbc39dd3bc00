/** What translated code changes of a PPU, to be put back when it has run further than it should have. */
import { MEMORY_LAYOUT, SRAM_BYTES } from "../layout.ts";
import { SPECIAL, STATE_LAYOUT, type State } from "../state.ts";
import { type PipelineState, restorePipeline } from "../translation/pipeline-state.ts";
import type { UnitMark, VectorUnit } from "../vector/unit.ts";

/** Registers, counters, branch tags, vectors, accumulators and masks lie between the SRAM and here. */
const REGISTERS_END = MEMORY_LAYOUT.staging;

export class Checkpoint {
  readonly #state: State;
  readonly #unit: VectorUnit;
  readonly #from: Uint8Array;
  readonly #low = new Uint8Array(REGISTERS_END);
  /** By address of the branch. */
  readonly #branchState: Int32Array;
  /** By entry of the branch cache; all others are 0. */
  readonly #branches: Int32Array;
  #pipeline: PipelineState | undefined;
  #mark: UnitMark | undefined;

  constructor(state: State, unit: VectorUnit) {
    this.#state = state;
    this.#unit = unit;
    this.#branches = new Int32Array(state.branchTag.length);
    this.#from = state.bytes.subarray(0, REGISTERS_END);
    this.#branchState = new Int32Array(state.memory.buffer, STATE_LAYOUT.branchState, SRAM_BYTES >> 2);
  }

  get isTaken(): boolean {
    return this.#pipeline !== undefined;
  }

  /** Before the instruction at pc, which can issue at relative t, in that state of the pipeline. */
  take(t: number, pc: number, pipeline: PipelineState): void {
    const { special } = this.#state;
    special[SPECIAL.t] = t;
    special[SPECIAL.pc] = pc;
    this.#pipeline = pipeline;
    this.#mark = this.#unit.mark();
    this.#low.set(this.#from);
    this.#eachBranch((entry, word) => {
      this.#branches[entry] = this.#branchState[word];
    });
  }

  drop(): void {
    this.#pipeline = undefined;
  }

  /** Nothing that was executed since has happened. */
  restore(): void {
    const state = this.#state;
    this.#unit.goBack(this.#mark!);
    this.#eachBranch((_, word) => {
      this.#branchState[word] = 0;
    });
    this.#from.set(this.#low);
    this.#eachBranch((entry, word) => {
      this.#branchState[word] = this.#branches[entry];
    });
    // Reservations of what has not happened would come into force when time gets there.
    state.writePort.fill(-1);
    restorePipeline(state, this.#pipeline!, state.special[SPECIAL.t]);
    this.drop();
  }

  /** Entries of the branch cache with a branch in the SRAM. */
  #eachBranch(visit: (entry: number, word: number) => void): void {
    const { branchTag, special } = this.#state;
    const filled = special[SPECIAL.branchesFilled];
    for (let entry = 0; entry < filled; entry++) {
      const tag = branchTag[entry];
      if (tag >>> 0 < SRAM_BYTES) visit(entry, tag >>> 2);
    }
  }
}
