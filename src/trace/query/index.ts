/** Searching a trace. */

import type { Trace } from "../model.ts";
import { isRegisterName } from "../state.ts";
import { type SymbolsByPpu, symbolsOf } from "../symbols.ts";
import { TraceError } from "../trace-error.ts";
import type { Match, QueryContext } from "./matches.ts";
import { sourceLine } from "./places.ts";
import { PREDICATES, registerValue } from "./predicates.ts";
import { type Predicate, parseQuery, type Query } from "./syntax.ts";

export type { Match } from "./matches.ts";
export { PREDICATES } from "./predicates.ts";

const SOURCE = /^\S+\.[a-z]+:\d+(?:\.\.\d+)?$/i;

function compilePredicate(predicate: Predicate, context: QueryContext): Match {
  const { name, text } = predicate;
  if (Object.hasOwn(PREDICATES, name)) {
    const { usage, compile } = PREDICATES[name];
    const isBare = predicate.operator === undefined;
    if (isBare && !usage.split(", ").includes(name))
      throw new TraceError(`"${text}" needs a value: ${usage}`);
    if (!isBare && !/[=<>]/.test(usage)) throw new TraceError(`"${text}": ${name} takes no value`);
    return compile(predicate, context);
  }
  if (isRegisterName(name.toLowerCase())) return registerValue(predicate, context);
  if (SOURCE.test(text)) return sourceLine(text, context);
  const known = Object.keys(PREDICATES).join(", ");
  throw new TraceError(`"${text}" is no predicate; there are ${known}, register=value, file:line`);
}

function compile(query: Query, context: QueryContext): Match {
  switch (query.kind) {
    case "predicate":
      return compilePredicate(query, context);
    case "not": {
      const part = compile(query.part, context);
      return (record) => !part(record);
    }
    default: {
      const parts = query.parts.map((part) => compile(part, context));
      return query.kind === "and"
        ? (record) => parts.every((part) => part(record))
        : (record) => parts.some((part) => part(record));
    }
  }
}

/** The test of an expression for records of a trace. Throws TraceError, in one line, for one that can't be used. */
export const compileQuery = (
  expression: string,
  trace: Trace,
  symbols: SymbolsByPpu = symbolsOf(trace),
): Match => compile(parseQuery(expression), { trace, symbols });
