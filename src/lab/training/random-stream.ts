import { fillNormals } from "../../chip/analog/normals.ts";
import { philox, STREAM } from "../../chip/analog/random.ts";

const TABLE_BITS = 20;

/** Sequential random numbers for training; the sequence depends on the seed and the number of the stream only. */
export class RandomStream {
  private readonly seed: number;
  private readonly stream: number;
  private normals: Float32Array | undefined;
  private readonly words = new Uint32Array(4);
  private count = 0;
  private left = 0;

  /** `stream` is an integer below 2^32. */
  constructor(seed: number, stream = 0) {
    this.seed = seed;
    this.stream = stream;
  }

  private get table(): Float32Array {
    if (this.normals === undefined) {
      this.normals = new Float32Array(1 << TABLE_BITS);
      fillNormals(this.normals, this.seed, STREAM.free, 0);
    }
    return this.normals;
  }

  /** 32 random bits as a number. */
  word(): number {
    if (this.left === 0) {
      philox(
        this.count,
        Math.floor(this.count / 4294967296),
        this.stream,
        0,
        this.seed,
        STREAM.free + 1,
        this.words,
      );
      this.count++;
      this.left = 4;
    }
    return this.words[--this.left];
  }

  /** Integer 0..bound-1. */
  below(bound: number): number {
    return Math.floor((this.word() / 4294967296) * bound);
  }

  /**
   * Fills with normal numbers of a standard deviation around a mean, from a table of 2^20 numbers at a random place
   * and with a random odd stride: good enough for training, and ten times as fast as drawing them.
   */
  fillNormal(out: Float32Array, sigma: number, mean = 0): void {
    const mask = (1 << TABLE_BITS) - 1;
    const { table } = this;
    let at = this.word() & mask;
    const stride = (this.word() & 0xff) | 1;
    for (let n = 0; n < out.length; n++) {
      out[n] = mean + sigma * table[at];
      at = (at + stride) & mask;
    }
  }

  /** A permutation of 0..count-1 (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, n) => n);
    for (let n = count - 1; n > 0; n--) {
      const other = this.below(n + 1);
      const value = order[n];
      order[n] = order[other];
      order[other] = value;
    }
    return order;
  }
}
