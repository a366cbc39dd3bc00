/** Value numbering with folding, and loads of what is known already. */
import { fold } from "../fold/fold.ts";
import { analyse } from "../graph/analysis.ts";
import {
  type Block,
  COMPARISONS,
  type Comparison,
  type Graph,
  hasEffect,
  INVERSE,
  isPure,
  type Operation,
  resolve,
  type Value,
} from "../graph/ir.ts";
import { resolveOperands } from "./clean.ts";

const key = (v: Value): string =>
  `${v.operation}:${v.immediate}:${v.target}:${v.intrinsic?.name ?? ""}:${v.operands.map((o) => o.id).join(",")}`;

const comparisonKey = (operation: Comparison, [a, b]: readonly Value[]): string =>
  `${operation}:0:::${a.id},${b.id}`;

/** What is known to hold where a branch on the condition went one way, as keys of comparisons and their results. */
function knownBehind(graph: Graph, condition: Value, taken: boolean): [string, number][] {
  const comparison = COMPARISONS.has(condition.operation);
  const operation = comparison ? (condition.operation as Comparison) : "ne";
  const operands = comparison ? condition.operands : [condition, graph.constant(0)];
  return [
    [comparisonKey(operation, operands), Number(taken)],
    [comparisonKey(INVERSE[operation], operands), Number(!taken)],
  ];
}

/**
 * Folds constants, merges equal values, and decides comparisons by the branches that lead to them. Loads merge with
 * what was loaded or stored in front of them on the only way there.
 */
export function numberValues(graph: Graph): void {
  const analysis = analyse(graph);
  const children = new Map<Block, Block[]>();
  for (const block of analysis.order) {
    const parent = analysis.immediateDominator.get(block)!;
    if (parent !== block) children.set(parent, [...(children.get(parent) ?? []), block]);
  }
  const known = new Map<string, Value>();
  const facts = new Map<string, number>();
  const visit = (block: Block, memory: Map<string, Value>): void => {
    const added: string[] = [];
    const learnt: string[] = [];
    const [from] = block.predecessors;
    const way = block.predecessors.length === 1 ? from.terminator : undefined;
    if (way?.kind === "branch" && way.whenTrue !== way.whenFalse) {
      for (const [id, result] of knownBehind(graph, resolve(way.condition), way.whenTrue === block)) {
        if (facts.has(id)) continue;
        facts.set(id, result);
        learnt.push(id);
      }
    }
    const kept: Value[] = [];
    const place = (v: Value): Value => {
      const simpler = fold(graph, v, (operation: Operation, operands) => {
        const helper = graph.value(operation, "i32", operands, block);
        helper.location = v.location;
        return place(helper);
      });
      if (simpler) {
        v.forward = simpler;
        return simpler;
      }
      const id = key(v);
      const fact = facts.get(id);
      if (fact !== undefined) {
        v.forward = graph.constant(fact);
        return v.forward;
      }
      const equal = known.get(id);
      if (equal) {
        v.forward = equal;
        return equal;
      }
      known.set(id, v);
      added.push(id);
      kept.push(v);
      return v;
    };
    for (const phi of block.phis) phi.operands = phi.operands.map(resolve);
    for (const v of block.values) {
      v.operands = v.operands.map(resolve);
      if (isPure(v)) place(v);
      else {
        if (!mergeMemory(memory, v)) kept.push(v);
      }
    }
    block.values = kept;
    const t = block.terminator;
    if (t.kind === "branch") {
      const [[id]] = knownBehind(graph, resolve(t.condition), true);
      const fact = facts.get(id);
      if (fact !== undefined) t.condition = graph.constant(fact);
    }
    for (const child of children.get(block) ?? []) {
      const only = child.predecessors.length === 1 && child.predecessors[0] === block;
      visit(child, only ? new Map(memory) : new Map());
    }
    for (const id of added) known.delete(id);
    for (const id of learnt) facts.delete(id);
  };
  visit(graph.entry, new Map());
  resolveOperands(graph);
}

/** The address of a load or store as a value, none for constant addresses, and a number of bytes. */
function addressOf(v: Value): { base: string; offset: number } {
  let [address] = v.operands;
  let offset = v.immediate;
  while (address.operation === "add" && address.operands[1].operation === "const") {
    offset = (offset + address.operands[1].immediate) | 0;
    [address] = address.operands;
  }
  return address.operation === "const"
    ? { base: "", offset: (offset + address.immediate) | 0 }
    : { base: String(address.id), offset };
}

/** Loads of what was loaded or stored before; returns true when `v` is not needed any more. */
function mergeMemory(memory: Map<string, Value>, v: Value): boolean {
  if (v.operation !== "load" && v.operation !== "store") {
    if (hasEffect(v) && v.operation !== "debug") memory.clear();
    return false;
  }
  if (v.volatile) {
    memory.clear();
    return false;
  }
  const { base, offset } = addressOf(v);
  const id = `${base}|${offset}|${v.bytes}|${v.signed}`;
  if (v.operation === "load") {
    const same = memory.get(id);
    if (same) {
      v.forward = same;
      return true;
    }
    memory.set(id, v);
    return false;
  }
  for (const other of [...memory.keys()]) {
    const [otherBase, at, bytes] = other.split("|");
    const apart = Number(at) >= offset + v.bytes || Number(at) + Number(bytes) <= offset;
    if (otherBase !== base || !apart) memory.delete(other);
  }
  if (v.bytes === 4) memory.set(`${base}|${offset}|4|false`, v.operands[1]);
  return false;
}
