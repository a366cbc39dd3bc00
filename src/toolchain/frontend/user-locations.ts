/**
 * Locations a firmware author wants to see: what inlined library wrappers contribute is shown at the line that
 * uses them, and an error inside a library function at the call that led there.
 */
import type Binaryen from "binaryen";
import type { SourceLocation } from "../image.ts";
import { childrenOf, describe, type Expression } from "./expressions.ts";
import type { LocationMap } from "./locations.ts";

/** Whether a file belongs to the standard library, which says nothing to the author of a program. */
export function isLibraryFile(file: string): boolean {
  return file.startsWith("~lib/");
}

const CONTROL_FLOW: ReadonlySet<Expression["kind"]> = new Set(["block", "loop", "if"]);

/**
 * Location for every expression of a body: its own; in the standard library that of the expression around it, else of its
 * last operand; for expressions without any, that of the expression around or before it.
 * @param declared where the function is declared
 */
export function resolveLocations(
  binaryen: typeof Binaryen,
  body: number,
  own: LocationMap,
  declared: SourceLocation | undefined,
): LocationMap {
  const resolved: LocationMap = new Map();
  const visibleOwn = (reference: number): SourceLocation | undefined => {
    const location = own.get(reference);
    if (!location) return undefined;
    return isLibraryFile(location.file) && location.file !== declared?.file ? undefined : location;
  };
  /** Last visible location below an expression, in order of evaluation. */
  const below = (reference: number): SourceLocation | undefined => {
    const children = childrenOf(describe(binaryen, reference));
    for (let n = children.length - 1; n >= 0; n--) {
      const found = visibleOwn(children[n]) ?? below(children[n]);
      if (found) return found;
    }
    return undefined;
  };
  /** First visible location below an expression, in order of evaluation. */
  function firstBelow(reference: number): SourceLocation | undefined {
    for (const child of childrenOf(describe(binaryen, reference))) {
      const found = firstBelow(child) ?? visibleOwn(child);
      if (found) return found;
    }
    return undefined;
  }
  const first = visibleOwn(body) ?? firstBelow(body);
  let latest = first ?? declared;
  const visit = (reference: number, around: SourceLocation | undefined): void => {
    const expression = describe(binaryen, reference);
    const isControl = CONTROL_FLOW.has(expression.kind);
    const location = visibleOwn(reference) ?? around ?? (isControl ? undefined : below(reference)) ?? latest;
    if (location) resolved.set(reference, location);
    for (const child of childrenOf(expression)) visit(child, isControl ? undefined : location);
    if (!isControl && location) latest = location;
  };
  visit(body, undefined);
  return resolved;
}

export interface CallSite {
  readonly caller: string;
  readonly callee: string;
  readonly location?: SourceLocation;
}

/**
 * For something found inside a library function or a constructor: the nearest calls, up the call graph, in user code.
 * @param declared where each function is declared
 */
export function findUserCalls(
  within: string,
  calls: readonly CallSite[],
  declared: ReadonlyMap<string, SourceLocation | undefined>,
): SourceLocation[] {
  const seen = new Set([within]);
  const found: SourceLocation[] = [];
  for (const callee of seen) {
    for (const call of calls) {
      if (call.callee !== callee || seen.has(call.caller)) continue;
      const file = declared.get(call.caller)?.file;
      const isUser = file !== undefined && !isLibraryFile(file) && !call.caller.endsWith("#constructor");
      if (isUser && call.location) found.push(call.location);
      else seen.add(call.caller);
    }
  }
  return found;
}
