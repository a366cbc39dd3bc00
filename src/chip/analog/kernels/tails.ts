/** The tails of AS 241, for those of the numbers of noise.ts that lie in them. */
import { next } from "./lanes";
import {
  NORMAL_WORDS,
  NORMALS,
  TAIL_MASKS,
  TAIL_PLACES,
  TAIL_QUOTIENTS,
  TAIL_SIGNS,
  TAIL_VALUES,
} from "./layout";

/** A double with this exponent and a word as mantissa is 2^52 + word. */
const EXPONENT_52: u64 = 0x4330000000000000;
const TWO_52: f64 = 4503599627370496;
const UNIT: f64 = 1.0 / 4294967296;

// Constants in memory as in noise.ts.
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

/** Replaces the numbers whose bits are set in TAIL_MASKS. `single`: they stand where their quantiles will, as probabilities. */
export function replaceTails(bytes: i32, single: bool): void {
  const end = gatherTails(bytes, single);
  for (let at = 0; at < end; at += 16) reduceTails(at);
  for (let at = 0; at < end; at += 32) tailLogarithms(at);
  for (let at = 0; at < end; at += 32) tailRatios(at);
}

/** Of 16 words as noise.ts has them: where the number of word n is, in bytes. */
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
