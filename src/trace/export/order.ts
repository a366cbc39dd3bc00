/** Putting what a trace tells into the order of time, in bounded memory. */
import { PPUS, type Trace, type TraceRecord } from "../model.ts";

interface Entry<T> {
  readonly cycle: number;
  readonly number: number;
  readonly item: T;
}

const isBefore = <T>(a: Entry<T>, b: Entry<T>): boolean =>
  a.cycle < b.cycle || (a.cycle === b.cycle && a.number < b.number);

/** Items by cycle; at the same cycle in the order in which they came. */
export class TimeQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #number = 0;
  /** What comes for an earlier cycle than the last one taken out counts for that one. */
  #last = 0;

  push(cycle: number, item: T): void {
    const entry = { cycle: Math.max(cycle, this.#last), number: this.#number++, item };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes out everything before a cycle. */
  *before(cycle: number): Generator<readonly [cycle: number, item: T]> {
    while (this.#heap.length > 0 && this.#heap[0].cycle < cycle) {
      const { cycle: time, item } = this.#take();
      this.#last = time;
      yield [time, item];
    }
  }

  #take(): Entry<T> {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** So much earlier than a PPU's last instruction a device may cause an event that stands behind it. */
const LATENESS = 64;

interface Head {
  readonly iterator: Iterator<TraceRecord>;
  record: TraceRecord | undefined;
  /** Of the last record that was no event and no conversion. */
  last: number;
}

const isTimed = ({ kind }: TraceRecord): boolean => kind !== "event" && kind !== "conversion";

/** Nothing that a head and what follows it tell lies before this cycle. */
function horizonOf({ record, last }: Head): number {
  if (!record) return Number.POSITIVE_INFINITY;
  if (!isTimed(record)) return last - LATENESS;
  const stalls =
    record.kind === "instruction" ? record.stalls.reduce((sum, { cycles }) => sum + cycles, 0) : 0;
  return record.cycle - stalls - LATENESS;
}

/**
 * Records of both PPUs as `mergedRecords` gives them, each with a cycle before which no later record has to tell anything:
 * waiting begins before an instruction issues, and events come behind the instructions that cause them.
 */
export function* withHorizon(trace: Trace): Generator<readonly [record: TraceRecord, horizon: number]> {
  const heads = PPUS.map((ppu): Head => {
    const iterator = trace.records(ppu)[Symbol.iterator]();
    return { iterator, record: iterator.next().value as TraceRecord | undefined, last: 0 };
  });
  const [top, bottom] = heads;
  while (top.record || bottom.record) {
    const isTop = !bottom.record || (top.record !== undefined && top.record.cycle <= bottom.record.cycle);
    const head = isTop ? top : bottom;
    const record = head.record!;
    if (isTimed(record)) head.last = Math.max(head.last, record.cycle);
    head.record = head.iterator.next().value as TraceRecord | undefined;
    yield [record, Math.min(...heads.map(horizonOf))];
  }
}
