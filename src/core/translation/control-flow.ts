/**
 * A graph of blocks as structured WebAssembly: loops and nested blocks along the dominator tree (Ramsey, "Beyond
 * Relooper", ICFP 2022). Entries, and headers of loops that are entered in more than one place, are reached through a
 * table at the top instead.
 */
import type { Code } from "./wasm-code.ts";

export interface Graph {
  /** Number of nodes. */
  readonly size: number;
  readonly entries: readonly number[];
  /** Targets of the jumps of a node, one for each place that jumps, in any order. */
  successors(node: number): readonly number[];
}

export interface NodeEmitter {
  /** Emits a node; `goTo` has to be called for each of its successors, and nothing may fall out at the end. */
  node(node: number, goTo: (target: number) => void): void;
  /** Emits what stands before a loop with that header. */
  beforeLoop(header: number): void;
}

interface Order {
  /** Nodes in reverse postorder. */
  readonly nodes: readonly number[];
  /** Position in `nodes`; -1: not reached. */
  readonly position: Int32Array;
  /** Immediate dominator by node; ROOT for those that nothing but the table dominates. */
  readonly dominator: Int32Array;
}

const ROOT = -1;
/** Levels of the dominator tree, which is emitted recursively, below a node of the table. */
const DEEPEST = 100;

/** Nodes where the tree gets too deep are reached through the table too. */
function addDeepNodes({ nodes, dominator }: Order, tabled: Set<number>): void {
  const depth = new Map<number, number>();
  for (const node of nodes) {
    const parent = tabled.has(node) ? ROOT : dominator[node];
    const level = parent === ROOT ? 0 : depth.get(parent)! + 1;
    depth.set(node, level > DEEPEST ? 0 : level);
    if (level > DEEPEST) tabled.add(node);
  }
}

function orderOf(graph: Graph, tabled: ReadonlySet<number>): Order {
  const postorder: number[] = [];
  const visited = new Uint8Array(graph.size);
  for (const root of [...tabled].reverse()) {
    if (visited[root]) continue;
    visited[root] = 1;
    const stack = [{ node: root, next: 0, successors: graph.successors(root) }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next === top.successors.length) {
        postorder.push(top.node);
        stack.pop();
        continue;
      }
      const node = top.successors[top.next++];
      if (visited[node] || tabled.has(node)) continue;
      visited[node] = 1;
      stack.push({ node, next: 0, successors: graph.successors(node) });
    }
  }
  const nodes = postorder.reverse();
  const position = new Int32Array(graph.size).fill(-1);
  nodes.forEach((node, index) => {
    position[node] = index;
  });
  return { nodes, position, dominator: dominatorsOf(graph, tabled, nodes, position) };
}

/** Cooper, Harvey, Kennedy, "A simple, fast dominance algorithm". */
function dominatorsOf(
  graph: Graph,
  tabled: ReadonlySet<number>,
  nodes: readonly number[],
  position: Int32Array,
): Int32Array {
  const predecessors: number[][] = Array.from({ length: graph.size }, () => []);
  for (const node of nodes) {
    for (const successor of graph.successors(node)) predecessors[successor].push(node);
  }
  const unknown = -2;
  const dominator = new Int32Array(graph.size).fill(unknown);
  const common = (a: number, b: number): number => {
    let [one, other] = [a, b];
    while (one !== other) {
      if (one === ROOT || other === ROOT) return ROOT;
      if (position[one] > position[other]) one = dominator[one];
      else other = dominator[other];
    }
    return one;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of nodes) {
      let found: number;
      if (tabled.has(node)) found = ROOT;
      else {
        const known = predecessors[node].filter((one) => dominator[one] !== unknown);
        found = known.reduce(common);
      }
      if (dominator[node] === found) continue;
      dominator[node] = found;
      changed = true;
    }
  }
  return dominator;
}

export class ControlFlow {
  /** Nodes reached through the table, in its order. */
  readonly tabled: readonly number[];
  readonly #order: Order;
  readonly #isTabled: ReadonlySet<number>;
  readonly #children: number[][];
  readonly #roots: readonly number[];
  /** Jumped to from several places ahead of it. */
  readonly #merges: Uint8Array;
  readonly #loops: Uint8Array;
  /** Nodes of each innermost loop that is entered at its header only, by header. */
  readonly innermostLoops: ReadonlyMap<number, ReadonlySet<number>>;

  constructor(graph: Graph) {
    const tabled = new Set(graph.entries);
    let order = orderOf(graph, tabled);
    for (;;) {
      const before = tabled.size;
      for (const node of order.nodes) {
        for (const target of graph.successors(node)) {
          const isBackward = order.position[target] <= order.position[node];
          if (isBackward && !tabled.has(target) && !dominates(order, target, node)) tabled.add(target);
        }
      }
      addDeepNodes(order, tabled);
      if (tabled.size === before) break;
      order = orderOf(graph, tabled);
    }
    this.#order = order;
    this.#isTabled = tabled;
    this.tabled = [...tabled];
    this.#children = Array.from({ length: graph.size }, () => []);
    this.#merges = new Uint8Array(graph.size);
    this.#loops = new Uint8Array(graph.size);
    const ahead = new Int32Array(graph.size);
    for (const node of order.nodes) {
      for (const target of graph.successors(node)) {
        if (dominates(order, target, node)) this.#loops[target] = 1;
        else if (!tabled.has(target)) ahead[target]++;
      }
    }
    const roots: number[] = [];
    for (const node of order.nodes) {
      this.#merges[node] = Number(tabled.has(node) || ahead[node] > 1);
      if (!this.#merges[node]) continue;
      const parent = order.dominator[node];
      (parent === ROOT ? roots : this.#children[parent]).push(node);
    }
    this.#roots = roots;
    this.innermostLoops = this.#findLoops(graph);
  }

  #findLoops(graph: Graph): Map<number, Set<number>> {
    const predecessors: number[][] = Array.from({ length: graph.size }, () => []);
    for (const node of this.#order.nodes) {
      for (const target of graph.successors(node)) predecessors[target].push(node);
    }
    const loops = new Map<number, Set<number>>();
    for (const header of this.#order.nodes) {
      if (!this.#loops[header]) continue;
      const nodes = new Set([header]);
      const open = predecessors[header].filter((node) => dominates(this.#order, header, node));
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (nodes.has(node)) continue;
        nodes.add(node);
        open.push(...predecessors[node]);
      }
      const isOuter = [...nodes].some(
        (node) => node !== header && (this.#loops[node] || this.#isTabled.has(node)),
      );
      if (!isOuter) loops.set(header, nodes);
    }
    return loops;
  }

  /** True if there is one jump to the node, in whose place it is emitted. */
  isInlined(node: number): boolean {
    return !this.#merges[node] && !this.#loops[node];
  }

  /** Emits everything; local `selector` holds the position in `tabled` of the node to begin with. */
  emit(code: Code, selector: number, emitter: NodeEmitter): void {
    const blocks = new Map<number, number>();
    const loops = new Map<number, number>();
    const index = new Map(this.tabled.map((node, position) => [node, position]));
    let table = 0;
    const open = (children: readonly number[]) => {
      for (const child of children.toReversed()) blocks.set(child, code.block().depth);
    };
    const close = (children: readonly number[]) => {
      for (const child of children) {
        code.end();
        tree(child);
      }
    };
    const tree = (node: number): void => {
      if (this.#loops[node]) {
        emitter.beforeLoop(node);
        loops.set(node, code.loop().depth);
      }
      open(this.#children[node]);
      emitter.node(node, (target) => jump(node, target));
      close(this.#children[node]);
      if (this.#loops[node]) code.end().unreachable();
    };
    const jump = (node: number, target: number): void => {
      if (dominates(this.#order, target, node)) code.branch(loops.get(target)!);
      else if (this.#isTabled.has(target)) code.constant(index.get(target)!).set(selector).branch(table);
      else if (this.#merges[target]) code.branch(blocks.get(target)!);
      else tree(target);
    };
    table = code.loop().depth;
    open(this.#roots);
    const depths = this.tabled.map((node) => blocks.get(node)!);
    code.get(selector).branchTable(depths, depths[0]);
    close(this.#roots);
    code.end().unreachable();
  }
}

function dominates({ dominator }: Order, above: number, node: number): boolean {
  let at = node;
  while (at !== ROOT && at !== above) at = dominator[at];
  return at === above;
}
