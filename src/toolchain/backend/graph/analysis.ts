/** Dominators and natural loops of a graph. */
import { type Block, type Graph, successors } from "./ir.ts";

export interface Loop {
  readonly header: Block;
  readonly blocks: Set<Block>;
  /** Blocks that jump back to the header. */
  readonly latches: Block[];
  parent: Loop | undefined;
  depth: number;
}

export interface Analysis {
  /** Reachable blocks, each behind its dominators. */
  readonly order: Block[];
  readonly immediateDominator: Map<Block, Block>;
  readonly loops: Loop[];
  /** Innermost loop of a block. */
  readonly loopOf: Map<Block, Loop>;
}

export function reversePostorder(graph: Graph): Block[] {
  const seen = new Set<Block>([graph.entry]);
  const order: Block[] = [];
  const stack: { block: Block; next: Block[] }[] = [
    { block: graph.entry, next: [...successors(graph.entry)] },
  ];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const block = top.next.shift();
    if (!block) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(block)) {
      seen.add(block);
      stack.push({ block, next: [...successors(block)] });
    }
  }
  return order.reverse();
}

export function dominates(analysis: Analysis, a: Block, b: Block): boolean {
  let block: Block | undefined = b;
  while (block && block !== a) {
    const up: Block | undefined = analysis.immediateDominator.get(block);
    block = up === block ? undefined : up;
  }
  return block === a;
}

export function analyse(graph: Graph): Analysis {
  const order = reversePostorder(graph);
  const index = new Map(order.map((block, i) => [block, i]));
  const immediateDominator = new Map<Block, Block>([[graph.entry, graph.entry]]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order.slice(1)) {
      let dominator: Block | undefined;
      for (const predecessor of block.predecessors) {
        if (!immediateDominator.has(predecessor)) continue;
        let a: Block = predecessor;
        let b: Block = dominator ?? predecessor;
        while (a !== b) {
          while (index.get(a)! > index.get(b)!) a = immediateDominator.get(a)!;
          while (index.get(b)! > index.get(a)!) b = immediateDominator.get(b)!;
        }
        dominator = a;
      }
      if (dominator && immediateDominator.get(block) !== dominator) {
        immediateDominator.set(block, dominator);
        changed = true;
      }
    }
  }
  const analysis: Analysis = { order, immediateDominator, loops: [], loopOf: new Map() };
  // Inner headers come later in the order, so going backwards finds inner loops first.
  for (const header of [...order].reverse()) {
    const latches = header.predecessors.filter((p) => index.has(p) && dominates(analysis, header, p));
    if (latches.length === 0) continue;
    const blocks = new Set<Block>([header]);
    const work = [...latches];
    while (work.length > 0) {
      const block = work.pop()!;
      if (blocks.has(block)) continue;
      blocks.add(block);
      work.push(...block.predecessors.filter((p) => index.has(p)));
    }
    const loop: Loop = { header, blocks, latches, parent: undefined, depth: 1 };
    for (const inner of analysis.loops) {
      if (!inner.parent && inner.header !== header && blocks.has(inner.header)) inner.parent = loop;
    }
    analysis.loops.push(loop);
    for (const block of blocks) if (!analysis.loopOf.has(block)) analysis.loopOf.set(block, loop);
  }
  for (const loop of analysis.loops) {
    let depth = 1;
    for (let up = loop.parent; up; up = up.parent) depth++;
    loop.depth = depth;
  }
  return analysis;
}

export function depthOf(analysis: Analysis, block: Block): number {
  return analysis.loopOf.get(block)?.depth ?? 0;
}
