/**
 * The timing of an instruction that the vector unit has been seen to take in the same state before: a cache of the edges of
 * ../unit-memo.ts, which ../known-issues.ts fills. Addresses of src/core/state.ts.
 */
const READY: usize = 0x4100 + 4 * 39;
/** Number of the state, relative time of the last issue, how many have been found here, and where edges from the state stand. */
const NODE: usize = 0x12108;
const LAST: usize = 0x1210c;
const FOUND: usize = 0x12110;
const PLACE: usize = 0x12114;
/**
 * An edge: number of the state, cycles since the last issue, instruction; number of the next state, cycles until the unit takes
 * another instruction, where edges from there stand.
 */
const EDGE_BYTES: usize = 32;
const LATENCY_SHIFT: i32 = 20;

/** As the unit's `issue` for relative time t; 0: it is not known here, and nothing has happened. */
export function issueKnown(packed: i32, t: i32, latency: i32): i32 {
  const node = load<i32>(NODE);
  const delta = t - load<i32>(LAST);
  const instruction = packed | (latency << LATENCY_SHIFT);
  let edge = load<usize>(PLACE);
  if (load<i32>(edge) !== node || load<i32>(edge, 4) !== delta || load<i32>(edge, 8) !== instruction) {
    edge += EDGE_BYTES;
    if (load<i32>(edge) !== node || load<i32>(edge, 4) !== delta || load<i32>(edge, 8) !== instruction)
      return 0;
  }
  store<i32>(NODE, load<i32>(edge, 12));
  store<i32>(LAST, t);
  store<i32>(READY, t + load<i32>(edge, 16));
  store<usize>(PLACE, load<usize>(edge, 20));
  store<i32>(FOUND, load<i32>(FOUND) + 1);
  return 1;
}
