/**
 * Lets translated code follow the states of the vector unit by itself, as long as it comes by edges that are known: the
 * counterpart of kernels/known-issue.ts. While translated code runs, the state is what stands in the memory of the PPU; else
 * it is the unit's.
 */
import { COUNTER, DERIVED_LAYOUT, SPECIAL, type State } from "../state.ts";
import type { VectorUnit } from "./unit.ts";
import type { UnitNode } from "./unit-memo.ts";

/** Words of `DERIVED_LAYOUT.unit`. */
const [NODE, LAST, FOUND, PLACE] = [0, 1, 2, 3];
const UNKNOWN = 0;
/** Two edges have their place together. */
const EDGE_WORDS = 8;
const PLACES = 256;
const PLACE_WORDS = 2 * EDGE_WORDS;
const LATENCY_SHIFT = 20;
const LATENCIES = 1 << 11;
/** What `LAST` is where the last issue is longer ago. */
const LONG_AGO = -0x4000_0000;
/** Longer pauses mean the same in a unit that has nothing to do, which is for the unit to know. */
const LONGEST_DELTA = 1000;
/** States that may stand among the edges. */
const MOST_NODES = 4000;

/** Where edges from a state stand, as an index of words. */
const placeOf = (node: number) => (node & (PLACES - 1)) * PLACE_WORDS;
const addressOf = (place: number) => DERIVED_LAYOUT.unitEdges + 4 * place;

export class KnownIssues {
  readonly #state: State;
  readonly #unit: VectorUnit;
  readonly #words: Int32Array;
  readonly #edges: Int32Array;
  /** By number, all that stand among the edges. */
  readonly #nodes = new Map<number, UnitNode>();

  constructor(state: State, unit: VectorUnit) {
    const { buffer } = state.memory;
    this.#state = state;
    this.#unit = unit;
    this.#words = new Int32Array(buffer, DERIVED_LAYOUT.unit, 4);
    this.#edges = new Int32Array(buffer, DERIVED_LAYOUT.unitEdges, PLACES * PLACE_WORDS);
  }

  /** Before translated code runs. */
  enter(): void {
    const { node, lastIssue } = this.#unit;
    const number = node ? node.number : UNKNOWN;
    this.#words[NODE] = number;
    this.#words[PLACE] = addressOf(placeOf(number));
    this.#words[LAST] = Math.max(lastIssue - this.#base, LONG_AGO);
    if (node) this.#nodes.set(node.number, node);
  }

  /** Behind it, and whenever it calls something that asks the unit. */
  leave(): void {
    const found = this.#words[FOUND];
    if (found === 0) return;
    this.#words[FOUND] = 0;
    this.#unit.moveTo(this.#nodes.get(this.#words[NODE])!, this.#base + this.#words[LAST], found);
  }

  /** An instruction at relative t whose edge is not known here. */
  issue(packed: number, t: number, latency: number): void {
    this.leave();
    const unit = this.#unit;
    const base = this.#base;
    const before = unit.node;
    const delta = base + t - unit.lastIssue;
    const ready = unit.issuePacked(packed, base + t, latency) - base;
    this.#state.special[SPECIAL.vectorReady] = ready;
    const { node } = unit;
    if (before && node && delta <= LONGEST_DELTA && latency < LATENCIES) {
      this.#learn(before, delta, packed | (latency << LATENCY_SHIFT), node, ready - t);
    }
    this.enter();
  }

  #learn(before: UnitNode, delta: number, instruction: number, node: UnitNode, ready: number): void {
    if (this.#nodes.size > MOST_NODES) {
      this.#nodes.clear();
      this.#edges.fill(0);
    }
    this.#nodes.set(node.number, node);
    const place = placeOf(before.number);
    // The one that was learnt last comes first.
    this.#edges.copyWithin(place + EDGE_WORDS, place, place + EDGE_WORDS);
    this.#edges.set(
      [before.number, delta, instruction, node.number, ready, addressOf(placeOf(node.number))],
      place,
    );
  }

  get #base(): number {
    return this.#state.counters[COUNTER.base];
  }
}
