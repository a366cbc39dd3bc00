/** Resets of columns, and rows of bytes in half rows: lane k is column 2k + parity. */

import {
  COLUMNS,
  DISCARDED,
  ENABLES,
  EVENT_COUNT,
  EVENTS_AT_RESET,
  LANES,
  MEMBRANE,
  RESET_CYCLE,
} from "./layout";

/**
 * Empties the membrane of column `first + n * step` where byte n of ENABLES is not 0, all without `masked`; step 1 or 2.
 * Returns how many columns are discarded that were not so before.
 */
export function resetColumns(first: i32, step: i32, masked: bool, cycle: f64): i32 {
  if (masked && !allEnabled(COLUMNS / step)) return resetEnabled(first, step, cycle);
  const count = load<f64>(EVENT_COUNT);
  for (let at = 8 * first; at < 8 * COLUMNS; at += 8 * step) {
    store<f64>(at, 0, MEMBRANE);
    store<f64>(at, cycle, RESET_CYCLE);
    store<f64>(at, count, EVENTS_AT_RESET);
  }
  const ones = step === 1 ? i8x16.splat(1) : i16x8.splat((<i16>1) << (<i16>(8 * first)));
  let added = 0;
  for (let j = 0; j < COLUMNS; j += 16) {
    const discarded = v128.load(j, DISCARDED);
    added += popcnt(i8x16.bitmask(i8x16.gt_u(ones, discarded)));
    v128.store(j, v128.or(discarded, ones), DISCARDED);
  }
  return added;
}

function allEnabled(count: i32): bool {
  for (let n = 0; n < count; n += 16) if (!i8x16.all_true(v128.load(n, ENABLES))) return false;
  return true;
}

function resetEnabled(first: i32, step: i32, cycle: f64): i32 {
  const count = load<f64>(EVENT_COUNT);
  let added = 0;
  for (let column = first, n = 0; column < COLUMNS; column += step, n++) {
    if (load<u8>(n, ENABLES) === 0) continue;
    store<f64>(8 * column, 0, MEMBRANE);
    store<f64>(8 * column, cycle, RESET_CYCLE);
    store<f64>(8 * column, count, EVENTS_AT_RESET);
    added += 1 - load<u8>(column, DISCARDED);
    store<u8>(column, 1, DISCARDED);
  }
  return added;
}

/** Copies the columns of one parity from a row of bytes to LANES. */
export function readLanes(row: usize, parity: i32): void {
  for (let lane = 0; lane < COLUMNS / 2; lane += 16) {
    const first = v128.load(row + 2 * lane);
    const second = v128.load(row + 2 * lane, 16);
    const even = v128.shuffle<u8>(first, second, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const odd = v128.shuffle<u8>(first, second, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    v128.store(lane, parity === 0 ? even : odd, LANES);
  }
}

/** Writes the bits of `mask` from LANES to the columns of one parity of a row of bytes, where ENABLES are not 0. */
export function writeLanes(row: usize, parity: i32, mask: i32): void {
  const masks = i8x16.splat(<i8>mask);
  const shift = 8 * parity;
  for (let lane = 0; lane < COLUMNS / 2; lane += 8) {
    const values = i16x8.shl(i16x8.extend_low_i8x16_u(v128.and(v128.load64_zero(lane, LANES), masks)), shift);
    const enables = i8x16.ne(v128.load64_zero(lane, ENABLES), i8x16.splat(0));
    const written = i16x8.shl(i16x8.extend_low_i8x16_u(enables), shift);
    const at = row + 2 * lane;
    v128.store(at, v128.bitselect(values, v128.load(at), written));
  }
}
