/** Graphs as structured WebAssembly: it goes through the nodes that a walk over the graph goes through. */
import { describe, expect, it } from "vitest";
import { ControlFlow, type Graph } from "../../src/core/translation/control-flow.ts";
import { Code, moduleOf } from "../../src/core/translation/wasm-code.ts";
import { randomSource } from "../isa/random.ts";

const SELECTOR = 0;
const [SCRIPT, LOG] = [0, 0x8000];
const PAGES = 1;

/** Gives the nodes visited from an entry on, where the script says which successor is next. */
type Walk = (entry: number, script: readonly number[]) => number[];

const graphOf = (successors: readonly (readonly number[])[], entries: readonly number[]): Graph => ({
  size: successors.length,
  entries,
  successors: (node) => successors[node],
});

/** Each node notes its number and goes where the script says; at its end the function returns. */
function walkOf(graph: Graph): Walk {
  const flow = new ControlFlow(graph);
  const code = new Code(1);
  const [position, choice] = [code.newLocal(), code.newLocal()];
  const end = code.block().depth;
  flow.emit(code, SELECTOR, {
    node(node, goTo) {
      code.get(position).constant(node).access("i32.store", LOG);
      code.get(position).access("i32.load", SCRIPT).set(choice);
      code.get(position).constant(4).op("i32.add").set(position);
      code.get(choice).constant(0).op("i32.lt_s").if().branch(end).end();
      const successors = graph.successors(node);
      for (const [index, target] of successors.slice(0, -1).entries()) {
        code.get(choice).constant(index).op("i32.eq").if();
        goTo(target);
        code.end();
      }
      if (successors.length > 0) goTo(successors[successors.length - 1]);
      else code.branch(end);
    },
    beforeLoop() {},
  });
  code.end().get(position);
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const module = new WebAssembly.Module(moduleOf(code, 1, PAGES));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const run = exports.run as (selector: number) => number;
  const words = new Int32Array(memory.buffer);
  return (entry, script) => {
    words.set([...script, -1], SCRIPT >> 2);
    const bytes = run(flow.tabled.indexOf(entry));
    return [...words.subarray(LOG >> 2, (LOG + bytes) >> 2)];
  };
}

/** The same, step by step. */
function plainWalk(graph: Graph, entry: number, script: readonly number[]): number[] {
  const visited = [entry];
  for (const choice of script) {
    const successors = graph.successors(visited.at(-1)!);
    if (successors.length === 0) break;
    visited.push(successors[Math.min(choice, successors.length - 1)]);
  }
  return visited;
}

function expectWalks(graph: Graph, next: () => number, count: number, length: number): void {
  const walk = walkOf(graph);
  for (const entry of graph.entries) {
    for (let round = 0; round < count; round++) {
      const script = Array.from({ length }, () => (next() >>> 0) % 4);
      expect(walk(entry, script)).toEqual(plainWalk(graph, entry, script));
    }
  }
}

/** Any graph: loops with several ways in, nodes without ways out, jumps to the same node twice. */
function randomGraph(next: () => number, size: number): Graph {
  const below = (limit: number) => (next() >>> 0) % limit;
  const nearby = (node: number) => Math.max(0, Math.min(size - 1, node + below(9) - 3));
  const isNear = below(2) === 0;
  const successors = Array.from({ length: size }, (_, node) =>
    Array.from({ length: below(10) === 0 ? 0 : 1 + below(3) }, () => (isNear ? nearby(node) : below(size))),
  );
  return graphOf(successors, [...new Set(Array.from({ length: 1 + below(3) }, () => below(size)))]);
}

/** Nested statements: what compilers make. */
function structuredGraph(next: () => number, statements: number): Graph {
  const below = (limit: number) => (next() >>> 0) % limit;
  const successors: number[][] = [[]];
  /** Appends statements behind a node; returns the last one. */
  const grow = (from: number, left: number, depth: number): number => {
    let last = from;
    const append = (before: readonly number[]) => {
      for (const node of before) successors[node].push(successors.length);
      successors.push([]);
      return successors.length - 1;
    };
    for (let index = 0; index < left; index++) {
      const kind = depth > 4 ? 0 : below(4);
      if (kind === 0) last = append([last]);
      else if (kind === 1) {
        const header = append([last]);
        const bottom = grow(header, 1 + below(3), depth + 1);
        successors[bottom].push(header);
        last = bottom;
      } else if (kind === 2) {
        const arms = [0, 1].map(() => grow(append([last]), 1 + below(2), depth + 1));
        last = append(arms);
      } else {
        const skipped = last;
        last = append([grow(append([last]), 1 + below(2), depth + 1), skipped]);
      }
    }
    return last;
  };
  grow(0, statements, 0);
  return graphOf(successors, [0]);
}

describe("control flow", () => {
  it("follows all graphs", () => {
    const next = randomSource(1);
    for (let round = 0; round < 300; round++) {
      expectWalks(randomGraph(next, 1 + ((next() >>> 0) % 40)), next, 4, 60);
    }
  });

  it("follows programs of nested statements", () => {
    const next = randomSource(2);
    for (let round = 0; round < 60; round++) expectWalks(structuredGraph(next, 6), next, 5, 300);
  });

  it("needs no table for them but for the entry", () => {
    const next = randomSource(3);
    for (let round = 0; round < 60; round++) {
      expect(new ControlFlow(structuredGraph(next, 4)).tabled).toEqual([0]);
    }
  });

  it("follows deep chains, with and without ways back", () => {
    const size = 3000;
    const chain = Array.from({ length: size }, (_, node) => (node + 1 < size ? [node + 1] : []));
    expectWalks(graphOf(chain, [0]), () => 0, 1, 4000);
    const ring = chain.map((list, node) => [...list, node === size - 1 ? 0 : node]);
    expectWalks(graphOf(ring, [0, 1500]), () => 0, 1, 4000);
    const branches = chain.map((list, node) => [
      ...list,
      Math.max(0, node - (node % 7)),
      Math.min(size - 1, node + 5),
    ]);
    expectWalks(graphOf(branches, [0]), randomSource(4), 3, 4000);
  });

  it("finds the innermost loops that have one way in", () => {
    //  0 -> 1 (outer) -> 2 (inner, itself) -> 3 -> 1 or 4; 4 <-> 5 is entered at both.
    const graph = graphOf([[1, 5], [2], [2, 3], [1, 4], [5], [4]], [0]);
    const flow = new ControlFlow(graph);
    expect([...flow.innermostLoops].map(([header, nodes]) => [header, [...nodes].sort()])).toEqual([
      [2, [2]],
    ]);
    expect(flow.tabled).toContain(0);
    expect(flow.tabled.length).toBe(2);
  });
});
