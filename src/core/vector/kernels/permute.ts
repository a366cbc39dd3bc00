/** Kernels of PERMUTE and CMP. The last argument is what the row takes: bit count, shift amount, value, or mask. */
import { EQ_MASK, GT_MASK, LT_MASK, REGISTER, STEP } from "./state";

/** Exchanges the halfwords of every word: from the order of halfword lanes to that of byte lanes and back. */
function swapHalfwordOrder(x: v128): v128 {
  return v128.shuffle<i8>(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** The low `bits` bits of every halfword. */
function lowBits(bits: i32): v128 {
  const mask: i32 = (1 << bits) - 1;
  return i16x8.splat(mask as i16);
}

export function fxvpckbu(t: usize, a: usize, b: usize, count: i32): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = i16x8.shr_u(v128.load(a + i), 8 + count);
    const y = i16x8.shr_u(v128.load(b + i), 8 + count);
    v128.store(t + i, swapHalfwordOrder(i8x16.narrow_i16x8_u(x, y)));
  }
}

export function fxvpckbl(t: usize, a: usize, b: usize, count: i32): void {
  const kept = lowBits(8 - count);
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.and(i16x8.shr_u(v128.load(a + i), 2 * count), kept);
    const y = v128.and(i16x8.shr_u(v128.load(b + i), 2 * count), kept);
    v128.store(t + i, swapHalfwordOrder(i8x16.narrow_i16x8_u(x, y)));
  }
}

export function fxvupckbl(t: usize, a: usize, b: usize, count: i32): void {
  const kept = lowBits(8 - count);
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.and(i16x8.extend_low_i8x16_u(swapHalfwordOrder(v128.load(a + i))), kept);
    const y = v128.and(i16x8.extend_low_i8x16_u(swapHalfwordOrder(v128.load(b + i))), kept);
    v128.store(t + i, v128.or(i16x8.shl(x, 8 + count), i16x8.shl(y, 2 * count)));
  }
}

export function fxvupckbr(t: usize, a: usize, b: usize, count: i32): void {
  const kept = lowBits(8 - count);
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.and(i16x8.extend_high_i8x16_u(swapHalfwordOrder(v128.load(a + i))), kept);
    const y = v128.and(i16x8.extend_high_i8x16_u(swapHalfwordOrder(v128.load(b + i))), kept);
    v128.store(t + i, v128.or(i16x8.shl(x, 8 + count), i16x8.shl(y, 2 * count)));
  }
}

export function fxvsplath(t: usize, _a: usize, _b: usize, value: i32): void {
  const filled = i16x8.splat(value as i16);
  for (let i: usize = 0; i < REGISTER; i += STEP) v128.store(t + i, filled);
}

export function fxvsplatb(t: usize, _a: usize, _b: usize, value: i32): void {
  const filled = i8x16.splat(value as i8);
  for (let i: usize = 0; i < REGISTER; i += STEP) v128.store(t + i, filled);
}

/** Shifts by -16..15: left, or logically right for a negative amount; nothing remains from the width of a lane on. */
export function fxvshh(t: usize, a: usize, _b: usize, amount: i32): void {
  if (amount < -15) fxvsplath(t, 0, 0, 0);
  else if (amount < 0)
    for (let i: usize = 0; i < REGISTER; i += STEP) v128.store(t + i, i16x8.shr_u(v128.load(a + i), -amount));
  else for (let i: usize = 0; i < REGISTER; i += STEP) v128.store(t + i, i16x8.shl(v128.load(a + i), amount));
}

export function fxvshb(t: usize, a: usize, _b: usize, amount: i32): void {
  if (amount < -7 || amount > 7) fxvsplatb(t, 0, 0, 0);
  else if (amount < 0)
    for (let i: usize = 0; i < REGISTER; i += STEP) v128.store(t + i, i8x16.shr_u(v128.load(a + i), -amount));
  else for (let i: usize = 0; i < REGISTER; i += STEP) v128.store(t + i, i8x16.shl(v128.load(a + i), amount));
}

export function fxvsel(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    v128.store(t + i, v128.bitselect(v128.load(b + i), v128.load(a + i), v128.load(mask + i)));
}

export function fxvcmph(_t: usize, a: usize, _b: usize, _mask: usize): void {
  const zero = i16x8.splat(0);
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    v128.store(GT_MASK + i, i16x8.gt_s(x, zero));
    v128.store(LT_MASK + i, i16x8.lt_s(x, zero));
    v128.store(EQ_MASK + i, i16x8.eq(x, zero));
  }
}

export function fxvcmpb(_t: usize, a: usize, _b: usize, _mask: usize): void {
  const zero = i8x16.splat(0);
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    v128.store(GT_MASK + i, i8x16.gt_s(x, zero));
    v128.store(LT_MASK + i, i8x16.lt_s(x, zero));
    v128.store(EQ_MASK + i, i8x16.eq(x, zero));
  }
}
