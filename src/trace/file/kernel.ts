/** A kernel (kernel/) with a memory of its own, and the plans of the words that it meets. */
import { sprByNumber } from "../../../isa/sprs.ts";
import { SPECIAL } from "../../core/state.ts";
import { kernelModule } from "../../kernel-module.ts";
import {
  CR,
  PAGES,
  PLANS,
  PLANS_BYTES,
  REGISTER_WORDS,
  REGISTERS,
  SPECIAL_REGISTER_COUNT,
  SPECIAL_REGISTERS,
} from "./kernel/layout.ts";
import { planOf } from "./plans.ts";

interface Global {
  readonly value: number;
}

/** What kernel/encoder.ts exports. */
interface EncoderExports {
  beginChunk(end: number, mostInstructions: number): void;
  endChunk(): void;
  encode(from: number, end: number, shift: number): number;
  addPlan(word: number, plan: number): void;
  readonly entries: Global;
  readonly instructions: Global;
  readonly skipped: Global;
  readonly latest: Global;
  readonly hitsEnd: Global;
  readonly residualsEnd: Global;
  readonly lanesEnd: Global;
  readonly stoppedAt: Global;
  readonly wantedWord: Global;
}

/** What kernel/decoder.ts exports. */
interface DecoderExports {
  beginDecoding(entries: number, hits: number, residuals: number, lanes: number): void;
  decode(from: number): number;
  addPlan(word: number, plan: number): void;
  readonly decodedEnd: Global;
  readonly lastInstruction: Global;
  readonly unknownWord: Global;
}

/** Modules of their own, so that what both use is inlined in each. */
interface KernelExports {
  readonly encoder: EncoderExports;
  readonly decoder: DecoderExports;
}

export class Kernel<Name extends keyof KernelExports> {
  readonly exports: KernelExports[Name];
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Registers of the PPU as the kernel knows them. */
  readonly registers: Int32Array;
  readonly #vectors: boolean;
  readonly #plans = new Map<number, number>();
  /** Plans are shared by words that are coded alike. */
  readonly #alike = new Map<string, number>();
  #plansEnd = PLANS;

  constructor(name: Name, vectors: boolean) {
    const memory = new WebAssembly.Memory({ initial: PAGES });
    this.#vectors = vectors;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.registers = this.words.subarray(REGISTERS >> 2, (REGISTERS >> 2) + REGISTER_WORDS);
    this.#describeSpecialRegisters();
    this.exports = new WebAssembly.Instance(kernelModule(`trace-${name}`, "trace kernel"), {
      env: { memory },
    }).exports as unknown as KernelExports[Name];
  }

  /** Gives the kernel the plan of a word that it has asked for. */
  plan(word: number): void {
    let plan = this.#plans.get(word);
    if (plan === undefined) this.#plans.set(word, (plan = this.#place(planOf(word, this.#vectors))));
    this.exports.addPlan(word, plan);
  }

  #place(plan: readonly number[]): number {
    const key = plan.join();
    const known = this.#alike.get(key);
    if (known !== undefined) return known;
    const at = this.#plansEnd;
    if (at + 4 * plan.length > PLANS + PLANS_BYTES) throw new Error("trace kernel: no room for another plan");
    this.words.set(plan, at >> 2);
    this.#plansEnd += 4 * plan.length;
    this.#alike.set(key, at);
    return at;
  }

  #describeSpecialRegisters(): void {
    for (let number = 0; number < SPECIAL_REGISTER_COUNT; number++) {
      const spr = sprByNumber(number);
      const index = spr && SPECIAL[spr.name.toLowerCase() as keyof typeof SPECIAL];
      const isKept = spr?.writable && index !== undefined && index <= SPECIAL.goe;
      this.words.set(
        isKept ? [CR + index - SPECIAL.cr, spr.bits] : [-1, 0],
        (SPECIAL_REGISTERS >> 2) + 2 * number,
      );
    }
  }
}
