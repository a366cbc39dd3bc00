/** One side of a comparison: the records of a PPU with what lies before and behind the place that is compared. */
import type { PpuName, Trace, TraceRecord } from "../model.ts";
import { TraceState } from "../state.ts";
import type { Key } from "./align.ts";
import { History } from "./history.ts";
import { Queue } from "./queue.ts";
import type { Effect } from "./select.ts";
import type { Placed } from "./types.ts";

/** What is compared of a record: the record itself, or one of its effects. */
export interface Item {
  readonly placed: Placed;
  /** What stands in the same place has the same key. */
  readonly key: Key;
  readonly effect?: Effect;
}

/** Hands the items of a record on. */
export type Project = (placed: Placed, emit: (item: Item) => void) => void;

/** Records read ahead of the first item, at most: with few items among them windows get shorter. */
const MOST_AHEAD = 1 << 16;

export const isGap = (item: Item | undefined): boolean => item?.placed.record.kind === "gap";

export class Side {
  readonly trace: Trace;
  readonly ppu: PpuName;
  /** Registers at the begin. */
  readonly initial: TraceState;
  /** Registers before the record of the item at the head. */
  readonly state: TraceState;
  /** Records before the item at the head. */
  readonly history: History;
  readonly #iterator: Iterator<TraceRecord>;
  readonly #project: Project;
  readonly #records = new Queue<Placed>();
  readonly #items = new Queue<Item>();
  readonly #emit = (item: Item) => this.#items.push(item);
  #instructions = 0;
  #sequence = 0;
  #isDone = false;

  constructor(trace: Trace, ppu: PpuName, project: Project, historyLength: number) {
    this.trace = trace;
    this.ppu = ppu;
    this.#project = project;
    this.initial = TraceState.initial(trace, ppu);
    this.state = this.initial.copy();
    this.history = new History(ppu, historyLength);
    this.#iterator = trace.records(ppu)[Symbol.iterator]();
  }

  /** Instructions that were read so far. */
  get instructions(): number {
    return this.#instructions;
  }

  #pull(): void {
    const { done, value } = this.#iterator.next();
    if (done) {
      this.#isDone = true;
      return;
    }
    if (value.kind === "instruction") this.#instructions++;
    else if (value.kind === "gap") this.#instructions += value.instructions ?? 0;
    const placed = { record: value, instruction: this.#instructions, sequence: this.#sequence++ };
    this.#records.push(placed);
    this.#project(placed, this.#emit);
  }

  /** Reads ahead until so many items are there, the trace ends, or enough has been read. */
  #fill(count: number): void {
    while (this.#items.length < count && !this.#isDone && this.#records.length <= MOST_AHEAD) this.#pull();
  }

  /** Records before `sequence` become the past. */
  #pass(sequence: number): void {
    for (
      let placed = this.#records.at(0);
      placed && placed.sequence < sequence;
      placed = this.#records.at(0)
    ) {
      this.#records.shift();
      this.state.apply(placed.record);
      this.history.push(placed);
    }
  }

  /** The next item, with state and history right before its record; undefined at the end. */
  head(): Item | undefined {
    while (this.#items.length === 0 && !this.#isDone) {
      this.#pass(this.#sequence);
      this.#pull();
    }
    const item = this.#items.at(0);
    this.#pass(item ? item.placed.sequence : this.#sequence);
    return item;
  }

  /** Takes the item at the head; state and history stay until the next `head`. */
  take(): Item | undefined {
    return this.#items.shift();
  }

  /** The `index`-th item from the head, without moving; undefined beyond the end or what is read ahead at most. */
  peek(index: number): Item | undefined {
    this.#fill(index + 1);
    return this.#items.at(index);
  }

  /** True if the trace ends behind the items that are read. */
  get isEndInSight(): boolean {
    return this.#isDone;
  }

  /** Records from the one at the head on as far as they are read, the next instruction behind it included. */
  *coming(): Generator<Placed> {
    for (let index = 0; ; index++) {
      if (index >= this.#records.length && index < MOST_AHEAD && !this.#isDone) this.#pull();
      const placed = this.#records.at(index);
      if (!placed) return;
      yield placed;
    }
  }

  /** Ends the reading: a run stops here. */
  close(): void {
    this.#isDone = true;
    this.#iterator.return?.();
  }
}
