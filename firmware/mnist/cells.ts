/** An image as lists of its pixels that are not 0, one for each cell of 5 x 5 pixels of the image padded by one pixel. */
import { reversed } from "../lib/external";
import { load32, load8 } from "../lib/intrinsics";
import { driverWords } from "./events";

const WIDTH: u32 = 28;
const CELL: u32 = 5;
const CELLS: u32 = 6;
export const ALL_CELLS: u32 = CELLS * CELLS;
const KERNEL: u32 = 10;
/** Room for 25 entries, a multiple of 4. */
const LIST_BYTES: u32 = 52;
/** Rows of cells kept at once: those of an image, and the next image's as soon as this one needs theirs no more. */
const RING: u32 = 8;

/** An image in 5 bit, seven vectors in reversed word order. */
export const image = memory.data(896, 128);
/** Lists of the cells. An entry: activation << 9 | 4 * driver of the pixel in a patch whose upper left cell is this one. */
export const lists = memory.data(LIST_BYTES * CELLS * RING, 4);
/** Where each list ends. */
const ends = memory.data(4 * CELLS * RING, 4);

/** Where the rows of cells of the image behind the one at `first` begin in the ring. */
// @ts-ignore: decorator
@inline
export function nextCells(first: u32): u32 {
  return first + CELLS;
}

/** The first of a row of cells in `lists` and `ends`. */
// @ts-ignore: decorator
@inline
export function firstCell(row: u32): u32 {
  return CELLS * (row & (RING - 1));
}

/** Pixel `index` of the image, 5 bit. */
// @ts-ignore: decorator
@inline
function pixelAt(index: u32): u32 {
  return load8(image + reversed(index));
}

/** The end of a list with an entry of a pixel, if it is not 0. */
// @ts-ignore: decorator
@inline
function list(end: usize, pixel: u32, entry: u32): usize {
  if (pixel == 0) return end;
  store<u16>(end, (pixel << 9) + entry);
  return end + 2;
}

/** Lists the pixels of a cell, 6 * row + column, of an image whose cells begin at `first`. */
export function listCell(first: u32, index: u32): void {
  const row = index / CELLS;
  const column = index - CELLS * row;
  const cell = firstCell(first + row) + column;
  let end: usize = lists + LIST_BYTES * cell;
  // the first row and column of the image are the second of their cells, the last ones the fourth
  let inCell: u32 = row == 0 ? 1 : 0;
  const rows: u32 = row == CELLS - 1 ? CELL - 1 : CELL;
  let pixel: u32 = WIDTH * (CELL * row - 1 + inCell) + CELL * column - 1;
  let entry = 4 * KERNEL * inCell;
  for (; inCell < rows; inCell++) {
    // all loads first: their latencies overlap
    const a = column == 0 ? 0 : pixelAt(pixel);
    const b = pixelAt(pixel + 1);
    const c = pixelAt(pixel + 2);
    const d = pixelAt(pixel + 3);
    const e = column == CELLS - 1 ? 0 : pixelAt(pixel + 4);
    if (a | b | c | d | e) {
      end = list(end, a, entry);
      end = list(end, b, entry + 4);
      end = list(end, c, entry + 8);
      end = list(end, d, entry + 12);
      end = list(end, e, entry + 16);
    }
    pixel += WIDTH;
    entry += 4 * KERNEL;
  }
  store<u32>(ends + 4 * cell, <u32>end);
}

/**
 * Appends the trigger words of a cell, whose pixels begin at `driver` of the patch.
 * Returns the new end.
 */
export function gatherCell(to: usize, cell: u32, driver: u32): usize {
  const words = driverWords + 4 * driver;
  const first = lists + LIST_BYTES * cell;
  const end = load<u32>(ends + 4 * cell);
  // loads that keep their order, so that latencies overlap; two entries at a time: behind a list of odd length a word follows that the next one replaces
  let word = to;
  for (let at = first; at < end; at += 4) {
    const pair = load32(at);
    const a = load32(words + ((pair >>> 16) & 0x1ff));
    const b = load32(words + (pair & 0x1ff));
    store<u32>(word, a - ((pair >>> 9) & 0x1f0000));
    store<u32>(word, b - ((pair << 7) & 0x1f0000), 4);
    word += 8;
  }
  return to + 2 * (end - first);
}
