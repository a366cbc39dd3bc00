/** What is compared of records: all of them field by field, or chosen effects as a sequence. */
import type { TraceRecord } from "../model.ts";
import type { Key } from "./align.ts";
import type { Correspondence } from "./correspondence.ts";
import { fieldDifferences, sameValue } from "./fields.ts";
import type { Compared } from "./mode.ts";
import type { Effect, Selection } from "./select.ts";
import type { Item } from "./side.ts";
import type { FieldDifference, Placed } from "./types.ts";

export interface Projection {
  project(side: 0 | 1, placed: Placed, emit: (item: Item) => void): void;
  /** Whether two items stand in the same place: nothing was inserted or left out between them. */
  isPair(a: Item, b: Item): boolean;
  /** Whether two items are the same thing with other values, though they are no pair. */
  isSameThing(a: Item, b: Item): boolean;
  /** What tells which records of the surroundings belong together; undefined for those that are not compared. */
  contextKey(side: 0 | 1, record: TraceRecord): Key | undefined;
  /** Fields in which two items differ. */
  differences(a: Item, b: Item): readonly FieldDifference[];
}

/** Instructions have their address as key, so that mostly numbers are compared. */
function keyOf(side: 0 | 1, record: TraceRecord, correspondence: Correspondence | undefined): Key {
  switch (record.kind) {
    case "instruction":
      if (side === 1 || !correspondence) return record.pc;
      return correspondence.code(record.pc) ?? `only in A ${record.pc}`;
    case "exception":
      return `exception ${record.vector}`;
    case "event":
      return `event ${record.buses} ${record.row} ${record.address}`;
    default:
      return record.kind;
  }
}

/** Every record of the kinds that are compared. */
export function recordProjection(compared: Compared, correspondence: Correspondence | undefined): Projection {
  const fields = { ...compared, ...(correspondence && { correspondence }) };
  return {
    project(side, placed, emit) {
      const { record } = placed;
      if (compared.kinds.has(record.kind)) emit({ placed, key: keyOf(side, record, correspondence) });
    },
    contextKey: (side, record) =>
      compared.kinds.has(record.kind) ? keyOf(side, record, correspondence) : undefined,
    isPair: (a, b) => a.key === b.key,
    isSameThing: () => false,
    differences: (a, b) => fieldDifferences(a.placed.record, b.placed.record, fields),
  };
}

const textOf = (value: Effect["value"]): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);

/** Chosen effects; what else happens, when and where does not matter. */
export function effectProjection(
  selection: Selection,
  correspondence: Correspondence | undefined,
): Projection {
  const what = (side: 0 | 1, effect: Effect): string => {
    const address = side === 0 && correspondence ? /^memory (0x[0-9a-f]+)$/.exec(effect.what) : null;
    return address ? `memory 0x${correspondence!.place(Number(address[1])).toString(16)}` : effect.what;
  };
  const value = (side: 0 | 1, effect: Effect): Effect["value"] =>
    side === 0 && correspondence && typeof effect.value === "number"
      ? correspondence.place(effect.value)
      : effect.value;
  const isSame = (a: Effect, b: Effect): boolean => what(0, a) === what(1, b);
  return {
    project(side, placed, emit) {
      if (placed.record.kind === "gap") emit({ placed, key: "gap" });
      for (const effect of selection.effects(side, placed.record)) {
        emit({ placed, effect, key: `${what(side, effect)} = ${textOf(value(side, effect))}` });
      }
    },
    isPair: (a, b) =>
      a.effect !== undefined &&
      b.effect !== undefined &&
      isSame(a.effect, b.effect) &&
      sameValue(a.effect.value, b.effect.value, correspondence),
    contextKey: (side, record) => keyOf(side, record, correspondence),
    isSameThing: (a, b) => a.effect !== undefined && b.effect !== undefined && isSame(a.effect, b.effect),
    differences(a, b) {
      if (!a.effect || !b.effect) return [];
      if (!isSame(a.effect, b.effect)) return [{ field: "what", values: [a.effect.what, b.effect.what] }];
      if (sameValue(a.effect.value, b.effect.value, correspondence)) return [];
      return [{ field: a.effect.what, values: [a.effect.value, b.effect.value] }];
    },
  };
}
