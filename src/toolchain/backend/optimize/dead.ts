/** Removal of values that nobody needs. */
import { type Block, type Graph, hasEffect, type Value } from "../graph/ir.ts";

/** Every operand of a terminator. */
export function terminatorOperands(block: Block): Value[] {
  const t = block.terminator;
  if (t.kind === "branch") return [t.condition];
  if (t.kind === "switch") return [t.index];
  return t.kind === "return" && t.value ? [t.value] : [];
}

export function removeDead(graph: Graph): void {
  const live = new Set<Value>();
  const work: Value[] = [];
  const mark = (v: Value): void => {
    if (!live.has(v)) {
      live.add(v);
      work.push(v);
    }
  };
  for (const block of graph.blocks) {
    for (const v of block.values) if (hasEffect(v)) mark(v);
    for (const v of terminatorOperands(block)) mark(v);
  }
  while (work.length > 0) for (const operand of work.pop()!.operands) mark(operand);
  for (const block of graph.blocks) {
    block.values = block.values.filter((v) => live.has(v));
    block.phis = block.phis.filter((v) => live.has(v));
  }
}
