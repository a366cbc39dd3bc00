/** Weights, events and array runs of the current layer. */
import { readExternal } from "../lib/external";
import { load32, load8 } from "../lib/intrinsics";
import { awaitReset, sendEvents, sendEventsSpaced } from "../lib/matrix-mode";
import { EVEN, ODD, writeSignedWeights } from "../lib/synapses";
import { type Bytes, type Halves, loadBytes, splatBytes, splatHalves, sync } from "../lib/vector";
import { appendEvents, driverWords, events, finishEvents } from "../mnist/events";
import { readResults } from "../mnist/run";
import { layer } from "./layout";

/** Two vectors of packed rows, and room behind them for a vector read at the last row. */
const packedRows = memory.data(384, 128);
/** Offsets of the inputs of a patch, 16 bit, at most 512. */
const table = memory.data(1024, 128);

/** Number of inputs of a block. */
export function blockInputs(block: u32): u32 {
  const left = layer.inputs - 128 * block;
  return left < 128 ? left : 128;
}

/** Writes the packed rows at `offset` in external memory: `count` blocks side by side from block `first` on. */
export function loadWeights(offset: u32, first: u32, count: u32): void {
  const rows = blockInputs(first);
  let lanes: u32 = 4;
  while (lanes * 2 < count * layer.columns) lanes <<= 1;
  let row: u32 = 0;
  while (row < rows) {
    readExternal(offset).store(packedRows);
    readExternal(offset + 128).store(packedRows, 128);
    for (let at: u32 = 0; at < 256; at += 2 * lanes) {
      if (row == rows) break;
      writeSignedWeights(row, EVEN, loadBytes(packedRows, at));
      writeSignedWeights(row, ODD, loadBytes(packedRows, at + lanes));
      row++;
    }
    offset += 256;
  }
}

/** Copies the gather table of the layer into SRAM. */
export function loadTable(): void {
  const vectors = layer.tableVectors;
  for (let at: u32 = 0; at < 128 * vectors; at += 128) readExternal(layer.table + at).store(table, at);
  sync();
}

/** The end of the list with an event for a driver (its trigger word with activation 0), if the activation is not 0. */
// @ts-ignore: decorator
@inline
function append(end: usize, activation: u32, driver: u32): usize {
  if (activation == 0) return end;
  store<u32>(end, driver - (activation << 16));
  return end + 4;
}

/** Lists the events of a block of the patch at `origin` by the gather table; returns their number. */
export function gather(origin: usize, block: u32): u32 {
  let left = blockInputs(block);
  let at = table + 256 * block;
  let word = driverWords;
  let end = events;
  for (; left >= 4; left -= 4) {
    // loads that keep their order: their latencies overlap
    const two = load32(at);
    const more = load32(at + 4);
    const a = load8(origin + (two >>> 16));
    const b = load8(origin + (two & 0xffff));
    const c = load8(origin + (more >>> 16));
    const d = load8(origin + (more & 0xffff));
    if (a | b | c | d) {
      const first = load32(word);
      const second = load32(word + 4);
      const third = load32(word + 8);
      const fourth = load32(word + 12);
      end = append(end, a, first);
      end = append(end, b, second);
      end = append(end, c, third);
      end = append(end, d, fourth);
    }
    at += 8;
    word += 16;
  }
  for (; left > 0; left--) {
    end = append(end, load<u8>(origin + load<u16>(at)), load<u32>(word));
    at += 2;
    word += 4;
  }
  return finishEvents(end);
}

/** Lists the events of a block of inputs that lie side by side at `values`, zeros behind the last. */
export function list(values: usize, block: u32): u32 {
  const count = (blockInputs(block) + 3) & ~3;
  return finishEvents(appendEvents(events, values, count, driverWords, 4));
}

/** Sends the `count` listed events and leaves reading minus baseline in `results`. Call after `resetNeurons`. */
export function runListed(count: u32): void {
  awaitReset();
  if (layer.interval) sendEventsSpaced(events, count, layer.sends, layer.interval);
  else sendEvents(events, count, layer.sends);
  readResults();
}

/** `round(v * 31 / 255)`: `floor(n / 255)` with `n = 31 v + 127`, which is `(n + 1 + (n >> 8)) >> 8`. */
function scale(value: Halves): Halves {
  const n = value * splatHalves(31) + splatHalves(127);
  return (n + (n >>> 8) + splatHalves(1)) >>> 8;
}

/** Reads a vector of inputs in 5 bit into SRAM at `to`. */
export function readInputs(offset: u32, to: usize): void {
  const value = readExternal(offset);
  if (layer.bytes) {
    const zero = splatBytes(0);
    scale(zero.upckbl(value)).pckbl(scale(zero.upckbr(value))).store(to);
  } else value.store(to);
}
