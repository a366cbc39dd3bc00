/** Leak and offset currents of columns that differ, bit for bit with the functions of ../random.ts. */

import { bytesAsLanes } from "./lanes";
import {
  COLUMNS,
  CONDUCTANCE,
  DECAYS,
  DRIFT,
  DRIVEN,
  EXCITATORY_OFFSET,
  EXPONENTS,
  FACTORS,
  INHIBITORY_OFFSET,
  LEAK_RATE,
  MEMBRANE,
  NEURON_INPUTS,
  RESET_CYCLE,
  REST,
  TOTALS,
} from "./layout";

const ROW_BYTES = COLUMNS * 8;

/** Of 1 - x * (c1 - x * (c2 - ...)), from the last. */
const COEFFICIENTS = memory.data<f64>([
  1.0 / 362880,
  1.0 / 40320,
  1.0 / 5040,
  1.0 / 720,
  1.0 / 120,
  1.0 / 24,
  1.0 / 6,
  1.0 / 2,
  1,
  1,
]);
/** Eight columns: four pairs side by side, because the operations of one depend on each other. */
const BLOCK_BYTES = 64;

/** `exponential` of eight doubles at `from`, to `to`. */
function exponentials(from: usize, to: usize): void {
  const zero = i64x2.splat(0);
  const vanishedA = vanishing(v128.load(from));
  const vanishedB = vanishing(v128.load(from, 16));
  const vanishedC = vanishing(v128.load(from, 32));
  const vanishedD = vanishing(v128.load(from, 48));
  let xa = v128.andnot(v128.load(from), vanishedA);
  let xb = v128.andnot(v128.load(from, 16), vanishedB);
  let xc = v128.andnot(v128.load(from, 32), vanishedC);
  let xd = v128.andnot(v128.load(from, 48), vanishedD);
  let halvingsA = zero;
  let halvingsB = zero;
  let halvingsC = zero;
  let halvingsD = zero;
  for (;;) {
    const a = large(xa);
    const b = large(xb);
    const c = large(xc);
    const d = large(xd);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) break;
    xa = halved(xa, a);
    xb = halved(xb, b);
    xc = halved(xc, c);
    xd = halved(xd, d);
    halvingsA = i64x2.sub(halvingsA, a);
    halvingsB = i64x2.sub(halvingsB, b);
    halvingsC = i64x2.sub(halvingsC, c);
    halvingsD = i64x2.sub(halvingsD, d);
  }
  const one = f64x2.splat(1);
  let a = one;
  let b = one;
  let c = one;
  let d = one;
  for (let n: f64 = 10; n > 0; n--) {
    const divisor = f64x2.splat(n);
    a = f64x2.add(one, f64x2.div(f64x2.mul(xa, a), divisor));
    b = f64x2.add(one, f64x2.div(f64x2.mul(xb, b), divisor));
    c = f64x2.add(one, f64x2.div(f64x2.mul(xc, c), divisor));
    d = f64x2.add(one, f64x2.div(f64x2.mul(xd, d), divisor));
  }
  v128.store(to, v128.andnot(squared(a, halvingsA), vanishedA));
  v128.store(to, v128.andnot(squared(b, halvingsB), vanishedB), 16);
  v128.store(to, v128.andnot(squared(c, halvingsC), vanishedC), 32);
  v128.store(to, v128.andnot(squared(d, halvingsD), vanishedD), 48);
}

function vanishing(values: v128): v128 {
  return f64x2.lt(values, f64x2.splat(-700));
}

function large(values: v128): v128 {
  return f64x2.gt(f64x2.abs(values), f64x2.splat(0.0625));
}

function halved(values: v128, where: v128): v128 {
  return v128.bitselect(f64x2.mul(values, f64x2.splat(0.5)), values, where);
}

/** As often as the lanes of `times` say. */
function squared(values: v128, times: v128): v128 {
  let more = i64x2.gt_s(times, i64x2.splat(0));
  while (v128.any_true(more)) {
    values = v128.bitselect(f64x2.mul(values, values), values, more);
    times = i64x2.add(times, more);
    more = i64x2.gt_s(times, i64x2.splat(0));
  }
  return values;
}

/** `decayFactor` of the exponents of columns 0..columns-1 at EXPONENTS, to `out`. */
function decayFactors(columns: i32, out: usize): void {
  for (let at = 0; at < 8 * columns; at += BLOCK_BYTES) {
    const outsideA = outside(v128.load(at, EXPONENTS));
    const outsideB = outside(v128.load(at, EXPONENTS + 16));
    const outsideC = outside(v128.load(at, EXPONENTS + 32));
    const outsideD = outside(v128.load(at, EXPONENTS + 48));
    const some = v128.or(v128.or(outsideA, outsideB), v128.or(outsideC, outsideD));
    nestedProducts(EXPONENTS + at, out + at);
    if (!v128.any_true(some)) continue;
    for (let n = at; n < at + BLOCK_BYTES; n += 16) {
      v128.store(n, f64x2.neg(v128.load(n, EXPONENTS)), EXPONENTS);
    }
    exponentials(EXPONENTS + at, EXPONENTS + at);
    replace(out + at, EXPONENTS + at, outsideA);
    replace(out + at + 16, EXPONENTS + at + 16, outsideB);
    replace(out + at + 32, EXPONENTS + at + 32, outsideC);
    replace(out + at + 48, EXPONENTS + at + 48, outsideD);
  }
}

function outside(values: v128): v128 {
  return f64x2.gt(f64x2.abs(values), f64x2.splat(0.25));
}

function replace(at: usize, by: usize, where: v128): void {
  v128.store(at, v128.bitselect(v128.load(by), v128.load(at), where));
}

/** The polynomial of `decayFactor` for eight doubles. */
function nestedProducts(from: usize, to: usize): void {
  const xa = v128.load(from);
  const xb = v128.load(from, 16);
  const xc = v128.load(from, 32);
  const xd = v128.load(from, 48);
  let a = v128.load64_splat(COEFFICIENTS);
  let b = a;
  let c = a;
  let d = a;
  for (let n = 8; n < 80; n += 8) {
    const coefficient = v128.load64_splat(COEFFICIENTS + n);
    a = f64x2.sub(coefficient, f64x2.mul(xa, a));
    b = f64x2.sub(coefficient, f64x2.mul(xb, b));
    c = f64x2.sub(coefficient, f64x2.mul(xc, c));
    d = f64x2.sub(coefficient, f64x2.mul(xd, d));
  }
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** DECAYS of columns 0..columns-1 after `age` cycles. */
export function fillDecays(columns: i32, age: f64): void {
  const ages = f64x2.splat(age);
  for (let at = 0; at < 8 * columns; at += 16) {
    v128.store(at, f64x2.mul(ages, v128.load(at, LEAK_RATE)), EXPONENTS);
  }
  decayFactors(columns, DECAYS);
}

/** Lets all membranes leak for `age` cycles; empty ones stay as they are. */
export function leak(age: f64): void {
  const zero = f64x2.splat(0);
  const ages = f64x2.splat(-age);
  for (let at = 0; at < ROW_BYTES; at += BLOCK_BYTES) {
    let charged = zero;
    for (let n = at; n < at + BLOCK_BYTES; n += 16) {
      charged = v128.or(charged, f64x2.ne(v128.load(n, MEMBRANE), zero));
      v128.store(n, f64x2.mul(ages, v128.load(n, LEAK_RATE)), EXPONENTS);
    }
    if (!v128.any_true(charged)) continue;
    exponentials(EXPONENTS + at, EXPONENTS + at);
    for (let n = at; n < at + BLOCK_BYTES; n += 16) {
      const charge = v128.load(n, MEMBRANE);
      const left = f64x2.mul(charge, v128.load(n, EXPONENTS));
      v128.store(n, v128.bitselect(left, charge, f64x2.ne(charge, zero)), MEMBRANE);
    }
  }
}

/** What totals of columns have lost more than at the common rate, since the events `meanTime` cycles after the reference. */
export function leakTotals(meanTime: f64, commonRate: f64): void {
  const times = f64x2.splat(meanTime);
  const rates = f64x2.splat(commonRate);
  for (let at = 0; at < ROW_BYTES; at += 16) {
    v128.store(at, f64x2.mul(times, f64x2.sub(rates, v128.load(at, LEAK_RATE))), EXPONENTS);
  }
  decayFactors(COLUMNS, FACTORS);
  for (let at = 0; at < ROW_BYTES; at += 16) {
    v128.store(at, f64x2.mul(v128.load(at, TOTALS), v128.load(at, FACTORS)), TOTALS);
  }
}

/**
 * DRIVEN of columns 0..columns-1: what offset currents of the connected inputs and the pull to the leak potential have
 * made of the reset level until `integrationEnd`.
 */
export function fillDriven(columns: i32, integrationEnd: f64): void {
  const zero = f64x2.splat(0);
  const end = f64x2.splat(integrationEnd);
  for (let at = 0; at < 8 * columns; at += 16) {
    const time = f64x2.pmax(zero, f64x2.sub(end, v128.load(at, RESET_CYCLE)));
    v128.store(at, f64x2.mul(v128.load(at, CONDUCTANCE), time), EXPONENTS);
  }
  decayFactors(columns, FACTORS);
  for (let j = 0; j < columns; j += 2) {
    const at = 8 * j;
    const time = f64x2.pmax(zero, f64x2.sub(end, v128.load(at, RESET_CYCLE)));
    const inputs = bytesAsLanes(NEURON_INPUTS + j);
    const excitatory = v128.and(v128.load(at, EXCITATORY_OFFSET), has(inputs, 1));
    const inhibitory = v128.and(v128.load(at, INHIBITORY_OFFSET), has(inputs, 2));
    const current = f64x2.add(f64x2.add(zero, excitatory), inhibitory);
    const rate = v128.load(at, CONDUCTANCE);
    const approached = f64x2.sub(f64x2.splat(1), v128.load(at, FACTORS));
    let level = f64x2.mul(f64x2.div(current, rate), approached);
    level = f64x2.add(level, f64x2.mul(v128.load(at, REST), approached));
    const drifted = f64x2.sub(f64x2.div(approached, rate), time);
    level = f64x2.add(level, f64x2.mul(v128.load(at, DRIFT), drifted));
    v128.store(at, v128.bitselect(f64x2.mul(current, time), level, f64x2.eq(rate, zero)), DRIVEN);
  }
}

function has(inputs: v128, bit: i64): v128 {
  return i64x2.ne(v128.and(inputs, i64x2.splat(bit)), i64x2.splat(0));
}
