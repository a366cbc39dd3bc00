/** Excitatory and inhibitory strength of the neurons, i.e. how far the same events move their membranes. */
import { load32 } from "../lib/intrinsics";
import { eventWord, sendEventsSpaced } from "../lib/matrix-mode";
import { clearDrivers, EVEN, ODD, writeWeights } from "../lib/synapses";
import { now, waitUntil } from "../lib/time";
import { splatBytes, sync } from "../lib/vector";
import {
  EXCITATORY_GM,
  fillNeuronCells,
  INHIBITORY_GM,
  MOST_CELL,
  settleCells,
  SYNAPSE_BIAS,
  writeNeuronCells,
  writeQuadrantCells,
} from "./knobs";
import { AFTER, BEFORE, HEADER_GAIN, STEP_EXCITATORY, STEP_INHIBITORY, STEP_SYNAPSE_BIAS } from "./layout";
import { medianOf, medianOfChip } from "./median";
import { copy, fill, integrate, reads, SCALE, subtract } from "./reads";
import { beginStep, endStep, keep, keepTarget, mark } from "./records";
import { codesOf, endsOf, measured, search, targetsOf } from "./search";
import { arena, kept } from "./state";

const NEURONS: u32 = 4; // vectors
const COLUMNS: u32 = 256;
/** Eight drivers that are spread over the array and belong to both blocks; together they are one event. */
const EVENT_DRIVERS = memory.data<u8>([0, 19, 36, 55, 72, 91, 108, 127]);
const DRIVERS_AN_EVENT: u32 = 8;
const ACTIVATION: u32 = 31;
const WEIGHT: u32 = 10;
const MOST_EVENTS: u32 = 12;
const PERIOD: u32 = 250;
const SPACING: u32 = 8;
const RUNS: u32 = 5;
const FINAL_RUNS: u32 = 20;
/** Fewer events are sent while the median amplitude is larger, 1/60 LSB. */
const LARGEST: i32 = 60 * SCALE;
/** No read is larger, 1/60 LSB. */
const GREATEST_READ: u32 = 255 * SCALE;
const NOMINAL_GM: u32 = 450;

const words = memory.data(4 * 8, 4);
let events: u32 = MOST_EVENTS;
let active: bool = true;
let inhibitory: bool = false;

function writeRows(weight: u32): void {
  const weights = splatBytes(weight);
  for (let n: u32 = 0; n < DRIVERS_AN_EVENT; n++) {
    const excitatoryRow = 2 * <u32>load<u8>(EVENT_DRIVERS + n) + 1;
    const row = inhibitory ? excitatoryRow - 1 : excitatoryRow;
    writeWeights(row, EVEN, weights);
    writeWeights(row, ODD, weights);
  }
  sync();
}

function drive(): void {
  for (let event: u32 = 0; event < events; event++) {
    const next = now() + PERIOD;
    if (active) sendEventsSpaced(words, DRIVERS_AN_EVENT, 1, SPACING);
    waitUntil(next);
  }
}

/** Reads without events after the same time, to which amplitudes are differences. */
function measureRest(): void {
  active = false;
  integrate(FINAL_RUNS, drive);
  copy(kept, reads, NEURONS);
  active = true;
}

/** Leaves amplitudes in `measured`, positive for both signs. */
function measureAmplitudes(runs: u32): void {
  integrate(runs, drive);
  if (inhibitory) subtract(measured, kept, reads, NEURONS);
  else subtract(measured, reads, kept, NEURONS);
}

function measureFew(): void {
  measureAmplitudes(RUNS);
}

/** Median amplitudes of both quadrants instead of those of the neurons. */
function reduceToQuadrants(): void {
  const west = medianOf(measured, COLUMNS, 32, 0, 64);
  const east = medianOf(measured, COLUMNS, 32, 32, 64);
  store<i16>(measured, west);
  store<i16>(measured, east, 2);
  sync();
}

function measureQuadrants(): void {
  measureFew();
  reduceToQuadrants();
}

function applySynapseBias(): void {
  writeQuadrantCells(SYNAPSE_BIAS, codesOf(arena));
  settleCells();
}

function applyGain(): void {
  writeNeuronCells(inhibitory ? INHIBITORY_GM : EXCITATORY_GM, codesOf(arena));
}

// @ts-ignore: decorator
@cold
function calibrateSynapseBias(target: i32): void {
  beginStep(STEP_SYNAPSE_BIAS);
  keepTarget(events, target);
  measureAmplitudes(FINAL_RUNS);
  reduceToQuadrants();
  keep(BEFORE, measured, 1);
  fill(targetsOf(arena, 1), target, 1);
  search(arena, 1, MOST_CELL, 1, applySynapseBias, measureQuadrants);
  mark(endsOf(arena, 1), 1);
  measureAmplitudes(FINAL_RUNS);
  reduceToQuadrants();
  keep(AFTER, measured, 1);
  endStep();
}

// @ts-ignore: decorator
@cold
function calibrateGain(target: i32): void {
  beginStep(inhibitory ? STEP_INHIBITORY : STEP_EXCITATORY);
  keepTarget(events, target);
  writeRows(WEIGHT);
  measureAmplitudes(FINAL_RUNS);
  keep(BEFORE, measured, NEURONS);
  fill(targetsOf(arena, NEURONS), target, NEURONS);
  search(arena, NEURONS, MOST_CELL, 1, applyGain, measureFew);
  mark(endsOf(arena, NEURONS), NEURONS);
  measureAmplitudes(FINAL_RUNS);
  keep(AFTER, measured, NEURONS);
  writeRows(0);
  endStep();
}

// @ts-ignore: decorator
@cold
export function calibrateNeurons(hemisphere: u32): void {
  for (let n: u32 = 0; n < DRIVERS_AN_EVENT; n++) {
    store<u32>(words + 4 * n, eventWord(load<u8>(EVENT_DRIVERS + n)) - (ACTIVATION << 16));
  }
  clearDrivers(0, 128);
  writeRows(WEIGHT);
  fillNeuronCells(EXCITATORY_GM, NOMINAL_GM);
  measureRest();
  measureAmplitudes(FINAL_RUNS);
  let nominal = medianOfChip(measured, COLUMNS, hemisphere);
  while (nominal >= LARGEST && events > 1) {
    events--;
    measureRest();
    measureAmplitudes(FINAL_RUNS);
    nominal = medianOfChip(measured, COLUMNS, hemisphere);
  }
  let target = <u32>nominal;
  const gain = load32(HEADER_GAIN);
  if (gain) {
    // 1e-6 LSB x activation x weight x 8 drivers, in 1/60 LSB
    target = (gain * events * ((DRIVERS_AN_EVENT * ACTIVATION * WEIGHT * SCALE) / 100)) / 10000;
    if (target > GREATEST_READ) target = GREATEST_READ;
  }
  calibrateSynapseBias(target);
  calibrateGain(target);
  inhibitory = true;
  calibrateGain(target);
  inhibitory = false;
}
