/** Leak and offset currents of columns that differ, bit for bit with the functions of ../random.ts. */

import { bytesAsLanes } from "./lanes";
import {
  COLUMNS,
  CONDUCTANCE,
  DECAYS,
  DRIFT,
  DRIVEN,
  EXCITATORY_OFFSET,
  INHIBITORY_OFFSET,
  LEAK_RATE,
  MEMBRANE,
  NEURON_INPUTS,
  RESET_CYCLE,
  REST,
  TOTALS,
} from "./layout";

/** `exponential` of both lanes. */
function exponentials(values: v128): v128 {
  const one = f64x2.splat(1);
  const vanishing = f64x2.lt(values, f64x2.splat(-700));
  let x = v128.andnot(values, vanishing);
  let halvings = i64x2.splat(0);
  for (;;) {
    const large = f64x2.gt(f64x2.abs(x), f64x2.splat(0.0625));
    if (!v128.any_true(large)) break;
    x = v128.bitselect(f64x2.mul(x, f64x2.splat(0.5)), x, large);
    halvings = i64x2.sub(halvings, large);
  }
  let sum = one;
  for (let n: f64 = 10; n > 0; n--) sum = f64x2.add(one, f64x2.div(f64x2.mul(x, sum), f64x2.splat(n)));
  for (;;) {
    const more = i64x2.gt_s(halvings, i64x2.splat(0));
    if (!v128.any_true(more)) break;
    sum = v128.bitselect(f64x2.mul(sum, sum), sum, more);
    halvings = i64x2.add(halvings, more);
  }
  return v128.andnot(sum, vanishing);
}

/** 1 - x * rest, as `decayFactor` nests it. */
function nested(coefficient: f64, x: v128, rest: v128): v128 {
  return f64x2.sub(f64x2.splat(coefficient), f64x2.mul(x, rest));
}

/** `decayFactor` of both lanes. */
function decayFactors(x: v128): v128 {
  const outside = f64x2.gt(f64x2.abs(x), f64x2.splat(0.25));
  if (i64x2.all_true(outside)) return exponentials(f64x2.neg(x));
  let factor = nested(1.0 / 40320, x, f64x2.splat(1.0 / 362880));
  factor = nested(1.0 / 5040, x, factor);
  factor = nested(1.0 / 720, x, factor);
  factor = nested(1.0 / 120, x, factor);
  factor = nested(1.0 / 24, x, factor);
  factor = nested(1.0 / 6, x, factor);
  factor = nested(1.0 / 2, x, factor);
  factor = nested(1, x, factor);
  factor = nested(1, x, factor);
  if (!v128.any_true(outside)) return factor;
  return v128.bitselect(exponentials(f64x2.neg(x)), factor, outside);
}

/** DECAYS of columns 0..columns-1 after `age` cycles. */
export function fillDecays(columns: i32, age: f64): void {
  for (let j = 0; j < columns; j += 2) {
    v128.store(DECAYS + 8 * j, decayFactors(f64x2.mul(f64x2.splat(age), v128.load(LEAK_RATE + 8 * j))));
  }
}

/** Lets all membranes leak for `age` cycles; empty ones stay as they are. */
export function leak(age: f64): void {
  for (let j = 0; j < COLUMNS; j += 2) {
    const charge = v128.load(MEMBRANE + 8 * j);
    const charged = f64x2.ne(charge, f64x2.splat(0));
    if (!v128.any_true(charged)) continue;
    const left = exponentials(f64x2.mul(f64x2.splat(-age), v128.load(LEAK_RATE + 8 * j)));
    v128.store(MEMBRANE + 8 * j, v128.bitselect(f64x2.mul(charge, left), charge, charged));
  }
}

/** What totals of columns have lost more than at the common rate, since the events `meanTime` cycles after the reference. */
export function leakTotals(meanTime: f64, commonRate: f64): void {
  for (let j = 0; j < COLUMNS; j += 2) {
    const difference = f64x2.sub(f64x2.splat(commonRate), v128.load(LEAK_RATE + 8 * j));
    const factor = decayFactors(f64x2.mul(f64x2.splat(meanTime), difference));
    v128.store(TOTALS + 8 * j, f64x2.mul(v128.load(TOTALS + 8 * j), factor));
  }
}

/**
 * DRIVEN of columns 0..columns-1: what offset currents of the connected inputs and the pull to the leak potential have
 * made of the reset level until `integrationEnd`.
 */
export function fillDriven(columns: i32, integrationEnd: f64): void {
  const zero = f64x2.splat(0);
  for (let j = 0; j < columns; j += 2) {
    const at = 8 * j;
    const time = f64x2.max(zero, f64x2.sub(f64x2.splat(integrationEnd), v128.load(RESET_CYCLE + at)));
    const inputs = bytesAsLanes(NEURON_INPUTS + j);
    const excitatory = v128.and(v128.load(EXCITATORY_OFFSET + at), has(inputs, 1));
    const inhibitory = v128.and(v128.load(INHIBITORY_OFFSET + at), has(inputs, 2));
    const current = f64x2.add(f64x2.add(zero, excitatory), inhibitory);
    const rate = v128.load(CONDUCTANCE + at);
    const approached = f64x2.sub(f64x2.splat(1), decayFactors(f64x2.mul(rate, time)));
    let level = f64x2.mul(f64x2.div(current, rate), approached);
    level = f64x2.add(level, f64x2.mul(v128.load(REST + at), approached));
    const drifted = f64x2.sub(f64x2.div(approached, rate), time);
    level = f64x2.add(level, f64x2.mul(v128.load(DRIFT + at), drifted));
    v128.store(DRIVEN + at, v128.bitselect(f64x2.mul(current, time), level, f64x2.eq(rate, zero)));
  }
}

function has(inputs: v128, bit: i64): v128 {
  return i64x2.ne(v128.and(inputs, i64x2.splat(bit)), i64x2.splat(0));
}
