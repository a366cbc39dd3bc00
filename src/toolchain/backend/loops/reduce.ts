/** Loops whose number of iterations is known run on CTR; addresses that grow by a constant become pointers. */
import type { Graph } from "../graph/ir.ts";
import { reduceAddresses } from "./addresses.ts";
import { countLoop } from "./count.ts";
import { Reduction } from "./induction.ts";

/** Counted loops and reduced addresses, for all loops of the graph. */
export function reduceLoops(graph: Graph): void {
  const r = new Reduction(graph);
  // Preheaders first, so that the analysis stays right while loops change.
  for (const loop of r.analysis.loops) countLoop(r, loop);
  for (const loop of r.analysis.loops) reduceAddresses(r, loop);
}
