/** Blocks, loops, branches and selects; phis where ways meet. */

import type { Node } from "../../wasm-tree.ts";
import { joinDebug, loopDebug } from "../debug/state.ts";
import { type Block, COMPARISONS, type Value } from "../graph/ir.ts";
import type { Builder, Label } from "./builder.ts";
import { forEachChild } from "./rotate.ts";

export function buildSelect(b: Builder, node: Extract<Node, { op: "select" }>): Value {
  const whenTrue = b.operand(node.whenTrue);
  const whenFalse = b.operand(node.whenFalse);
  const condition = b.operand(node.condition);
  if (whenTrue === whenFalse) return whenTrue;
  if (whenTrue.operation === "const" && whenFalse.operation === "const") {
    const [t, f] = [whenTrue.immediate, whenFalse.immediate];
    if (t === 1 && f === 0) return asTruth(b, condition);
    if (t === 0 && f === 1) return b.append("eq", "i32", [condition, b.number(0)]);
  }
  if (!b.reachable) return whenTrue;
  const taken = b.graph.block();
  const join = b.graph.block();
  b.branch(condition, taken, join);
  const before = b.current;
  b.start(taken);
  b.jump(join);
  join.predecessors = [before, taken];
  b.start(join);
  return b.phi(join, whenTrue.kind, [whenFalse, whenTrue]);
}

export function asTruth(b: Builder, condition: Value): Value {
  return COMPARISONS.has(condition.operation) ? condition : b.append("ne", "i32", [condition, b.number(0)]);
}

/** Starts the block where the ways in meet, with phis for what they disagree on. */
export function join(b: Builder, label: Label, wantsValue: boolean): Value | undefined {
  const { entries, target } = label;
  if (entries.length === 0) return undefined;
  b.start(target);
  b.reachable = true;
  b.locals = entries[0].locals.map((first, index) =>
    entries.every((entry) => entry.locals[index] === first)
      ? first
      : b.phi(
          target,
          first.kind,
          entries.map((entry) => entry.locals[index]),
        ),
  );
  b.debug = joinDebug(b, label);
  if (target.phis.length > 0) b.debug?.point(b);
  const first = entries[0].value;
  if (!wantsValue || !first) return undefined;
  if (entries.every((entry) => entry.value === first)) return first;
  return b.phi(
    target,
    first.kind,
    entries.map((entry) => entry.value ?? b.fail("a way out of a block lacks its value")),
  );
}

export function enter(b: Builder, label: Label, value: Value | undefined): void {
  label.entries.push({ block: b.current, locals: [...b.locals], value, debug: b.debug?.copy() });
}

export function buildSequence(b: Builder, nodes: readonly Node[]): Value | undefined {
  let value: Value | undefined;
  for (const child of nodes) {
    if (!b.reachable) return undefined;
    value = b.build(child);
  }
  return value;
}

export function buildBlock(b: Builder, node: Extract<Node, { op: "block" }>): Value | undefined {
  if (node.label === null) return buildSequence(b, node.body);
  const label: Label = { name: node.label, target: b.graph.block(), entries: [] };
  b.labels.push(label);
  const value = buildSequence(b, node.body);
  b.labels.pop();
  if (label.entries.length === 0) return value;
  if (b.reachable) {
    enter(b, label, value);
    b.jump(label.target);
  }
  return join(b, label, node.type !== "none" && node.type !== "unreachable");
}

export function buildLoop(b: Builder, node: Extract<Node, { op: "loop" }>): Value | undefined {
  if (!b.reachable) return undefined;
  if (node.label === null) return b.build(node.body);
  const changed = new Set<number>();
  const scan = (child: Node): void => {
    if (child.op === "localSet") changed.add(child.index);
    forEachChild(child, scan);
  };
  scan(node.body);
  const header = b.graph.block();
  b.jump(header);
  b.start(header);
  const phis = new Map<number, Value>();
  for (const index of changed) {
    const v = b.phi(header, b.locals[index].kind, [b.locals[index]]);
    phis.set(index, v);
    b.locals[index] = v;
  }
  const debugPhis = b.debug && loopDebug(b, header, node.body);
  b.labels.push({ name: node.label, target: header, phis, entries: [], debugPhis });
  const value = b.build(node.body);
  b.labels.pop();
  return value;
}

export function buildIf(b: Builder, node: Extract<Node, { op: "if" }>): Value | undefined {
  const condition = b.operand(node.condition);
  if (!b.reachable) return undefined;
  const then = b.graph.block();
  const otherwise = b.graph.block();
  const label: Label = { name: null, target: b.graph.block(), entries: [] };
  b.branch(condition, then, otherwise, b.placeOfTest(node.condition));
  const locals = [...b.locals];
  const debug = b.debug;
  for (const [block, arm] of [
    [then, node.then],
    [otherwise, node.otherwise],
  ] as const) {
    b.start(block);
    b.reachable = true;
    b.locals = [...locals];
    b.debug = debug?.copy();
    const value = arm && b.build(arm);
    if (b.reachable) {
      enter(b, label, value);
      b.jump(label.target);
    }
  }
  return join(b, label, node.type !== "none" && node.type !== "unreachable");
}

export function findLabel(b: Builder, name: string): Label {
  for (let i = b.labels.length - 1; i >= 0; i--) if (b.labels[i].name === name) return b.labels[i];
  return b.fail(`break to unknown label "${name}"`);
}

/** Records that the current block goes to the label. */
export function arrive(b: Builder, label: Label, value: Value | undefined): void {
  if (label.phis) {
    for (const [index, phi] of label.phis) phi.operands.push(b.locals[index]);
    for (const [key, phi] of label.debugPhis ?? []) phi.operands.push(b.debug?.values.get(key)?.value ?? phi);
  } else enter(b, label, value);
}

export function buildBreak(b: Builder, node: Extract<Node, { op: "break" }>): Value | undefined {
  const value = node.value && b.operand(node.value);
  const condition = node.condition && b.operand(node.condition);
  const place = node.condition && b.placeOfTest(node.condition);
  if (!b.reachable) return value;
  const label = findLabel(b, node.label);
  arrive(b, label, value);
  if (condition) {
    const next = b.graph.block();
    b.branch(condition, label.target, next, place);
    b.start(next);
    return value;
  }
  b.jump(label.target);
  b.end();
  return undefined;
}

export function buildSwitch(b: Builder, node: Extract<Node, { op: "switch" }>): undefined {
  const index = b.operand(node.index);
  if (!b.reachable) return;
  const targets: Block[] = [];
  const position = (name: string): number => {
    const label = findLabel(b, name);
    const known = targets.indexOf(label.target);
    if (known >= 0) return known;
    arrive(b, label, undefined);
    label.target.predecessors.push(b.current);
    targets.push(label.target);
    return targets.length - 1;
  };
  const cases = node.labels.map(position);
  const fallback = position(node.fallback);
  b.current.terminator = { kind: "switch", index, targets, cases, fallback, location: b.location };
  b.end();
}
