/** Medians of halfwords, of the own hemisphere or of both. */
import { load32, store32, sync } from "../lib/intrinsics";
import { barrier, peerAddress } from "../lib/peer";

/** Counts of the other hemisphere, written by it in turns. */
const fromPeer = memory.data(8, 4);
let turn: u32 = 0;

/** How many of the values whose index has `match` in the bits of `mask` are not above `limit`. */
function countUpTo(values: usize, count: u32, mask: u32, match: u32, limit: i32): u32 {
  let found: u32 = 0;
  for (let n: u32 = 0; n < count; n++) {
    if ((n & mask) == match && load<i16>(values + 2 * n) <= limit) found++;
  }
  return found;
}

/** Adds the counts of both hemispheres. */
function together(hemisphere: u32, count: u32): u32 {
  const slot = <u32>fromPeer + 4 * turn;
  turn ^= 1;
  store32(peerAddress(hemisphere, slot), count);
  barrier(hemisphere);
  return count + load32(slot);
}

const ALONE: u32 = 2;

/** The least value that is not below `rank` values. */
function ranked(values: usize, count: u32, mask: u32, match: u32, rank: u32, hemisphere: u32): i32 {
  let low = -32768;
  let high = 32767;
  while (low < high) {
    const middle = (low + high) >> 1;
    let found = countUpTo(values, count, mask, match, middle);
    if (hemisphere != ALONE) found = together(hemisphere, found);
    if (found >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Median of 2 `half` of the `count` values: those whose index has `match` in the bits of `mask`. */
export function medianOf(values: usize, count: u32, mask: u32, match: u32, half: u32): i32 {
  sync();
  const low = ranked(values, count, mask, match, half, ALONE);
  return (low + ranked(values, count, mask, match, half + 1, ALONE)) >> 1;
}

/** Median of `count` values of each hemisphere together; both PPUs must call it. */
// @ts-ignore: decorator
@cold
export function medianOfChip(values: usize, count: u32, hemisphere: u32): i32 {
  sync();
  const low = ranked(values, count, 0, 0, count, hemisphere);
  return (low + ranked(values, count, 0, 0, count + 1, hemisphere)) >> 1;
}
