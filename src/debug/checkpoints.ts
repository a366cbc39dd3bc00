/** Snapshots along the course that share unchanged parts, thinned out to stay within a budget of memory. */
import type { ChipSnapshot } from "../chip/index.ts";
import { isBefore, samePosition, totalOf } from "./position.ts";
import type { Position } from "./types.ts";

export interface Checkpoint {
  readonly position: Position;
  readonly snapshot: ChipSnapshot;
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** `next` with every typed array that equals the one of `previous` in the same place replaced by that one. */
function share<T>(previous: unknown, next: T): T {
  if (typeof next !== "object" || next === null) return next;
  if (ArrayBuffer.isView(next)) {
    if (!ArrayBuffer.isView(previous) || previous.byteLength !== next.byteLength) return next;
    return Buffer.compare(bytesOf(previous), bytesOf(next)) === 0 ? (previous as unknown as T) : next;
  }
  const before = (typeof previous === "object" ? previous : null) as Record<string, unknown> | null;
  if (Array.isArray(next)) return next.map((part, index) => share(before?.[index], part)) as T;
  return Object.fromEntries(
    Object.entries(next).map(([key, part]) => [key, share(before?.[key], part)]),
  ) as T;
}

function* arraysIn(value: unknown): Generator<ArrayBufferView> {
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) yield value;
  else for (const part of Object.values(value)) yield* arraysIn(part);
}

export class Checkpoints {
  /** In the order of the course; the first one is the begin of the history. */
  readonly #list: Checkpoint[] = [];
  readonly #users = new Map<ArrayBufferLike, number>();
  readonly budget: number;
  /** Bytes of all snapshots, shared parts counted once. */
  bytes = 0;

  constructor(budget: number) {
    this.budget = budget;
  }

  get size(): number {
    return this.#list.length;
  }

  get first(): Checkpoint {
    return this.#list[0];
  }

  at(index: number): Checkpoint {
    return this.#list[index];
  }

  /** Index of the last checkpoint that certainly lies before the place, or at it; 0 if in doubt. */
  lastBefore(position: Position): number {
    return this.#last(
      (checkpoint) => isBefore(checkpoint.position, position) || samePosition(checkpoint.position, position),
    );
  }

  /** Index of the last checkpoint at which a PPU (side 0 top, 1 bottom) has retired less than `count` instructions. */
  lastBelow(side: 0 | 1, count: number): number {
    return this.#last(({ position }) => position.instructions[side] < count);
  }

  /** Keeps a snapshot of a place; nothing happens when there is one already. */
  add(position: Position, take: () => ChipSnapshot): void {
    const before = this.lastBefore(position);
    const previous = this.#list[before];
    if (previous && samePosition(previous.position, position)) return;
    const snapshot = share(previous?.snapshot, take());
    this.#list.splice(before + 1, 0, { position, snapshot });
    this.#count(snapshot, 1);
    this.#thin(totalOf(position));
  }

  /** Forgets everything that is not certainly before a place, except the begin. */
  truncate(position: Position): void {
    const kept = this.#last((checkpoint) => isBefore(checkpoint.position, position));
    for (const { snapshot } of this.#list.splice(kept + 1)) this.#count(snapshot, -1);
  }

  clear(): void {
    this.#list.length = 0;
    this.#users.clear();
    this.bytes = 0;
  }

  #last(test: (checkpoint: Checkpoint) => boolean): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (test(this.#list[middle])) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #count(snapshot: ChipSnapshot, change: 1 | -1): void {
    for (const { buffer } of arraysIn(snapshot)) {
      const users = (this.#users.get(buffer) ?? 0) + change;
      if (users === 0) this.#users.delete(buffer);
      else this.#users.set(buffer, users);
      if (users === (change === 1 ? 1 : 0)) this.bytes += change * buffer.byteLength;
    }
  }

  /** Removes the checkpoints that are missed least: small gaps far away from `now`. The first and the last one stay. */
  #thin(now: number): void {
    while (this.bytes > this.budget && this.#list.length > 2) {
      let victim = 1;
      let least = Number.POSITIVE_INFINITY;
      for (let at = 1; at < this.#list.length - 1; at++) {
        const gap = totalOf(this.#list[at + 1].position) - totalOf(this.#list[at - 1].position);
        const loss = gap / (1 + Math.abs(now - totalOf(this.#list[at].position)));
        if (loss < least) [least, victim] = [loss, at];
      }
      const [{ snapshot }] = this.#list.splice(victim, 1);
      this.#count(snapshot, -1);
    }
  }
}
