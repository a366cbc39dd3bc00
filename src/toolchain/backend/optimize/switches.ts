/** `switch` becomes a chain of comparisons when it is small, else a bounds check and a jump through a table. */
import type { Block, Graph, Value } from "../graph/ir.ts";

/** Up to this many cases that differ from the default are compared one by one. */
const LONGEST_CHAIN = 4;

export function lowerSwitches(graph: Graph): void {
  for (const block of [...graph.blocks]) {
    const t = block.terminator;
    if (t.kind !== "switch") continue;
    const { index, targets, cases, fallback, location } = t;
    // What the block brings to the phis of its targets; the new blocks bring the same.
    const brought = new Map<Block, Value[]>();
    for (const target of targets) {
      const at = target.predecessors.indexOf(block);
      brought.set(
        target,
        target.phis.map((phi) => phi.operands.splice(at, 1)[0]),
      );
      target.predecessors.splice(at, 1);
    }
    const connect = (from: Block, to: Block): void => {
      to.predecessors.push(from);
      const values = brought.get(to);
      to.phis.forEach((phi, i) => {
        phi.operands.push(values![i]);
      });
    };
    let position = graph.blocks.indexOf(block);
    const insert = (): Block => {
      const fresh = graph.block();
      graph.blocks.splice(++position, 0, fresh);
      return fresh;
    };
    const compare = (at: Block, operation: "eq" | "ge_u", n: number): Value => {
      const v = graph.value(operation, "i32", [index, graph.constant(n)], at);
      v.location = location;
      at.values.push(v);
      return v;
    };
    const special = cases.flatMap((target, n) =>
      target === fallback ? [] : [{ n, target: targets[target] }],
    );
    if (special.length <= LONGEST_CHAIN) {
      let at = block;
      special.forEach(({ n, target }, i) => {
        const last = i === special.length - 1;
        const next = last ? targets[fallback] : insert();
        at.terminator = {
          kind: "branch",
          condition: compare(at, "eq", n),
          whenTrue: target,
          whenFalse: next,
          location,
        };
        connect(at, target);
        if (last) connect(at, next);
        else next.predecessors.push(at);
        at = next;
      });
      if (special.length === 0) {
        block.terminator = { kind: "jump", to: targets[fallback] };
        connect(block, targets[fallback]);
      }
      continue;
    }
    const jump = insert();
    const outside = compare(block, "ge_u", cases.length);
    block.terminator = {
      kind: "branch",
      condition: outside,
      whenTrue: targets[fallback],
      whenFalse: jump,
      location,
    };
    connect(block, targets[fallback]);
    jump.predecessors.push(block);
    const used = [...new Set(cases)];
    jump.terminator = {
      kind: "switch",
      index,
      targets: used.map((i) => targets[i]),
      cases: cases.map((i) => used.indexOf(i)),
      fallback: 0,
      location,
    };
    for (const i of used) connect(jump, targets[i]);
  }
}
