/**
 * What an instruction does to the state of the pipeline. The rules are not written down again: a PPU of its own, which
 * nothing else uses, is put into the state and executes the instruction.
 */
import { FIELDS, fieldValue } from "../../../isa/index.ts";
import { type Bus, NO_BUS } from "../bus.ts";
import { REDIRECT_CYCLES } from "../engine/branch-cache.ts";
import { SPECIAL, type State } from "../state.ts";
import type { Step } from "./block.ts";
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
  /** Of a posted store: cycles to its issue. */
  readonly issue?: number;
}

/** What surrounds that PPU: every access beyond the SRAM takes the same time. */
export interface ModelBus extends Bus {
  /** Cycle of the last store. */
  stored: number;
}

export function modelBus(latency: number): ModelBus {
  const bus: ModelBus = {
    ...NO_BUS,
    stored: 0,
    dataLatency: () => latency,
    store(_address, _bytes, _value, cycle) {
      bus.stored = cycle;
    },
  };
  return bus;
}

/** Relative time of the start of all experiments: the divider is ready long since. */
const START = 0x2000;
const CODE = 0x100;
/** Where experiments load and store. */
const DATA = 0x2000;
/** Beyond the SRAM. */
const DEVICE = 0x8000_0000 | 0;
/** The longest that the search for the end of everything goes on. */
const LONGEST_SETTLING = 256;

export class PipelineModel {
  /** What has been translated with these rules. */
  readonly prints: Print[] = [];
  readonly #machine: ModelMachine;
  readonly #bus: ModelBus;
  readonly #known = new Map<string, Passage>();
  readonly #settling = new Map<string, number | undefined>();
  readonly #zeroExtendR1: boolean;
  /** Response delay of vector loads and stores in the SRAM. */
  readonly vectorLatency: number;

  constructor(machine: ModelMachine, bus: ModelBus, vectorLatency: number, zeroExtendR1: boolean) {
    this.vectorLatency = vectorLatency;
    this.#bus = bus;
    this.#machine = machine;
    this.#zeroExtendR1 = zeroExtendR1;
    machine.reset();
  }

  /** For an instruction with all accesses in the SRAM, while the vector unit has nothing to do. */
  pass(before: PipelineState, word: number, what: Pick<Step, "variant" | "vector">): Passage {
    return this.#remember(`${word} ${before.key}`, () => this.#execute(before, word, what, DATA));
  }

  /** For a store to the word whose stores are posted. */
  passPosted(before: PipelineState, word: number, what: Pick<Step, "variant" | "vector">): Passage {
    return this.#remember(`posted ${word} ${before.key}`, () => {
      const passage = this.#execute(before, word, what, DEVICE);
      return { ...passage, issue: this.#bus.stored - START };
    });
  }

  #remember(key: string, make: () => Passage): Passage {
    let passage = this.#known.get(key);
    if (!passage) {
      passage = make();
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
    state.forgetTimes();
    restorePipeline(state, pipeline, START);
    let cycles = 1;
    const isSettled = () => capturePipeline(state, START + cycles, false).key === "";
    while (cycles <= LONGEST_SETTLING && !isSettled()) cycles++;
    const settling = cycles > LONGEST_SETTLING ? undefined : cycles;
    this.#settling.set(key, settling);
    return settling;
  }

  #execute(
    before: PipelineState,
    word: number,
    { variant, vector }: Pick<Step, "variant" | "vector">,
    address: number,
  ): Passage {
    if (vector || variant?.row.timing === "sync") this.#machine.reset();
    const { state, program } = this.#machine;
    const { special, gpr, words } = state;
    state.forgetTimes();
    restorePipeline(state, before, START);
    words[CODE >> 2] = word;
    program.invalidate(CODE, 4);
    special[SPECIAL.pc] = CODE;
    gpr.fill(0);
    if (variant && /^(load|store)/.test(variant.row.timing)) this.#setAddress(word, variant, address);
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

  /** Registers that let a load or store go to `address`. */
  #setAddress(word: number, { row, called }: NonNullable<Step["variant"]>, address: number): void {
    const { gpr } = this.#machine.state;
    const base = fieldValue(word, FIELDS.RA);
    const isIndexed = row.operands.some(({ field }) => field === "RB");
    if (!isIndexed) {
      const displacement = fieldValue(word, FIELDS.D);
      const isZeroExtended = this.#zeroExtendR1 && called.has("signExtendR1");
      if (base !== 0) gpr[base] = address - (isZeroExtended ? displacement & 0xffff : displacement);
      return;
    }
    const index = fieldValue(word, FIELDS.RB);
    if (base === 0) gpr[index] = address;
    else if (base === index) gpr[base] = address / 2;
    else gpr[base] = address;
  }
}
