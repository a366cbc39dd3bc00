/** Unreachable blocks, decided branches, phis that choose nothing. */
import { reversePostorder } from "../graph/analysis.ts";
import { type Graph, resolve, successors } from "../graph/ir.ts";

/** Removes unreachable blocks, the phi operands that came from them, and phis that choose nothing. */
export function cleanGraph(graph: Graph): void {
  foldBranches(graph);
  const live = new Set(reversePostorder(graph));
  graph.blocks = graph.blocks.filter((block) => live.has(block));
  for (const block of graph.blocks) {
    const keep = block.predecessors.map((p) => live.has(p) && successors(p).includes(block));
    for (const phi of block.phis) phi.operands = phi.operands.filter((_, i) => keep[i]);
    block.predecessors = block.predecessors.filter((_, i) => keep[i]);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of graph.blocks) {
      block.phis = block.phis.filter((phi) => {
        phi.operands = phi.operands.map(resolve);
        const others = new Set(phi.operands.filter((operand) => operand !== phi));
        if (others.size !== 1) return true;
        [phi.forward] = others;
        changed = true;
        return false;
      });
    }
  }
  resolveOperands(graph);
}

function foldBranches(graph: Graph): void {
  for (const block of graph.blocks) {
    const t = block.terminator;
    if (t.kind === "branch") {
      const condition = resolve(t.condition);
      if (condition.operation === "const") {
        block.terminator = { kind: "jump", to: condition.immediate !== 0 ? t.whenTrue : t.whenFalse };
      }
    } else if (t.kind === "switch") {
      const index = resolve(t.index);
      if (index.operation === "const") {
        const target = t.cases[index.immediate >>> 0] ?? t.fallback;
        block.terminator = { kind: "jump", to: t.targets[target] };
      }
    }
  }
}

export function resolveOperands(graph: Graph): void {
  for (const block of graph.blocks) {
    for (const v of block.phis) v.operands = v.operands.map(resolve);
    for (const v of block.values) v.operands = v.operands.map(resolve);
    const t = block.terminator;
    if (t.kind === "branch") t.condition = resolve(t.condition);
    else if (t.kind === "switch") t.index = resolve(t.index);
    else if (t.kind === "return" && t.value) t.value = resolve(t.value);
  }
}
