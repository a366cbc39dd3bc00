/** Bytes of state a VectorUnit keeps in the buffer it is given; a snapshot is a copy of them. */
export const VECTOR_UNIT_STATE_BYTES = 4096;

/**
 * Timing of the vector unit: when the scalar pipeline is held back, when everything is finished.
 * Knows no values; the kernels compute those in program order at issue, which is a legal refinement
 * because execution out of order inside the unit is not visible (timing-measured.md).
 *
 * All cycles are the PPU's own, counted as in the golden programs (0 = first clock after reset release), and must
 * not run backwards from call to call.
 */
export class VectorUnit {
  constructor(_buffer?: ArrayBufferLike, _byteOffset?: number) {}

  /** Empties all queues; the unit then accepts an instruction in any cycle >= 0. */
  reset(): void {}

  /**
   * Issues one vector instruction.
   * @param timing index into VECTOR_TIMING_CLASSES (`vectorTimingIndex(row.timing)`), decoded once per address
   * @param vrt,vra,vrb register fields of the word, as they are; fields the class does not use are ignored
   * @param predicated 1 when the instruction reads VCR: row.vector.conditional and the cond field is not 0
   * @param cycle issue cycle; at least what the previous call returned
   * @param latency response delay in cycles of the vector memory port (vectorLoad, vectorStore: the `Lv`) or of the
   *   parallel port (`Lp`), 1 = response in the cycle after the command; ignored for other classes
   * @returns the earliest cycle in which the scalar pipeline may issue a further VECTOR instruction
   *   (>= cycle + 1; scalar instructions do not wait for it)
   */
  issue(_timing: number, _vrt: number, _vra: number, _vrb: number, _predicated: number, cycle: number, _latency: number): number {
    return cycle + 1;
  }

  /**
   * Cycle in which an instruction directly behind a `sync` issues as far as the vector unit is concerned (0 when
   * nothing was issued since reset). Nothing may be issued before that cycle afterwards.
   */
  drainedAt(): number {
    return 0;
  }
}
