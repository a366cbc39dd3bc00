/**
 * Normal deviates, bit for bit those of ../random.ts: Philox4x32-10 on four counters at once, the central part of
 * AS 241 on pairs of words, and its tails on pairs of those that are left.
 */
import { NORMALS, NORMALS_SCRATCH } from "./layout";

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
/** A double with this exponent and a word as mantissa is 2^52 + word. */
const EXPONENT_52: u64 = 0x4330000000000000;
const TWO_52: f64 = 4503599627370496;

// Coefficients, highest power first. They lie in memory, because V8 makes a constant vector of three instructions each
// time that it is used, also inside a loop.
const CENTRAL_ABOVE = memory.data<f64>([59.10937472, 159.29113202, 50.434271938, 3.3871327179]);
const CENTRAL_BELOW = memory.data<f64>([67.1875636, 78.757757664, 17.895169469, 1]);
const TAIL_ABOVE = memory.data<f64>([0.17023821103, 1.3067284816, 2.75681539, 1.4234372777]);
const TAIL_BELOW = memory.data<f64>([0.12021132975, 0.7370016425, 1]);
const LOGARITHM = memory.data<f64>([
  1.0 / 17,
  1.0 / 15,
  1.0 / 13,
  1.0 / 11,
  1.0 / 9,
  1.0 / 7,
  1.0 / 5,
  1.0 / 3,
  1,
]);

/** x times y plus coefficient n. */
function next(x: v128, y: v128, coefficients: usize, n: i32): v128 {
  return f64x2.add(f64x2.mul(x, y), v128.load64_splat(coefficients + 8 * n));
}

/**
 * Makes `count` normal numbers, up to the next multiple of 16. The number of the first block, the other words of the
 * counter and the keys are those of `philox`; `single`: the uniform numbers are rounded to single precision, unless
 * they would become 1.
 */
export function normals(
  count: i32,
  firstBlock: i32,
  counter1: i32,
  counter2: i32,
  counter3: i32,
  key0: i32,
  key1: i32,
  single: bool,
): void {
  const end = NORMALS_SCRATCH + 4 * ((count + 15) & ~15);
  let block = i32x4.add(i32x4.splat(firstBlock), i32x4(0, 1, 2, 3));
  for (let at = NORMALS_SCRATCH; at < end; at += 64) {
    storeBlocks(at, block, counter1, counter2, counter3, key0, key1);
    block = i32x4.add(block, i32x4.splat(4));
  }
  const tails = centralQuantiles(end, single);
  // The last of an odd number of tails is computed twice.
  if (tails > NORMALS_SCRATCH) store<u32>(tails, load<u32>(tails - 4));
  for (let tail = NORMALS_SCRATCH; tail < tails; tail += 8) {
    tailQuantiles(load<u32>(tail), load<u32>(tail, 4));
  }
}

/** The words of four blocks. */
function storeBlocks(
  at: usize,
  block: v128,
  counter1: i32,
  counter2: i32,
  counter3: i32,
  key0: i32,
  key1: i32,
): void {
  let c0 = block;
  let c1 = i32x4.splat(counter1);
  let c2 = i32x4.splat(counter2);
  let c3 = i32x4.splat(counter3);
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(c0, i32x4.splat(MULTIPLIER_0));
    const high0 = i64x2.extmul_high_i32x4_u(c0, i32x4.splat(MULTIPLIER_0));
    const low1 = i64x2.extmul_low_i32x4_u(c2, i32x4.splat(MULTIPLIER_1));
    const high1 = i64x2.extmul_high_i32x4_u(c2, i32x4.splat(MULTIPLIER_1));
    c0 = v128.xor(v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), c1), i32x4.splat(key0));
    c1 = v128.shuffle<i32>(low1, high1, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), c3), i32x4.splat(key1));
    c3 = v128.shuffle<i32>(low0, high0, 0, 2, 4, 6);
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  const even0 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const even1 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const odd0 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const odd1 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  v128.store(at, v128.shuffle<i64>(even0, even1, 0, 2));
  v128.store(at, v128.shuffle<i64>(even0, even1, 1, 3), 16);
  v128.store(at, v128.shuffle<i64>(odd0, odd1, 0, 2), 32);
  v128.store(at, v128.shuffle<i64>(odd0, odd1, 1, 3), 48);
}

/**
 * Makes quantiles of words that are central and probabilities of the others. The addresses of the latter overwrite
 * words that have been read; returns their end.
 */
function centralQuantiles(end: i32, single: bool): i32 {
  let tails = NORMALS_SCRATCH;
  let out = NORMALS;
  for (let at = NORMALS_SCRATCH; at < end; at += 8, out += 16) {
    const shifted = v128.or(v128.load32x2_u(at), i64x2.splat(EXPONENT_52));
    let p = f64x2.add(f64x2.sub(shifted, f64x2.splat(TWO_52)), f64x2.splat(0.5));
    p = f64x2.mul(p, f64x2.splat(1.0 / 4294967296));
    if (single) {
      const rounded = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(p));
      p = v128.bitselect(p, rounded, f64x2.eq(rounded, f64x2.splat(1)));
    }
    const q = f64x2.sub(p, f64x2.splat(0.5));
    const outside = f64x2.gt(f64x2.abs(q), f64x2.splat(0.425));
    const r = f64x2.sub(f64x2.splat(0.180625), f64x2.mul(q, q));
    let above = next(v128.load64_splat(CENTRAL_ABOVE), r, CENTRAL_ABOVE, 1);
    above = next(above, r, CENTRAL_ABOVE, 2);
    above = next(above, r, CENTRAL_ABOVE, 3);
    let below = next(v128.load64_splat(CENTRAL_BELOW), r, CENTRAL_BELOW, 1);
    below = next(below, r, CENTRAL_BELOW, 2);
    below = next(below, r, CENTRAL_BELOW, 3);
    v128.store(out, v128.bitselect(p, f64x2.div(f64x2.mul(q, above), below), outside));
    const mask = i64x2.bitmask(outside);
    store<u32>(tails, out);
    tails += (mask & 1) << 2;
    store<u32>(tails, out + 8);
    tails += (mask & 2) << 1;
  }
  return tails;
}

/** Replaces the probabilities at two addresses, below 0.075 or above 0.925, by their quantiles. */
function tailQuantiles(first: usize, second: usize): void {
  const p = v128.load64_lane(second, v128.load64_zero(first), 1);
  const lower = f64x2.lt(p, f64x2.splat(0.5));
  const small = v128.bitselect(p, f64x2.sub(f64x2.splat(1), p), lower);
  // No word is so close to 0 or 1 that the root exceeds 5, where AS 241 has a third approximation.
  const r = f64x2.sub(f64x2.sqrt(f64x2.neg(logarithms(small))), f64x2.splat(1.6));
  let above = next(v128.load64_splat(TAIL_ABOVE), r, TAIL_ABOVE, 1);
  above = next(above, r, TAIL_ABOVE, 2);
  above = next(above, r, TAIL_ABOVE, 3);
  let below = next(v128.load64_splat(TAIL_BELOW), r, TAIL_BELOW, 1);
  below = next(below, r, TAIL_BELOW, 2);
  const value = v128.xor(f64x2.div(above, below), v128.and(lower, f64x2.splat(-0.0)));
  v128.store64_lane(first, value, 0);
  v128.store64_lane(second, value, 1);
}

/** `logarithm` of normal numbers below 1: the mantissa is brought between the roots of 1/2 and 2. */
function logarithms(values: v128): v128 {
  const one = f64x2.splat(1);
  const mantissa = v128.or(v128.and(values, i64x2.splat(0x000fffffffffffff)), one);
  const halved = f64x2.ge(mantissa, f64x2.splat(Math.SQRT2));
  const x = v128.bitselect(f64x2.mul(mantissa, f64x2.splat(0.5)), mantissa, halved);
  const biased = v128.or(i64x2.shr_u(values, 52), i64x2.splat(EXPONENT_52));
  const exponent = f64x2.add(f64x2.sub(biased, f64x2.splat(TWO_52 + 1023)), v128.and(halved, one));
  const s = f64x2.div(f64x2.sub(x, one), f64x2.add(x, one));
  const s2 = f64x2.mul(s, s);
  let sum = next(v128.load64_splat(LOGARITHM), s2, LOGARITHM, 1);
  sum = next(sum, s2, LOGARITHM, 2);
  sum = next(sum, s2, LOGARITHM, 3);
  sum = next(sum, s2, LOGARITHM, 4);
  sum = next(sum, s2, LOGARITHM, 5);
  sum = next(sum, s2, LOGARITHM, 6);
  sum = next(sum, s2, LOGARITHM, 7);
  sum = next(sum, s2, LOGARITHM, 8);
  const doubled = f64x2.mul(f64x2.splat(2), s);
  return f64x2.add(f64x2.mul(doubled, sum), f64x2.mul(exponent, f64x2.splat(Math.LN2)));
}
