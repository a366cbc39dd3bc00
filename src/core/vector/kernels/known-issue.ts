/**
 * The timing of an instruction that the vector unit has been seen to take in the same state before: a cache of the edges of
 * ../unit-memo.ts, which ../known-issues.ts fills. Addresses of src/core/state.ts.
 */
const READY: usize = 0x4100 + 4 * 39;
/** Number of the state, relative time of the last issue, and how many have been found here. */
const NODE: usize = 0x12108;
const LAST: usize = 0x1210c;
const FOUND: usize = 0x12110;
/** Entries of 32 bytes: state, cycles since the last issue, instruction; next state, cycles until the unit takes another one. */
const EDGES: usize = 0x1b000;
const INDEX_BITS: u32 = 9;
const LATENCY_SHIFT: i32 = 20;

/** Where the edge has its place. */
export function edgeAddress(node: i32, delta: i32, instruction: i32): usize {
  const hash: u32 = (node * 0x9e3779b1) ^ (delta * 0x85ebca6b) ^ (instruction * 0xc2b2ae35);
  return EDGES + ((<usize>(hash >>> (32 - INDEX_BITS))) << 5);
}

/** As the unit's `issue` for relative time t; 0: it is not known here, and nothing has happened. */
export function issueKnown(packed: i32, t: i32, latency: i32): i32 {
  const node = load<i32>(NODE);
  const delta = t - load<i32>(LAST);
  const instruction = packed | (latency << LATENCY_SHIFT);
  const edge = edgeAddress(node, delta, instruction);
  if (load<i32>(edge) !== node || load<i32>(edge, 4) !== delta || load<i32>(edge, 8) !== instruction)
    return 0;
  store<i32>(NODE, load<i32>(edge, 12));
  store<i32>(LAST, t);
  store<i32>(READY, t + load<i32>(edge, 16));
  store<i32>(FOUND, load<i32>(FOUND) + 1);
  return 1;
}
