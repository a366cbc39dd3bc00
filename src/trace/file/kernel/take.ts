/** Streams of a chunk that is being read. */
import { HITS, LANES, RESIDUALS } from "./layout";

const MOST_NUMBER_BYTES = 5;

/** Items that are as expected before the next one that is not. */
let run: u32 = 0;
let hitsAt: usize = 0;
let residualsAt: usize = 0;
let lanesAt: usize = 0;
let hitsStop: usize = 0;
let residualsStop: usize = 0;
let lanesStop: usize = 0;
let isSound = true;

/** Begins to read streams of so many bytes. */
export function beginReading(hits: i32, residuals: i32, lanes: i32): void {
  hitsAt = HITS;
  residualsAt = RESIDUALS;
  lanesAt = LANES;
  hitsStop = HITS + hits;
  residualsStop = RESIDUALS + residuals;
  lanesStop = LANES + lanes;
  isSound = true;
  run = takeRun();
}

/** What was read makes no sense. */
export function fail(): void {
  isSound = false;
}

/** Nothing has been read from behind the end of a stream, and all of it made sense. */
export function isReadable(): bool {
  return isSound && hitsAt <= hitsStop && residualsAt <= residualsStop && lanesAt <= lanesStop;
}

/** Nothing is left. */
export function isFinished(): bool {
  return run === 0 && hitsAt === hitsStop && residualsAt === residualsStop && lanesAt === lanesStop;
}

/** Where the next residual stands, to read it once more. */
export function residualMark(): usize {
  return residualsAt;
}

export function returnTo(mark: usize): void {
  residualsAt = mark;
}

function takeRun(): u32 {
  let value: u32 = 0;
  for (let n = 0; n < MOST_NUMBER_BYTES; n++) {
    const byte: u32 = load<u8>(hitsAt);
    hitsAt++;
    value |= (byte & 127) << (7 * n);
    if (byte < 128) break;
  }
  return value;
}

export function takeByte(): i32 {
  const value = load<u8>(residualsAt);
  residualsAt++;
  return value;
}

export function takeWord(): i32 {
  const value = load<i32>(residualsAt);
  residualsAt += 4;
  return value;
}

export function takeNumber(): i32 {
  let value = 0;
  for (let n = 0; n < MOST_NUMBER_BYTES; n++) {
    const byte: i32 = takeByte();
    value |= (byte & 127) << (7 * n);
    if (byte < 128) break;
  }
  return value;
}

export function takeSigned(): i32 {
  const value = takeNumber();
  return (value >>> 1) ^ -(value & 1);
}

/** True: the next item is as expected. Otherwise it has to be read, and then `missed` called. */
export function hit(): bool {
  if (run === 0) return false;
  run--;
  return true;
}

export function missed(): void {
  run = takeRun();
}

export function takeItem(expected: i32): i32 {
  if (hit()) return expected;
  const value = expected + takeSigned();
  missed();
  return value;
}

export function takeLanes(at: usize, bytes: i32): void {
  memory.copy(at, lanesAt, bytes);
  lanesAt += bytes;
}

export function takeLane(): i32 {
  const word = load<i32>(lanesAt);
  lanesAt += 4;
  return word;
}
