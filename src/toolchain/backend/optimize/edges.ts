/** Preheaders, split edges and copied returns. */
import type { Loop } from "../graph/analysis.ts";
import { type Block, type Graph, successors, type Value } from "../graph/ir.ts";

/** The block that enters the loop and nothing else; made if there is none. */
export function preheader(graph: Graph, loop: Loop): Block {
  const { header } = loop;
  const outside = header.predecessors.filter((p) => !loop.blocks.has(p));
  if (outside.length === 1 && successors(outside[0]).length === 1) return outside[0];
  const block = graph.block();
  graph.blocks.splice(graph.blocks.indexOf(header), 0, block);
  const inside = header.predecessors.filter((p) => loop.blocks.has(p));
  for (const phi of header.phis) {
    const from = (list: Block[]) => list.map((p) => phi.operands[header.predecessors.indexOf(p)]);
    const values = from(outside);
    let first = values[0];
    if (values.length > 1) {
      first = graph.value("phi", phi.kind, values, block);
      block.phis.push(first);
    }
    phi.operands = [first, ...from(inside)];
  }
  for (const p of outside) {
    const t = p.terminator;
    if (t.kind === "jump") t.to = block;
    else if (t.kind === "branch" || t.kind === "count") {
      if (t.whenTrue === header) t.whenTrue = block;
      if (t.whenFalse === header) t.whenFalse = block;
    } else if (t.kind === "switch") t.targets = t.targets.map((x) => (x === header ? block : x));
  }
  block.predecessors = outside;
  block.terminator = { kind: "jump", to: header };
  header.predecessors = [block, ...inside];
  for (let up = loop.parent; up; up = up.parent) up.blocks.add(block);
  return block;
}

/** A block that only returns a phi is copied into the blocks that jump to it. */
export function splitReturns(graph: Graph): void {
  for (const block of graph.blocks) {
    const t = block.terminator;
    if (t.kind !== "return" || block.values.length > 0 || block === graph.entry) continue;
    if (block.phis.length > 1) continue;
    if (block.phis.length === 1 && block.phis[0] !== t.value) continue;
    block.predecessors = block.predecessors.filter((p, i) => {
      if (p.terminator.kind !== "jump") return true;
      const value = block.phis.length === 1 ? block.phis[0].operands[i] : t.value;
      p.terminator = { kind: "return", value, location: t.location };
      if (block.phis.length === 1) block.phis[0].operands[i] = undefined as unknown as Value;
      return false;
    });
    for (const phi of block.phis) phi.operands = phi.operands.filter((operand) => operand !== undefined);
  }
}

/** Puts a block on every edge from a block with several ways out to one with several ways in. */
export function splitCriticalEdges(graph: Graph): void {
  for (const block of [...graph.blocks]) {
    if (block.predecessors.length < 2 || block.phis.length === 0) continue;
    block.predecessors = block.predecessors.map((p) => {
      if (successors(p).length < 2) return p;
      const between = graph.block();
      graph.blocks.splice(graph.blocks.indexOf(p) + 1, 0, between);
      const t = p.terminator;
      if (t.kind === "branch" || t.kind === "count") {
        if (t.whenTrue === block) t.whenTrue = between;
        else t.whenFalse = between;
      } else if (t.kind === "switch") t.targets = t.targets.map((x) => (x === block ? between : x));
      between.predecessors = [p];
      between.terminator = { kind: "jump", to: block };
      return between;
    });
  }
}
