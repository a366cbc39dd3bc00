/** Records before and behind a difference, both sides next to each other. */
import { align, type Key, type Segment } from "./align.ts";
import type { Projection } from "./projection.ts";
import { type Item, isGap, type Side } from "./side.ts";
import type { Both, ContextLine, Placed } from "./types.ts";

interface KeyedRecord {
  readonly key: Key;
  readonly placed: Placed;
}

/** Records of both sides next to each other where they belong together. */
function pairedUp(a: readonly KeyedRecord[], b: readonly KeyedRecord[]): ContextLine[] {
  const lines: ContextLine[] = [];
  const keys = (records: readonly KeyedRecord[]) => records.map(({ key }) => key);
  let [i, j] = [0, 0];
  for (const segment of align(keys(a), keys(b))) {
    for (let at = 0; at < Math.max(segment.a, segment.b); at++) {
      lines.push([
        at < segment.a ? a[i + at].placed : undefined,
        at < segment.b ? b[j + at].placed : undefined,
      ]);
    }
    [i, j] = [i + segment.a, j + segment.b];
  }
  return lines;
}

/** The last records of a side that are compared, in order. */
function past(side: Side, index: 0 | 1, projection: Projection, count: number): KeyedRecord[] {
  const records: KeyedRecord[] = [];
  for (const placed of side.history.backwards()) {
    if (records.length >= count) break;
    const key = projection.contextKey(index, placed.record);
    if (key !== undefined) records.push({ key, placed });
  }
  return records.reverse();
}

/** Up to `count` records before the heads of both sides. */
export function linesBefore([a, b]: Both<Side>, projection: Projection, count: number): ContextLine[] {
  return count === 0
    ? []
    : pairedUp(past(a, 0, projection, count), past(b, 1, projection, count)).slice(-count);
}

/** Up to `count` items from the heads on, in pairs as long as the plan or their keys tell that they are some. */
export function linesAfter(
  sides: Both<Side>,
  projection: Projection,
  plan: readonly Segment[],
  count: number,
): ContextLine[] {
  const lines: ContextLine[] = [];
  let [a, b] = [0, 0];
  const rest = [...plan];
  while (lines.length < count) {
    const [segment] = rest;
    const [x, y] = [sides[0].peek(a), sides[1].peek(b)].map((item) => (isGap(item) ? undefined : item));
    if (!x && !y) break;
    const isPair = segment ? segment.kind === "match" : isSamePlace(projection, x, y);
    if (!isPair && !segment) break;
    const [stepA, stepB] = isPair ? [1, 1] : [Math.min(1, segment.a), Math.min(1, segment.b)];
    lines.push([stepA ? x?.placed : undefined, stepB ? y?.placed : undefined]);
    [a, b] = [a + stepA, b + stepB];
    if (!segment) continue;
    const left = { kind: segment.kind, a: segment.a - stepA, b: segment.b - stepB };
    if (left.a > 0 || left.b > 0) rest[0] = left;
    else rest.shift();
  }
  return lines;
}

const isSamePlace = (projection: Projection, a: Item | undefined, b: Item | undefined): boolean =>
  a !== undefined && b !== undefined && (a.key === b.key || projection.isPair(a, b));

/** Whether two records are equal as far as they are compared, and stand in the same place. */
export function areEqual(projection: Projection, a: Placed, b: Placed): boolean {
  const items: Both<Item[]> = [[], []];
  projection.project(0, a, (item) => items[0].push(item));
  projection.project(1, b, (item) => items[1].push(item));
  return (
    items[0].length === items[1].length &&
    items[0].every((item, i) => {
      const other = items[1][i];
      return projection.isPair(item, other) && projection.differences(item, other).length === 0;
    })
  );
}
