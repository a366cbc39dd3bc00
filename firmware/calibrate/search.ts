/**
 * Binary search over the range of a knob, 64 instances in a vector register: then two measurements more around the result,
 * of which the nearer one wins. Codes, measurements and targets are halfwords; the least code is 0.
 */
import { VECTOR_RANDOM } from "../lib/addresses";
import { EQ, GT, type Halves, LT, loadBytes, loadHalves, readBytes, splatBytes, splatHalves, sync } from "../lib/vector";
import { MOST_CELL } from "./knobs";

/** Starts of analog cells are scattered by so many steps, so that few cells share a value. */
const SCATTER: i32 = 5;

/** What a search measured, and what it aims at: up to 256 instances. */
export const measured = memory.data(512, 128);

/** A state has arrays of 128 bytes a vector: codes, targets, differences to them, and marks. */
const PROBE: u32 = 0;
const TARGET: u32 = 1;
const LOW: u32 = 2;
const HIGH: u32 = 3;
const EXCESS: u32 = 4;
const ENDS: u32 = 5;

/** Bytes of a state. */
// @ts-ignore: decorator
@inline
export function stateBytes(vectors: u32): u32 {
  return 768 * vectors;
}

/** Address of the codes that a search tries, and that it found in the end. */
// @ts-ignore: decorator
@inline
export function codesOf(state: usize): usize {
  return state;
}

/** Address of the targets, to be filled before the search. */
// @ts-ignore: decorator
@inline
export function targetsOf(state: usize, vectors: u32): usize {
  return state + 128 * vectors * TARGET;
}

/** Address of halfwords that are 1 where the search ended at an end of the range, else 0. */
// @ts-ignore: decorator
@inline
export function endsOf(state: usize, vectors: u32): usize {
  return state + 128 * vectors * ENDS;
}

/** Seeds the random generator of every column. */
// @ts-ignore: decorator
@cold
export function seedScatter(seed: u32): void {
  for (let parity: u32 = 0; parity < 2; parity++) {
    for (let lane: u32 = 0; lane < 128; lane++) {
      seed = seed * 1664525 + 1013904223;
      store<u8>(measured + lane, seed >> 24);
    }
    sync();
    loadBytes(measured).write(VECTOR_RANDOM, parity);
    sync();
  }
}

/** -SCATTER..SCATTER in each lane. */
function scatter(parity: u32): Halves {
  const random = splatBytes(0).upckbl(readBytes(VECTOR_RANDOM, parity));
  return ((random * splatHalves(2 * SCATTER + 1)) >>> 8) - splatHalves(SCATTER);
}

/** How far vector `at` of the measurements lies beyond its target. */
// @ts-ignore: decorator
@inline
function excess(state: usize, size: u32, at: u32, direction: i32): Halves {
  const value = loadHalves(measured, at);
  const target = loadHalves(state, size * TARGET + at);
  return direction > 0 ? value.subfs(target) : target.subfs(value);
}

/**
 * Finds for each instance the code 0..`most` whose measurement is next to its target, sets it, and marks ends of the range.
 * @param state `stateBytes(vectors)` bytes, with the targets
 * @param direction 1: what is measured rises with the code, -1: it falls
 * @param apply sets the codes at `codesOf(state)`
 * @param measure leaves measurements in `measured`
 */
export function search(
  state: usize,
  vectors: u32,
  most: i32,
  direction: i32,
  apply: () => void,
  measure: () => void,
): void {
  const size: u32 = 128 * vectors;
  const start = (most + 1) >> 1;
  // The wanted crossing lies between code `low` (not above the target) and code `high` (above it).
  for (let at: u32 = 0; at < size; at += 128) {
    let probe = splatHalves(start);
    if (most == MOST_CELL) probe = probe + scatter((at >> 8) & 1);
    probe.store(state, size * PROBE + at);
    splatHalves(0).store(state, size * LOW + at);
    splatHalves(most + 1).store(state, size * HIGH + at);
  }
  // The first probe leaves at most so many codes; each further one leaves half of them.
  let left = most + 1 - start + (most == MOST_CELL ? SCATTER : 0);
  for (let more = true; more; ) {
    apply();
    measure();
    for (let at: u32 = 0; at < size; at += 128) {
      const probe = loadHalves(state, size * PROBE + at);
      let low = loadHalves(state, size * LOW + at);
      let high = loadHalves(state, size * HIGH + at);
      const least = probe.max(low + splatHalves(1));
      const greatest = probe.max(low);
      excess(state, size, at, direction).cmp();
      high = high.sel(least, GT);
      low = greatest.sel(low, GT);
      high.store(state, size * HIGH + at);
      low.store(state, size * LOW + at);
      ((low + high) >>> 1).store(state, size * PROBE + at);
    }
    more = left > 1;
    left = (left + 1) >> 1;
  }
  for (let at: u32 = 0; at < size; at += 128) {
    loadHalves(state, size * LOW + at).store(state, size * PROBE + at);
  }
  apply();
  measure();
  for (let at: u32 = 0; at < size; at += 128) {
    excess(state, size, at, direction).store(state, size * EXCESS + at);
    loadHalves(state, size * HIGH + at).min(splatHalves(most)).store(state, size * PROBE + at);
  }
  apply();
  measure();
  for (let at: u32 = 0; at < size; at += 128) {
    const low = loadHalves(state, size * LOW + at);
    const upper = loadHalves(state, size * PROBE + at);
    const atLow = loadHalves(state, size * EXCESS + at);
    const upperMiss = excess(state, size, at, direction).abs();
    const lowMiss = atLow.abs();
    upperMiss.subfs(lowMiss).cmp();
    let code = low.sel(upper, LT);
    // Below the range there is nothing nearer, however noise makes the neighbour look.
    const one = splatHalves(1);
    atLow.cmp();
    const below = one.sel(low, GT);
    below.cmp();
    code = code.sel(below, EQ);
    code.store(state, size * PROBE + at);
    code.cmp();
    let end = splatHalves(0).sel(one, EQ);
    (code - splatHalves(most)).cmp();
    end = end.sel(one, EQ);
    end.store(state, size * ENDS + at);
  }
  apply();
}
