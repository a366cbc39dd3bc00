/** From membranes to counts: the steps of ../hemisphere.ts and ../converter.ts, in their order of operations. */

import { bytesAsLanes } from "./lanes";
import {
  CHANNEL_LEVELS,
  CHANNEL_OFFSET,
  COLUMNS,
  CONVERTER_GAIN,
  COUNT_FACTOR,
  COUNT_SHIFT,
  COUNTS,
  DEAD,
  DECAYS,
  DRIFT,
  DRIVEN,
  EVENTS_AT_RESET,
  LEVELS,
  MEMBRANE,
  NORMALS,
  OFFSETS,
  OPEN_LEVEL,
  RESET_CYCLE,
  RESET_LEVEL,
  RESET_SHIFT,
  RESULT_OFFSET,
} from "./layout";

/** A bit in the switch rows: the channel is connected to its neuron. */
const CONNECTED: i8 = 0x20;

/**
 * Levels of columns 0..columns-1 from the membranes; up to three behind them mean nothing.
 * @param decay what the leak has left since the reference cycle; < 0: it differs from column to column, see DECAYS
 * @param driven adds DRIVEN
 * @param noisy adds normal numbers whose variance grows with the events since the reset
 */
export function membraneLevels(
  columns: i32,
  gain: f64,
  decay: f64,
  integrationEnd: f64,
  driven: bool,
  noisy: bool,
  variance: f64,
  eventVariance: f64,
  eventCount: f64,
): void {
  const gains = f64x2.splat(gain);
  const end = f64x2.splat(integrationEnd);
  const variances = f64x2.splat(variance);
  const eventVariances = f64x2.splat(eventVariance);
  const eventCounts = f64x2.splat(eventCount);
  const zero = f64x2.splat(0);
  const alike = decay >= 0;
  let decaysA = f64x2.splat(decay);
  let decaysB = decaysA;
  // Most columns have been reset at the same time, so that the root is the one before.
  let resetsA = f64x2.splat(NaN);
  let resetsB = resetsA;
  let sigmasA = zero;
  let sigmasB = zero;
  for (let at = 0; at < 8 * columns; at += 32) {
    if (!alike) {
      decaysA = v128.load(at, DECAYS);
      decaysB = v128.load(at, DECAYS + 16);
    }
    const timesA = f64x2.pmax(zero, f64x2.sub(end, v128.load(at, RESET_CYCLE)));
    const timesB = f64x2.pmax(zero, f64x2.sub(end, v128.load(at, RESET_CYCLE + 16)));
    const chargesA = f64x2.mul(f64x2.mul(gains, v128.load(at, MEMBRANE)), decaysA);
    const chargesB = f64x2.mul(f64x2.mul(gains, v128.load(at, MEMBRANE + 16)), decaysB);
    let levelsA = f64x2.add(chargesA, f64x2.mul(v128.load(at, DRIFT), timesA));
    let levelsB = f64x2.add(chargesB, f64x2.mul(v128.load(at, DRIFT + 16), timesB));
    levelsA = f64x2.add(levelsA, v128.load(at, RESULT_OFFSET));
    levelsB = f64x2.add(levelsB, v128.load(at, RESULT_OFFSET + 16));
    if (driven) {
      levelsA = f64x2.add(levelsA, v128.load(at, DRIVEN));
      levelsB = f64x2.add(levelsB, v128.load(at, DRIVEN + 16));
    }
    if (noisy) {
      const eventsA = v128.load(at, EVENTS_AT_RESET);
      const eventsB = v128.load(at, EVENTS_AT_RESET + 16);
      if (v128.any_true(v128.or(v128.xor(eventsA, resetsA), v128.xor(eventsB, resetsB)))) {
        resetsA = eventsA;
        resetsB = eventsB;
        const ofEventsA = f64x2.mul(f64x2.sub(eventCounts, eventsA), eventVariances);
        const ofEventsB = f64x2.mul(f64x2.sub(eventCounts, eventsB), eventVariances);
        sigmasA = f64x2.sqrt(f64x2.add(variances, ofEventsA));
        sigmasB = f64x2.sqrt(f64x2.add(variances, ofEventsB));
      }
      levelsA = f64x2.add(levelsA, f64x2.mul(sigmasA, v128.load(at, NORMALS)));
      levelsB = f64x2.add(levelsB, f64x2.mul(sigmasB, v128.load(at, NORMALS + 16)));
    }
    v128.store(at, levelsA, LEVELS);
    v128.store(at, levelsB, LEVELS + 16);
  }
}

/**
 * Counts 0..255 of columns 0..columns-1 of one type of channel.
 * @param switches bytes whose bit 5 connects the channel to its neuron
 * @param referenced all channels are at the reference voltage instead: by half of the columns, above the base
 * @param sigma of the channel's noise
 */
export function digitise(
  out: usize,
  switches: usize,
  type: i32,
  columns: i32,
  sigma: f64,
  referenced: bool,
  west: f64,
  east: f64,
): void {
  if (referenced) referenceLevels(columns, west, east);
  else channelLevels(columns, switches);
  fillCounts(columns, type * COLUMNS, sigma);
  const whole = columns & ~15;
  for (let j = 0; j < whole; j += 16) v128.store(out + j, countBytes(j));
  if (whole === columns) return;
  v128.store(COUNTS, countBytes(whole));
  for (let j = whole; j < columns; j++) store<u8>(out + j, load<u8>(j - whole, COUNTS));
}

/** CHANNEL_LEVELS of all channels at the reference voltage. */
function referenceLevels(columns: i32, west: f64, east: f64): void {
  for (let j = 0; j < columns; j += 2) {
    const reference = f64x2.splat(j < COLUMNS / 2 ? west : east);
    const above = f64x2.mul(v128.load(8 * j, CONVERTER_GAIN), reference);
    v128.store(8 * j, f64x2.add(v128.load(8 * j, OPEN_LEVEL), above), CHANNEL_LEVELS);
  }
}

/** CHANNEL_LEVELS of channels that see their neurons where these are connected and alive. */
function channelLevels(columns: i32, switches: usize): void {
  for (let j = 0; j < columns; j += 8) {
    const connections = v128.and(v128.load64_zero(switches + j), i8x16.splat(CONNECTED));
    const open = i8x16.eq(connections, i8x16.splat(0));
    const dead = i8x16.ne(v128.load64_zero(j, DEAD), i8x16.splat(0));
    const special = i8x16.bitmask(v128.or(open, dead)) & 0xff;
    for (let n = j; n < j + 8; n += 2) {
      const at = 8 * n;
      const membranes = f64x2.add(v128.load(at, LEVELS), v128.load(at, RESET_SHIFT));
      const resets = v128.load(at, RESET_LEVEL);
      let levels = f64x2.add(resets, f64x2.mul(v128.load(at, CONVERTER_GAIN), membranes));
      if (special !== 0) {
        levels = v128.bitselect(resets, levels, i64x2.ne(bytesAsLanes(DEAD + n), i64x2.splat(0)));
        const connected = v128.and(bytesAsLanes(switches + n), i64x2.splat(CONNECTED));
        const isOpen = i64x2.eq(connected, i64x2.splat(0));
        levels = v128.bitselect(v128.load(at, OPEN_LEVEL), levels, isOpen);
      }
      v128.store(at, levels, CHANNEL_LEVELS);
    }
  }
}

/** COUNTS from CHANNEL_LEVELS, still beyond 0..255. */
function fillCounts(columns: i32, firstChannel: i32, sigma: f64): void {
  const sigmas = f64x2.splat(sigma);
  const half = f64x2.splat(0.5);
  for (let j = 0; j < columns; j += 4) {
    const at = 8 * j;
    const channel = 8 * (firstChannel + j);
    const steps = i32x4.extend_low_i16x8_s(v128.load64_zero(channel >> 2, OFFSETS));
    const stepsA = f64x2.convert_low_i32x4_s(steps);
    const stepsB = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(steps, steps, 1, 1));
    const offsetsA = f64x2.add(v128.load(channel, CHANNEL_OFFSET), stepsA);
    const offsetsB = f64x2.add(v128.load(channel, CHANNEL_OFFSET + 16), stepsB);
    const addedA = f64x2.add(offsetsA, f64x2.mul(sigmas, v128.load(at, NORMALS)));
    const addedB = f64x2.add(offsetsB, f64x2.mul(sigmas, v128.load(at, NORMALS + 16)));
    let levelsA = f64x2.sub(v128.load(at, CHANNEL_LEVELS), v128.load(at, COUNT_SHIFT));
    let levelsB = f64x2.sub(v128.load(at, CHANNEL_LEVELS + 16), v128.load(at, COUNT_SHIFT + 16));
    levelsA = f64x2.add(f64x2.mul(levelsA, v128.load(at, COUNT_FACTOR)), addedA);
    levelsB = f64x2.add(f64x2.mul(levelsB, v128.load(at, COUNT_FACTOR + 16)), addedB);
    // Nothing is rounded to below 0 but what is there anyway, and conversion saturates.
    const countsA = i32x4.trunc_sat_f64x2_s_zero(f64x2.add(levelsA, half));
    const countsB = i32x4.trunc_sat_f64x2_s_zero(f64x2.add(levelsB, half));
    v128.store(4 * j, v128.shuffle<i64>(countsA, countsB, 0, 2), COUNTS);
  }
}

/** Of 16 columns; both steps of narrowing saturate. */
function countBytes(j: i32): v128 {
  const at = 4 * j;
  const low = i16x8.narrow_i32x4_s(v128.load(at, COUNTS), v128.load(at, COUNTS + 16));
  const high = i16x8.narrow_i32x4_s(v128.load(at, COUNTS + 32), v128.load(at, COUNTS + 48));
  return i8x16.narrow_i16x8_u(low, high);
}
