/** Value numbering with folding, and loads of what is known already. */
import { fold } from "../fold/fold.ts";
import { analyse } from "../graph/analysis.ts";
import {
  type Block,
  type Graph,
  hasEffect,
  isPure,
  type Operation,
  resolve,
  type Value,
} from "../graph/ir.ts";
import { resolveOperands } from "./clean.ts";

const key = (v: Value): string =>
  `${v.operation}:${v.immediate}:${v.target}:${v.intrinsic?.name ?? ""}:${v.operands.map((o) => o.id).join(",")}`;

/** Folds constants and merges equal values; loads merge only inside a block with no store between. */
export function numberValues(graph: Graph): void {
  const analysis = analyse(graph);
  const children = new Map<Block, Block[]>();
  for (const block of analysis.order) {
    const parent = analysis.immediateDominator.get(block)!;
    if (parent !== block) children.set(parent, [...(children.get(parent) ?? []), block]);
  }
  const known = new Map<string, Value>();
  const visit = (block: Block): void => {
    const added: string[] = [];
    const memory = new Map<string, Value>();
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
    for (const child of children.get(block) ?? []) visit(child);
    for (const id of added) known.delete(id);
  };
  visit(graph.entry);
  resolveOperands(graph);
}

/** Loads of what was loaded or stored before in this block; returns true when `v` is not needed any more. */
function mergeMemory(memory: Map<string, Value>, v: Value): boolean {
  if (v.operation !== "load" && v.operation !== "store") {
    if (hasEffect(v)) memory.clear();
    return false;
  }
  if (v.volatile) {
    memory.clear();
    return false;
  }
  const base = v.operands[0].operation === "const" ? "" : String(v.operands[0].id);
  const offset =
    v.operands[0].operation === "const" ? (v.operands[0].immediate + v.immediate) | 0 : v.immediate;
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
