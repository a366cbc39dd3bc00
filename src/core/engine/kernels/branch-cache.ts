/**
 * The branch cache (nux-core 7.2): fully associative, two-bit counters, updated by every executed branch. Both engines use
 * it over the memory of their PPU. For a branch in the SRAM everything about its entry stands in one word
 * (`branchState` of ../../state.ts):
 *
 *     entry + 1 (0: not in the cache) << 16 | destination << 2 | counter
 *
 * with the destination as the number of an SRAM word, or NOWHERE or ELSEWHERE.
 */

/** The addresses of src/core/state.ts. */
const BASE: usize = 0x4a00;
const FILLED: usize = 0x4100 + 4 * 27;
const TAG: usize = 0x4c00;
const TARGET: usize = 0x4d00;
const COUNTER: usize = 0x4e00;
const STATE: usize = 0xc000;

const SRAM_BYTES: u32 = 0x4000;
const SRAM_WORDS: u32 = 0x1000;
/** The branch was not taken last. */
const NOWHERE: u32 = SRAM_WORDS;
/** The target is not in the SRAM; it stands in TARGET of the entry. */
const ELSEWHERE: u32 = SRAM_WORDS + 1;
/** No aligned address: the TARGET of a branch outside the SRAM that was not taken last. */
const NO_TARGET: u32 = 0xffff_ffff;
const TAKEN: u32 = 2;
const STRONGLY_TAKEN: u32 = 3;
/** Value of the free-running replacement pointer at the update of a branch that issues in cycle 0. */
const ROUND_ROBIN_OFFSET: i64 = 3;

function find(pc: u32, entries: u32): i32 {
  for (let entry: u32 = 0; entry < entries; entry++) {
    if (load<u32>(TAG + 4 * entry) === pc) return entry;
  }
  return -1;
}

/** The entry that a new branch takes: the next free one, then round robin. */
function replace(t: u32, pc: u32, entries: u32): u32 {
  let entry = load<u32>(FILLED);
  if (entry < entries) store<u32>(FILLED, entry + 1);
  else {
    const cycle = <i64>load<f64>(BASE) + <i64>t + ROUND_ROBIN_OFFSET;
    entry = (entries & (entries - 1)) === 0 ? <u32>cycle & (entries - 1) : <u32>(cycle % <i64>entries);
    const old = load<u32>(TAG + 4 * entry);
    if (old < SRAM_BYTES) store<u32>(STATE + old, 0);
  }
  store<u32>(TAG + 4 * entry, pc);
  return entry;
}

function pack(entry: u32, destination: u32, counter: u32): u32 {
  return ((entry + 1) << 16) | (destination << 2) | counter;
}

/**
 * A taken branch at pc issues at t. `redirected`: it is the first fetch after a redirect, which is not looked up.
 * Returns 1 if the target was predicted.
 */
export function taken(pc: u32, target: u32, t: u32, redirected: i32, entries: u32): i32 {
  if (entries === 0) return 0;
  const destination = target < SRAM_BYTES ? target >>> 2 : ELSEWHERE;
  if (pc < SRAM_BYTES) {
    const state = load<u32>(STATE + pc);
    let entry: u32;
    let counter: u32 = STRONGLY_TAKEN;
    let right = 0;
    if (state !== 0) {
      entry = (state >>> 16) - 1;
      const before = state & 3;
      right = i32(
        before >= TAKEN &&
          redirected === 0 &&
          ((state >>> 2) & 0x3fff) === destination &&
          (destination !== ELSEWHERE || load<u32>(TARGET + 4 * entry) === target),
      );
      if (before < STRONGLY_TAKEN) counter = before + 1;
    } else entry = replace(t, pc, entries);
    if (destination === ELSEWHERE) store<u32>(TARGET + 4 * entry, target);
    store<u32>(STATE + pc, pack(entry, destination, counter));
    return right;
  }
  let entry = find(pc, entries);
  let right = 0;
  if (entry >= 0) {
    const counter = load<u32>(COUNTER + 4 * entry);
    right = i32(counter >= TAKEN && redirected === 0 && load<u32>(TARGET + 4 * entry) === target);
    if (counter < STRONGLY_TAKEN) store<u32>(COUNTER + 4 * entry, counter + 1);
  } else {
    entry = replace(t, pc, entries);
    store<u32>(COUNTER + 4 * entry, STRONGLY_TAKEN);
  }
  store<u32>(TARGET + 4 * entry, target);
  return right;
}

/** The same for a branch that is not taken. */
export function notTaken(pc: u32, t: u32, redirected: i32, entries: u32): i32 {
  if (entries === 0) return 1;
  if (pc < SRAM_BYTES) {
    const state = load<u32>(STATE + pc);
    if (state === 0) {
      store<u32>(STATE + pc, pack(replace(t, pc, entries), NOWHERE, TAKEN));
      return 1;
    }
    const counter = state & 3;
    store<u32>(STATE + pc, pack((state >>> 16) - 1, NOWHERE, counter > 0 ? counter - 1 : 0));
    return i32(counter < TAKEN || redirected !== 0);
  }
  let entry = find(pc, entries);
  let right = 1;
  if (entry >= 0) {
    const counter = load<u32>(COUNTER + 4 * entry);
    right = i32(counter < TAKEN || redirected !== 0);
    if (counter > 0) store<u32>(COUNTER + 4 * entry, counter - 1);
  } else {
    entry = replace(t, pc, entries);
    store<u32>(COUNTER + 4 * entry, TAKEN);
  }
  store<u32>(TARGET + 4 * entry, NO_TARGET);
  return right;
}
