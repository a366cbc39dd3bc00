/** Sums over the rows of the synapse array, bit for bit those of plain loops that add four rows at a time. */

import { bytesAsLanes } from "./lanes";
import {
  ACTIVE,
  ACTIVE_PULSES,
  COLUMNS,
  DISCARDED,
  DRIVERS,
  EXCITATORY,
  INHIBITORY,
  LABELS,
  MEMBRANE,
  NEURON_INPUTS,
  PRODUCTS,
  ROW_MODES,
  SYNAPSES,
  TOTALS,
  WEIGHTS,
} from "./layout";

const ROW_BYTES = COLUMNS * 8;

/** Products of a driver for label bit 5. */
function productsOf(bit: i32, driver: i32): i32 {
  return PRODUCTS + (bit * DRIVERS + driver) * ROW_BYTES;
}

/** Adds the products of `count` active drivers times their pulses to the totals of columns 0..end-1. */
export function sumDrivers(bit: i32, count: i32, end: i32): void {
  let n = 0;
  for (; n + 7 < count; n += 8) addEight(bit, n, end);
  if (n + 3 < count) {
    addFour(bit, n, end);
    n += 4;
  }
  for (; n < count; n++) addOne(bit, n, end);
}

function activeProducts(bit: i32, n: i32): i32 {
  return productsOf(bit, load<i32>(ACTIVE + 4 * n));
}

function addEight(bit: i32, n: i32, end: i32): void {
  const pulses = ACTIVE_PULSES + 8 * n;
  const p0 = v128.load64_splat(pulses);
  const p1 = v128.load64_splat(pulses, 8);
  const p2 = v128.load64_splat(pulses, 16);
  const p3 = v128.load64_splat(pulses, 24);
  const p4 = v128.load64_splat(pulses, 32);
  const p5 = v128.load64_splat(pulses, 40);
  const p6 = v128.load64_splat(pulses, 48);
  const p7 = v128.load64_splat(pulses, 56);
  const a0 = activeProducts(bit, n);
  const a1 = activeProducts(bit, n + 1);
  const a2 = activeProducts(bit, n + 2);
  const a3 = activeProducts(bit, n + 3);
  const a4 = activeProducts(bit, n + 4);
  const a5 = activeProducts(bit, n + 5);
  const a6 = activeProducts(bit, n + 6);
  const a7 = activeProducts(bit, n + 7);
  const pairs = (end & ~1) * 8;
  for (let at = 0; at < pairs; at += 16) {
    let four = f64x2.add(f64x2.mul(p0, v128.load(a0 + at)), f64x2.mul(p1, v128.load(a1 + at)));
    four = f64x2.add(four, f64x2.mul(p2, v128.load(a2 + at)));
    four = f64x2.add(four, f64x2.mul(p3, v128.load(a3 + at)));
    let more = f64x2.add(f64x2.mul(p4, v128.load(a4 + at)), f64x2.mul(p5, v128.load(a5 + at)));
    more = f64x2.add(more, f64x2.mul(p6, v128.load(a6 + at)));
    more = f64x2.add(more, f64x2.mul(p7, v128.load(a7 + at)));
    v128.store(TOTALS + at, f64x2.add(f64x2.add(v128.load(TOTALS + at), four), more));
  }
  if (end & 1) {
    addFourAt(bit, n, pairs);
    addFourAt(bit, n + 4, pairs);
  }
}

function addFour(bit: i32, n: i32, end: i32): void {
  for (let at = 0; at < end * 8; at += 8) addFourAt(bit, n, at);
}

/** One column, whose byte offset is `at`. */
function addFourAt(bit: i32, n: i32, at: i32): void {
  const pulses = ACTIVE_PULSES + 8 * n;
  let four = load<f64>(pulses) * load<f64>(activeProducts(bit, n) + at);
  four += load<f64>(pulses, 8) * load<f64>(activeProducts(bit, n + 1) + at);
  four += load<f64>(pulses, 16) * load<f64>(activeProducts(bit, n + 2) + at);
  four += load<f64>(pulses, 24) * load<f64>(activeProducts(bit, n + 3) + at);
  store<f64>(TOTALS + at, load<f64>(TOTALS + at) + four);
}

function addOne(bit: i32, n: i32, end: i32): void {
  const pulse = load<f64>(ACTIVE_PULSES + 8 * n);
  const products = activeProducts(bit, n);
  for (let at = 0; at < end * 8; at += 8) {
    store<f64>(TOTALS + at, load<f64>(TOTALS + at) + pulse * load<f64>(products + at));
  }
}

/** Adds the totals to the membranes whose column is not discarded. */
export function collect(): void {
  for (let j = 0; j < COLUMNS; j += 2) {
    const at = MEMBRANE + 8 * j;
    const before = v128.load(at);
    const sum = f64x2.add(before, v128.load(TOTALS + 8 * j));
    const counted = i64x2.eq(bytesAsLanes(DISCARDED + j), i64x2.splat(0));
    v128.store(at, v128.bitselect(sum, before, counted));
  }
}

/**
 * Computes the products of a driver for label bit 5 anew: weight x synapse x gain of the connected inputs, those of
 * the even row first. Returns the number of columns up to the last one that is not 0.
 */
export function rebuild(bit: i32, driver: i32): i32 {
  const out = productsOf(bit, driver);
  let extent = 0;
  for (let j = 0; j < COLUMNS; j += 2) {
    let value = f64x2.splat(0);
    for (let row = 2 * driver; row < 2 * driver + 2; row++) {
      const synapse = row * COLUMNS + j;
      const weight = bytesAsLanes(WEIGHTS + synapse);
      const label = i64x2.shr_u(bytesAsLanes(LABELS + synapse), 5);
      const used = v128.and(i64x2.ne(weight, i64x2.splat(0)), i64x2.eq(label, i64x2.splat(bit)));
      const inputs = v128.and(i64x2.splat(load<u8>(ROW_MODES + row)), bytesAsLanes(NEURON_INPUTS + j));
      const current = f64x2.mul(
        f64x2.convert_low_i32x4_u(v128.shuffle<i32>(weight, weight, 0, 2, 0, 2)),
        f64x2.promote_low_f32x4(v128.load64_zero(SYNAPSES + 4 * synapse)),
      );
      const excitatory = f64x2.mul(current, v128.load(EXCITATORY + 8 * j));
      const inhibitory = f64x2.mul(current, v128.load(INHIBITORY + 8 * j));
      const difference = f64x2.sub(
        v128.and(excitatory, connected(inputs, 1)),
        v128.and(inhibitory, connected(inputs, 2)),
      );
      value = f64x2.add(value, v128.and(difference, used));
    }
    v128.store(out + 8 * j, value);
    const mask = i64x2.bitmask(f64x2.ne(value, f64x2.splat(0)));
    if (mask) extent = j + 1 + (mask >> 1);
  }
  return extent;
}

function connected(inputs: v128, sign: i64): v128 {
  const bit = i64x2.splat(sign);
  return i64x2.eq(v128.and(inputs, bit), bit);
}
