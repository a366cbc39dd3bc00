/** Phis that always have the same value become one: those of a variable and of the local that holds it. */
import { type Graph, resolve, type Value } from "../graph/ir.ts";
import { resolveOperands } from "../optimize/clean.ts";

export function mergeEqualPhis(graph: Graph): void {
  const phis = graph.blocks.flatMap((block) => block.phis.map((phi) => ({ phi, block })));
  // All phis of a block are equal until their operands differ.
  let classes = new Map<Value, string>(phis.map(({ phi, block }) => [phi, `${block.id}:${phi.kind}`]));
  for (let count = 0; ; ) {
    const numbers = new Map<string, number>();
    const next = new Map<Value, string>();
    for (const { phi, block } of phis) {
      const operands = phi.operands.map((operand) => {
        const v = resolve(operand);
        return classes.get(v) ?? `v${v.id}`;
      });
      const key = `${block.id}:${phi.kind}:${operands.join(",")}`;
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      next.set(phi, `c${numbers.get(key)}`);
    }
    classes = next;
    if (numbers.size === count) break;
    count = numbers.size;
  }
  const first = new Map<string, Value>();
  for (const block of graph.blocks) {
    block.phis = block.phis.filter((phi) => {
      const id = classes.get(phi)!;
      const equal = first.get(id);
      if (!equal) {
        first.set(id, phi);
        return true;
      }
      phi.forward = equal;
      return false;
    });
  }
  resolveOperands(graph);
}
