/**
 * What an instruction does to the state of the pipeline. The rules are not written down again: a PPU of its own, which
 * nothing else uses, is put into the state and executes the instruction.
 */
import { FIELDS, fieldValue } from "../../../isa/index.ts";
import { REDIRECT_CYCLES } from "../engine/branch-cache.ts";
import type { Step } from "./block.ts";
import { SPECIAL, type State } from "../state.ts";
import { capturePipeline, type PipelineState, restorePipeline } from "./pipeline-state.ts";
import type { Print } from "./regions.ts";

/** The PPU: of the same timing profile, but without branch cache. */
export interface ModelMachine {
  readonly state: State;
  readonly program: { invalidate(address: number, bytes: number): void };
  reset(): void;
  run(untilCycle: number): unknown;
}

/** Cycles from the next possible issue to the one behind the instruction, and the state then. */
export interface Passage {
  readonly cycles: number;
  readonly after: PipelineState;
  /** Of a branch that redirects the fetch: the same for the instruction at its target. */
  readonly redirected?: Passage;
}

/** Relative time of the start of all experiments: the divider is ready long since. */
const START = 0x2000;
const CODE = 0x100;
/** Where experiments load and store. */
const DATA = 0x2000;
/** The longest that the search for the end of everything goes on. */
const LONGEST_SETTLING = 256;

export class PipelineModel {
  /** What has been translated with these rules. */
  readonly prints: Print[] = [];
  readonly #machine: ModelMachine;
  readonly #known = new Map<string, Passage>();
  readonly #settling = new Map<string, number | undefined>();

  readonly #zeroExtendR1: boolean;

  constructor(machine: ModelMachine, zeroExtendR1: boolean) {
    this.#machine = machine;
    this.#zeroExtendR1 = zeroExtendR1;
    machine.reset();
  }

  /** For an instruction with all accesses in the SRAM, while the vector unit has nothing to do. */
  pass(before: PipelineState, word: number, what: Pick<Step, "variant" | "vector">): Passage {
    const key = `${word} ${before.key}`;
    let passage = this.#known.get(key);
    if (!passage) {
      passage = this.#execute(before, word, what);
      this.#known.set(key, passage);
    }
    return passage;
  }

  /** Cycles until nothing is left of a state; undefined: very many. */
  settling(pipeline: PipelineState): number | undefined {
    const { key } = pipeline;
    if (key === "") return 0;
    if (this.#settling.has(key)) return this.#settling.get(key);
    const { state } = this.#machine;
    let cycles: number | undefined = 1;
    for (; cycles <= LONGEST_SETTLING; cycles++) {
      state.forgetTimes();
      restorePipeline(state, pipeline, START);
      if (capturePipeline(state, START + cycles, false).key === "") break;
    }
    if (cycles > LONGEST_SETTLING) cycles = undefined;
    this.#settling.set(key, cycles);
    return cycles;
  }

  #execute(before: PipelineState, word: number, { variant, vector }: Pick<Step, "variant" | "vector">): Passage {
    if (vector || variant?.row.timing === "sync") this.#machine.reset();
    const { state, program } = this.#machine;
    const { special, gpr, words } = state;
    state.forgetTimes();
    restorePipeline(state, before, START);
    words[CODE >> 2] = word;
    program.invalidate(CODE, 4);
    special[SPECIAL.pc] = CODE;
    gpr.fill(0);
    if (variant && /^(load|store)/.test(variant.row.timing)) this.#setAddress(word, variant);
    this.#machine.run(state.cycle + 1);
    const after = special[SPECIAL.t];
    if (variant?.row.timing !== "branch") {
      return { cycles: after - START, after: capturePipeline(state, after) };
    }
    const issue = special[SPECIAL.redirect] === after ? after - REDIRECT_CYCLES : after - 1;
    const late = issue + REDIRECT_CYCLES;
    return {
      cycles: issue + 1 - START,
      after: capturePipeline(state, issue + 1, false),
      redirected: { cycles: late - START, after: capturePipeline(state, late, true) },
    };
  }

  /** Registers that let a load or store go to `DATA`. */
  #setAddress(word: number, { row, called }: NonNullable<Step["variant"]>): void {
    const { gpr } = this.#machine.state;
    const base = fieldValue(word, FIELDS.RA);
    const isIndexed = row.operands.some(({ field }) => field === "RB");
    if (!isIndexed) {
      const displacement = fieldValue(word, FIELDS.D);
      const isZeroExtended = this.#zeroExtendR1 && called.has("signExtendR1");
      if (base !== 0) gpr[base] = DATA - (isZeroExtended ? displacement & 0xffff : displacement);
      return;
    }
    const index = fieldValue(word, FIELDS.RB);
    if (base === 0) gpr[index] = DATA;
    else if (base === index) gpr[base] = DATA / 2;
    else gpr[base] = DATA;
  }
}
