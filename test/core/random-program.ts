/**
 * Random machine code of all instructions for comparing engines: loops, calls, branches of all kinds, stores into the code,
 * exceptions, timers, sleep, accesses to the SRAM and beyond on all ports. It need not end; run it for a number of cycles.
 */
import { encode } from "../../isa/encode.ts";
import { FIELDS, type FieldName, fieldMask } from "../../isa/fields.ts";
import { INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";
import { VECTOR } from "../../src/core/engine/interrupts.ts";
import { randomSource, randomWord } from "../isa/random.ts";

/** Registers with a fixed meaning; instructions write others, most of the time. */
const BASES = { data: 20, code: 21, outside: 22, parallel: 23 } as const;
const SCRATCH = 28;
const DATA = 0x3000;
const HANDLERS = 0x80;
const CODE = 0x200;
const BLOCKS = 12;
const SRAM_WORDS = 0x1000;
const CTR = 9;
const TSR = 336;
/** Special registers that a program moves to; LR and CTR are left to branches. */
const TARGET_SPRS = [1, 26, 27, 54, 58, 62, 66, 67, 284, 285, 336, 340, 22];
const SOURCE_SPRS = [...TARGET_SPRS, 8, CTR, 65, 68, 13];

/** What a PPU reaches beyond its SRAM: data addresses, and vectors of the parallel port. */
export interface Surroundings {
  readonly outside: readonly number[];
  readonly parallel: readonly number[];
}

const byMnemonic = (mnemonic: string): Instruction => INSTRUCTIONS.find((row) => row.mnemonic === mnemonic)!;
const isAccess = ({ timing }: Instruction) => /^(?:load|store)/.test(timing);
const SPECIAL_CARE = new Set(["wait", "mtmsr", "trap", "branch"]);
const PLAIN = INSTRUCTIONS.filter(
  (row) => !SPECIAL_CARE.has(row.timing) && row.timing !== "spr" && !/^e[ci]o?wx$/.test(row.mnemonic),
);
const SCALAR = PLAIN.filter(({ vector, timing }) => !vector && !/^(?:load|store)/.test(timing));
const ACCESSES = PLAIN.filter((row) => !row.vector && isAccess(row));
const VECTORS = PLAIN.filter(({ vector }) => vector !== undefined);

const put = (word: number, name: FieldName, value: number): number => {
  const field = FIELDS[name];
  return (word & ~fieldMask(field)) | ((value << (31 - field.last)) & fieldMask(field));
};

class Generator {
  readonly words = new Int32Array(SRAM_WORDS);
  readonly #next: () => number;
  readonly #around: Surroundings;
  #at = CODE >> 2;

  constructor(seed: number, around: Surroundings) {
    this.#next = randomSource(seed);
    this.#around = around;
    this.#handlers();
    this.#setUp();
    for (let block = 0; block < BLOCKS; block++) this.#block(block);
    this.#emit(encode("wait", {}));
    this.#emit(encode("b", { LI: CODE - 4 * this.#at }));
    for (let word = DATA >> 2; word < SRAM_WORDS; word++) this.words[word] = this.#next();
  }

  #below(limit: number): number {
    return (this.#next() >>> 0) % limit;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)];
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent;
  }

  #emit(word: number): void {
    this.words[this.#at++] = word;
  }

  #load(register: number, value: number): void {
    this.#emit(encode("addis", { RT: register, RA: 0, SI: value >> 16 }));
    this.#emit(encode("ori", { RA: register, RS: register, UI: value & 0xffff }));
  }

  /** Behind the culprit after an exception; interrupts of the timers are acknowledged. */
  #handlers(): void {
    const start = this.#at;
    this.#at = HANDLERS >> 2;
    const skip = 4 * this.#at;
    this.#emit(encode("mfspr", { RT: SCRATCH, SPR: 26 }));
    this.#emit(encode("addi", { RT: SCRATCH, RA: SCRATCH, SI: 4 }));
    this.#emit(encode("mtspr", { RS: SCRATCH, SPR: 26 }));
    this.#emit(encode("rfi"));
    const acknowledge = 4 * this.#at;
    this.#load(SCRATCH, 0xfc000000 | 0);
    this.#emit(encode("mtspr", { RS: SCRATCH, SPR: TSR }));
    this.#emit(encode("rfi"));
    this.words[0] = encode("b", { LI: CODE });
    for (const vector of Object.values(VECTOR)) {
      const isException = vector === VECTOR.alignment || vector === VECTOR.program;
      this.words[vector >> 2] = encode("b", { LI: (isException ? skip : acknowledge) - vector });
    }
    this.#at = start;
  }

  #setUp(): void {
    for (let register = 0; register < 32; register++)
      if (this.#chance(50)) this.#load(register, this.#next());
    this.#load(BASES.data, DATA + 4 * this.#below(64));
    this.#load(BASES.code, CODE + 4 * this.#below(100));
    this.#load(BASES.outside, this.#pick(this.#around.outside) + 4 * this.#below(16));
    this.#load(BASES.parallel, this.#pick(this.#around.parallel));
    if (this.#chance(40)) {
      this.#load(SCRATCH, 50 + this.#below(2000));
      this.#emit(encode("mtspr", { RS: SCRATCH, SPR: 22 }));
      this.#load(SCRATCH, this.#pick([0x04000000, 0x04400000, 0x00000000]));
      this.#emit(encode("mtspr", { RS: SCRATCH, SPR: 340 }));
      this.#load(SCRATCH, this.#chance(70) ? 0x8000 : 0);
      this.#emit(encode("mtmsr", { RS: SCRATCH }));
    }
  }

  #block(block: number): void {
    const isLoop = this.#chance(50);
    if (isLoop) {
      this.#load(SCRATCH, 1 + this.#below(6));
      this.#emit(encode("mtspr", { RS: SCRATCH, SPR: CTR }));
    }
    const start = this.#at;
    for (let n = 2 + this.#below(14); n > 0; n--) this.#instruction();
    if (isLoop) this.#emit(encode("bc", { BO: 16, BI: 0, BD: 4 * (start - this.#at) }));
    else if (this.#chance(60)) this.#branch(block);
  }

  /** Forwards over some instructions, as a call or not, decided by flags or not. */
  #branch(block: number): void {
    const distance = 4 * (2 + this.#below(6));
    if (this.#chance(25)) {
      this.#load(SCRATCH, 4 * this.#at + 16 + distance);
      const [register, mnemonic] = this.#pick([
        [8, "bclr"],
        [CTR, "bcctr"],
      ] as const);
      this.#emit(encode("mtspr", { RS: SCRATCH, SPR: register }));
      const BO = mnemonic === "bcctr" ? this.#pick([20, 12, 4]) : this.#pick([20, 12, 4, 16, 18, 0]);
      this.#emit(encode(mnemonic, { BO, BI: this.#below(32), LK: block & 1 }));
      return;
    }
    const values = { BO: this.#pick([20, 12, 4, 16, 18, 0, 2, 8, 10]), BI: this.#below(32), BD: distance };
    this.#emit(encode("bc", { ...values, LK: this.#below(2) }));
  }

  #instruction(): void {
    const kind = this.#below(100);
    if (kind < 40) this.#emit(this.#registers(randomWord(this.#pick(SCALAR), this.#next)));
    else if (kind < 62) this.#emit(this.#access(this.#pick(ACCESSES)));
    else if (kind < 84) this.#emit(this.#vector(this.#pick(VECTORS)));
    else if (kind < 92) this.#special();
    else if (kind < 94) this.#emit(randomWord(byMnemonic(this.#pick(["tw", "twi"])), this.#next));
    else if (kind < 96) this.#selfModifying();
    else if (kind < 97) this.#emit(this.#next());
    else this.#emit(this.#pick([encode("ori", { RA: 0, RS: 0, UI: 0 }), encode("sync", {})]));
  }

  /** Keeps the base registers, most of the time. */
  #registers(word: number): number {
    let kept = word;
    for (const name of ["RT", "RA"] as const) {
      const shift = 31 - FIELDS[name].last;
      const register = (kept >>> shift) & 31;
      if (register >= BASES.data && register <= BASES.parallel && this.#chance(95)) {
        kept = put(kept, name, register - 16);
      }
    }
    return kept;
  }

  #access(row: Instruction): number {
    let word = this.#registers(randomWord(row, this.#next));
    if (this.#chance(90)) {
      word = put(word, "RA", this.#chance(70) ? BASES.data : BASES.outside);
      const isIndexed = row.operands.some(({ field }) => field === "RB");
      if (isIndexed) word = put(word, "RB", this.#chance(80) ? 0 : this.#below(32));
      else word = put(word, "D", this.#chance(85) ? 4 * this.#below(64) : this.#below(256));
    }
    if (/multiple/i.test(row.timing)) word = put(word, "RT", 25 + this.#below(7));
    return word;
  }

  #vector(row: Instruction): number {
    let word = randomWord(row, this.#next);
    if (row.timing === "vectorLoad" || row.timing === "vectorStore") {
      word = put(put(word, "RA", this.#chance(85) ? BASES.data : BASES.outside), "RB", 0);
    } else if (row.timing === "parallelRead" || row.timing === "parallelWrite") {
      word = put(put(word, "RA", 0), "RB", BASES.parallel);
    }
    return word;
  }

  #special(): void {
    const RT = this.#below(20);
    if (this.#chance(60)) this.#emit(encode("mfspr", { RT, SPR: this.#pick(SOURCE_SPRS) }));
    else this.#emit(encode("mtspr", { RS: RT, SPR: this.#pick(TARGET_SPRS) }));
  }

  /** Copies an instruction to another place of the code. */
  #selfModifying(): void {
    const D = () => 4 * (this.#below(60) - 30);
    this.#emit(encode("lwz", { RT: SCRATCH, RA: BASES.code, D: D() }));
    this.#emit(encode("stw", { RS: SCRATCH, RA: BASES.code, D: D() }));
  }
}

/** SRAM contents, 4096 words; execution starts at 0. The same seed gives the same program. */
export const randomProgram = (seed: number, around: Surroundings): Int32Array =>
  new Generator(seed, around).words;
