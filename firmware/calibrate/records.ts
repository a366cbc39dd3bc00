/** What the host finds of each step: figures before and after, range ends, cycles. */
import { store16, store32, sync } from "../lib/intrinsics";
import { now } from "../lib/time";
import { loadHalves, splatHalves } from "../lib/vector";
import { slept } from "./knobs";
import {
  HEAD_CONVERSIONS,
  HEAD_CYCLES,
  HEAD_EVENTS,
  HEAD_SLEPT,
  HEAD_STEP,
  HEAD_TARGET,
  ENDS,
  RECORD_BYTES,
  RECORDS,
  RECORDS_DONE,
} from "./layout";
import { conversions } from "./reads";

let own: u32 = 0;
let done: u32 = 0;
let record: u32 = 0;
let startCycle: u32 = 0;
let startSlept: u32 = 0;
let startConversions: u32 = 0;

export function useRecords(hemisphere: u32): void {
  own = hemisphere;
}

// @ts-ignore: decorator
@cold
export function beginStep(step: u32): void {
  record = RECORDS + (2 * done + own) * RECORD_BYTES;
  store32(record + HEAD_STEP, step);
  store32(record + HEAD_EVENTS, 0);
  store32(record + HEAD_TARGET, 0);
  for (let at: u32 = ENDS; at < RECORD_BYTES; at += 128) splatHalves(0).store(record, at);
  sync();
  startCycle = now();
  startSlept = slept;
  startConversions = conversions;
}

/** Keeps `vectors` times 64 values at `values` as `BEFORE` or `AFTER`. */
export function keep(where: u32, values: usize, vectors: u32): void {
  for (let at: u32 = 0; at < 128 * vectors; at += 128) loadHalves(values, at).store(record + where, at);
}

/** States the events of an amplitude, and its target. */
export function keepTarget(events: u32, target: i32): void {
  store32(record + HEAD_EVENTS, events);
  store32(record + HEAD_TARGET, target);
}

/** Marks an instance that ended at an end of the range. */
export function markInstance(instance: u32): void {
  store16(record + ENDS + 2 * instance, 1);
}

/** Marks instances by the halfwords of a search, `vectors` times 64, from the first one on. */
// @ts-ignore: decorator
@cold
export function mark(from: usize, vectors: u32): void {
  const ends = record + ENDS;
  for (let at: u32 = 0; at < 128 * vectors; at += 128) {
    loadHalves(ends, at).max(loadHalves(from, at)).store(ends, at);
  }
  sync();
}

// @ts-ignore: decorator
@cold
export function endStep(): void {
  store32(record + HEAD_CYCLES, now() - startCycle);
  store32(record + HEAD_SLEPT, slept - startSlept);
  store32(record + HEAD_CONVERSIONS, conversions - startConversions);
  sync();
  done++;
  store32(RECORDS_DONE + 4 * own, done);
}
