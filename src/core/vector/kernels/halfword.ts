/** Kernels of 16-bit elements with 32-bit accumulators. Arguments: addresses of VRT, VRA, VRB and of the byte mask. */
import { highAccumulator, lowAccumulator, REGISTER, STEP, writeAccumulator, writeRegister } from "./state";

/** Low halves of the 32-bit lanes of two vectors. */
function lowHalves(low: v128, high: v128): v128 {
  return v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
}

/** Upper halves of the 32-bit lanes of two vectors. */
function highHalves(low: v128, high: v128): v128 {
  return v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
}

/** Fractional product from the integer one: 2 p, where only 0x40000000 (-1 * -1) overflows and becomes 0x7fffffff. */
function fractional(product: v128): v128 {
  return v128.xor(i32x4.shl(product, 1), i32x4.eq(product, i32x4.splat(0x40000000)));
}

/** Signed 32-bit sum clamped to 32 bits. */
function addSaturating(a: v128, b: v128): v128 {
  const sum = i32x4.add(a, b);
  const overflow = i32x4.shr_s(v128.and(v128.xor(a, sum), v128.xor(b, sum)), 31);
  return v128.bitselect(v128.xor(i32x4.shr_s(sum, 31), i32x4.splat(0x80000000)), sum, overflow);
}

function lowProduct(a: v128, b: v128): v128 {
  return i32x4.extmul_low_i16x8_s(a, b);
}
function highProduct(a: v128, b: v128): v128 {
  return i32x4.extmul_high_i16x8_s(a, b);
}
function lowExtended(a: v128): v128 {
  return i32x4.extend_low_i16x8_s(a);
}
function highExtended(a: v128): v128 {
  return i32x4.extend_high_i16x8_s(a);
}
/** Elements moved into the upper half of 32-bit lanes. */
function lowFraction(a: v128): v128 {
  return v128.shuffle<i16>(i32x4.splat(0), a, 0, 8, 1, 9, 2, 10, 3, 11);
}
function highFraction(a: v128): v128 {
  return v128.shuffle<i16>(i32x4.splat(0), a, 4, 12, 5, 13, 6, 14, 7, 15);
}

export function fxvmulhm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i16x8.mul(v128.load(a + i), v128.load(b + i)));
}

export function fxvmulhfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    writeRegister(t, mask, i, highHalves(fractional(lowProduct(x, y)), fractional(highProduct(x, y))));
  }
}

export function fxvaddhm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i16x8.add(v128.load(a + i), v128.load(b + i)));
}

export function fxvaddhfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i16x8.add_sat_s(v128.load(a + i), v128.load(b + i)));
}

export function fxvsubhm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i16x8.sub(v128.load(a + i), v128.load(b + i)));
}

export function fxvsubhfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i16x8.sub_sat_s(v128.load(a + i), v128.load(b + i)));
}

export function fxvmahm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const product = i16x8.mul(v128.load(a + i), v128.load(b + i));
    writeRegister(t, mask, i, i16x8.add(product, lowHalves(lowAccumulator(i), highAccumulator(i))));
  }
}

export function fxvmahfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = addSaturating(fractional(lowProduct(x, y)), lowAccumulator(i));
    const high = addSaturating(fractional(highProduct(x, y)), highAccumulator(i));
    writeRegister(t, mask, i, highHalves(low, high));
  }
}

export function fxvaddachm(t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i16x8.add(v128.load(a + i), lowHalves(lowAccumulator(i), highAccumulator(i))));
}

export function fxvaddachfs(t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const low = addSaturating(lowAccumulator(i), lowFraction(x));
    const high = addSaturating(highAccumulator(i), highFraction(x));
    writeRegister(t, mask, i, highHalves(low, high));
  }
}

export function fxvmtach(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    writeAccumulator(mask, i, lowExtended(x), highExtended(x));
  }
}

export function fxvmtachf(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    writeAccumulator(mask, i, lowFraction(x), highFraction(x));
  }
}

export function fxvaddactachm(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const low = i32x4.add(lowAccumulator(i), lowExtended(x));
    const high = i32x4.add(highAccumulator(i), highExtended(x));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvaddactachf(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const low = addSaturating(lowAccumulator(i), lowFraction(x));
    const high = addSaturating(highAccumulator(i), highFraction(x));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvaddtach(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i32x4.add(lowExtended(x), lowExtended(y));
    const high = i32x4.add(highExtended(x), highExtended(y));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvmultachm(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    writeAccumulator(mask, i, lowProduct(x, y), highProduct(x, y));
  }
}

export function fxvmultachfs(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    writeAccumulator(mask, i, fractional(lowProduct(x, y)), fractional(highProduct(x, y)));
  }
}

export function fxvmatachm(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i32x4.add(lowAccumulator(i), lowProduct(x, y));
    const high = i32x4.add(highAccumulator(i), highProduct(x, y));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvmatachfs(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = addSaturating(lowAccumulator(i), fractional(lowProduct(x, y)));
    const high = addSaturating(highAccumulator(i), fractional(highProduct(x, y)));
    writeAccumulator(mask, i, low, high);
  }
}
