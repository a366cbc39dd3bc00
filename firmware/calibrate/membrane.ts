/** Leak off, reset level on the baseline, offset currents of the synaptic inputs cancelled. */
import { shiftChannels } from "./adc";
import {
  connectInputs,
  EXCITATORY_SHIFT,
  fillNeuronCells,
  INHIBITORY_SHIFT,
  LEAK_BIAS,
  MOST_CELL,
  RESET_POTENTIAL,
  writeNeuronCells,
} from "./knobs";
import { AFTER, BEFORE, STEP_BASELINE_AGAIN, STEP_LEAK } from "./layout";
import { copy, fill, integrateIdle, readReset, reads, SCALE, subtract } from "./reads";
import { beginStep, endStep, keep, mark } from "./records";
import { codesOf, endsOf, measured, search, targetsOf } from "./search";
import { arena, kept } from "./state";

const NEURONS: u32 = 4; // vectors
const RUNS: u32 = 20;
const SEARCH_RUNS: u32 = 3;
/** Cycles without events behind the start of an integration. */
const DRIFT_CYCLES: u32 = 10 * 250;
const RESULT_CYCLES: u32 = 2 * 250;
const BASELINE_CYCLES: u32 = 26 * 250;
const SEARCH_CYCLES: u32 = 30 * 250;
/** Lower targets are approached so many LSB higher up, where reads do not clip, and shifted down digitally. */
const LIFT: u32 = 64;

let row: u32 = 0;

function applyCells(): void {
  writeNeuronCells(row, codesOf(arena));
}

function measureReset(): void {
  readReset(SEARCH_RUNS);
  copy(measured, reads, NEURONS);
}

function measureLong(): void {
  integrateIdle(SEARCH_RUNS, SEARCH_CYCLES);
  copy(measured, reads, NEURONS);
}

/** Keeps reads after an integration of some cycles, from those behind a reset. */
// @ts-ignore: decorator
@cold
function keepDifference(where: u32, cycles: u32): void {
  readReset(RUNS);
  copy(kept, reads, NEURONS);
  integrateIdle(RUNS, cycles);
  subtract(reads, reads, kept, NEURONS);
  keep(where, reads, NEURONS);
}

/** The membranes become integrators. Drift is measured with the synaptic inputs disconnected. */
// @ts-ignore: decorator
@cold
export function calibrateLeak(): void {
  beginStep(STEP_LEAK);
  connectInputs(false, false);
  keepDifference(BEFORE, DRIFT_CYCLES);
  fillNeuronCells(LEAK_BIAS, 0);
  keepDifference(AFTER, DRIFT_CYCLES);
  connectInputs(true, true);
  endStep();
}

/** Shifts the causal channels so that the reads in `reads` come to `target` LSB. */
// @ts-ignore: decorator
@cold
function shiftToTarget(target: u32): void {
  fill(kept, target * SCALE, NEURONS);
  subtract(kept, kept, reads, NEURONS);
  shiftChannels(0, kept);
}

/** Brings the read after a reset to `target` LSB, by the reset potential and then by the channel offsets. */
// @ts-ignore: decorator
@cold
export function calibrateBaseline(step: u32, target: u32): void {
  const lift = target < LIFT ? LIFT : 0;
  beginStep(step);
  readReset(RUNS);
  keep(BEFORE, reads, NEURONS);
  row = RESET_POTENTIAL;
  fill(targetsOf(arena, NEURONS), (target + lift) * SCALE, NEURONS);
  search(arena, NEURONS, MOST_CELL, 1, applyCells, measureReset);
  mark(endsOf(arena, NEURONS), NEURONS);
  readReset(RUNS);
  shiftToTarget(target);
  if (lift) {
    fill(kept, -(<i32>(lift * SCALE)), NEURONS);
    shiftChannels(1, kept);
  }
  readReset(RUNS);
  keep(AFTER, reads, NEURONS);
  endStep();
}

/** Cancels the offset currents, first that of the excitatory inputs and then both. */
// @ts-ignore: decorator
@cold
export function calibrateOffsets(step: u32): void {
  beginStep(step);
  keepDifference(BEFORE, RESULT_CYCLES);
  // An input that is connected shall not change the read; of both together not that after the reset either.
  connectInputs(false, false);
  integrateIdle(RUNS, SEARCH_CYCLES);
  copy(targetsOf(arena, NEURONS), reads, NEURONS);
  readReset(RUNS);
  copy(kept, reads, NEURONS);
  connectInputs(true, false);
  row = EXCITATORY_SHIFT;
  search(arena, NEURONS, MOST_CELL, 1, applyCells, measureLong);
  mark(endsOf(arena, NEURONS), NEURONS);
  connectInputs(true, true);
  row = INHIBITORY_SHIFT;
  copy(targetsOf(arena, NEURONS), kept, NEURONS);
  search(arena, NEURONS, MOST_CELL, 1, applyCells, measureLong);
  mark(endsOf(arena, NEURONS), NEURONS);
  keepDifference(AFTER, RESULT_CYCLES);
  endStep();
}

/** Trims the channel offsets to the baseline that a run sees: the read 30 us after a reset, inputs connected. */
// @ts-ignore: decorator
@cold
export function trimBaseline(target: u32): void {
  beginStep(STEP_BASELINE_AGAIN);
  integrateIdle(RUNS, BASELINE_CYCLES);
  keep(BEFORE, reads, NEURONS);
  shiftToTarget(target);
  integrateIdle(RUNS, BASELINE_CYCLES);
  keep(AFTER, reads, NEURONS);
  endStep();
}
