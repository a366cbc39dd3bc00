/** From membranes to counts: the steps of ../hemisphere.ts and ../converter.ts, in their order of operations. */

import { bytesAsLanes } from "./lanes";
import {
  CHANNEL_OFFSET,
  COLUMNS,
  CONVERTER_GAIN,
  COUNT_FACTOR,
  COUNT_SHIFT,
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

/**
 * Levels of columns 0..columns-1 from the membranes.
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
  const alike = decay >= 0;
  for (let j = 0; j < columns; j += 2) {
    const at = 8 * j;
    const factor = alike ? f64x2.splat(decay) : v128.load(DECAYS + at);
    const since = f64x2.sub(f64x2.splat(integrationEnd), v128.load(RESET_CYCLE + at));
    const time = f64x2.max(f64x2.splat(0), since);
    const charge = f64x2.mul(f64x2.mul(f64x2.splat(gain), v128.load(MEMBRANE + at)), factor);
    let level = f64x2.add(charge, f64x2.mul(v128.load(DRIFT + at), time));
    level = f64x2.add(level, v128.load(RESULT_OFFSET + at));
    if (driven) level = f64x2.add(level, v128.load(DRIVEN + at));
    if (noisy) {
      const events = f64x2.sub(f64x2.splat(eventCount), v128.load(EVENTS_AT_RESET + at));
      const ofEvents = f64x2.mul(events, f64x2.splat(eventVariance));
      const sigma = f64x2.sqrt(f64x2.add(f64x2.splat(variance), ofEvents));
      level = f64x2.add(level, f64x2.mul(sigma, v128.load(NORMALS + at)));
    }
    v128.store(LEVELS + at, level);
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
  const channels = type * COLUMNS;
  for (let j = 0; j < columns; j += 2) {
    const at = 8 * j;
    const gain = v128.load(CONVERTER_GAIN + at);
    let level = v128.load(OPEN_LEVEL + at);
    if (referenced) {
      level = f64x2.add(level, f64x2.mul(gain, f64x2.splat(j < COLUMNS / 2 ? west : east)));
    } else {
      const switched = v128.and(bytesAsLanes(switches + j), i64x2.splat(0x20));
      const connected = i64x2.ne(switched, i64x2.splat(0));
      const alive = i64x2.eq(bytesAsLanes(DEAD + j), i64x2.splat(0));
      const membrane = f64x2.add(v128.load(LEVELS + at), v128.load(RESET_SHIFT + at));
      const reset = v128.load(RESET_LEVEL + at);
      const read = v128.bitselect(f64x2.add(reset, f64x2.mul(gain, membrane)), reset, alive);
      level = v128.bitselect(read, level, connected);
    }
    level = f64x2.mul(f64x2.sub(level, v128.load(COUNT_SHIFT + at)), v128.load(COUNT_FACTOR + at));
    const channel = channels + j;
    const steps = v128.load32_splat(OFFSETS + 2 * channel);
    const offset = f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(steps));
    const noise = f64x2.mul(f64x2.splat(sigma), v128.load(NORMALS + at));
    const added = f64x2.add(f64x2.add(v128.load(CHANNEL_OFFSET + 8 * channel), offset), noise);
    const rounded = f64x2.floor(f64x2.add(f64x2.add(level, added), f64x2.splat(0.5)));
    // Conversion and both steps of narrowing saturate.
    const counts = i32x4.trunc_sat_f64x2_s_zero(rounded);
    const halves = i16x8.narrow_i32x4_s(counts, counts);
    const bytes = i8x16.narrow_i16x8_u(halves, halves);
    if (j + 1 < columns) v128.store16_lane(out + j, bytes, 0);
    else v128.store8_lane(out + j, bytes, 0);
  }
}
