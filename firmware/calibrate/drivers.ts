/**
 * Ramp slope and offsets of the synapse drivers' pulses. Pulses are observed as amplitudes relative to the longest pulse
 * on the same columns, so that gains of neurons and synapses cancel; in 1/256 unit of the activation: the
 * longest pulse is 31 / 0.9 units.
 */
import { eventWord, NO_EVENT, sendEventsSpaced } from "../lib/matrix-mode";
import { clearDrivers, EVEN, ODD, writeWeights } from "../lib/synapses";
import { loadBytes, sync } from "../lib/vector";
import {
  DRIVER_CALIB,
  DRIVER_RAMP,
  MOST_CELL,
  MOST_DRIVER_OFFSET,
  positionOf,
  quadrantCell,
  readDriverOffsets,
  settleCells,
  writeDriverOffsets,
  writeQuadrantCells,
} from "./knobs";
import { AFTER, BEFORE, STEP_DRIVER_OFFSET, STEP_DRIVER_RAMP } from "./layout";
import { medianOf } from "./median";
import { copy, fill, integrate, reads, subtract } from "./reads";
import { beginStep, endStep, keep, mark } from "./records";
import { codesOf, endsOf, measured, search, stateBytes, targetsOf } from "./search";
import { arena, kept } from "./state";

const DRIVERS: u32 = 128;
const VECTORS: u32 = 2;
/** Drivers that are observed in one integration, each on 256 / 16 = 16 columns that are spread over the row. */
const GROUP: u32 = 16;
const WEIGHT: u32 = 63;
const SENDS: u32 = 16;
const SPACING: u32 = 8;
const RUNS: u32 = 5;
/** Within the search of the ramp. */
const QUICK_RUNS: u32 = 2;
const ZERO_RUNS: u32 = 20;

const UNIT: i32 = 256;
const STRONGEST: u32 = 31;
/** 31 / 0.9 units, in 1/256. */
const LONGEST: i32 = 8818;
/** Anchors: with the offsets chosen at HIGH, the slope is right when LOW is right. */
const LOW: u32 = 2;
const HIGH: u32 = 29;
const MIDDLE: u32 = 16;
const OFFSET_ANCHOR: u32 = 3;
/** A ramp so slow that all pulses have their full length. */
const SLOW_RAMP: u32 = 100;

/** Within the arena: searches over drivers and, around them, over quadrants; halfwords a driver. */
const offsets: usize = arena;
const ramp: usize = offsets + stateBytes(VECTORS);
const longest: usize = ramp + stateBytes(1);
const initial: usize = longest + 256;

/** Weights of the columns of one parity: every eighth. */
const pattern = memory.data(128, 128);
const words = memory.data(4 * 16, 4);
const sorted = memory.data(2 * 16, 4);

let pulseX: u32 = 0;
let pulseRuns: u32 = 0;

function drive(): void {
  sendEventsSpaced(words, GROUP, SENDS, SPACING);
}

/** Median difference to the reads without events of the columns of a driver, 1/60 LSB. */
function amplitudeOf(driver: u32): i32 {
  let count: u32 = 0;
  for (let column = driver & (GROUP - 1); column < 256; column += GROUP) {
    const position = positionOf(column);
    const value = load<i16>(reads + 2 * position) - load<i16>(kept + 2 * position);
    let at = count++;
    for (; at > 0 && load<i16>(sorted + 2 * at - 2) > value; at--) {
      store<i16>(sorted + 2 * at, load<i16>(sorted + 2 * at - 2));
    }
    store<i16>(sorted + 2 * at, value);
  }
  return (load<i16>(sorted, 14) + load<i16>(sorted, 16)) >> 1;
}

/** Leaves the amplitudes of all drivers in `measured`. */
function measureAmplitudes(x: u32, runs: u32): void {
  for (let first: u32 = 0; first < DRIVERS; first += GROUP) {
    for (let n: u32 = 0; n < GROUP; n++) {
      store<u32>(words + 4 * n, eventWord(first + n) - (x << 16));
    }
    integrate(runs, drive);
    for (let driver = first; driver < first + GROUP; driver++) {
      store<i16>(measured + 2 * driver, amplitudeOf(driver));
    }
  }
  sync();
}

/** Leaves the pulses of all drivers in `measured`. */
function measurePulses(x: u32, runs: u32): void {
  measureAmplitudes(x, runs);
  for (let driver: u32 = 0; driver < DRIVERS; driver++) {
    const full = load<i16>(longest + 2 * driver);
    const amplitude: i32 = load<i16>(measured + 2 * driver);
    store<i16>(measured + 2 * driver, (amplitude * LONGEST) / (full > 0 ? full : 1));
  }
  sync();
}

function measureOffsets(): void {
  measurePulses(pulseX, pulseRuns);
}

function applyOffsets(): void {
  writeDriverOffsets(codesOf(offsets));
}

/** Chooses the offset of each driver so that an activation gives its own pulse. */
function searchOffsets(x: u32, runs: u32): void {
  pulseX = x;
  pulseRuns = runs;
  fill(targetsOf(offsets, VECTORS), x * UNIT, VECTORS);
  search(offsets, VECTORS, MOST_DRIVER_OFFSET, -1, applyOffsets, measureOffsets);
}

/** stp_i_calib follows stp_i_ramp. */
function applyRamp(): void {
  writeQuadrantCells(DRIVER_RAMP, codesOf(ramp));
  writeQuadrantCells(DRIVER_CALIB, codesOf(ramp));
  settleCells();
}

/** Even drivers belong to the west quadrant, odd ones to the east. */
function reduceToBlocks(): void {
  const west = medianOf(measured, DRIVERS, 1, 0, 32);
  const east = medianOf(measured, DRIVERS, 1, 1, 32);
  store<i16>(measured, west);
  store<i16>(measured, east, 2);
  sync();
}

function measureRamp(): void {
  searchOffsets(HIGH, QUICK_RUNS);
  measurePulses(LOW, QUICK_RUNS);
  reduceToBlocks();
}

/** Keeps the rise of the blocks' pulses over 12 steps of x. */
// @ts-ignore: decorator
@cold
function keepRise(where: u32): void {
  measurePulses(10, RUNS);
  reduceToBlocks();
  const low = load<u32>(measured);
  measurePulses(22, RUNS);
  reduceToBlocks();
  store<i16>(measured, load<i16>(measured) - <i16>(low >> 16));
  store<i16>(measured, load<i16>(measured, 2) - <i16>low, 2);
  sync();
  keep(where, measured, 1);
}

/** Keeps what the pulses miss at `OFFSET_ANCHOR` and at `MIDDLE`. */
// @ts-ignore: decorator
@cold
function keepMisses(where: u32): void {
  keepMiss(where, OFFSET_ANCHOR);
  keepMiss(where + 128 * VECTORS, MIDDLE);
}

// @ts-ignore: decorator
@cold
function keepMiss(where: u32, x: u32): void {
  measurePulses(x, RUNS);
  fill(targetsOf(offsets, VECTORS), x * UNIT, VECTORS);
  subtract(measured, measured, targetsOf(offsets, VECTORS), VECTORS);
  keep(where, measured, VECTORS);
}

/** Weights of the excitatory rows: column c belongs to the drivers d with c % 16 = d % 16. */
// @ts-ignore: decorator
@cold
function writePatterns(): void {
  for (let lane: u32 = 0; lane < GROUP / 2; lane++) {
    for (let at: u32 = 0; at < 128; at++) store<u8>(pattern + at, (at & 7) == lane ? WEIGHT : 0);
    sync();
    const weights = loadBytes(pattern);
    for (let driver: u32 = 2 * lane; driver < DRIVERS; driver += GROUP) {
      writeWeights(2 * driver + 1, EVEN, weights);
      writeWeights(2 * driver + 3, ODD, weights);
    }
    sync();
  }
}

/** Measures the reads without events, and the amplitudes of the longest pulses. */
// @ts-ignore: decorator
@cold
function prepare(): void {
  clearDrivers(0, DRIVERS);
  writePatterns();
  for (let n: u32 = 0; n < GROUP; n++) store<u32>(words + 4 * n, NO_EVENT);
  integrate(ZERO_RUNS, drive);
  copy(kept, reads, 4);
  const west = quadrantCell(DRIVER_RAMP, 0);
  const east = quadrantCell(DRIVER_RAMP, 1);
  readDriverOffsets(initial);
  fill(codesOf(ramp), SLOW_RAMP, 1);
  applyRamp();
  fill(codesOf(offsets), 0, VECTORS);
  applyOffsets();
  measureAmplitudes(STRONGEST, RUNS);
  copy(longest, measured, VECTORS);
  store<u16>(codesOf(ramp), west);
  store<u16>(codesOf(ramp), east, 2);
  sync();
  applyRamp();
  writeDriverOffsets(initial);
}

// @ts-ignore: decorator
@cold
export function calibrateDrivers(): void {
  beginStep(STEP_DRIVER_RAMP);
  prepare();
  keepRise(BEFORE);
  fill(targetsOf(ramp, 1), LOW * UNIT, 1);
  // Shorter pulses need more offset to be right at HIGH, which leaves them too long at LOW.
  search(ramp, 1, MOST_CELL, 1, applyRamp, measureRamp);
  mark(endsOf(ramp, 1), 1);
  searchOffsets(HIGH, QUICK_RUNS);
  keepRise(AFTER);
  endStep();

  beginStep(STEP_DRIVER_OFFSET);
  writeDriverOffsets(initial);
  keepMisses(BEFORE);
  searchOffsets(OFFSET_ANCHOR, RUNS);
  mark(endsOf(offsets, VECTORS), VECTORS);
  keepMisses(AFTER);
  clearDrivers(0, DRIVERS);
  endStep();
}
