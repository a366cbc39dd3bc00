/** Streams of a chunk that is being written: runs of items that were as expected, and what the others are. */
import { HITS, LANES, MOST_LANE_BYTES, MOST_STREAM_BYTES, RESIDUALS } from "./layout";

export let hitsEnd = HITS;
export let residualsEnd = RESIDUALS;
export let lanesEnd = LANES;
/** A stream is as large as it may become. */
export let isFull = false;

/** Items that were as expected since the last one that was not. */
let run = 0;

export function beginStreams(): void {
  run = 0;
  hitsEnd = HITS;
  residualsEnd = RESIDUALS;
  lanesEnd = LANES;
  isFull = false;
}

/** An item is as expected. */
export function hit(): void {
  run++;
}

/** Ends a run of items that were as expected. */
export function putRun(): void {
  let value = run;
  let at = hitsEnd;
  while (value > 127) {
    store<u8>(at++, value | 128);
    value >>>= 7;
  }
  store<u8>(at, value);
  hitsEnd = at + 1;
  run = 0;
}

/** An item was not as expected; what it is goes to the residuals. */
export function miss(): void {
  putRun();
  isFull =
    hitsEnd > HITS + MOST_STREAM_BYTES ||
    residualsEnd > RESIDUALS + MOST_STREAM_BYTES ||
    lanesEnd > LANES + MOST_LANE_BYTES;
}

export function putByte(value: i32): void {
  store<u8>(residualsEnd, value);
  residualsEnd++;
}

export function putWord(value: i32): void {
  store<i32>(residualsEnd, value);
  residualsEnd += 4;
}

/** Seven bits a byte, the lowest first. */
export function putPlainNumber(number: i32): void {
  let value: u32 = number;
  let at = residualsEnd;
  while (value > 127) {
    store<u8>(at++, value | 128);
    value >>>= 7;
  }
  store<u8>(at, value);
  residualsEnd = at + 1;
}

/** An item that is a number. */
export function putNumber(number: i32): void {
  miss();
  putPlainNumber(number);
}

export function zigzag(value: i32): i32 {
  return (value << 1) ^ (value >> 31);
}

export function putItem(value: i32, expected: i32): void {
  if (value === expected) run++;
  else putNumber(zigzag(value - expected));
}

export function putLane(word: i32): void {
  store<i32>(lanesEnd, word);
  lanesEnd += 4;
}

export function putLanes(at: usize, bytes: i32): void {
  memory.copy(lanesEnd, at, bytes);
  lanesEnd += bytes;
}
