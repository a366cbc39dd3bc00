/**
 * Where a PPU's state lies in its WebAssembly.Memory (byte offsets). Everything architectural is in here, so a
 * snapshot is a copy of this memory. Scalar engine, vector kernels, debugger and tests share these constants.
 *
 * SRAM and vector registers hold big-endian guest words as host-order (little-endian) 32-bit words: guest byte
 * address or byte lane `n` lies at offset `n ^ 3`, halfword lane `i` at halfword index `i ^ 1`. Accumulator lane `i`
 * lies at 32-bit index `i ^ 1`, so that its 16-bit half `n` (the ACCB of byte instructions) lies at halfword
 * index `n ^ 3`, beside byte lane `n`.
 */
export const SRAM_BYTES = 0x4000;
export const VECTOR_BYTES = 128;
export const VECTOR_REGISTERS = 32;

export const MEMORY_LAYOUT = {
  sram: 0x0000,
  /** 32 general purpose registers of 4 bytes. */
  gpr: 0x4000,
  /** Special registers as 32-bit words, in the order that `state.ts` declares. */
  special: 0x4100,
  /** V0..V31, 128 bytes each. */
  vectors: 0x5000,
  /** 64 accumulators of 32 bits. */
  accumulator: 0x6000,
  /** Byte lane masks (0x00 or 0xff per lane): always, GT, LT, EQ, in the order of the cond field 0..3. */
  masks: 0x6200,
  /** One vector on its way between a register and the parallel bus. */
  staging: 0x6400,
  end: 0x10000,
} as const;
