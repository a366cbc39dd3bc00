/** Copies of functions inside others, and the variables that belong to them. */
import type { DebugTables } from "../../debug-info.ts";
import type { SourceLocation } from "../../image.ts";
import type { WasmFunction } from "../../wasm-tree.ts";

/** The copy of a function inside another one; absent for the function itself. */
export interface InlineScope {
  /** Distinguishes the copies in one function. */
  readonly id: number;
  readonly parent: InlineScope | undefined;
  /** Index of the call in the debug tables. */
  readonly site: number;
}

/** A variable of one copy. */
export interface BoundVariable {
  /** Index in the debug tables. */
  readonly variable: number;
  readonly scope: InlineScope | undefined;
}

export const variableKey = ({ variable, scope }: BoundVariable): string => `${scope?.id ?? 0}:${variable}`;

interface ScopedLocation extends SourceLocation {
  readonly scope: InlineScope;
}

const KNOWN = new WeakMap<SourceLocation, Map<InlineScope, ScopedLocation>>();

/** A location as code of a copy carries it. */
export function locationIn(location: SourceLocation, scope: InlineScope | undefined): SourceLocation {
  if (!scope) return location;
  const map = KNOWN.get(location) ?? new Map<InlineScope, ScopedLocation>();
  KNOWN.set(location, map);
  const known = map.get(scope) ?? { ...location, scope };
  map.set(scope, known);
  return known;
}

export function scopeOf(location: SourceLocation | undefined): InlineScope | undefined {
  return (location as Partial<ScopedLocation> | undefined)?.scope;
}

/** Index of the function of the source program that a compiled one is; of the wrapper of `main`, `main` itself. */
export function sourceFunction(
  { functions }: DebugTables,
  compiled: Pick<WasmFunction, "name" | "location">,
): number {
  const byName = functions.findIndex(({ name }) => name === compiled.name);
  const place = compiled.location;
  if (byName >= 0 || !place) return byName;
  return functions.findIndex(
    ({ location }) =>
      location?.file === place.file && location.line === place.line && location.column === place.column,
  );
}

/** Is a place inside a part of the text? */
export function isWithin(
  location: SourceLocation | undefined,
  range: { readonly start: SourceLocation; readonly end: SourceLocation },
): boolean {
  if (!location || location.file !== range.start.file) return false;
  const { start, end } = range;
  const begun =
    location.line > start.line || (location.line === start.line && location.column >= start.column);
  return begun && (location.line < end.line || (location.line === end.line && location.column < end.column));
}
