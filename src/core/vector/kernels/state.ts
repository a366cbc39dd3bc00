/**
 * Addresses and moves shared by all kernels. One step handles 16 bytes of a register. With guest words in host order
 * (../../layout.ts) byte lane n of a register, its accumulator half and its mask byte stand at the same index:
 * step s covers bytes 16 s of registers and masks and bytes 32 s of the accumulator, in either width.
 */
export const REGISTER: usize = 128;
export const STEP: usize = 16;
/** The addresses of src/core/layout.ts. */
export const ACCUMULATOR: usize = 0x6000;
export const GT_MASK: usize = 0x6280;
export const LT_MASK: usize = 0x6300;
export const EQ_MASK: usize = 0x6380;

/** Writes the byte lanes of step `at` that `mask` enables to register t. */
export function writeRegister(t: usize, mask: usize, at: usize, value: v128): void {
  v128.store(t + at, v128.bitselect(value, v128.load(t + at), v128.load(mask + at)));
}

/** First and second half of the accumulator lanes that belong to step `at`. */
export function lowAccumulator(at: usize): v128 {
  return v128.load(ACCUMULATOR + 2 * at);
}
export function highAccumulator(at: usize): v128 {
  return v128.load(ACCUMULATOR + 2 * at, 16);
}

/** Writes the 16-bit halves of the accumulator whose byte lanes `mask` enables. */
export function writeAccumulator(mask: usize, at: usize, low: v128, high: v128): void {
  const enabled = v128.load(mask + at);
  const target = ACCUMULATOR + 2 * at;
  v128.store(target, v128.bitselect(low, v128.load(target), i16x8.extend_low_i8x16_s(enabled)));
  v128.store(target, v128.bitselect(high, v128.load(target, 16), i16x8.extend_high_i8x16_s(enabled)), 16);
}
