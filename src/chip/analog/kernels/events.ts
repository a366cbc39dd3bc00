/** Events without their special cases, bit for bit those of `Hemisphere.event`. */

import {
  ADDRESS_BIT,
  DRIVERS,
  EVENT_AGES,
  EVENT_CODE_BIT,
  EVENT_CODES,
  EVENT_COUNT,
  EVENT_CYCLES,
  EVENT_GROWTHS,
  EVENT_WORDS,
  MATCHING,
  NO_DRIVER,
  PULSE_LENGTHS,
  PULSES,
  ROW_SELECT_BIT,
  SEVERAL_DRIVERS,
  TAKERS,
  TOTAL_PULSE,
  WEIGHTED_TIME,
} from "./layout";

/**
 * Adds the pulses of events `first`..`end - 1`, trigger words at EVENT_WORDS and cycles at EVENT_CYCLES, up to the first
 * that has to renew the reference of the leak or finds neurons held in reset; returns its number, or `end`. All drivers
 * compare bit 5 of the label only.
 * @param rate of the leak; pulses grow by what they would have lost since `reference`
 */
export function addEvents(first: i32, end: i32, reference: f64, window: f64, holdEnd: f64, rate: f64): i32 {
  const stop = fillGrowths(first, end, reference, window, holdEnd, rate);
  let count = 0;
  let weightedTime = load<f64>(WEIGHTED_TIME);
  let totalPulse = load<f64>(TOTAL_PULSE);
  for (let n = first; n < stop; n++) {
    const word = load<u32>(4 * n, EVENT_WORDS);
    const select = (word >> ROW_SELECT_BIT) & 31;
    const taker = load<u8>((select << 4) | (word & 15), TAKERS);
    if (taker === NO_DRIVER) continue;
    if (taker !== SEVERAL_DRIVERS) {
      const pulse = addPulse(n, word, taker);
      totalPulse += pulse;
      weightedTime += pulse * load<f64>(8 * n, EVENT_AGES);
      count++;
      continue;
    }
    for (let buses = word & 15; buses !== 0; buses &= buses - 1) {
      const bus = ctz(buses);
      let matching = load<u32>(4 * (bus * 32 + select), MATCHING);
      for (; matching !== 0; matching &= matching - 1) {
        const pulse = addPulse(n, word, ctz(matching) * 4 + bus);
        totalPulse += pulse;
        weightedTime += pulse * load<f64>(8 * n, EVENT_AGES);
        count++;
      }
    }
  }
  store<f64>(EVENT_COUNT, load<f64>(EVENT_COUNT) + count);
  store<f64>(WEIGHTED_TIME, weightedTime);
  store<f64>(TOTAL_PULSE, totalPulse);
  return stop;
}

/** Adds the pulse of event n to those of a driver. */
function addPulse(n: i32, word: u32, driver: i32): f64 {
  const code = (word >> EVENT_CODE_BIT) & (EVENT_CODES - 1);
  const pulse = load<f64>(8 * (driver * EVENT_CODES + code), PULSE_LENGTHS) * load<f64>(8 * n, EVENT_GROWTHS);
  const at = 8 * (((word >> ADDRESS_BIT) & 1) * DRIVERS + driver);
  store<f64>(at, load<f64>(at, PULSES) + pulse, PULSES);
  return pulse;
}

/** EVENT_AGES and EVENT_GROWTHS of events up to the one in front of which `addEvents` stops. */
function fillGrowths(first: i32, end: i32, reference: f64, window: f64, holdEnd: f64, rate: f64): i32 {
  const references = f64x2.splat(reference);
  const windows = f64x2.splat(window);
  const holds = f64x2.splat(holdEnd);
  const rates = f64x2.splat(rate);
  const one = f64x2.splat(1);
  const quadratic = f64x2.splat(0.5);
  const cubic = f64x2.splat(1.0 / 6);
  const quartic = f64x2.splat(1.0 / 24);
  const quintic = f64x2.splat(1.0 / 120);
  for (let n = first; n < end; n += 2) {
    const cycles = v128.load(8 * n, EVENT_CYCLES);
    const ages = f64x2.sub(cycles, references);
    const special = i64x2.bitmask(v128.or(f64x2.gt(ages, windows), f64x2.lt(cycles, holds)));
    if (special) {
      const stop = n + ctz(special);
      if (stop === n) return n;
      end = min(stop, end);
    }
    const u = f64x2.mul(ages, rates);
    let growth = f64x2.add(quartic, f64x2.mul(u, quintic));
    growth = f64x2.add(cubic, f64x2.mul(u, growth));
    growth = f64x2.add(quadratic, f64x2.mul(u, growth));
    growth = f64x2.add(one, f64x2.mul(u, growth));
    growth = f64x2.add(one, f64x2.mul(u, growth));
    v128.store(8 * n, ages, EVENT_AGES);
    v128.store(8 * n, growth, EVENT_GROWTHS);
  }
  return end;
}
