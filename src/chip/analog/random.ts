/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011) and normal deviates from it by Wichura's algorithm AS 241 (PPND7, relative accuracy 1e-7).
 * A number is a pure function of (seed, stream, index): order of evaluation, engine and host do not matter. Only
 * integer operations and + - * / and square roots are used, so the bits are the same everywhere.
 */

/** What a stream of numbers is for; part of the key, so that streams never share numbers. */
export const STREAM = {
  neuronGain: 1,
  excInh: 2,
  synapse: 3,
  driverGain: 4,
  driverOffset: 5,
  rampSlope: 6,
  synapseBias: 7,
  resultOffset: 8,
  drift: 9,
  membraneTau: 10,
  resetLevel: 11,
  channelOffset: 12,
  converterGain: 13,
  converterBase: 14,
  dead: 15,
  commonGain: 16,
  inhibitoryOffset: 17,
  restLevel: 18,
  membraneNoise: 32,
  causalNoise: 33,
  acausalNoise: 34,
  /** Streams from here on are free for users outside the chip (training, tests). */
  free: 64,
} as const;

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross1 = Math.imul(aHigh, bLow);
  const cross2 = Math.imul(aLow, bHigh);
  const middle = (Math.imul(aLow, bLow) >>> 16) + (cross1 & 0xffff) + (cross2 & 0xffff);
  return (Math.imul(aHigh, bHigh) + (cross1 >>> 16) + (cross2 >>> 16) + (middle >>> 16)) | 0;
}

/** One Philox4x32-10 block: four words of `counter` and two of `key` give four words in `out[at..at+3]`. */
export function philox(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Int32Array | Uint32Array,
  at = 0,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(MULTIPLIER_0, c0);
    const high1 = highProduct(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** Natural logarithm of `value` > 0 to about 1e-13, from exactly defined operations only. */
export function logarithm(value: number): number {
  let exponent = 0;
  let mantissa = value;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  while (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  let sum = 1 / 17;
  for (let k = 15; k > 0; k -= 2) sum = sum * s2 + 1 / k;
  return 2 * s * sum + exponent * Math.LN2;
}

/** exp(value) to about 1e-14 relative, from exactly defined operations only. Below -700 it is 0. */
export function exponential(value: number): number {
  if (value === 0) return 1;
  if (value < -700) return 0;
  let halvings = 0;
  let x = value;
  while (x > 0.0625 || x < -0.0625) {
    x *= 0.5;
    halvings++;
  }
  let sum = 1;
  for (let n = 10; n > 0; n--) sum = 1 + (x * sum) / n;
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}

const FACTORIALS = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880] as const;
const [C2, C3, C4, C5, C6, C7, C8, C9] = FACTORIALS;

/** exp(-x); for small x, which is the usual case, by a polynomial good to 3e-13. */
export function decayFactor(x: number): number {
  if (x > 0.25 || x < -0.25) return exponential(-x);
  return 1 - x * (1 - x * (C2 - x * (C3 - x * (C4 - x * (C5 - x * (C6 - x * (C7 - x * (C8 - x * C9))))))));
}

/** The value that a standard normal variable stays below with this probability (0 < probability < 1). */
export function normalQuantile(probability: number): number {
  const q = probability - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  let r = Math.sqrt(-logarithm(q < 0 ? probability : 1 - probability));
  let value: number;
  if (r <= 5) {
    r -= 1.6;
    value =
      (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) /
      ((0.12021132975 * r + 0.7370016425) * r + 1);
  } else {
    r -= 5;
    value =
      (((0.017337203997 * r + 0.42868294337) * r + 3.081226386) * r + 6.657905115) /
      ((0.012258202635 * r + 0.24197894225) * r + 1);
  }
  return q < 0 ? -value : value;
}

/** Seeds are integers 0..2^53-1; throws RangeError otherwise. */
export function checkSeed(seed: number, what: string): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new RangeError(`${what} must be an integer from 0 to 2^53-1, not ${seed}`);
}

const words = new Int32Array(4);
const TO_UNIT = 1 / 4294967296;

/** Element `n` of `fillUniform` in double precision. */
function uniformAt(n: number, seed: number, stream: number, unit: number, count: number): number {
  const key1 = keyHigh(seed, stream, unit);
  philox(n >>> 2, count | 0, Math.floor(count * TO_UNIT), stream + unit * 256, seed | 0, key1, words);
  return ((words[n & 3] >>> 0) + 0.5) * TO_UNIT;
}

function keyHigh(seed: number, stream: number, unit: number): number {
  return Math.floor(seed * TO_UNIT) ^ (stream << 21) ^ (unit << 29);
}

/**
 * Fills `out` with uniform numbers in (0, 1), steps of 2^-32 (in single precision the last ones round to 1). Element
 * n depends on (seed, stream, unit, count, n) only. `unit` is the hemisphere or any other integer, `count` an integer
 * below 2^53 such as the conversion number.
 */
export function fillUniform(
  out: Float64Array | Float32Array,
  seed: number,
  stream: number,
  unit: number,
  count = 0,
): void {
  const key0 = seed | 0;
  const key1 = keyHigh(seed, stream, unit);
  const low = count | 0;
  const high = Math.floor(count * TO_UNIT);
  for (let n = 0; n < out.length; n += 4) {
    philox(n >>> 2, low, high, stream + unit * 256, key0, key1, words);
    const rest = out.length - n;
    for (let k = 0; k < 4 && k < rest; k++) out[n + k] = ((words[k] >>> 0) + 0.5) * TO_UNIT;
  }
}

/**
 * Fills `out` with standard normal numbers; keys as in `fillUniform`. Tails reach 6.2 standard deviations. In single
 * precision the uniform numbers are rounded first, but for those that would become 1, which has no quantile.
 */
export function fillNormal(
  out: Float64Array | Float32Array,
  seed: number,
  stream: number,
  unit: number,
  count = 0,
): void {
  fillUniform(out, seed, stream, unit, count);
  for (let n = 0; n < out.length; n++) {
    out[n] = normalQuantile(out[n] === 1 ? uniformAt(n, seed, stream, unit, count) : out[n]);
  }
}
