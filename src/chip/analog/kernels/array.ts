/** Sums over the rows of the synapse array, bit for bit those of plain loops that add four rows at a time. */

import { bytesAsLanes } from "./lanes";
import {
  ACTIVE_PRODUCTS,
  ACTIVE_PULSES,
  COLUMNS,
  DISCARDED,
  DRIVERS,
  EXCITATORY,
  EXTENTS,
  INHIBITORY,
  LABELS,
  MEMBRANE,
  NEURON_INPUTS,
  PRODUCTS,
  PULSES,
  ROW_MODES,
  SYNAPSES,
  TOTALS,
  VALID,
  WEIGHTS,
} from "./layout";

const ROW_BYTES = COLUMNS * 8;
/** Eight columns. */
const BLOCK_BYTES = 64;
/** The mode of a row that goes to both inputs of the neurons. */
const BOTH = 3;

/**
 * Totals of columns 0..limit-1 from the pending pulses, those of label bit 5 = 0 first, drivers in their order; 0 in
 * the other columns. Products that are not valid are computed anew.
 */
export function sumPulses(limit: i32): void {
  const zero = i64x2.splat(0);
  for (let at = 0; at < ROW_BYTES; at += BLOCK_BYTES) {
    v128.store(at, zero, TOTALS);
    v128.store(at, zero, TOTALS + 16);
    v128.store(at, zero, TOTALS + 32);
    v128.store(at, zero, TOTALS + 48);
  }
  sumOfBit(0, limit);
  sumOfBit(1, limit);
  for (let j = limit; j < COLUMNS; j++) store<f64>(8 * j, 0, TOTALS);
}

function sumOfBit(bit: i32, limit: i32): void {
  let count = 0;
  let end = 0;
  for (let first = bit * DRIVERS; first < (bit + 1) * DRIVERS; first += 64) {
    for (let active = activeDrivers(first); active !== 0; active &= active - 1) {
      const index = first + <i32>ctz(active);
      if (load<u8>(VALID + index) === 0) rebuild(bit, index & (DRIVERS - 1));
      store<f64>(ACTIVE_PULSES + 8 * count, load<f64>(PULSES + 8 * index));
      store<i32>(ACTIVE_PRODUCTS + 4 * count, PRODUCTS + index * ROW_BYTES);
      end = max(end, load<i32>(EXTENTS + 4 * index));
      count++;
    }
  }
  const bytes = min(end, limit) * 8;
  let n = 0;
  for (; n + 3 < count; n += 4) addFour(n, bytes);
  for (; n < count; n++) addOne(n, bytes);
}

/** Bit n: pulse number `first + n` is not 0; 64 of them. */
function activeDrivers(first: i32): u64 {
  const zero = f64x2.splat(0);
  let active: u64 = 0;
  for (let n = 0; n < 64; n += 4) {
    const at = 8 * (first + n);
    const low = f64x2.ne(v128.load(at, PULSES), zero);
    const high = f64x2.ne(v128.load(at, PULSES + 16), zero);
    active |= (<u64>i32x4.bitmask(v128.shuffle<i32>(low, high, 0, 2, 4, 6))) << n;
  }
  return active;
}

/** Products of active driver n. */
function activeProducts(n: i32): i32 {
  return load<i32>(ACTIVE_PRODUCTS + 4 * n);
}

/** Whole blocks that hold the columns up to `bytes`, as `addOne`. */
function addFour(n: i32, bytes: i32): void {
  const pulses = ACTIVE_PULSES + 8 * n;
  const p0 = v128.load64_splat(pulses);
  const p1 = v128.load64_splat(pulses, 8);
  const p2 = v128.load64_splat(pulses, 16);
  const p3 = v128.load64_splat(pulses, 24);
  const a0 = activeProducts(n);
  const a1 = activeProducts(n + 1);
  const a2 = activeProducts(n + 2);
  const a3 = activeProducts(n + 3);
  let four: v128;
  for (let at = 0; at < bytes; at += BLOCK_BYTES) {
    const x0 = a0 + at;
    const x1 = a1 + at;
    const x2 = a2 + at;
    const x3 = a3 + at;
    four = f64x2.add(f64x2.mul(p0, v128.load(x0)), f64x2.mul(p1, v128.load(x1)));
    four = f64x2.add(four, f64x2.mul(p2, v128.load(x2)));
    four = f64x2.add(four, f64x2.mul(p3, v128.load(x3)));
    v128.store(TOTALS + at, f64x2.add(v128.load(TOTALS + at), four));
    four = f64x2.add(f64x2.mul(p0, v128.load(x0, 16)), f64x2.mul(p1, v128.load(x1, 16)));
    four = f64x2.add(four, f64x2.mul(p2, v128.load(x2, 16)));
    four = f64x2.add(four, f64x2.mul(p3, v128.load(x3, 16)));
    v128.store(TOTALS + at, f64x2.add(v128.load(TOTALS + at, 16), four), 16);
    four = f64x2.add(f64x2.mul(p0, v128.load(x0, 32)), f64x2.mul(p1, v128.load(x1, 32)));
    four = f64x2.add(four, f64x2.mul(p2, v128.load(x2, 32)));
    four = f64x2.add(four, f64x2.mul(p3, v128.load(x3, 32)));
    v128.store(TOTALS + at, f64x2.add(v128.load(TOTALS + at, 32), four), 32);
    four = f64x2.add(f64x2.mul(p0, v128.load(x0, 48)), f64x2.mul(p1, v128.load(x1, 48)));
    four = f64x2.add(four, f64x2.mul(p2, v128.load(x2, 48)));
    four = f64x2.add(four, f64x2.mul(p3, v128.load(x3, 48)));
    v128.store(TOTALS + at, f64x2.add(v128.load(TOTALS + at, 48), four), 48);
  }
}

function addOne(n: i32, bytes: i32): void {
  const pulse = v128.load64_splat(ACTIVE_PULSES + 8 * n);
  const products = activeProducts(n);
  for (let at = 0; at < bytes; at += BLOCK_BYTES) {
    for (let pair = at; pair < at + BLOCK_BYTES; pair += 16) {
      const product = f64x2.mul(pulse, v128.load(products + pair));
      v128.store(TOTALS + pair, f64x2.add(v128.load(TOTALS + pair), product));
    }
  }
}

/** Adds the totals to the membranes whose column is not discarded. */
export function collect(): void {
  for (let j = 0; j < COLUMNS; j += 16) {
    const end = 8 * j + 128;
    if (v128.any_true(v128.load(j, DISCARDED))) collectSome(j, j + 16);
    else {
      for (let at = 8 * j; at < end; at += 32) {
        v128.store(at, f64x2.add(v128.load(at, MEMBRANE), v128.load(at, TOTALS)), MEMBRANE);
        v128.store(at, f64x2.add(v128.load(at, MEMBRANE + 16), v128.load(at, TOTALS + 16)), MEMBRANE + 16);
      }
    }
  }
}

function collectSome(first: i32, end: i32): void {
  for (let j = first; j < end; j += 2) {
    const before = v128.load(8 * j, MEMBRANE);
    const sum = f64x2.add(before, v128.load(8 * j, TOTALS));
    const counted = i64x2.eq(bytesAsLanes(DISCARDED + j), i64x2.splat(0));
    v128.store(8 * j, v128.bitselect(sum, before, counted), MEMBRANE);
  }
}

/**
 * Computes the products of a driver for label bit 5 anew: weight x synapse x gain of the connected inputs, those of
 * the even row first.
 */
function rebuild(bit: i32, driver: i32): void {
  const index = bit * DRIVERS + driver;
  const out = PRODUCTS + index * ROW_BYTES;
  const row = 2 * driver;
  const even = load<u8>(row, ROW_MODES);
  const odd = load<u8>(row, ROW_MODES + 1);
  for (let at = out; at < out + ROW_BYTES; at += 16) v128.store(at, i64x2.splat(0));
  if (even === BOTH || odd === BOTH) {
    addMixedRow(bit, row, out);
    addMixedRow(bit, row + 1, out);
  } else {
    addRow(bit, row, even, out);
    addRow(bit, row + 1, odd, out);
  }
  let extent = COLUMNS;
  while (extent > 0 && load<f64>(out + 8 * extent - 8) === 0) extent--;
  store<i32>(EXTENTS + 4 * index, extent);
  store<u8>(VALID + index, 1);
}

/** Adds the products of a row that goes to one of the two inputs, if to any. */
function addRow(bit: i32, row: i32, mode: i32, out: i32): void {
  if (mode === 0) return;
  const signs = f64x2.splat(mode === 1 ? 0 : -0.0);
  const gains = mode === 1 ? EXCITATORY : INHIBITORY;
  for (let j = 0; j < COLUMNS; j += 8) {
    const synapse = row * COLUMNS + j;
    const labels = v128.and(v128.load64_zero(synapse, LABELS), i8x16.splat(0x20));
    const labelled = i8x16.eq(labels, i8x16.splat(<i8>(bit << 5)));
    const inputs = v128.and(v128.load64_zero(j, NEURON_INPUTS), i8x16.splat(<i8>mode));
    const used = v128.andnot(labelled, i8x16.eq(inputs, i8x16.splat(0)));
    const weights = i16x8.extend_low_i8x16_u(v128.and(v128.load64_zero(synapse, WEIGHTS), used));
    const low = i32x4.extend_low_i16x8_u(weights);
    const high = i32x4.extend_high_i16x8_u(weights);
    const currents = SYNAPSES + 4 * synapse;
    const gain = gains + 8 * j;
    const at = out + 8 * j;
    const chargesA = charges(low, currents, gain);
    v128.store(at, f64x2.add(v128.load(at), v128.xor(chargesA, signs)));
    const chargesB = charges(v128.shuffle<i64>(low, low, 1, 1), currents + 8, gain + 16);
    v128.store(at, f64x2.add(v128.load(at, 16), v128.xor(chargesB, signs)), 16);
    const chargesC = charges(high, currents + 16, gain + 32);
    v128.store(at, f64x2.add(v128.load(at, 32), v128.xor(chargesC, signs)), 32);
    const chargesD = charges(v128.shuffle<i64>(high, high, 1, 1), currents + 24, gain + 48);
    v128.store(at, f64x2.add(v128.load(at, 48), v128.xor(chargesD, signs)), 48);
  }
}

/** Of two columns. */
function charges(weights: v128, synapses: usize, gains: usize): v128 {
  const relative = f64x2.promote_low_f32x4(v128.load64_zero(synapses));
  return f64x2.mul(f64x2.mul(f64x2.convert_low_i32x4_s(weights), relative), v128.load(gains));
}

/** As `addRow` for a row that may go to both inputs. */
function addMixedRow(bit: i32, row: i32, out: i32): void {
  for (let j = 0; j < COLUMNS; j += 2) {
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
    const at = out + 8 * j;
    v128.store(at, f64x2.add(v128.load(at), v128.and(difference, used)));
  }
}

function connected(inputs: v128, sign: i64): v128 {
  const bit = i64x2.splat(sign);
  return i64x2.eq(v128.and(inputs, bit), bit);
}
