/**
 * Which parts of two sequences belong together. `resynchronize` finds where two sequences that have parted meet again,
 * in linear time; `align` finds the shortest edit between short sequences (Myers, "An O(ND) difference algorithm and its
 * variations", 1986).
 */

/** Equal keys stand for the same thing. */
export type Key = number | string;

/** `a` elements of one sequence against `b` of the other; a match has as many of both. */
export interface Segment {
  readonly kind: "match" | "edit";
  readonly a: number;
  readonly b: number;
}

/** So many equal keys in a row are no accident. */
export const RUN = 8;
/** Longer edit scripts are not looked for. */
const MOST_EDITS = 1000;
/** Shorter matches between edits are taken for accidents. */
const LEAST_MATCH = 3;

/** Numbers for keys: the same for the same key. */
export class Numbering {
  readonly #numbers = new Map<Key, number>();

  of(key: Key): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

const numbered = (keys: readonly Key[], numbering: Numbering): Int32Array =>
  Int32Array.from(keys, (key) => numbering.of(key));

/** First places of runs of `RUN` numbers in a sequence. */
class Runs {
  readonly #sequence: Int32Array;
  /** By hash; one place for each run. */
  readonly #places = new Map<number, number[]>();

  constructor(sequence: Int32Array) {
    this.#sequence = sequence;
  }

  add(at: number): void {
    const hash = hashAt(this.#sequence, at);
    const places = this.#places.get(hash);
    if (!places) this.#places.set(hash, [at]);
    else if (this.find(this.#sequence, at) === undefined) places.push(at);
  }

  find(sequence: Int32Array, at: number): number | undefined {
    const places = this.#places.get(hashAt(sequence, at));
    return places?.find((place) => isSameRun(this.#sequence, place, sequence, at));
  }
}

function isSameRun(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  for (let i = 0; i < RUN; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

function hashAt(sequence: Int32Array, at: number): number {
  let hash = 0;
  for (let i = 0; i < RUN; i++) hash = (Math.imul(hash, 0x01000193) ^ sequence[at + i]) | 0;
  return hash;
}

/** Keys of one sequence as far as they are known, and whether it ends behind them. */
export interface Window {
  readonly keys: readonly Key[];
  readonly isEnd: boolean;
}

/** Behind the end of a sequence; the same for both, so that ends match. */
function padded({ keys, isEnd }: Window, numbering: Numbering): Int32Array {
  const numbers = new Int32Array(keys.length + (isEnd ? RUN : 0)).fill(-1);
  numbers.set(numbered(keys, numbering));
  return numbers;
}

/**
 * The first places from which on two sequences have a run of equal keys, or both end; as few elements as possible before
 * it in the longer part. Undefined: they do not meet inside the windows.
 */
export function resynchronize(a: Window, b: Window): { readonly a: number; readonly b: number } | undefined {
  const numbering = new Numbering();
  const sequences = [padded(a, numbering), padded(b, numbering)] as const;
  const [inA, inB] = [new Runs(sequences[0]), new Runs(sequences[1])];
  const last = sequences.map((sequence) => sequence.length - RUN);
  for (let at = 0; at <= Math.max(last[0], last[1]); at++) {
    if (at <= last[0]) inA.add(at);
    if (at <= last[1]) inB.add(at);
    if (at <= last[0] && at <= last[1] && isSameRun(sequences[0], at, sequences[1], at))
      return { a: at, b: at };
    const places = [
      { a: at, b: at <= last[0] ? inB.find(sequences[0], at) : undefined },
      { a: at <= last[1] ? inA.find(sequences[1], at) : undefined, b: at },
    ].filter((place): place is { a: number; b: number } => place.a !== undefined && place.b !== undefined);
    if (places.length > 0)
      return places.reduce((best, place) => (place.a + place.b < best.a + best.b ? place : best));
  }
  return undefined;
}

/** The first place in `keys` where `run` stands; undefined when it does not. */
export function findRun(run: readonly Key[], keys: readonly Key[]): number | undefined {
  for (let at = 0; at + run.length <= keys.length; at++) {
    if (run.every((key, i) => key === keys[at + i])) return at;
  }
  return undefined;
}

/**
 * Matches and edits that make one sequence of the other, as few edited elements as possible; one edit of everything
 * where that would take more than a thousand.
 */
export function align(a: readonly Key[], b: readonly Key[]): Segment[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const numbering = new Numbering();
  const middle = shortestEdit(
    numbered(a.slice(head, a.length - tail), numbering),
    numbered(b.slice(head, b.length - tail), numbering),
  );
  const match = (length: number): Segment => ({ kind: "match", a: length, b: length });
  return withoutAccidents(joined([match(head), ...middle, match(tail)]));
}

/** Neighbours of a kind become one. */
function joined(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const { kind, a, b } of segments) {
    const last = result.at(-1);
    if (last?.kind === kind) result[result.length - 1] = { kind, a: last.a + a, b: last.b + b };
    else if (a > 0 || b > 0) result.push({ kind, a, b });
  }
  return result;
}

/** Matches that are too short between two edits become part of them. */
const withoutAccidents = (segments: readonly Segment[]): Segment[] =>
  joined(
    segments.map((segment, index) => {
      const isBetween = index > 0 && index < segments.length - 1;
      return isBetween && segment.a < LEAST_MATCH ? { ...segment, kind: "edit" } : segment;
    }),
  );

function shortestEdit(a: Int32Array, b: Int32Array): Segment[] {
  const whole: Segment[] = [{ kind: "edit", a: a.length, b: b.length }];
  if (a.length === 0 || b.length === 0) return whole;
  const most = Math.min(a.length + b.length, MOST_EDITS);
  /** Furthest x on each diagonal x - y, by number of edits. */
  const furthest = new Int32Array(2 * most + 2);
  const history: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    history.push(furthest.slice(most - edits, most + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = most + diagonal;
      const isDown = diagonal === -edits || (diagonal !== edits && furthest[at - 1] < furthest[at + 1]);
      let x = isDown ? furthest[at + 1] : furthest[at - 1] + 1;
      let y = x - diagonal;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      furthest[at] = x;
      if (x >= a.length && y >= b.length) return walkBack(history, a.length, b.length);
    }
  }
  return whole;
}

/** Single steps from the end to the begin, in the order of the sequences. */
function walkBack(history: readonly Int32Array[], lengthA: number, lengthB: number): Segment[] {
  const steps: Segment[] = [];
  let [x, y] = [lengthA, lengthB];
  for (let edits = history.length - 1; edits >= 0; edits--) {
    const row = history[edits];
    const reached = (diagonal: number) => row[diagonal + edits];
    const diagonal = x - y;
    const isDown =
      diagonal === -edits || (diagonal !== edits && reached(diagonal - 1) < reached(diagonal + 1));
    const beforeX = edits === 0 ? 0 : isDown ? reached(diagonal + 1) : reached(diagonal - 1);
    const beforeY = edits === 0 ? 0 : beforeX - (isDown ? diagonal + 1 : diagonal - 1);
    while (x > beforeX && y > beforeY) {
      steps.push({ kind: "match", a: 1, b: 1 });
      x--;
      y--;
    }
    if (edits > 0) steps.push(isDown ? { kind: "edit", a: 0, b: 1 } : { kind: "edit", a: 1, b: 0 });
    [x, y] = [beforeX, beforeY];
  }
  return steps.reverse();
}
