/** A difference as an object for machines. */

import { recordJson } from "../../json.ts";
import type { RegisterValue } from "../../state.ts";
import type { Cause } from "../cause.ts";
import type { Found } from "../comparison.ts";
import type { Both, FieldValue, Placed } from "../types.ts";
import { type BothSymbols, sourceLine } from "./places.ts";
import { registerPairs } from "./registers.ts";

/** Lanes as hexadecimal digits, lane 0 first; null where there is no value. */
const valueJson = (value: FieldValue | RegisterValue): number | string | null =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : (value ?? null);

const placedJson = ({ record, instruction }: Placed, names: BothSymbols[number]): unknown => ({
  ...recordJson(record, names[record.ppu]),
  instruction,
});

function causeJson({ of, operands, end }: Cause, symbols: BothSymbols): unknown {
  return {
    instructions: of.map((placed, side) => (placed ? placedJson(placed, symbols[side]) : null)),
    operands: operands.map(({ name, values, accesses, cause }) => ({
      name,
      values: values.map(valueJson),
      ...(accesses && { addresses: accesses.map((access) => access?.address ?? null) }),
      writtenBy: causeJson(cause, symbols),
    })),
    ...(end && {
      end: {
        reason: end.reason,
        ...(end.name !== undefined && { name: end.name }),
        ...(end.conversions && {
          conversions: end.conversions.map((placed, side) =>
            placed ? placedJson(placed, symbols[side]) : null,
          ),
        }),
      },
    }),
  };
}

/** Arrays of two are A and B. */
export function differenceJson(
  found: Found,
  symbols: BothSymbols,
  options: { readonly context: number; readonly registers: boolean },
): unknown {
  const { difference } = found;
  const { kind, ppus, instruction, cycle, counts, records, fields } = difference;
  const details = found.details(options.context);
  const contextJson = (lines: readonly Both<Placed | undefined>[]) =>
    lines.map((line) => line.map((placed, side) => (placed ? placedJson(placed, symbols[side]) : null)));
  return {
    kind,
    ppus,
    instruction,
    cycle: cycle.map((value) => value ?? null),
    counts,
    fields: fields.map(({ field, values }) => ({ field, values: values.map(valueJson) })),
    records: records.map((list, side) => list.map((placed) => placedJson(placed, symbols[side]))),
    source: records.map(([first], side) => (first && sourceLine(first, symbols[side])) ?? null),
    before: contextJson(details.before),
    after: contextJson(details.after),
    registers: registerPairs(details.states, options.registers).map(({ register, values }) => ({
      register,
      values: values.map(valueJson),
    })),
    cause: causeJson(found.cause(), symbols),
  };
}
