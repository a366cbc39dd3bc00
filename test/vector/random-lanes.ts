/** Vector contents from a seed: uniform values mixed with the corners of byte, halfword and accumulator lanes. */
import type { AccumulatorState } from "../../src/core/vector/lanes.ts";

const BYTE_CORNERS = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xff, 0x40, 0xc0];
const HALFWORD_CORNERS = [0x0000, 0x0001, 0x7fff, 0x8000, 0x8001, 0xffff, 0x4000, 0x00ff, 0xff00, 0x7f80];
const WORD_CORNERS = [
  0, 1, -1, 0x7fffffff, -0x80000000, 0x3fffffff, 0x40000000, -0x40000000, 0x7fff8000, -0x7fff8001,
];

export class RandomLanes {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform 32-bit number (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.next() % list.length];
  }

  vector(): Uint8Array {
    const lanes = new Uint8Array(128);
    for (let lane = 0; lane < 128; lane += 2) {
      const kind = this.next() % 3;
      const pair =
        kind === 0
          ? this.next()
          : kind === 1
            ? this.pick(HALFWORD_CORNERS)
            : (this.pick(BYTE_CORNERS) << 8) | this.pick(BYTE_CORNERS);
      lanes[lane] = pair >> 8;
      lanes[lane + 1] = pair;
    }
    return lanes;
  }

  accumulatorState(): AccumulatorState {
    const acc = Int32Array.from({ length: 64 }, () =>
      this.next() & 1 ? this.pick(WORD_CORNERS) : this.next(),
    );
    const lanes = () => Uint8Array.from({ length: 128 }, () => this.next() & 1);
    return { acc, vcr: { eq: lanes(), gt: lanes(), lt: lanes() } };
  }
}
