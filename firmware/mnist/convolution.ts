/** First layer: 20 filters of 10 x 10, stride 5, on the image padded by one pixel; 25 patches of 100 inputs. */
import { readExternal, reversed, writeExternal } from "../lib/external";
import { resetNeurons } from "../lib/matrix-mode";
import { type Bytes, type Halves, loadBytes, splatBytes, splatHalves, sync } from "../lib/vector";
import { driverWords, events, finishEvents } from "./events";
import { header, slot } from "./layout";
import { convertingRelu, loadCompactRows, results, runArray } from "./run";

const WIDTH = 28;
const KERNEL = 10;
const STRIDE = 5;
const PATCHES = 5;
const CHANNELS = 20;

/** The image in 5 bit, seven vectors in reversed word order. */
const image = memory.data(896, 128);
/** Inputs of the next layer in the order channel, patch row, patch column; zero from 500 on. */
const hidden = memory.data(512, 128);

export function loadConvolution(): void {
  loadCompactRows(header.convolutionWeights, KERNEL * KERNEL);
}

/** `round(v * 31 / 255)`: `floor(n / 255)` with `n = 31 v + 127`, which is `(n + 1 + (n >> 8)) >> 8`. */
function scale(value: Halves): Halves {
  const n = value * splatHalves(31) + splatHalves(127);
  return (n + (n >>> 8) + splatHalves(1)) >>> 8;
}

function quantise(pixels: Bytes): Bytes {
  const zero = splatBytes(0);
  return scale(zero.upckbl(pixels)).pckbl(scale(zero.upckbr(pixels)));
}

function loadImage(offset: u32): void {
  const a = readExternal(offset);
  const b = readExternal(offset + 128);
  const c = readExternal(offset + 256);
  const d = readExternal(offset + 384);
  const e = readExternal(offset + 512);
  const f = readExternal(offset + 640);
  const g = readExternal(offset + 768);
  quantise(a).store(image);
  quantise(b).store(image, 128);
  quantise(c).store(image, 256);
  quantise(d).store(image, 384);
  quantise(e).store(image, 512);
  quantise(f).store(image, 640);
  quantise(g).store(image, 768);
  sync();
}

function gatherPatch(patchRow: i32, patchColumn: i32): u32 {
  const firstRow = patchRow == 0 ? 1 : 0;
  const endRow = patchRow == PATCHES - 1 ? KERNEL - 1 : KERNEL;
  const firstColumn = patchColumn == 0 ? 1 : 0;
  const endColumn = patchColumn == PATCHES - 1 ? KERNEL - 1 : KERNEL;
  let end = events;
  for (let row = firstRow; row < endRow; row++) {
    let pixel: u32 = (STRIDE * patchRow - 1 + row) * WIDTH + STRIDE * patchColumn - 1 + firstColumn;
    let word = driverWords + 4 * (KERNEL * row + firstColumn);
    for (let column = firstColumn; column < endColumn; column++) {
      const activation = load<u8>(image + reversed(pixel));
      if (activation) {
        store<u32>(end, load<u32>(word) - (<u32>activation << 16));
        end += 4;
      }
      pixel++;
      word += 4;
    }
  }
  return finishEvents(end);
}

/** Results of one patch to 5 bit, scattered to the channels. */
function keep(patch: u32): void {
  convertingRelu(loadBytes(results), header.convolutionShift).store(results);
  convertingRelu(loadBytes(results, 128), header.convolutionShift).store(results, 128);
  sync();
  let to = hidden + patch;
  for (let lane = 0; lane < CHANNELS / 2; lane++) {
    store<u8>(to, load<u8>(results + lane));
    store<u8>(to, load<u8>(results + lane, 128), PATCHES * PATCHES);
    to += 2 * PATCHES * PATCHES;
  }
}

/** Replaces the pixels of an image in its slot by the inputs of the next layer. */
export function convolve(index: u32): void {
  const offset = slot(index);
  const sends = header.convolutionSends;
  loadImage(offset);
  let patch = 0;
  for (let row = 0; row < PATCHES; row++) {
    for (let column = 0; column < PATCHES; column++) {
      resetNeurons();
      runArray(gatherPatch(row, column), sends);
      keep(patch++);
    }
  }
  sync();
  for (let at: u32 = 0; at < 512; at += 128) writeExternal(loadBytes(hidden, at), offset + at);
}
