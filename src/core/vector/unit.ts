import { NEVER, UnitCycle, type VectorTimingObserver } from "./unit-cycle.ts";
import { captureUnit, restoreUnit, UnitMemo, type UnitNode } from "./unit-memo.ts";
import { LAST_ISSUE, QUEUE, SCALAR, UnitState, VECTOR_UNIT_STATE_BYTES } from "./unit-state.ts";
import { pack } from "./unit-word.ts";

export type { VectorTimingObserver } from "./unit-cycle.ts";
export { VECTOR_UNIT_STATE_BYTES } from "./unit-state.ts";

/** From issue to the first cycle in which the instruction can be popped from the queue. */
const ISSUE_TO_POP = 3;
/** The scalar pipeline holds a vector instruction back while this many entries sit in the queue. */
const ALMOST_FULL = 2;
/** Times are counted from a new origin when the unit is used after this many cycles; no instruction takes so long. */
const REBASE = 0x1000_0000;
const LONG_AGO = -1000;
/** Pauses between instructions that are told apart, and how long an idle unit still remembers its last one. */
const LONGEST_DELTA = 1000;
const IDLE = 50;
const memo = new UnitMemo();

export interface UnitMark {
  readonly node: UnitNode | undefined;
  readonly words: Int32Array;
  readonly origin: number;
  readonly lastIssue: number;
}

/**
 * Timing of the vector unit: when the scalar pipeline is held back, when everything is finished.
 * Knows no values; the kernels compute those in program order at issue, which is a legal refinement because
 * execution out of order inside the unit is not visible (timing-measured). Simulated cycle by cycle (fxv-isa
 * section 7, timing-measured section 2), but only as far as an answer needs it.
 *
 * All cycles are the PPU's own, counted as in the golden programs (0 = first clock after reset release), and must
 * not run backwards from call to call.
 */
export class VectorUnit {
  readonly #state: UnitState;
  readonly #cycle: UnitCycle;
  /** The state behind the last issue, as far as it is known; `#state` is then up to date only if `#isFresh`. */
  #node: UnitNode | undefined;
  #isFresh = true;
  readonly #remembers: boolean;

  /**
   * Keeps its state in `VECTOR_UNIT_STATE_BYTES` bytes at `byteOffset` (a multiple of 8) of the buffer. `remembers: false`
   * simulates everything, also what has been seen before.
   */
  constructor(
    buffer: ArrayBufferLike = new ArrayBuffer(VECTOR_UNIT_STATE_BYTES),
    byteOffset = 0,
    { remembers = true } = {},
  ) {
    this.#remembers = remembers;
    this.#state = new UnitState(buffer, byteOffset);
    this.#cycle = new UnitCycle(this.#state);
    this.reset();
  }

  /** Empties all queues; the unit then accepts an instruction in any cycle >= 0. */
  reset(): void {
    const state = this.#state;
    const { scalars } = state;
    state.words.fill(0);
    state.writer.fill(-1);
    scalars[SCALAR.nextWritten] = NEVER;
    scalars[SCALAR.storeRelease] = NEVER;
    scalars[SCALAR.conditionFree] = LONG_AGO;
    scalars[SCALAR.lastParallelWrite] = LONG_AGO;
    state.lastRead.fill(LONG_AGO);
    state.nextStart.fill(LONG_AGO);
    state.origin.fill(0);
    this.restored();
  }

  /** The buffer holds another state. */
  restored(): void {
    this.#node = undefined;
    this.#isFresh = true;
  }

  /**
   * Writes the state into a copy of the buffer, in the one form that does not depend on how far it was simulated.
   * `byteOffset` as in the constructor.
   */
  save(buffer: ArrayBufferLike, byteOffset: number): void {
    this.#refresh();
    const state = this.#state;
    const at = state.origin[LAST_ISSUE];
    const words = this.#lookAhead(() => {
      this.#catchUp(at - state.origin[0]);
      return captureUnit(state, at);
    });
    const copy = new UnitState(buffer, byteOffset);
    restoreUnit(copy, words, at);
    copy.origin[LAST_ISSUE] = at;
  }

  /** The state behind the last issue, where it is one that is remembered. */
  get node(): UnitNode | undefined {
    return this.#node;
  }

  get lastIssue(): number {
    return this.#state.origin[LAST_ISSUE];
  }

  /** So many instructions have been issued, by edges that are remembered, the last one in that cycle. */
  moveTo(node: UnitNode, lastIssue: number, issued: number): void {
    memo.count(issued);
    this.#node = node;
    this.#isFresh = false;
    this.#state.origin[LAST_ISSUE] = lastIssue;
  }

  /** Where the unit is, for `goBack`. */
  mark(): UnitMark {
    const state = this.#state;
    const node = this.#node;
    const words = node ? node.words : state.words.slice();
    return { node, words, origin: state.origin[0], lastIssue: state.origin[LAST_ISSUE] };
  }

  /** Nothing that was issued since has happened. */
  goBack({ node, words, origin, lastIssue }: UnitMark): void {
    this.#node = node;
    this.#isFresh = node === undefined;
    this.#state.origin[LAST_ISSUE] = lastIssue;
    if (node === undefined) restoreUnit(this.#state, words, origin);
  }

  /** Watches what happens inside, as far as it is simulated; undefined ends it. */
  observe(observer: VectorTimingObserver | undefined): void {
    this.#refresh();
    this.#node = undefined;
    this.#cycle.observer = observer;
  }

  /**
   * Issues one vector instruction.
   * @param timing index into VECTOR_TIMING_CLASSES (`vectorTimingIndex(row.timing)`), decoded once per address
   * @param vrt,vra,vrb register fields of the word, as they are; fields the class does not use are ignored
   * @param predicated 1 when the instruction reads VCR: `selectsByCondition(row)` and the cond field is not 0
   * @param cycle issue cycle; at least what the previous call returned
   * @param latency response delay in cycles of the vector memory port (vectorLoad, vectorStore: the `Lv`) or of the
   *   parallel port (`Lp`), 1 = response in the cycle after the command; ignored for other classes
   * @returns the earliest cycle in which the scalar pipeline may issue a further VECTOR instruction
   *   (>= cycle + 1; scalar instructions do not wait for it)
   */
  issue(
    timing: number,
    vrt: number,
    vra: number,
    vrb: number,
    predicated: number,
    cycle: number,
    latency: number,
  ): number {
    return this.issuePacked(pack(timing, vrt, vra, vrb, predicated), cycle, latency);
  }

  /** As `issue`, for an instruction as `pack` gives it. */
  issuePacked(word: number, cycle: number, latency: number): number {
    const { origin } = this.#state;
    if (!this.#remembers || this.#cycle.observer || !memo.isWorthwhile()) {
      this.#refresh();
      this.#node = undefined;
      origin[LAST_ISSUE] = cycle;
      return this.#simulate(word, cycle, latency);
    }
    const node = this.#node;
    const delta = node ? this.#delta(node, cycle - origin[LAST_ISSUE]) : 0;
    const known = node && memo.edge(node, delta, word, latency);
    if (known) {
      this.#isFresh = false;
      this.#node = known.node;
      origin[LAST_ISSUE] = cycle;
      return cycle + known.ready;
    }
    this.#refresh();
    origin[LAST_ISSUE] = cycle;
    const next = this.#simulate(word, cycle, latency);
    this.#node = memo.nodeOf(captureUnit(this.#state, cycle));
    if (node) memo.addEdge(node, { delta, word, latency, ready: next - cycle, node: this.#node });
    return next;
  }

  /** Cycles since the last issue; when the unit is idle for long, it does not matter for how long. */
  #delta(node: UnitNode, cycles: number): number {
    return cycles > LONGEST_DELTA && this.#drainedBehind(node) < LONGEST_DELTA - IDLE
      ? LONGEST_DELTA
      : cycles;
  }

  #drainedBehind(node: UnitNode): number {
    if (node.drained === undefined) {
      this.#refresh();
      node.drained = this.#lookAhead(() => this.#drain()) - this.#state.origin[LAST_ISSUE];
    }
    return node.drained;
  }

  /** The buffer as the node says. */
  #refresh(): void {
    if (this.#isFresh) return;
    restoreUnit(this.#state, this.#node!.words, this.#state.origin[LAST_ISSUE]);
    this.#isFresh = true;
  }

  #simulate(word: number, cycle: number, latency: number): number {
    const state = this.#state;
    const { scalars } = state;
    if (cycle - state.origin[0] > REBASE) this.#rebase(cycle);
    let time = cycle - state.origin[0];
    this.#catchUp(time);
    const entry = (scalars[SCALAR.queueHead] + scalars[SCALAR.queueCount]++) & (QUEUE - 1);
    state.queueWord[entry] = word;
    state.queueLatency[entry] = latency;
    state.queueArrival[entry] = time + ISSUE_TO_POP;
    time++;
    if (this.#arrivedBy(time) >= ALMOST_FULL) {
      this.#advance(time);
      while (this.#arrivedBy(time) >= ALMOST_FULL) time = this.#advanceToPop();
    }
    return state.origin[0] + time;
  }

  /**
   * Cycle in which an instruction directly behind a `sync` issues as far as the vector unit is concerned; not after
   * the present when the unit is idle. With an observer nothing may be issued before that cycle afterwards.
   */
  drainedAt(): number {
    if (this.#cycle.observer) return this.#drain();
    if (!this.#node) return this.#lookAhead(() => this.#drain());
    return this.#state.origin[LAST_ISSUE] + this.#drainedBehind(this.#node);
  }

  /** What `simulate` returns, which leaves nothing behind. */
  #lookAhead<T>(simulate: () => T): T {
    const saved = [this.#state.words.slice(), this.#state.origin[0]] as const;
    const result = simulate();
    restoreUnit(this.#state, ...saved);
    return result;
  }

  #drain(): number {
    const { origin, scalars } = this.#state;
    while (scalars[SCALAR.live] !== 0 || scalars[SCALAR.queueCount] !== 0)
      this.#advance(scalars[SCALAR.now] + REBASE);
    return origin[0] + scalars[SCALAR.drained];
  }

  /** Entries known to sit in the queue at `time`. */
  #arrivedBy(time: number): number {
    const { scalars, queueArrival } = this.#state;
    let count = 0;
    for (let i = 0; i < scalars[SCALAR.queueCount]; i++) {
      if (queueArrival[(scalars[SCALAR.queueHead] + i) & (QUEUE - 1)] <= time) count++;
    }
    return count;
  }

  /** Simulates all cycles before `until`, or until nothing is left to do. */
  #advance(until: number): void {
    const { scalars } = this.#state;
    let now = scalars[SCALAR.now];
    while (now < until) {
      if (this.#cycle.step(now)) now++;
      else {
        const next = this.#cycle.nextEvent(now);
        if (next === NEVER) break;
        now = Math.min(next, until);
      }
    }
    scalars[SCALAR.now] = now;
  }

  /** Simulates all cycles before `time`, those in which nothing is left to do included. */
  #catchUp(time: number): void {
    const { scalars } = this.#state;
    this.#advance(time);
    scalars[SCALAR.now] = Math.max(scalars[SCALAR.now], time);
  }

  /** Simulates until an entry leaves the queue; returns the cycle after that. */
  #advanceToPop(): number {
    const { scalars } = this.#state;
    const count = scalars[SCALAR.queueCount];
    let now = scalars[SCALAR.now];
    do now = this.#cycle.step(now) ? now + 1 : this.#cycle.nextEvent(now);
    while (scalars[SCALAR.queueCount] === count);
    scalars[SCALAR.now] = now;
    return now;
  }

  /** Times count from `cycle` on. The unit may be busy, but not twice as long as since the origin of now. */
  #rebase(cycle: number): void {
    const state = this.#state;
    const time = Math.min(cycle - state.origin[0], 2 * REBASE);
    this.#catchUp(time);
    restoreUnit(state, captureUnit(state, state.origin[0] + time), cycle);
  }
}
