/** The order of the passes over the graph. */
import { mergeEqualPhis } from "../debug/merge.ts";
import type { Graph } from "../graph/ir.ts";
import { reduceLoops } from "../loops/reduce.ts";
import { cleanGraph } from "./clean.ts";
import { removeDead } from "./dead.ts";
import { splitReturns } from "./edges.ts";
import { hoistInvariants } from "./hoist.ts";
import { numberValues } from "./number.ts";
import { lowerSwitches } from "./switches.ts";
import { threadBranches } from "./thread.ts";

/** All passes up to the instruction selector. */
export function optimize(graph: Graph): void {
  cleanGraph(graph);
  if (graph.debug) mergeEqualPhis(graph);
  lowerSwitches(graph);
  for (let round = 0; round < 3; round++) {
    numberValues(graph);
    cleanGraph(graph);
    if (graph.debug) mergeEqualPhis(graph);
    removeDead(graph);
    threadBranches(graph);
    cleanGraph(graph);
  }
  removeDead(graph);
  hoistInvariants(graph);
  reduceLoops(graph);
  cleanGraph(graph);
  numberValues(graph);
  removeDead(graph);
  hoistInvariants(graph);
  splitReturns(graph);
  cleanGraph(graph);
  removeDead(graph);
}
