/**
 * Normal deviates, bit for bit those of ../random.ts: Philox4x32-10, the central part of AS 241 for all words, and its
 * tails for those that lie there. Every step is done for all numbers before the next one begins, and for several pairs
 * side by side: the operations of one number depend on each other, and a processor looks for others that it can do
 * meanwhile among the next hundred instructions only.
 */

import {
  NORMAL_WORDS,
  NORMALS,
  TAIL_MASKS,
  TAIL_PLACES,
  TAIL_QUOTIENTS,
  TAIL_SIGNS,
  TAIL_VALUES,
} from "./layout";
import { philoxWords } from "./philox";

/** A double with this exponent and a word as mantissa is 2^52 + word. */
const EXPONENT_52: u64 = 0x4330000000000000;
const TWO_52: f64 = 4503599627370496;
/** Of a uniform number, and its square. */
const UNIT: f64 = 1.0 / 4294967296;
const SQUARE: f64 = UNIT * UNIT;

// Constants lie in memory, because V8 makes a constant vector of three instructions each time that it is used, also
// inside a loop.

/** Coefficients, highest power first. Those of the central part take 2^32 q: powers of two change no bit of a mantissa. */
const CENTRAL_ABOVE = memory.data<f64>([
  59.10937472 * UNIT * SQUARE * SQUARE * SQUARE,
  159.29113202 * UNIT * SQUARE * SQUARE,
  50.434271938 * UNIT * SQUARE,
  3.3871327179 * UNIT,
]);
const CENTRAL_BELOW = memory.data<f64>([
  67.1875636 * SQUARE * SQUARE * SQUARE,
  78.757757664 * SQUARE * SQUARE,
  17.895169469 * SQUARE,
  1,
]);
const CENTRAL_RADIUS = memory.data<f64>([0.180625 / SQUARE]);
const TAIL_ABOVE = memory.data<f64>([0.17023821103, 1.3067284816, 2.75681539, 1.4234372777]);
const TAIL_BELOW = memory.data<f64>([0.12021132975, 0.7370016425, 1]);
const TAIL_SHIFT = memory.data<f64>([1.6]);
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
const HALF = memory.data<f64>([0.5]);
const ONE = memory.data<f64>([1]);
const ROOT_OF_TWO = memory.data<f64>([Math.SQRT2]);
const LOGARITHM_OF_TWO = memory.data<f64>([Math.LN2]);
const SIGN = memory.data<f64>([-0.0]);
const MANTISSA = memory.data<u64>([0x000fffffffffffff]);
const BIASED_EXPONENT = memory.data<u64>([EXPONENT_52]);
const BIAS = memory.data<f64>([TWO_52 + 1023]);
/** Makes a signed number of a word, with 0 in the middle. */
const WORD_SIGN = memory.data<i32>([0x80000000]);
/** |2^32 q| exceeds 0.425 * 2^32 where the signed number, with the first of these added, exceeds the second. */
const OUTSIDE = memory.data<i32>([-322122547, 1503238553]);

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
  const bytes = 4 * ((count + 15) & ~15);
  philoxWords(bytes, firstBlock, counter1, counter2, counter3, key0, key1);
  if (single) {
    for (let group = 0; group < bytes; group += 64) roundedQuantiles(group);
  } else {
    for (let at = 0; at < bytes; at += 32) centralQuantiles(at);
  }
  tailQuantiles(gatherTails(bytes, single));
}

/**
 * Quantiles of eight words at `at`, those of words outside mean nothing. Four pairs go side by side, because one alone is a
 * long chain of dependent operations.
 */
function centralQuantiles(at: i32): void {
  const signs = v128.load32_splat(WORD_SIGN);
  const wordsA = v128.xor(v128.load(at, NORMAL_WORDS), signs);
  const wordsB = v128.xor(v128.load(at, NORMAL_WORDS + 16), signs);
  store<u8>(at >> 5, i16x8.bitmask(i16x8.narrow_i32x4_s(areOutside(wordsA), areOutside(wordsB))), TAIL_MASKS);
  const out = 2 * (at & ~63) + ((at & 32) >> 1);
  // First words of four blocks and second ones: those of a block have to be brought together.
  const early = v128.shuffle<i32>(wordsA, wordsB, 0, 4, 1, 5);
  const late = v128.shuffle<i32>(wordsA, wordsB, 2, 6, 3, 7);
  const half = v128.load64_splat(HALF);
  const qa = f64x2.add(f64x2.convert_low_i32x4_s(early), half);
  const qb = f64x2.add(f64x2.convert_low_i32x4_s(v128.shuffle<i64>(early, early, 1, 1)), half);
  const qc = f64x2.add(f64x2.convert_low_i32x4_s(late), half);
  const qd = f64x2.add(f64x2.convert_low_i32x4_s(v128.shuffle<i64>(late, late, 1, 1)), half);
  let c = v128.load64_splat(CENTRAL_RADIUS);
  const ra = f64x2.sub(c, f64x2.mul(qa, qa));
  const rb = f64x2.sub(c, f64x2.mul(qb, qb));
  const rc = f64x2.sub(c, f64x2.mul(qc, qc));
  const rd = f64x2.sub(c, f64x2.mul(qd, qd));
  let x = v128.load64_splat(CENTRAL_ABOVE);
  c = v128.load64_splat(CENTRAL_ABOVE, 8);
  let xa = f64x2.add(f64x2.mul(x, ra), c);
  let xb = f64x2.add(f64x2.mul(x, rb), c);
  let xc = f64x2.add(f64x2.mul(x, rc), c);
  let xd = f64x2.add(f64x2.mul(x, rd), c);
  x = v128.load64_splat(CENTRAL_BELOW);
  c = v128.load64_splat(CENTRAL_BELOW, 8);
  let ya = f64x2.add(f64x2.mul(x, ra), c);
  let yb = f64x2.add(f64x2.mul(x, rb), c);
  let yc = f64x2.add(f64x2.mul(x, rc), c);
  let yd = f64x2.add(f64x2.mul(x, rd), c);
  c = v128.load64_splat(CENTRAL_ABOVE, 16);
  xa = f64x2.add(f64x2.mul(xa, ra), c);
  xb = f64x2.add(f64x2.mul(xb, rb), c);
  xc = f64x2.add(f64x2.mul(xc, rc), c);
  xd = f64x2.add(f64x2.mul(xd, rd), c);
  c = v128.load64_splat(CENTRAL_BELOW, 16);
  ya = f64x2.add(f64x2.mul(ya, ra), c);
  yb = f64x2.add(f64x2.mul(yb, rb), c);
  yc = f64x2.add(f64x2.mul(yc, rc), c);
  yd = f64x2.add(f64x2.mul(yd, rd), c);
  c = v128.load64_splat(CENTRAL_ABOVE, 24);
  xa = f64x2.mul(qa, f64x2.add(f64x2.mul(xa, ra), c));
  xb = f64x2.mul(qb, f64x2.add(f64x2.mul(xb, rb), c));
  xc = f64x2.mul(qc, f64x2.add(f64x2.mul(xc, rc), c));
  xd = f64x2.mul(qd, f64x2.add(f64x2.mul(xd, rd), c));
  c = v128.load64_splat(CENTRAL_BELOW, 24);
  v128.store(out, f64x2.div(xa, f64x2.add(f64x2.mul(ya, ra), c)), NORMALS);
  v128.store(out, f64x2.div(xb, f64x2.add(f64x2.mul(yb, rb), c)), NORMALS + 32);
  v128.store(out, f64x2.div(xc, f64x2.add(f64x2.mul(yc, rc), c)), NORMALS + 64);
  v128.store(out, f64x2.div(xd, f64x2.add(f64x2.mul(yd, rd), c)), NORMALS + 96);
}

function areOutside(signedWords: v128): v128 {
  const shifted = i32x4.add(signedWords, v128.load32_splat(OUTSIDE));
  return i32x4.gt_s(shifted, v128.load32_splat(OUTSIDE, 4));
}

/** Quantiles for probabilities less 1/2, times 2^32. */
function centralRatio(q: v128): v128 {
  const r = f64x2.sub(v128.load64_splat(CENTRAL_RADIUS), f64x2.mul(q, q));
  let above = next(v128.load64_splat(CENTRAL_ABOVE), r, CENTRAL_ABOVE, 1);
  above = next(above, r, CENTRAL_ABOVE, 2);
  above = next(above, r, CENTRAL_ABOVE, 3);
  let below = next(v128.load64_splat(CENTRAL_BELOW), r, CENTRAL_BELOW, 1);
  below = next(below, r, CENTRAL_BELOW, 2);
  below = next(below, r, CENTRAL_BELOW, 3);
  return f64x2.div(f64x2.mul(q, above), below);
}

/** As `centralQuantiles` for rounded probabilities; those outside stand where their quantiles will. */
function roundedQuantiles(group: i32): void {
  let outside = 0;
  for (let n = 0; n < 16; n += 2) {
    const words = v128.load32_lane(
      group + wordAt(n + 1),
      v128.load32_zero(group + wordAt(n), NORMAL_WORDS),
      1,
      NORMAL_WORDS,
    );
    const shifted = v128.or(i64x2.extend_low_i32x4_u(words), i64x2.splat(EXPONENT_52));
    let p = f64x2.add(f64x2.sub(shifted, f64x2.splat(TWO_52)), f64x2.splat(0.5));
    p = f64x2.mul(p, f64x2.splat(UNIT));
    const rounded = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(p));
    p = v128.bitselect(p, rounded, f64x2.eq(rounded, f64x2.splat(1)));
    const q = f64x2.sub(p, f64x2.splat(0.5));
    const isOutside = f64x2.gt(f64x2.abs(q), f64x2.splat(0.425));
    const quantiles = centralRatio(f64x2.mul(q, f64x2.splat(1 / UNIT)));
    v128.store(2 * group + 8 * n, v128.bitselect(p, quantiles, isOutside), NORMALS);
    const mask = i64x2.bitmask(isOutside);
    outside |= ((mask & 1) << (wordAt(n) >> 2)) | ((mask >> 1) << (wordAt(n + 1) >> 2));
  }
  store<u16>(group >> 5, outside, TAIL_MASKS);
}

/** Of 16 numbers and their words in bytes: where the word of number n is, */
function wordAt(n: i32): i32 {
  return ((n & 3) << 4) | (n & 12);
}

/** and the number of word n. */
function numberAt(n: i32): i32 {
  return ((n & 3) << 5) | ((n & 12) << 1);
}

/** Places and probabilities of all tails; returns the end of the latter. The last is repeated up to a multiple of four. */
function gatherTails(bytes: i32, single: bool): i32 {
  let end = 0;
  store<u64>(bytes >> 5, 0, TAIL_MASKS);
  for (let first = 0; first < bytes; first += 256) {
    for (let outside = load<u64>(first >> 5, TAIL_MASKS); outside !== 0; outside &= outside - 1) {
      const at = first + 4 * <i32>ctz(outside);
      const place = 2 * (at & ~63) + numberAt(at >> 2);
      const word = load<u32>(at, NORMAL_WORDS);
      const probability = single ? load<f64>(place, NORMALS) : (<f64>word + 0.5) * UNIT;
      store<u32>(end >> 1, place, TAIL_PLACES);
      store<f64>(end, probability, TAIL_VALUES);
      end += 8;
    }
  }
  if (end === 0) return 0;
  const last = load<u32>((end >> 1) - 4, TAIL_PLACES);
  const probability = load<f64>(end - 8, TAIL_VALUES);
  for (; (end & 31) !== 0; end += 8) {
    store<u32>(end >> 1, last, TAIL_PLACES);
    store<f64>(end, probability, TAIL_VALUES);
  }
  return end;
}

/** Puts the quantiles of TAIL_VALUES, probabilities below 0.075 or above 0.925, at their places. */
function tailQuantiles(end: i32): void {
  for (let at = 0; at < end; at += 16) reduceTails(at);
  for (let at = 0; at < end; at += 32) tailLogarithms(at);
  for (let at = 0; at < end; at += 32) tailRatios(at);
}

/**
 * First step of `logarithm` of a probability or of its complement, whichever is smaller: its mantissa x is brought between
 * the roots of 1/2 and 2. TAIL_QUOTIENTS are (x - 1) / (x + 1) then, TAIL_VALUES what the exponent contributes, and
 * TAIL_SIGNS have the sign of the quantile.
 */
function reduceTails(at: i32): void {
  const one = v128.load64_splat(ONE);
  const p = v128.load(at, TAIL_VALUES);
  v128.store(at, f64x2.sub(p, v128.load64_splat(HALF)), TAIL_SIGNS);
  const small = f64x2.pmin(f64x2.sub(one, p), p);
  const mantissa = v128.or(v128.and(small, v128.load64_splat(MANTISSA)), one);
  const halved = f64x2.ge(mantissa, v128.load64_splat(ROOT_OF_TWO));
  const x = f64x2.mul(mantissa, v128.bitselect(v128.load64_splat(HALF), one, halved));
  const biased = v128.or(i64x2.shr_u(small, 52), v128.load64_splat(BIASED_EXPONENT));
  const exponent = f64x2.add(f64x2.sub(biased, v128.load64_splat(BIAS)), v128.and(halved, one));
  v128.store(at, f64x2.div(f64x2.sub(x, one), f64x2.add(x, one)), TAIL_QUOTIENTS);
  v128.store(at, f64x2.mul(exponent, v128.load64_splat(LOGARITHM_OF_TWO)), TAIL_VALUES);
}

/** The rest of `logarithm`, to TAIL_VALUES. */
function tailLogarithms(at: i32): void {
  const sa = v128.load(at, TAIL_QUOTIENTS);
  const sb = v128.load(at, TAIL_QUOTIENTS + 16);
  const ra = f64x2.mul(sa, sa);
  const rb = f64x2.mul(sb, sb);
  let a = next(v128.load64_splat(LOGARITHM), ra, LOGARITHM, 1);
  let b = next(v128.load64_splat(LOGARITHM), rb, LOGARITHM, 1);
  a = next(a, ra, LOGARITHM, 2);
  b = next(b, rb, LOGARITHM, 2);
  a = next(a, ra, LOGARITHM, 3);
  b = next(b, rb, LOGARITHM, 3);
  a = next(a, ra, LOGARITHM, 4);
  b = next(b, rb, LOGARITHM, 4);
  a = next(a, ra, LOGARITHM, 5);
  b = next(b, rb, LOGARITHM, 5);
  a = next(a, ra, LOGARITHM, 6);
  b = next(b, rb, LOGARITHM, 6);
  a = next(a, ra, LOGARITHM, 7);
  b = next(b, rb, LOGARITHM, 7);
  a = next(a, ra, LOGARITHM, 8);
  b = next(b, rb, LOGARITHM, 8);
  a = f64x2.add(f64x2.mul(f64x2.add(sa, sa), a), v128.load(at, TAIL_VALUES));
  b = f64x2.add(f64x2.mul(f64x2.add(sb, sb), b), v128.load(at, TAIL_VALUES + 16));
  v128.store(at, a, TAIL_VALUES);
  v128.store(at, b, TAIL_VALUES + 16);
}

/** Quantiles from the logarithms. */
function tailRatios(at: i32): void {
  // No word is so close to 0 or 1 that the root exceeds 5, where AS 241 has a third approximation.
  const shift = v128.load64_splat(TAIL_SHIFT);
  const sign = v128.load64_splat(SIGN);
  const ra = f64x2.sub(f64x2.sqrt(v128.xor(v128.load(at, TAIL_VALUES), sign)), shift);
  const rb = f64x2.sub(f64x2.sqrt(v128.xor(v128.load(at, TAIL_VALUES + 16), sign)), shift);
  let xa = next(v128.load64_splat(TAIL_ABOVE), ra, TAIL_ABOVE, 1);
  let xb = next(v128.load64_splat(TAIL_ABOVE), rb, TAIL_ABOVE, 1);
  let ya = next(v128.load64_splat(TAIL_BELOW), ra, TAIL_BELOW, 1);
  let yb = next(v128.load64_splat(TAIL_BELOW), rb, TAIL_BELOW, 1);
  xa = next(xa, ra, TAIL_ABOVE, 2);
  xb = next(xb, rb, TAIL_ABOVE, 2);
  ya = next(ya, ra, TAIL_BELOW, 2);
  yb = next(yb, rb, TAIL_BELOW, 2);
  xa = next(xa, ra, TAIL_ABOVE, 3);
  xb = next(xb, rb, TAIL_ABOVE, 3);
  const a = v128.xor(f64x2.div(xa, ya), v128.and(v128.load(at, TAIL_SIGNS), sign));
  const b = v128.xor(f64x2.div(xb, yb), v128.and(v128.load(at, TAIL_SIGNS + 16), sign));
  v128.store64_lane(load<u32>(at >> 1, TAIL_PLACES), a, 0, NORMALS);
  v128.store64_lane(load<u32>(at >> 1, TAIL_PLACES + 4), a, 1, NORMALS);
  v128.store64_lane(load<u32>(at >> 1, TAIL_PLACES + 8), b, 0, NORMALS);
  v128.store64_lane(load<u32>(at >> 1, TAIL_PLACES + 12), b, 1, NORMALS);
}
