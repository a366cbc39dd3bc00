/** Random raw records: every kind of entry, all instructions, values and times from one extreme to the other. */
import { INSTRUCTIONS } from "../../../isa/index.ts";
import { ATTACHMENT, ENTRY, HEADER_WORDS } from "../../../src/core/record/entries.ts";
import { layoutOf } from "../../../src/core/record/layout.ts";
import { randomSource } from "../../isa/random.ts";

const EXTREMES = [0, 1, -1, 0x7fffffff, -0x80000000, 0x80, 0xffff, 0x12345678];
const PLACES = [0, 0x3ffc, 0x80000000 | 0, 0x8001fffc | 0, -4, 0x4000, 0x7ffffffc];

export class RandomRaw {
  readonly #next: () => number;
  #pc = 0;
  #time = 0;
  readonly #words = new Map<number, number>();
  readonly #values: number[] = [...EXTREMES];

  constructor(seed: number) {
    this.#next = randomSource(seed);
  }

  #below(limit: number): number {
    return (this.#next() >>> 0) % limit;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)];
  }

  /** Entries, each as its words, beginning with a state or a reset as recorders do; times fit 32 bits. */
  entries(count: number): number[][] {
    const begin = this.#below(2) === 0 ? this.#attachment("reset", 0) : this.#state();
    return [begin, ...Array.from({ length: count }, () => this.#entry()).flat()];
  }

  #state(): number[] {
    return this.#attachment("state", 0, ...this.#vector(ATTACHMENT.state.words - 2));
  }

  #value(): number {
    const choice = this.#below(8);
    if (choice < 4) return this.#pick(this.#values);
    const value = choice < 6 ? this.#next() : this.#pick(this.#values) + this.#below(16);
    this.#values[this.#below(64)] = value | 0;
    return value | 0;
  }

  #advance(): number {
    const choice = this.#below(400);
    if (choice === 0) this.#time = this.#next();
    else if (choice === 1) this.#time = this.#pick(EXTREMES);
    else if (choice < 10) this.#time += this.#below(1 << 22);
    else this.#time += this.#below(4);
    this.#time |= 0;
    return this.#time;
  }

  #vector(words: number): number[] {
    const choice = this.#below(4);
    const splat = this.#value();
    return Array.from({ length: words }, () =>
      choice === 0 ? splat : choice === 1 ? this.#value() : this.#next(),
    );
  }

  /** An instruction with its stalls, or an attachment. */
  #entry(): number[][] {
    const choice = this.#below(32);
    if (choice < 26) return this.#instruction();
    const side = this.#below(2) << 8;
    switch (choice) {
      case 26:
        return [
          this.#attachment("exception", 0, this.#pick([0x14, 0x18, 0x1c, 0x24, 0x30]), this.#value() & ~3),
        ];
      case 27:
      case 28:
        return [
          this.#attachment("event", side, this.#below(16) | (this.#below(32) << 8) | (this.#below(64) << 16)),
        ];
      case 29:
        return [this.#attachment("conversion", side, ...this.#vector(64))];
      case 30:
        return this.#below(8) === 0 ? [this.#attachment("reset", 0)] : this.#instruction();
      default:
        return this.#below(8) === 0 ? [this.#state()] : this.#instruction();
    }
  }

  #attachment(kind: keyof typeof ATTACHMENT, more: number, ...rest: readonly number[]): number[] {
    return [ENTRY.attachment | (ATTACHMENT[kind].type << 2) | more, this.#advance(), ...rest];
  }

  #instruction(): number[][] {
    const jump = this.#below(12);
    if (jump === 0) this.#pc = this.#pick(PLACES);
    else if (jump === 1) this.#pc = this.#next() & ~3;
    else if (jump === 2) this.#pc = (this.#pc - 4 * this.#below(12)) | 0;
    else this.#pc = (this.#pc + 4) | 0;
    let word = this.#words.get(this.#pc);
    if (word === undefined || this.#below(20) === 0) {
      const row = this.#pick(INSTRUCTIONS);
      word = this.#below(24) === 0 ? this.#next() : (this.#next() & ~row.mask) | row.match;
      this.#words.set(this.#pc, word);
    }
    const stalls = Array.from({ length: Math.max(0, this.#below(6) - 3) }, () => [
      ENTRY.attachment | (this.#below(7) << 8) | (this.#pick([0, 3, 31, 32, 39, 40, 41, 63]) << 16),
      this.#below(40) === 0 ? this.#next() & 0x7fffffff : this.#below(5),
    ]);
    const time = this.#advance();
    if (this.#below(30) === 0) return [[this.#pc | ENTRY.aborted, word, time], ...stalls];
    const { slots, words } = layoutOf(word);
    const isVector = slots.some(({ kind }) => /vector|accumulator|conditions|parallel/i.test(kind));
    const values = isVector ? this.#vector(words) : Array.from({ length: words }, () => this.#value());
    const entry = [this.#pc, word, time, ...values];
    if (entry.length !== HEADER_WORDS + words) throw new Error("wrong length");
    return [entry, ...stalls];
  }
}

/** Entries in pieces of random lengths, which never part an instruction from its values. */
export function* pieces(entries: readonly (readonly number[])[], seed: number): Generator<Int32Array> {
  const next = randomSource(seed);
  for (let at = 0; at < entries.length; ) {
    const count = 1 + ((next() >>> 0) % 200);
    yield Int32Array.from(entries.slice(at, at + count).flat(), (word) => word | 0);
    at += count;
  }
}
