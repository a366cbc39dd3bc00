/**
 * Normal deviates, bit for bit those of ../random.ts: Philox4x32-10, the central part of AS 241 for all words, and its
 * tails for those that lie there. Every step is done for all numbers before the next one begins, and for several pairs
 * side by side: the operations of one number depend on each other, and a processor looks for others that it can do
 * meanwhile among the next hundred instructions only.
 */
import { next } from "./lanes";
import { NORMAL_WORDS, NORMALS, TAIL_MASKS } from "./layout";
import { philoxWords } from "./philox";
import { replaceTails } from "./tails";

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
const HALF = memory.data<f64>([0.5]);
/** Makes a signed number of a word, with 0 in the middle. */
const WORD_SIGN = memory.data<i32>([0x80000000]);
/** |2^32 q| exceeds 0.425 * 2^32 where the signed number, with the first of these added, exceeds the second. */
const OUTSIDE = memory.data<i32>([-322122547, 1503238553]);

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
  replaceTails(bytes, single);
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

/** Where word n of 16 numbers is, in bytes: the first words of four blocks come first. */
function wordAt(n: i32): i32 {
  return ((n & 3) << 4) | (n & 12);
}
