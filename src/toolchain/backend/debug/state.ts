/** Which values the variables of the source program have while a graph is built. */
import type { DebugTables } from "../../debug-info.ts";
import type { SourceLocation } from "../../image.ts";
import type { DebugEvent, Node } from "../../wasm-tree.ts";
import type { Builder, Label } from "../build/builder.ts";
import { forEachChild } from "../build/rotate.ts";
import type { Block, Value } from "../graph/ir.ts";
import { type BoundVariable, type InlineScope, isWithin, locationIn, variableKey } from "./scopes.ts";

/** A call that has begun; it has a scope from when code of the called function follows in its place. */
interface OpenCall {
  readonly site: number;
  scope: InlineScope | undefined;
}

interface Bound extends BoundVariable {
  readonly value: Value;
}

/** Nodes in front of which nobody wants to stop. */
const SILENT = /^(const|localGet|localSet|nop|null|block|loop|debugValue|debugScope)$/;

export class DebugState {
  readonly tables: DebugTables;
  values = new Map<string, Bound>();
  private calls: OpenCall[] = [];
  /** Of the last point. */
  private line: SourceLocation | undefined;
  /** The function itself. */
  private readonly root: number;
  /** Shared by all states of a function. */
  private readonly numbers: { last: number };

  constructor(tables: DebugTables, root: number, numbers = { last: 0 }) {
    this.tables = tables;
    this.root = root;
    this.numbers = numbers;
  }

  copy(): DebugState {
    const copy = new DebugState(this.tables, this.root, this.numbers);
    copy.values = new Map(this.values);
    copy.calls = [...this.calls];
    copy.line = this.line;
    return copy;
  }

  /** The copy that code is built for; undefined in the function's own. */
  get scope(): InlineScope | undefined {
    return this.calls.findLast(({ scope }) => scope)?.scope;
  }

  /** The location of a node, with its copy; makes a point where another line begins. */
  visit(b: Builder, node: Node): SourceLocation {
    const { scope } = this;
    const location = locationIn(node.location!, scope);
    if (SILENT.test(node.op) || !b.reachable) return location;
    const { line } = this;
    if (line?.line !== location.line || line.file !== location.file) {
      const outer = b.location;
      b.location = location;
      this.point(b);
      b.location = outer;
    }
    return location;
  }

  assign(b: Builder, variable: number, value: Value): void {
    if (!b.reachable || variable < 0) return;
    const { scope } = this;
    const owner = scope ? this.tables.sites[scope.site].callee : this.root;
    // Code that was moved out of its copy says nothing about the variables there.
    if (this.tables.variables[variable].function !== owner) return;
    const bound = { variable, scope, value };
    this.values.set(variableKey(bound), bound);
    this.point(b);
  }

  event(b: Builder, event: DebugEvent, id: number): void {
    if (!b.reachable) return;
    if (event === "call") this.calls.push({ site: id, scope: undefined });
    else if (event === "enter") {
      const call = this.calls.at(-1);
      // The wrapper that runs initialisers first and the function it is made for are one.
      if (id === this.root && !this.scope) return;
      if (call && !call.scope && this.tables.sites[call.site].callee === id) {
        this.calls[this.calls.length - 1] = {
          site: call.site,
          scope: { id: ++this.numbers.last, parent: this.scope, site: call.site },
        };
      }
    } else {
      const at = this.calls.findLastIndex(({ site }) => site === id);
      if (at < 0) return;
      const left = new Set(this.calls.splice(at).flatMap(({ scope }) => scope ?? []));
      if (left.size === 0) return;
      for (const [key, { scope }] of this.values) if (scope && left.has(scope)) this.values.delete(key);
      this.point(b);
    }
  }

  /** States here what is known of all variables in sight, which keeps their values alive up to this point. */
  point(b: Builder): void {
    if (!b.reachable) return;
    this.line = b.location;
    const visible = [...this.values.values()].filter((bound) => this.isVisible(b, bound));
    const last = b.current.values.at(-1);
    const v = last?.operation === "debug" ? last : b.append("debug", "none", []);
    v.operands = visible.map(({ value }) => value);
    v.variables = visible;
    v.location = b.location;
  }

  private isVisible(b: Builder, { variable, scope }: Bound): boolean {
    const { scope: block } = this.tables.variables[variable];
    if (!block) return true;
    // Where the copy is left for inner ones, their calls count.
    let location: SourceLocation | undefined = b.location;
    for (let inner = this.scope; inner && inner !== scope; inner = inner.parent) {
      location = this.tables.sites[inner.site].location;
    }
    return isWithin(location, block);
  }
}

/** The state where several ways meet: what all of them know, with phis for what they disagree on. */
export function joinDebug(b: Builder, label: Label): DebugState | undefined {
  const states = label.entries.flatMap(({ debug }) => debug ?? []);
  if (states.length < label.entries.length || states.length === 0) return undefined;
  const joined = states[0].copy();
  for (const [key, bound] of joined.values) {
    const values = states.map((state) => state.values.get(key)?.value);
    if (values.some((value) => value === undefined)) joined.values.delete(key);
    else if (values.some((value) => value !== bound.value)) {
      joined.values.set(key, {
        ...bound,
        value: b.phi(label.target, bound.value.kind, values as Value[]),
      });
    }
  }
  return joined;
}

/** Phis in the header of a loop for the variables that its body changes. */
export function loopDebug(b: Builder, header: Block, body: Node): ReadonlyMap<string, Value> {
  const changed = new Set<number>();
  const scan = (node: Node): void => {
    if (node.op === "debugValue") changed.add(node.variable);
    forEachChild(node, scan);
  };
  scan(body);
  const phis = new Map<string, Value>();
  for (const [key, bound] of b.debug!.values) {
    if (!changed.has(bound.variable)) continue;
    const value = b.phi(header, bound.value.kind, [bound.value]);
    phis.set(key, value);
    b.debug!.values.set(key, { ...bound, value });
  }
  if (phis.size > 0) b.debug!.point(b);
  return phis;
}
