/**
 * What the vector unit has done before: its state in a form that equal futures share, and for each state and instruction
 * the state behind it. Loops come to states that they have been in, and need no simulation then.
 */
import { LS } from "./register-port.ts";
import { NEVER } from "./unit-cycle.ts";
import { QUEUE, RING, SCALAR, SLOTS, type UnitState } from "./unit-state.ts";

/** What is further back than that has no effect: reads and starts are compared with the cycle before. */
const PAST = -3;
const PLAIN_SCALARS = [
  SCALAR.phase,
  SCALAR.live,
  SCALAR.finishing,
  SCALAR.comparePending,
  SCALAR.conditionReaders,
];
const UNIT_SETS = [SCALAR.waiting, SCALAR.reading, SCALAR.writing];

/** A state of the unit; times count from the issue of the instruction that led to it. */
export interface UnitNode {
  /** From 1 on. */
  readonly number: number;
  readonly words: Int32Array;
  readonly edges: Map<number, UnitEdge[]>;
  /** The edge that was followed last. */
  last: UnitEdge | undefined;
  /** When everything is finished; found out when somebody asks. */
  drained: number | undefined;
}

export interface UnitEdge {
  /** Cycles from the issue that led to the state to that of the instruction. */
  readonly delta: number;
  /** The packed instruction, and the response delay of its port. */
  readonly word: number;
  readonly latency: number;
  /** Cycles from the issue until the unit takes another instruction. */
  readonly ready: number;
  readonly node: UnitNode;
}

/** Words of the state with times counted from cycle `at` (absolute), without what cannot be told from it any more. */
export function captureUnit(state: UnitState, at: number): Int32Array {
  const words = new Int32Array(state.words.length);
  const place = (view: Int32Array) =>
    words.subarray((view.byteOffset - state.words.byteOffset) >> 2).subarray(0, view.length);
  const shift = at - state.origin[0];
  const now = state.scalars[SCALAR.now] - shift;
  const oldest = now + PAST;
  const time = (value: number) => (value === NEVER ? NEVER : Math.max(value - shift, oldest));
  const exact = (value: number) => (value === NEVER ? NEVER : value - shift);
  const scalars = place(state.scalars);
  for (const index of [...PLAIN_SCALARS, ...UNIT_SETS]) scalars[index] = state.scalars[index];
  scalars[SCALAR.now] = now;
  scalars[SCALAR.queueCount] = state.scalars[SCALAR.queueCount];
  scalars[SCALAR.nextWritten] = time(state.scalars[SCALAR.nextWritten]);
  scalars[SCALAR.storeRelease] = time(state.scalars[SCALAR.storeRelease]);
  scalars[SCALAR.conditionFree] = time(state.scalars[SCALAR.conditionFree]);
  scalars[SCALAR.lastParallelWrite] = time(state.scalars[SCALAR.lastParallelWrite]);
  scalars[SCALAR.drained] = Math.max(state.scalars[SCALAR.drained] - shift, Math.min(now, 0));
  place(state.writer).set(state.writer);
  place(state.unread).set(state.unread);
  place(state.lastRead).set(state.lastRead.map(time));
  place(state.reserved).set(state.reserved);
  place(state.nextStart).set(state.nextStart.map(time));
  captureUnits(state, place, time, exact);
  for (let index = 0; index < state.scalars[SCALAR.queueCount]; index++) {
    const entry = (state.scalars[SCALAR.queueHead] + index) & (QUEUE - 1);
    place(state.queueWord)[index] = state.queueWord[entry];
    place(state.queueLatency)[index] = state.queueLatency[entry];
    place(state.queueArrival)[index] = time(state.queueArrival[entry]);
  }
  const transfers = transfersOf(state);
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!((state.scalars[SCALAR.live] >>> slot) & 1)) continue;
    for (const view of [state.word, state.latency, state.readsDone]) place(view)[slot] = view[slot];
    place(state.popped)[slot] = time(state.popped[slot]);
    if (transfers.has(slot)) {
      place(state.started)[slot] = exact(state.started[slot]);
      place(state.fromIdle)[slot] = state.fromIdle[slot];
    }
    if ((state.scalars[SCALAR.finishing] >>> slot) & 1)
      place(state.written)[slot] = exact(state.written[slot]);
  }
  return words;
}

/** Slots of vector loads and stores that have started and not written: how long ago still matters. */
function transfersOf(state: UnitState): Set<number> {
  const slots = new Set<number>();
  if ((state.scalars[SCALAR.reading] >>> LS) & 1) slots.add(state.reading[LS]);
  for (let index = 0; index < state.writeCount[LS]; index++) {
    slots.add(state.writing[LS * RING + ((state.writeHead[LS] + index) & (RING - 1))]);
  }
  return slots;
}

/** The rings from their first place on, and who is reading. */
function captureUnits(
  state: UnitState,
  place: (view: Int32Array) => Int32Array,
  time: (value: number) => number,
  exact: (value: number) => number,
): void {
  for (let unit = 0; unit < state.reserved.length; unit++) {
    if ((state.scalars[SCALAR.reading] >>> unit) & 1) {
      place(state.reading)[unit] = state.reading[unit];
      place(state.readAt)[unit] = time(state.readAt[unit]);
    }
    place(state.waitCount)[unit] = state.waitCount[unit];
    for (let index = 0; index < state.waitCount[unit]; index++) {
      const entry = unit * RING + ((state.waitHead[unit] + index) & (RING - 1));
      place(state.waiting)[unit * RING + index] = state.waiting[entry];
    }
    place(state.writeCount)[unit] = state.writeCount[unit];
    for (let index = 0; index < state.writeCount[unit]; index++) {
      const entry = unit * RING + ((state.writeHead[unit] + index) & (RING - 1));
      place(state.writing)[unit * RING + index] = state.writing[entry];
      place(state.writeAt)[unit * RING + index] = exact(state.writeAt[entry]);
    }
  }
}

export function restoreUnit(state: UnitState, words: Int32Array, at: number): void {
  state.words.set(words);
  state.origin[0] = at;
}

const MOST_NODES = 4000;
/** One in so many issues may be new; with more the simulation alone is faster. */
const WORTHWHILE = 8;
const TRIAL = 2000;
const PAUSE = 50_000;

/** States by their words; shared by all vector units, as they follow the same rules. */
export class UnitMemo {
  #nodes = new Map<number, UnitNode[]>();
  #size = 0;
  #made = 0;
  #issues = 0;
  #misses = 0;
  #pause = 0;

  /** False for a while when most of what comes is new. */
  isWorthwhile(): boolean {
    if (this.#pause > 0) {
      this.#pause--;
      return false;
    }
    if (++this.#issues < TRIAL) return true;
    if (this.#misses * WORTHWHILE > this.#issues) this.#pause = PAUSE;
    this.#issues = 0;
    this.#misses = 0;
    return true;
  }

  /** Issues that somebody else has followed. */
  count(issues: number): void {
    this.#issues += issues;
  }

  nodeOf(words: Int32Array): UnitNode {
    const hash = hashOf(words);
    let bucket = this.#nodes.get(hash);
    const known = bucket?.find((node) => equal(node.words, words));
    if (known) return known;
    if (this.#size >= MOST_NODES) {
      this.#nodes = new Map();
      this.#size = 0;
      bucket = undefined;
    }
    const node: UnitNode = {
      number: ++this.#made,
      words,
      edges: new Map(),
      last: undefined,
      drained: undefined,
    };
    if (bucket) bucket.push(node);
    else this.#nodes.set(hash, [node]);
    this.#size++;
    return node;
  }

  edge(node: UnitNode, delta: number, word: number, latency: number): UnitEdge | undefined {
    const { last } = node;
    if (last && last.delta === delta && last.word === word && last.latency === latency) return last;
    const bucket = node.edges.get(edgeKey(delta, word));
    const edge = bucket?.find((one) => one.delta === delta && one.word === word && one.latency === latency);
    if (edge) node.last = edge;
    return edge;
  }

  addEdge(node: UnitNode, edge: UnitEdge): void {
    this.#misses++;
    const key = edgeKey(edge.delta, edge.word);
    const bucket = node.edges.get(key);
    if (bucket) bucket.push(edge);
    else node.edges.set(key, [edge]);
    node.last = edge;
  }
}

/** Of the edges with that delta and instruction, and perhaps of others. */
const edgeKey = (delta: number, word: number) => (delta << 20) ^ word;

function hashOf(words: Int32Array): number {
  let hash = 0x811c9dc5 | 0;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193) ^ (word >>> 15);
  return hash;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
