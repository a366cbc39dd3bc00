/** Second and third layer: 500 -> 128 in four blocks of inputs, two per hemisphere, and 128 -> 10. */
import { EXTERNAL_MEMORY } from "../lib/addresses";
import { readExternal, writeExternal } from "../lib/external";
import { DRIVERS, resetNeurons } from "../lib/matrix-mode";
import { EVEN, ODD, writeSignedWeights } from "../lib/synapses";
import { type Bytes, type Halves, loadBytes, splatBytes, splatHalves, store8, sync } from "../lib/vector";
import { appendEvents, driverWords, events, finishEvents } from "./events";
import { CLASSES, header, RESULTS_IN_SLOT, slot } from "./layout";
import { loadCompactRows, results, runArray } from "./run";

const inputs = memory.data(128, 128);
/** Results of the left columns of the first block: even ones, then odd ones; scratch behind them. */
const left = memory.data(256, 128);
/** The same for the right columns of the second block, from byte 64. */
const right = memory.data(256, 128);

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

function runBlock(offset: u32): void {
  resetNeurons();
  readExternal(offset).store(inputs);
  sync();
  runArray(finishEvents(appendEvents(events, inputs, 128, driverWords, 4)), header.dense1Sends);
}

/** Sign extension of bytes in the upper half of halfwords: (2 * v * 2^8 * 2^7) >> 16. */
function widen(upper: Halves): Halves {
  return upper.mulfs(splatHalves(128));
}

/** Adds the two blocks of this hemisphere and leaves the partial sums in the slot of the image. */
export function dense1(index: u32, hemisphere: u32): void {
  const offset = slot(index) + 256 * hemisphere;
  runBlock(offset);
  loadBytes(results).store(left);
  loadBytes(results, 128).store(left, 64);
  runBlock(offset + 128);
  loadBytes(results, 128).store(right, 64);
  loadBytes(results).store(right);
  const first = loadBytes(left);
  const second = loadBytes(right, 64);
  const zero = splatBytes(0);
  writeExternal((widen(first.upckbl(zero)) + widen(second.upckbl(zero))).bytes(), offset);
  writeExternal((widen(first.upckbr(zero)) + widen(second.upckbr(zero))).bytes(), offset + 128);
}

export function loadDense2(): void {
  loadCompactRows(header.dense2Weights, DRIVERS);
}

/** The sum of both hemispheres clamped to 8 bit, ReLU, shifted to 5 bit. */
function activation(offset: u32, shift: u32): Halves {
  const sum = readExternal(offset).halves() + readExternal(offset + 256).halves();
  return sum.relu().min(splatHalves(127)).mulfs(splatHalves(0x8000 >>> shift)).min(splatHalves(31));
}

/** Result of a class: class c is column c. */
function resultOf(category: u32): i32 {
  return load<i8>(results + (category & 1) * 128 + (category >>> 1));
}

/** Finishes an image: last layer and the first largest result. */
export function dense2(index: u32): void {
  const offset = slot(index);
  resetNeurons();
  activation(offset, header.dense1Shift).pckbl(activation(offset + 128, header.dense1Shift)).store(inputs);
  sync();
  // even outputs of the layer before lie in the first half, odd ones in the second
  let end = appendEvents(events, inputs, 64, driverWords, 8);
  end = appendEvents(end, inputs + 64, 64, driverWords + 4, 8);
  runArray(finishEvents(end), header.dense2Sends);
  let best: u32 = 0;
  for (let category: u32 = 0; category < CLASSES; category++) {
    const value = resultOf(category);
    store8(EXTERNAL_MEMORY + offset + RESULTS_IN_SLOT + category, value);
    if (value > resultOf(best)) best = category;
  }
  store8(EXTERNAL_MEMORY + header.classes + index, best);
}
