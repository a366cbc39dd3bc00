/** Functions of the program as a debugger sees them: blocks, copies of other functions, variables. */
import type {
  AddressRange,
  DebugFunction,
  DebugScope,
  DebugTables,
  LocatedVariable,
  SourceRange,
} from "../../debug-info.ts";
import type { SourceLocation } from "../../image.ts";
import { ownPlace, type Placed } from "../link/program.ts";
import { variablePlaces } from "./places.ts";
import { type InlineScope, isWithin, scopeOf, sourceFunction } from "./scopes.ts";

function rangesOf(addresses: readonly number[]): AddressRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const address of addresses) {
    const last = ranges.at(-1);
    if (last?.end === address) last.end += 4;
    else ranges.push({ start: address, end: address + 4 });
  }
  return ranges;
}

const chain = (scope: InlineScope | undefined): InlineScope[] =>
  scope ? [scope, ...chain(scope.parent)] : [];

const contains = (outer: SourceRange, inner: SourceRange): boolean =>
  outer !== inner && isWithin(inner.start, outer) && !isWithin(outer.end, inner);

const rangeKey = ({ start, end }: SourceRange): string =>
  `${start.file}:${start.line}:${start.column}-${end.line}:${end.column}`;

/** One function with its copies of others. */
export function describeFunction(p: Placed, tables: DebugTables): DebugFunction {
  const { f, lines, address } = p;
  const size = 4 * lines.length;
  const source = p.source ? sourceFunction(tables, p.source) : -1;
  const places = variablePlaces(p);
  // As in the line table, an instruction without a place belongs to that of the one before: a hole in a copy would be
  // a return to its caller for a debugger that steps.
  const located: (SourceLocation | undefined)[] = [];
  for (const { instruction } of lines) located.push(ownPlace(p, instruction) ?? located.at(-1));
  const children = new Map<InlineScope | undefined, Set<InlineScope>>();
  const seen = new Set<InlineScope>();
  for (const location of located) {
    for (const scope of chain(scopeOf(location))) {
      if (seen.has(scope)) break;
      seen.add(scope);
      children.set(scope.parent, (children.get(scope.parent) ?? new Set()).add(scope));
    }
  }

  /** Locations as code of the scope has them: its own, and of copies inside those of their calls. */
  const locationsIn = (scope: InlineScope | undefined): (SourceLocation | undefined)[] =>
    located.map((location) => {
      const own = scopeOf(location);
      if (own === scope) return location;
      const inner = chain(own).find(({ parent }) => parent === scope);
      return inner && tables.sites[inner.site].location;
    });
  const addresses = (keep: (i: number) => boolean): number[] =>
    lines.flatMap((_, i) => (keep(i) ? [address + 4 * i] : []));

  const describeScope = (scope: InlineScope | undefined, owner: number): DebugScope => {
    const locations = locationsIn(scope);
    const inScope = (i: number): boolean => scope === undefined || chain(scopeOf(located[i])).includes(scope);
    const ranges = scope ? rangesOf(addresses(inScope)) : [{ start: address, end: address + size }];
    const variables = tables.variables.flatMap((variable, index): LocatedVariable[] => {
      if (variable.function !== owner) return [];
      return [{ variable, places: places.get(`${scope?.id ?? 0}:${index}`)?.places ?? [] }];
    });
    const copies = [...(children.get(scope) ?? [])].map((inner) => ({
      call: tables.sites[inner.site].location,
      described: describeScope(inner, tables.sites[inner.site].callee),
    }));
    const blocks = new Map<string, SourceRange>();
    for (const { variable } of variables)
      if (variable.scope) blocks.set(rangeKey(variable.scope), variable.scope);
    /** The part of the scope that a block of the source text makes; undefined for all of it. */
    const describePart = (block: SourceRange | undefined): DebugScope => {
      const within = [...blocks.values()].filter(
        (other) => other !== block && (!block || contains(block, other)),
      );
      const direct = within.filter((other) => !within.some((between) => contains(between, other)));
      const isDeeper = (location: SourceLocation | undefined) =>
        direct.some((other) => isWithin(location, other));
      const parts = direct.map(describePart).filter(({ ranges }) => ranges.length > 0);
      return {
        ranges: block ? rangesOf(addresses((i) => inScope(i) && isWithin(locations[i], block))) : ranges,
        variables: variables.filter(
          ({ variable }) => (variable.scope && rangeKey(variable.scope)) === (block && rangeKey(block)),
        ),
        children: [
          ...copies
            .filter(({ call }) => (block === undefined || isWithin(call, block)) && !isDeeper(call))
            .map(({ described }) => described),
          ...parts,
        ],
      };
    };
    const whole = describePart(undefined);
    return scope
      ? { ...whole, inlined: { function: owner, call: tables.sites[scope.site].location } }
      : whole;
  };
  return {
    name: f.name,
    address,
    size,
    location: p.source?.location,
    source: source < 0 ? undefined : source,
    body: describeScope(undefined, source),
  };
}
