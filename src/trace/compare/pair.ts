/** Two PPUs' records side by side, from one difference to the next. */
import type { GapRecord } from "../model.ts";
import { align, findRun, type Key, RUN, resynchronize, type Segment } from "./align.ts";
import type { Projection } from "./projection.ts";
import { type Item, isGap, type Side } from "./side.ts";
import { areEqual, linesAfter, linesBefore } from "./surroundings.ts";
import type { Both, Details, Difference, DifferenceKind, FieldDifference, Placed } from "./types.ts";

export interface PairOptions {
  /** Items within which sides that have parted are expected to meet again. */
  readonly window: number;
  /** Cycles are compared, so that they tell where a gap ends on the other side. */
  readonly cycles: boolean;
  /** The end of one side is no difference. */
  readonly prefix: boolean;
}

/** Instructions that one side does not have. */
export interface Missing {
  readonly reason: GapRecord["reason"];
  gaps: number;
  /** Undefined: not known. */
  instructions: number | undefined;
}

/** Longer edits are reported as a whole, without looking for matches inside. */
const MOST_ALIGNED = 4000;
const SIDES = [0, 1] as const;

const kindOf = (a: number, b: number): DifferenceKind =>
  a === 0 ? "inserted" : b === 0 ? "deleted" : "replaced";

/** Two items of a pair that differ, taken from their sides. */
interface Taken {
  readonly items: Both<readonly Item[]>;
}

export class PairComparison {
  readonly sides: Both<Side>;
  /** Gaps by side and reason. */
  readonly missing: Both<Missing[]> = [[], []];
  readonly #projection: Projection;
  readonly #options: PairOptions;
  #plan: Segment[] = [];
  /** Instructions by which B's count is ahead of A's. */
  #offset = 0;
  #isDone = false;

  constructor(sides: Both<Side>, projection: Projection, options: PairOptions) {
    this.sides = sides;
    this.#projection = projection;
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Cycle of what is compared next; infinity at the end. */
  get cycle(): number {
    if (this.#isDone) return Number.POSITIVE_INFINITY;
    const item = this.sides[0].head() ?? this.sides[1].head();
    return item ? item.placed.record.cycle : Number.POSITIVE_INFINITY;
  }

  /**
   * Compares the next items; returns what differs, if anything. State and history of the sides then are those before the
   * difference until the next call.
   */
  step(): Difference | undefined {
    const a = this.sides[0].head();
    const b = this.sides[1].head();
    if (this.#plan.length > 0) return this.#follow(this.#plan[0], a, b);
    if (isGap(a) || isGap(b)) return this.#passGaps();
    if (!a || !b) return this.#end(a, b);
    if (!this.#projection.isPair(a, b)) return this.#part(a, b);
    return this.#comparePair(a, b);
  }

  #comparePair(a: Item, b: Item): Difference | undefined {
    const fields = this.#projection.differences(a, b);
    this.#offset = b.placed.instruction - a.placed.instruction;
    this.sides[0].take();
    this.sides[1].take();
    return fields.length === 0 ? undefined : this.#difference("changed", { items: [[a], [b]] }, fields);
  }

  #follow(segment: Segment, a: Item | undefined, b: Item | undefined): Difference | undefined {
    if (segment.kind === "match") {
      if (segment.a === 1) this.#plan.shift();
      else this.#plan[0] = { kind: "match", a: segment.a - 1, b: segment.b - 1 };
      return this.#comparePair(a!, b!);
    }
    this.#plan.shift();
    return this.#edit(segment.a, segment.b);
  }

  #take(a: number, b: number): Both<Item[]> {
    return this.sides.map((side, index) =>
      Array.from({ length: [a, b][index] }, () => side.take()!),
    ) as unknown as Both<Item[]>;
  }

  #edit(a: number, b: number): Difference {
    const items = this.#take(a, b);
    const [[firstA], [firstB]] = items;
    const fields = firstA && firstB ? this.#projection.differences(firstA, firstB) : [];
    const isChanged = a === 1 && b === 1 && this.#projection.isSameThing(firstA, firstB);
    return this.#difference(isChanged ? "changed" : kindOf(a, b), { items }, fields);
  }

  #end(a: Item | undefined, b: Item | undefined): Difference | undefined {
    this.#isDone = true;
    if ((!a && !b) || this.#options.prefix) return undefined;
    const items = SIDES.map((side) => this.#ahead(side, RUN).slice()) as unknown as Both<Item[]>;
    return this.#difference("ended", { items }, []);
  }

  /** The sides have parted: finds where they meet. */
  #part(a: Item, b: Item): Difference | undefined {
    const windows = SIDES.map((side) => this.#ahead(side, this.#options.window));
    const [keysA, keysB] = windows.map((items) => items.map(({ key }) => key));
    const isEnd = SIDES.map(
      (side) => this.sides[side].isEndInSight && !this.#isCut(side, windows[side].length),
    );
    const place = resynchronize({ keys: keysA, isEnd: isEnd[0] }, { keys: keysB, isEnd: isEnd[1] });
    if (place) {
      const small = place.a + place.b <= MOST_ALIGNED;
      this.#plan = small
        ? align(keysA.slice(0, place.a), keysB.slice(0, place.b))
        : [{ kind: "edit", a: place.a, b: place.b }];
      if (this.#plan.length === 0) this.#plan = [{ kind: "match", a: 1, b: 1 }];
      return this.#follow(this.#plan[0], a, b);
    }
    if (SIDES.some((side) => this.#isCut(side, windows[side].length))) {
      // A gap follows, behind which there is another chance.
      return this.#edit(
        this.#isCut(0, keysA.length) ? keysA.length : 0,
        this.#isCut(1, keysB.length) ? keysB.length : 0,
      );
    }
    this.#isDone = true;
    return this.#difference("lost", { items: [[a], [b]] }, this.#projection.differences(a, b));
  }

  /** Items from the head on, up to a gap. */
  #ahead(side: 0 | 1, count: number): Item[] {
    const items: Item[] = [];
    while (items.length < count) {
      const item = this.sides[side].peek(items.length);
      if (!item || isGap(item)) break;
      items.push(item);
    }
    return items;
  }

  /** Whether a gap follows behind so many items. */
  #isCut(side: 0 | 1, items: number): boolean {
    return isGap(this.sides[side].peek(items));
  }

  #difference(kind: DifferenceKind, { items }: Taken, fields: readonly FieldDifference[]): Difference {
    const next = SIDES.map((side) => items[side][0] ?? this.sides[side].peek(0)) as unknown as Both<
      Item | undefined
    >;
    const place = (side: 0 | 1) => {
      const placed = next[side]?.placed;
      if (!placed) return this.sides[side].instructions;
      // What is no instruction belongs to the one before.
      return placed.instruction;
    };
    const isTimed = SIDES.map((side) => this.sides[side].trace.header.has.cycles);
    return {
      kind,
      ppus: [this.sides[0].ppu, this.sides[1].ppu],
      records: items.map((list) => list.map(({ placed }) => placed)) as unknown as Both<Placed[]>,
      counts: [items[0].length, items[1].length],
      instruction: [place(0), place(1)],
      cycle: SIDES.map((side) =>
        isTimed[side] ? next[side]?.placed.record.cycle : undefined,
      ) as unknown as Both<number | undefined>,
      fields,
    };
  }

  // ---- gaps --------------------------------------------------------------------------------------------------------

  /**
   * Behind gaps, items of both sides that belong to what one of them lacks are skipped: by cycles, or by numbers of
   * instructions counted from the last pair. Where neither tells, what follows is looked for.
   */
  #passGaps(): Difference | undefined {
    const { cycles } = this.#options;
    let target = Number.NEGATIVE_INFINITY;
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const side of SIDES) {
        const item = this.sides[side].head();
        if (!item) continue;
        const position = cycles ? item.placed.record.cycle : this.#numberOf(side, item);
        if (isGap(item)) {
          const { instructions } = this.#takeGap(side);
          if (!cycles && instructions === undefined) return this.#meetBehindGap();
          target = Math.max(target, position);
        } else if (cycles ? position < target : position <= target) this.sides[side].take();
        else continue;
        isMoving = true;
      }
    }
    return this.#meetBehindGap();
  }

  /** Number of an item's instruction in A's count. */
  #numberOf(side: 0 | 1, { placed }: Item): number {
    return placed.instruction - (side === 1 ? this.#offset : 0);
  }

  #takeGap(side: 0 | 1): GapRecord {
    const gap = this.sides[side].take()!.placed.record as GapRecord;
    const { reason, instructions } = gap;
    const known = this.missing[side].find((entry) => entry.reason === reason);
    if (!known) this.missing[side].push({ reason, gaps: 1, instructions });
    else {
      known.gaps++;
      const isKnown = known.instructions !== undefined && instructions !== undefined;
      known.instructions = isKnown ? known.instructions! + instructions! : undefined;
    }
    return gap;
  }

  #skip(side: 0 | 1, isSkipped: (item: Item) => boolean): void {
    for (let item = this.sides[side].head(); item; item = this.sides[side].head()) {
      if (isGap(item)) this.#takeGap(side);
      else if (isSkipped(item)) this.sides[side].take();
      else return;
    }
  }

  /** Behind a gap: goes on where both sides have the same, looking for it if they are not there yet. */
  #meetBehindGap(): Difference | undefined {
    const [a, b] = this.sides.map((side) => side.head());
    if (isGap(a) || isGap(b)) return undefined;
    if (!a || !b) {
      // What one side has behind the other's last gap cannot be compared.
      this.#isDone = true;
      return undefined;
    }
    const windows = SIDES.map((side) => this.#ahead(side, this.#options.window).map(({ key }) => key));
    const length = Math.min(RUN, windows[0].length, windows[1].length);
    const isMet = windows[0].slice(0, length).every((key, i) => key === windows[1][i]);
    if (isMet || this.#projection.isPair(a, b)) return undefined;
    const places = [findRun(head(windows[0]), windows[1]), findRun(head(windows[1]), windows[0])];
    const [inB, inA] = places;
    if (inB === undefined && inA === undefined) {
      this.#isDone = true;
      return this.#difference("lost", { items: [[a], [b]] }, this.#projection.differences(a, b));
    }
    const side = inA === undefined || (inB !== undefined && inB <= inA) ? 1 : 0;
    let left = places[1 - side]!;
    this.#skip(side, () => left-- > 0);
    return undefined;
  }

  // ---- surroundings ------------------------------------------------------------------------------------------------

  /** Registers and up to `count` records before and behind the difference that `step` has just returned. */
  details(difference: Difference, count: number): Details {
    const isOver = difference.kind === "ended" || difference.kind === "lost";
    return {
      before: linesBefore(this.sides, this.#projection, count),
      after: isOver ? [] : linesAfter(this.sides, this.#projection, this.#plan, count),
      states: [this.sides[0].state.copy(), this.sides[1].state.copy()],
    };
  }

  /** Whether two records are equal as far as they are compared, and stand in the same place. */
  isEqual(a: Placed, b: Placed): boolean {
    return areEqual(this.#projection, a, b);
  }

  /** Ends the reading of both sides. */
  close(): void {
    this.#isDone = true;
    for (const side of this.sides) side.close();
  }
}

const head = (keys: readonly Key[]): Key[] => keys.slice(0, RUN);
