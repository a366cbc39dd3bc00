/** Code motion out of loops. */
import { analyse } from "../graph/analysis.ts";
import { type Graph, isPure, type Value } from "../graph/ir.ts";
import { preheader } from "./edges.ts";

/** Moves pure values whose operands do not change in a loop in front of it, outermost loop possible. */
export function hoistInvariants(graph: Graph): void {
  const analysis = analyse(graph);
  for (const loop of [...analysis.loops].reverse()) {
    const moved: Value[] = [];
    const inside = (v: Value) => v.operation !== "const" && loop.blocks.has(v.block);
    for (const block of analysis.order) {
      if (!loop.blocks.has(block)) continue;
      block.values = block.values.filter((v) => {
        if (!isPure(v) || v.operands.some(inside)) return true;
        // A comparison belongs to its branch, and a displacement to its access.
        if (isCheapInPlace(v)) return true;
        moved.push(v);
        v.block = graph.entry; // outside, for the values behind it; corrected below
        return false;
      });
    }
    if (moved.length === 0) continue;
    const before = preheader(graph, loop);
    for (const v of moved) v.block = before;
    before.values.push(...moved);
  }
}

/** Values that usually vanish into the instruction that uses them. */
function isCheapInPlace(v: Value): boolean {
  if (v.operation === "add" && v.operands[1].operation === "const") {
    const n = v.operands[1].immediate;
    return n >= -0x8000 && n < 0x8000;
  }
  return v.operation === "zero" ? false : /^(eq|ne|lt|le|gt|ge)/.test(v.operation);
}
