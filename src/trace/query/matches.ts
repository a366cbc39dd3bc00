/** Tests of records that predicates are made of. */
import { type InstructionRecord, PPUS, type Trace, type TraceRecord } from "../model.ts";
import type { SymbolsByPpu } from "../symbols.ts";
import { TraceError } from "../trace-error.ts";
import type { Operator, Predicate } from "./syntax.ts";
import { checkName, comparison, pattern, readRange } from "./values.ts";

export type Match = (record: TraceRecord) => boolean;

export interface QueryContext {
  readonly trace: Trace;
  readonly symbols: SymbolsByPpu;
}

/** Values of a predicate by word, which are many times the same. */
export function byWord<T>(compute: (word: number) => T): (word: number) => T {
  const known = new Map<number, T>();
  return (word) => {
    let value = known.get(word);
    if (value === undefined) {
      value = compute(word);
      if (known.size > 0x10000) known.clear();
      known.set(word, value);
    }
    return value;
  };
}

export const instruction =
  (test: (record: InstructionRecord) => boolean): Match =>
  (record) =>
    record.kind === "instruction" && test(record);

export function needsValue({ operator, value, text }: Predicate): { operator: Operator; value: string } {
  if (operator === undefined || value === undefined) throw new TraceError(`"${text}" needs a value`);
  return { operator, value };
}

/** `=` and `!=` only. */
export function equality(predicate: Predicate): { value: string; wanted: boolean } {
  const { operator, value } = needsValue(predicate);
  if (operator !== "=" && operator !== "!=")
    throw new TraceError(`"${predicate.text}": only = and != compare with a name`);
  return { value, wanted: operator === "=" };
}

/** A name by a list of those that there are. */
export const named =
  (names: readonly string[], nameOf: (word: number) => readonly (string | undefined)[]) =>
  (predicate: Predicate): Match => {
    const { value, wanted } = equality(predicate);
    checkName(predicate, value, names);
    const matches = pattern(value);
    const test = byWord(
      (word) => nameOf(word).some((name) => name !== undefined && matches(name)) === wanted,
    );
    return instruction(({ word }) => test(word));
  };

export const numbered =
  (valuesOf: (record: TraceRecord) => readonly number[]) =>
  (predicate: Predicate, { trace }: QueryContext): Match => {
    const compare = comparison(
      needsValue(predicate).operator,
      readRange(
        predicate,
        PPUS.map((ppu) => trace.image(ppu)),
      ),
    );
    return (record) => valuesOf(record).some(compare);
  };
