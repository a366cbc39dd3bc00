/** Start and slope of the CADC's ramps, then the offsets of its channels, at a reference voltage. */
import { sync } from "../lib/intrinsics";
import {
  ADC_RAMP_OFFSET,
  ADC_RAMP_SLOPE,
  connectReference,
  disconnectReference,
  MOST_CELL,
  settleCells,
  shiftChannel,
  writeQuadrantCells,
} from "./knobs";
import { AFTER, BEFORE, STEP_CHANNELS, STEP_RAMP } from "./layout";
import { medianOfChip } from "./median";
import { fill, readChannels, reads, SCALE, subtract } from "./reads";
import { beginStep, endStep, keep, mark, markInstance } from "./records";
import { codesOf, endsOf, measured, search, targetsOf } from "./search";
import { arena } from "./state";

/** Codes of the reference cell and the reads they shall give. */
const LOW_CODE: u32 = 150;
const LOW_READ: u32 = 20;
const HIGH_CODE: u32 = 500;
const HIGH_READ: u32 = 220;
const MIDDLE_CODE: u32 = (LOW_CODE + HIGH_CODE) / 2;
const RUNS: u32 = 5;
const OFFSET_RUNS: u32 = 20;
/** The slope also moves the reads at the low reference a little: both searches are made twice. */
const ROUNDS: u32 = 2;
const CHANNELS: u32 = 512;

let row: u32 = 0;

/** Means of the channels of both quadrants. */
function measureQuadrants(): void {
  readChannels(RUNS);
  let west = 0;
  let east = 0;
  for (let n: u32 = 0; n < CHANNELS; n++) {
    const value = load<i16>(reads + 2 * n);
    if (n & 32) east += value;
    else west += value;
  }
  store<i16>(measured, (west + 128) >> 8);
  store<i16>(measured, (east + 128) >> 8, 2);
  sync();
}

/** Keeps what the quadrants miss at both references: low west and east, high west and east. */
// @ts-ignore: decorator
@cold
function keepMisses(where: u32): void {
  const misses = arena;
  connectReference(LOW_CODE);
  measureQuadrants();
  for (let half: u32 = 0; half < 2; half++) {
    store<i16>(misses + 2 * half, load<i16>(measured + 2 * half) - LOW_READ * SCALE);
  }
  connectReference(HIGH_CODE);
  measureQuadrants();
  for (let half: u32 = 0; half < 2; half++) {
    store<i16>(misses + 2 * half, load<i16>(measured + 2 * half) - HIGH_READ * SCALE, 4);
  }
  sync();
  keep(where, misses, 1);
}

function applyRamp(): void {
  writeQuadrantCells(row, codesOf(arena));
  settleCells();
}

// @ts-ignore: decorator
@cold
function searchRamp(knob: u32, code: u32, read: u32): void {
  row = knob;
  connectReference(code);
  fill(targetsOf(arena, 1), read * SCALE, 1);
  search(arena, 1, MOST_CELL, -1, applyRamp, measureQuadrants);
}

// @ts-ignore: decorator
@cold
export function calibrateRamps(): void {
  beginStep(STEP_RAMP);
  keepMisses(BEFORE);
  for (let round: u32 = 0; round < ROUNDS; round++) {
    searchRamp(ADC_RAMP_OFFSET, LOW_CODE, LOW_READ);
    const low = load<u32>(endsOf(arena, 1));
    searchRamp(ADC_RAMP_SLOPE, HIGH_CODE, HIGH_READ);
    // of both knobs one behind the other
    store<u32>(endsOf(arena, 1), load<u32>(endsOf(arena, 1)), 4);
    store<u32>(endsOf(arena, 1), low);
    sync();
  }
  mark(endsOf(arena, 1), 1);
  keepMisses(AFTER);
  endStep();
}

/** Moves the offsets of the causal (0) or acausal (1) channels by the 256 shifts at `shifts` in 1/60 LSB, rounded. */
// @ts-ignore: decorator
@cold
export function shiftChannels(acausal: u32, shifts: usize): void {
  for (let position: u32 = 0; position < 256; position++) {
    // + 512 LSB, so that the quotient is rounded down
    const shift = load<i16>(shifts + 2 * position) + <i32>(SCALE / 2 + 512 * SCALE);
    if (shiftChannel(position, acausal, shift / <i32>SCALE - 512)) {
      markInstance(256 * acausal + position);
    }
  }
}

/** Reads of all channels from `middle`, kept and left in `reads`. */
// @ts-ignore: decorator
@cold
function keepDeviations(where: u32, middle: i32): void {
  fill(arena, middle, 8);
  subtract(reads, reads, arena, 8);
  keep(where, reads, 8);
}

// @ts-ignore: decorator
@cold
export function calibrateChannels(hemisphere: u32): void {
  beginStep(STEP_CHANNELS);
  connectReference(MIDDLE_CODE);
  readChannels(OFFSET_RUNS);
  const middle = medianOfChip(reads, CHANNELS, hemisphere);
  keepDeviations(BEFORE, middle);
  fill(arena, 0, 8);
  subtract(arena, arena, reads, 8);
  shiftChannels(0, arena);
  shiftChannels(1, arena + 512);
  readChannels(OFFSET_RUNS);
  keepDeviations(AFTER, middle);
  disconnectReference();
  endStep();
}
