/**
 * Second and third layer: 500 -> 128 in four blocks of inputs, two per hemisphere, and 128 -> 10. What the PPU has to do
 * for a run happens, as far as possible, while the analog core resets, settles or converts for another one.
 */
import { EXTERNAL_MEMORY } from "../lib/addresses";
import { readExternal, reversed, writeExternal } from "../lib/external";
import {
  awaitReset,
  awaitSettled,
  DRIVERS,
  finishReadout,
  resetNeurons,
  sendEvents,
  startReadout,
  startSettling,
} from "../lib/matrix-mode";
import { EVEN, ODD, writeSignedWeights } from "../lib/synapses";
import { type Halves, loadBytes, splatBytes, splatHalves, store8, sync } from "../lib/vector";
import { image, lists } from "./cells";
import { appendEvents, driverWords, events, finishEvents } from "./events";
import { CLASSES, header, RESULTS_IN_SLOT, slot } from "./layout";
import { loadCompactRows, readings, resultAt, results } from "./run";

// All of these lie in the room of the convolution, which is done.
/** Inputs of two runs. */
const inputs: usize = image;
/** Results of the left columns of the first block: even ones, then odd ones; scratch behind them. */
const left: usize = image + 256;
/** The same for the right columns of the second block, from byte 64. */
const right: usize = image + 512;
/** Results of an image as they go to its slot, in reversed word order. */
const answer: usize = image + 768;
/** Class of each image of the batch. */
const classes: usize = lists;

export function loadDense1(hemisphere: u32): void {
  let offset = header.dense1Weights + 256 * DRIVERS * hemisphere;
  for (let driver: u32 = 0; driver < DRIVERS; driver++) {
    const even = readExternal(offset);
    const odd = readExternal(offset + 128);
    writeSignedWeights(driver, EVEN, even);
    writeSignedWeights(driver, ODD, odd);
    offset += 256;
  }
}

/** Fetches the inputs of a block; complete after the next `sync`. */
function fetchBlock(offset: u32, block: u32): void {
  readExternal(offset + 128 * block).store(inputs + 128 * block);
}

/** Gathers the first (`half` 0) or second half (64) of the inputs of a block. */
function gatherHalf(end: usize, block: u32, half: u32): usize {
  return appendEvents(end, inputs + 128 * block + half, 64, driverWords + 4 * half, 4);
}

/** Brings the results of both blocks together, the columns that count; complete in vector order. */
function joinBlocks(): void {
  resultAt(readings, 0).store(left);
  resultAt(readings, 128).store(left, 64);
  resultAt(readings + 256, 128).store(right, 64);
  resultAt(readings + 256, 0).store(right);
}

/** Sign extension of bytes in the upper half of halfwords: (2 * v * 2^8 * 2^7) >> 16. */
function widen(upper: Halves): Halves {
  return upper.mulfs(splatHalves(128));
}

/** Adds the joined blocks and leaves the partial sums in the slot of the image. */
function writeSums(offset: u32): void {
  const first = loadBytes(left);
  const second = loadBytes(right, 64);
  const zero = splatBytes(0);
  writeExternal((widen(first.upckbl(zero)) + widen(second.upckbl(zero))).bytes(), offset);
  writeExternal((widen(first.upckbr(zero)) + widen(second.upckbr(zero))).bytes(), offset + 128);
}

/** For each image, adds the two blocks of this hemisphere and leaves the partial sums in its slot. */
export function dense1(images: u32, hemisphere: u32): void {
  const sends = header.dense1Sends;
  let offset = slot(0) + 256 * hemisphere;
  const stride = slot(1) - slot(0);
  fetchBlock(offset, 0);
  fetchBlock(offset, 1);
  resetNeurons();
  sync();
  let count = finishEvents(gatherHalf(gatherHalf(events, 0, 0), 0, 64));
  for (let run: u32 = 0; run < 2 * images; run++) {
    const block = run & 1;
    awaitReset();
    sendEvents(events, count, sends);
    startSettling();
    // the sums of the last image, in two parts
    if (run >= 2) {
      if (block == 0) joinBlocks();
      else writeSums(offset - stride);
    }
    awaitSettled();
    startReadout(readings + 256 * block);
    const end = gatherHalf(events, block ^ 1, 0);
    finishReadout();
    fetchBlock(offset + stride, block);
    count = finishEvents(gatherHalf(end, block ^ 1, 64));
    if (block) offset += stride;
  }
  if (images == 0) return;
  joinBlocks();
  writeSums(offset - stride);
}

export function loadDense2(): void {
  loadCompactRows(header.dense2Weights, DRIVERS);
}

/** The sum of both hemispheres clamped to 8 bit, ReLU, shifted to 5 bit. */
function activation(offset: u32, shift: u32): Halves {
  const sum = readExternal(offset).halves() + readExternal(offset + 256).halves();
  return sum.relu().min(splatHalves(127)).mulfs(splatHalves(0x8000 >>> shift)).min(splatHalves(31));
}

/** The inputs of the last layer; complete after the next `sync`. */
function activate(offset: u32, shift: u32): void {
  activation(offset, shift).pckbl(activation(offset + 128, shift)).store(inputs);
}

/** Trigger words of the last layer: even outputs of the layer before lie in the first half, odd ones in the second. */
function gather(): u32 {
  const end = appendEvents(events, inputs, 64, driverWords, 8);
  return finishEvents(appendEvents(end, inputs + 64, 64, driverWords + 4, 8));
}

/** The first largest result of the classes (class c is column c); copies them to `answer`. */
function decide(): u32 {
  let best: u32 = 0;
  let largest: i32 = -129;
  for (let category: u32 = 0; category < CLASSES; category++) {
    const value: i32 = load<i8>(results + (category & 1) * 128 + (category >>> 1));
    store<u8>(answer + reversed(category), value);
    if (value > largest) {
      largest = value;
      best = category;
    }
  }
  return best;
}

/** Finishes the images `first`, `first + 2`, …: last layer and the first largest result. */
export function dense2(first: u32, images: u32): void {
  if (first >= images) return;
  const sends = header.dense2Sends;
  const shift = header.dense1Shift;
  const to = EXTERNAL_MEMORY + header.classes;
  const stride = slot(2) - slot(0);
  let offset = slot(first);
  resetNeurons();
  activate(offset, shift);
  for (let index = first; index < images; index += 2) {
    sync();
    const count = gather();
    awaitReset();
    sendEvents(events, count, sends);
    startSettling();
    awaitSettled();
    startReadout(readings);
    finishReadout();
    resultAt(readings, 0).store(results);
    resultAt(readings, 128).store(results, 128);
    sync();
    store<u8>(classes + index, decide());
    sync();
    writeExternal(loadBytes(answer), offset + RESULTS_IN_SLOT);
    offset += stride;
    if (index + 2 < images) activate(offset, shift);
  }
  for (let index = first; index < images; index += 2) store8(to + index, load<u8>(classes + index));
  sync();
}
