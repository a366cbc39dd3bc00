/** Sums over the blocks of a layer, 16 bit, and what follows them. */
import { EXTERNAL_MEMORY } from "../lib/addresses";
import { readExternal, writeExternal } from "../lib/external";
import { store16 } from "../lib/intrinsics";
import { type Bytes, type Halves, loadBytes, loadHalves, splatBytes, splatHalves, sync } from "../lib/vector";
import { results } from "../mnist/run";
import { AS_IT_IS, header, layer, REQUANTISE, slot } from "./layout";

/**
 * Four vectors of halfwords, `layer.sumStride` bytes apart: left halves of the slices of the even columns, right halves, then the
 * same of the odd columns. Only the first `sumStride` bytes of each count.
 */
export const sums = memory.data(640, 128);
/** Bytes of the output of one image, as the next layer reads them; signed in the last layer. */
export const output = memory.data(2048, 128);

/** Sign extension of bytes in the upper half of halfwords: (2 * v * 2^8 * 2^7) >> 16. */
function widen(upper: Halves): Halves {
  return upper.mulfs(splatHalves(128));
}

/** Adds the results of the columns that begin at lane `lane` to `sums`; the first ones replace them. */
export function accumulate(lane: u32, first: bool): void {
  const stride = layer.sumStride;
  const zero = splatBytes(0);
  const even = loadBytes(results, lane);
  const odd = loadBytes(results + 128, lane);
  let a = widen(even.upckbl(zero));
  let b = widen(even.upckbr(zero));
  let c = widen(odd.upckbl(zero));
  let d = widen(odd.upckbr(zero));
  if (!first) {
    a = a + loadHalves(sums);
    b = b + loadHalves(sums, stride);
    c = c + loadHalves(sums, 2 * stride);
    d = d + loadHalves(sums, 3 * stride);
  }
  // in this order: what does not count of one vector lies where the next one begins
  a.store(sums);
  b.store(sums, stride);
  c.store(sums, 2 * stride);
  d.store(sums, 3 * stride);
}

/** Adds the partial sums at `offset` in external memory to `sums`. */
export function addPartialSums(offset: u32): void {
  for (let at: u32 = 0; at < 128 * layer.sumVectors; at += 128) {
    (readExternal(offset + at).halves() + loadHalves(sums, at)).store(sums, at);
  }
}

/** Replaces `sums` by the partial sums at `offset` in external memory. */
export function readPartialSums(offset: u32): void {
  for (let at: u32 = 0; at < 128 * layer.sumVectors; at += 128) readExternal(offset + at).store(sums, at);
}

export function writePartialSums(offset: u32): void {
  sync();
  for (let at: u32 = 0; at < 128 * layer.sumVectors; at += 128) writeExternal(loadBytes(sums, at), offset + at);
}

function clamp(value: Halves): Halves {
  return value.min(splatHalves(127)).max(splatHalves(-128));
}

/** Clamps `sums` to 8 bit and leaves them in `results`, as if they came from columns 0 on. */
export function finishSums(): void {
  const stride = layer.sumStride;
  clamp(loadHalves(sums)).pckbl(clamp(loadHalves(sums, stride))).store(results);
  clamp(loadHalves(sums, 2 * stride)).pckbl(clamp(loadHalves(sums, 3 * stride))).store(results, 128);
}

function activate(value: Bytes): Bytes {
  const positive = value.relu();
  if (layer.activation != REQUANTISE) return positive;
  // a fraction of 2^-shift: (2 * v * 2^(7 - shift)) >> 8
  if (layer.shift) return positive.mulfs(splatBytes(128 >>> layer.shift)).min(splatBytes(31));
  return positive.min(splatBytes(31));
}

/** Applies the activation to `results` and puts those of the layer's outputs into `output`, the first one at `to`. */
export function keep(to: usize): void {
  if (layer.activation != AS_IT_IS) {
    activate(loadBytes(results)).store(results);
    activate(loadBytes(results, 128)).store(results, 128);
  }
  sync();
  const step = layer.channelStep;
  const count = layer.outputs;
  let from = results;
  let n: u32 = 0;
  while (n + 1 < count) {
    store<u8>(to, load<u8>(from));
    to += step;
    store<u8>(to, load<u8>(from, 128));
    to += step;
    from++;
    n += 2;
  }
  if (n < count) store<u8>(to, load<u8>(from));
}

export function clearOutput(): void {
  for (let at: u32 = 0; at < 128 * layer.outputVectors; at += 128) splatBytes(0).store(output, at);
  sync();
}

/** Writes `output` to the slot of an image, and its class if the layer ends the network with argmax. */
export function writeOutput(index: u32): void {
  sync();
  const offset = slot(index);
  for (let at: u32 = 0; at < 128 * layer.outputVectors; at += 128) writeExternal(loadBytes(output, at), offset + at);
  if (!layer.argmax) return;
  let best: u32 = 0;
  let most: i32 = load<i8>(output);
  for (let n: u32 = 1; n < layer.argmax; n++) {
    const value: i32 = load<i8>(output + n);
    if (value > most) {
      most = value;
      best = n;
    }
  }
  store16(EXTERNAL_MEMORY + header.classes + 2 * index, best);
}
