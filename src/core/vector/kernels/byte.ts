/** Kernels of 8-bit elements with 16-bit accumulators. Arguments: addresses of VRT, VRA, VRB and of the byte mask. */
import { highAccumulator, lowAccumulator, REGISTER, STEP, writeAccumulator, writeRegister } from "./state";

/** Low bytes of the 16-bit lanes of two vectors. */
function lowBytes(low: v128, high: v128): v128 {
  return v128.shuffle<i8>(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

/** Upper bytes of the 16-bit lanes of two vectors. */
function highBytes(low: v128, high: v128): v128 {
  return v128.shuffle<i8>(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

/** Fractional product from the integer one: 2 p clamped, which only -1 * -1 needs. */
function fractional(product: v128): v128 {
  return i16x8.add_sat_s(product, product);
}

function lowProduct(a: v128, b: v128): v128 {
  return i16x8.extmul_low_i8x16_s(a, b);
}
function highProduct(a: v128, b: v128): v128 {
  return i16x8.extmul_high_i8x16_s(a, b);
}
/** Low bytes of the products. */
function multiplyLow(a: v128, b: v128): v128 {
  return lowBytes(lowProduct(a, b), highProduct(a, b));
}
function lowExtended(a: v128): v128 {
  return i16x8.extend_low_i8x16_s(a);
}
function highExtended(a: v128): v128 {
  return i16x8.extend_high_i8x16_s(a);
}
/** Elements moved into the upper byte of 16-bit lanes. */
function lowFraction(a: v128): v128 {
  return i16x8.shl(i16x8.extend_low_i8x16_u(a), 8);
}
function highFraction(a: v128): v128 {
  return i16x8.shl(i16x8.extend_high_i8x16_u(a), 8);
}

export function fxvmulbm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, multiplyLow(v128.load(a + i), v128.load(b + i)));
}

export function fxvmulbfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    writeRegister(t, mask, i, highBytes(fractional(lowProduct(x, y)), fractional(highProduct(x, y))));
  }
}

export function fxvaddbm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i8x16.add(v128.load(a + i), v128.load(b + i)));
}

export function fxvaddbfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i8x16.add_sat_s(v128.load(a + i), v128.load(b + i)));
}

export function fxvsubbm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i8x16.sub(v128.load(a + i), v128.load(b + i)));
}

export function fxvsubbfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i8x16.sub_sat_s(v128.load(a + i), v128.load(b + i)));
}

export function fxvmabm(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const product = multiplyLow(v128.load(a + i), v128.load(b + i));
    writeRegister(t, mask, i, i8x16.add(product, lowBytes(lowAccumulator(i), highAccumulator(i))));
  }
}

export function fxvmabfs(t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i16x8.add_sat_s(fractional(lowProduct(x, y)), lowAccumulator(i));
    const high = i16x8.add_sat_s(fractional(highProduct(x, y)), highAccumulator(i));
    writeRegister(t, mask, i, highBytes(low, high));
  }
}

export function fxvaddacbm(t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP)
    writeRegister(t, mask, i, i8x16.add(v128.load(a + i), lowBytes(lowAccumulator(i), highAccumulator(i))));
}

export function fxvaddacbfs(t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const low = i16x8.add_sat_s(lowAccumulator(i), lowFraction(x));
    const high = i16x8.add_sat_s(highAccumulator(i), highFraction(x));
    writeRegister(t, mask, i, highBytes(low, high));
  }
}

export function fxvmtacb(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    writeAccumulator(mask, i, lowExtended(x), highExtended(x));
  }
}

export function fxvmtacbf(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    writeAccumulator(mask, i, lowFraction(x), highFraction(x));
  }
}

export function fxvaddactacbm(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const low = i16x8.add(lowAccumulator(i), lowExtended(x));
    const high = i16x8.add(highAccumulator(i), highExtended(x));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvaddactacbf(_t: usize, a: usize, _b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const low = i16x8.add_sat_s(lowAccumulator(i), lowFraction(x));
    const high = i16x8.add_sat_s(highAccumulator(i), highFraction(x));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvaddtacb(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i16x8.add(lowExtended(x), lowExtended(y));
    const high = i16x8.add(highExtended(x), highExtended(y));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvmultacbm(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    writeAccumulator(mask, i, lowProduct(x, y), highProduct(x, y));
  }
}

export function fxvmultacbfs(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    writeAccumulator(mask, i, fractional(lowProduct(x, y)), fractional(highProduct(x, y)));
  }
}

export function fxvmatacbm(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i16x8.add(lowAccumulator(i), lowProduct(x, y));
    const high = i16x8.add(highAccumulator(i), highProduct(x, y));
    writeAccumulator(mask, i, low, high);
  }
}

export function fxvmatacbfs(_t: usize, a: usize, b: usize, mask: usize): void {
  for (let i: usize = 0; i < REGISTER; i += STEP) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const low = i16x8.add_sat_s(lowAccumulator(i), fractional(lowProduct(x, y)));
    const high = i16x8.add_sat_s(highAccumulator(i), fractional(highProduct(x, y)));
    writeAccumulator(mask, i, low, high);
  }
}
