/**
 * First layer: 20 filters of 10 x 10, stride 5, on the image padded by one pixel; 25 patches of 100 inputs.
 *
 * A patch consists of four cells of 5 x 5 pixels, so the pixels that are not 0 are listed once per cell (cells.ts) and a
 * patch's events are gathered from four lists. While the analog core resets, settles or converts, the PPU keeps the last
 * results, gathers the next patch, and fetches and lists the next image.
 */
import { readExternal, writeExternal } from "../lib/external";
import {
  awaitReset,
  awaitSettled,
  finishReadout,
  resetNeurons,
  sendEvents,
  startReadout,
  startSettling,
} from "../lib/matrix-mode";
import { type Halves, loadBytes, splatBytes, splatHalves, sync } from "../lib/vector";
import { ALL_CELLS, firstCell, gatherCell, image, listCell, nextCells } from "./cells";
import { events, finishEvents } from "./events";
import { header, slot } from "./layout";
import { convertingRelu, loadCompactRows, readings, resultAt, results } from "./run";

const KERNEL: u32 = 10;
const PATCHES: u32 = 5;
const ALL_PATCHES: u32 = PATCHES * PATCHES;
const CHANNELS: u32 = 20;
const VECTORS: u32 = 7;

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

/** Vector `index` of an image to 5 bits, in place. */
function quantise(index: u32): void {
  const at = image + 128 * index;
  const zero = splatBytes(0);
  const pixels = loadBytes(at);
  scale(zero.upckbl(pixels)).pckbl(scale(zero.upckbr(pixels))).store(at);
}

/** Fetches vector `index` of the pixels at `offset`; complete after the next `sync`. */
function fetch(offset: u32, index: u32): void {
  readExternal(offset + 128 * index).store(image, 128 * index);
}

function loadImage(offset: u32): void {
  for (let index: u32 = 0; index < VECTORS; index++) {
    fetch(offset, index);
    quantise(index);
  }
  sync();
  for (let cell: u32 = 0; cell < ALL_CELLS; cell++) listCell(0, cell);
}

/** The trigger words of a patch to `events`; returns their number. */
function gatherPatch(cells: u32, row: u32, column: u32): u32 {
  const upper = firstCell(cells + row) + column;
  const lower = firstCell(cells + row + 1) + column;
  let end = gatherCell(events, upper, 0);
  end = gatherCell(end, upper + 1, KERNEL / 2);
  end = gatherCell(end, lower, KERNEL * (KERNEL / 2));
  end = gatherCell(end, lower + 1, KERNEL * (KERNEL / 2) + KERNEL / 2);
  return finishEvents(end);
}

/** The readings of a patch to 5 bit; complete after the next `sync`. */
function activate(shift: u32): void {
  convertingRelu(resultAt(readings, 0), shift).store(results);
  convertingRelu(resultAt(readings, 128), shift).store(results, 128);
}

/** Scatters what `activate` has left to the channels. */
function keep(patch: u32): void {
  let to = hidden + patch;
  for (let lane: u32 = 0; lane < CHANNELS / 2; lane += 2) {
    const a = load<u8>(results + lane);
    const b = load<u8>(results + lane, 128);
    const c = load<u8>(results + lane, 1);
    const d = load<u8>(results + lane, 129);
    store<u8>(to, a);
    store<u8>(to, b, ALL_PATCHES);
    store<u8>(to, c, 2 * ALL_PATCHES);
    store<u8>(to, d, 3 * ALL_PATCHES);
    to += 4 * ALL_PATCHES;
  }
}

/** The inputs of the next layer take the place of the pixels in their slot. */
function writeHidden(offset: u32): void {
  sync();
  for (let at: u32 = 0; at < 512; at += 128) writeExternal(loadBytes(hidden, at), offset + at);
}

/**
 * Lists two cells of the next image during the conversion of `patch`: its pixels are all there from patch 7 on, and the
 * room of a row of this image's cells is free when the last patch that needs it has been gathered.
 */
function listCells(cells: u32, patch: u32): void {
  if (patch < VECTORS) return;
  const cell: u32 = 2 * (patch - VECTORS);
  listCell(cells, cell);
  listCell(cells, cell + 1);
}

/** Replaces the pixels of the images `first`, `first + step`, … in their slots by the inputs of the next layer. */
export function convolve(first: u32, step: u32, images: u32): void {
  if (first >= images) return;
  const sends = header.convolutionSends;
  const shift = header.convolutionShift;
  const base = slot(0);
  const stride = slot(1) - base;
  let offset = base + stride * first;
  const lastOffset = base + stride * (images - 1);
  let cells: u32 = 0;
  loadImage(offset);
  resetNeurons();
  let count = gatherPatch(0, 0, 0);
  for (; offset <= lastOffset; offset += stride * step) {
    const next = offset + stride * step;
    const more = next <= lastOffset;
    let row: u32 = 0;
    let column: u32 = 0;
    for (let patch: u32 = 0; patch < ALL_PATCHES; patch++) {
      awaitReset();
      sendEvents(events, count, sends);
      startSettling();
      if (patch) keep(patch - 1);
      if (more && patch - 1 < VECTORS) quantise(patch - 1);
      awaitSettled();
      startReadout(readings);
      if (more) listCells(nextCells(cells), patch);
      finishReadout();
      activate(shift);
      if (more && patch < VECTORS) fetch(next, patch);
      if (++column == PATCHES) {
        column = 0;
        row++;
      }
      if (row < PATCHES) count = gatherPatch(cells, row, column);
      else if (more) count = gatherPatch(nextCells(cells), 0, 0);
    }
    sync();
    keep(ALL_PATCHES - 1);
    writeHidden(offset);
    cells = nextCells(cells);
  }
  sync();
}
