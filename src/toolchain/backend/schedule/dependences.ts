/** Which instructions of a stretch must stay behind which others, and by how many cycles. */
import { DebugPoint, type Exit, type MachineInstruction } from "../machine.ts";
import { type Access, Addresses, mayOverlap } from "./aliases.ts";
import { type Effects, effectsOf } from "./effects.ts";
import { CONDITION, latencyOf, UPDATED_BASE } from "./latencies.ts";

export interface Node {
  readonly instruction: MachineInstruction;
  /** Position in the original order. */
  readonly index: number;
  readonly successors: Map<Node, number>;
  predecessors: number;
  /** Cycles from here to the end along the longest chain. */
  height: number;
}

/** A register or state by name. */
type Resource = number | string;

class DependenceGraph {
  readonly nodes: Node[] = [];
  private readonly writer = new Map<Resource, Node>();
  private readonly readers = new Map<Resource, Node[]>();
  private readonly accesses: { node: Node; kind: Effects["memory"]; access: Access | undefined }[] = [];
  private readonly addresses = new Addresses();
  edge(from: Node, to: Node, cycles: number): void {
    if (from === to) return;
    const known = from.successors.get(to);
    if (known === undefined) to.predecessors++;
    if (known === undefined || cycles > known) from.successors.set(to, cycles);
  }

  /** Must `to` stand behind `from`? */
  reaches(from: Node, to: Node): boolean {
    const seen = new Set<Node>([from]);
    for (const node of seen) for (const next of node.successors.keys()) seen.add(next);
    return seen.has(to);
  }

  private read(node: Node, resource: Resource): void {
    const writer = this.writer.get(resource);
    if (writer) {
      const waits = !(node.instruction instanceof DebugPoint);
      this.edge(writer, node, waits ? this.resultLatency(writer.instruction, resource) : 0);
    }
    this.readers.set(resource, [...(this.readers.get(resource) ?? []), node]);
  }

  private write(node: Node, resource: Resource): void {
    const writer = this.writer.get(resource);
    if (writer) this.edge(writer, node, this.resultLatency(writer.instruction, resource));
    for (const reader of this.readers.get(resource) ?? []) this.edge(reader, node, 0);
    this.writer.set(resource, node);
    this.readers.set(resource, []);
  }

  private resultLatency(x: MachineInstruction, resource: Resource): number {
    const { timing } = x.row;
    const { result } = latencyOf(timing);
    if (typeof resource === "string") {
      return /^cr/.test(resource) ? CONDITION + (timing === "mul" ? 3 : 0) : result;
    }
    const update = timing === "loadUpdate" || timing === "storeUpdate";
    const last = x.operands[2];
    const base = last?.kind === "register" && last.register === resource;
    return update && base ? UPDATED_BASE : result;
  }

  add(instruction: MachineInstruction): void {
    const node: Node = {
      instruction,
      index: this.nodes.length,
      successors: new Map(),
      predecessors: 0,
      height: 0,
    };
    this.nodes.push(node);
    const effects = effectsOf(instruction);
    const reads = [...instruction.reads(), ...effects.reads];
    const writes = [...instruction.writes(), ...effects.writes];
    for (const resource of new Set<Resource>(reads)) this.read(node, resource);
    for (const resource of new Set<Resource>(writes)) this.write(node, resource);
    this.order(node, effects.memory);
    this.addresses.step(instruction);
  }

  private order(node: Node, kind: Effects["memory"]): void {
    if (kind === "none") return;
    const access = kind === "load" || kind === "store" ? this.addresses.access(node.instruction) : undefined;
    for (const earlier of this.accesses) {
      if (commute(earlier.kind, kind)) continue;
      const scalar = (k: Effects["memory"]) => k === "load" || k === "store";
      if (scalar(earlier.kind) && scalar(kind) && !mayOverlap(earlier.access, access)) continue;
      const code = ![earlier.node, node].some((x) => x.instruction instanceof DebugPoint);
      this.edge(earlier.node, node, code ? 1 : 0);
    }
    this.accesses.push({ node, kind, access });
  }

  /** Heights, with what the end of the block reads as the last node. */
  finish(exit: Exit | undefined): void {
    const awaited: Resource[] =
      exit?.kind === "branch" ? ["cr0"] : exit?.kind === "count" || exit?.kind === "table" ? ["ctr"] : [];
    const done = new Set<Node>();
    const visit = (node: Node): number => {
      if (done.has(node)) return node.height;
      done.add(node);
      // Results that nobody here waits for are wanted soon behind the end.
      const debug = node.instruction instanceof DebugPoint;
      node.height = debug ? 0 : Math.min(latencyOf(node.instruction.row.timing).result, 6);
      for (const [next, cycles] of node.successors) {
        const code = !debug && !(next.instruction instanceof DebugPoint);
        node.height = Math.max(node.height, visit(next) + Math.max(cycles, code ? 1 : 0));
      }
      if (awaited.some((resource) => this.writer.get(resource) === node)) {
        node.height = Math.max(node.height, CONDITION + 1);
      }
      return node.height;
    };
    for (let i = this.nodes.length - 1; i >= 0; i--) visit(this.nodes[i]);
  }
}

const commute = (a: Effects["memory"], b: Effects["memory"]): boolean =>
  a !== "effect" &&
  b !== "effect" &&
  a !== "store" &&
  b !== "store" &&
  !(a === "vectorLoad" && b === "vectorLoad");

/**
 * The graph of a stretch without barriers. `classOf` names registers that should end up in one place: where that is
 * still possible, what reads one of them stays in front of what writes another, unless `outlives` the stretch.
 */
export function dependences(
  stretch: readonly MachineInstruction[],
  exit: Exit | undefined,
  outlives: (n: number) => boolean = () => false,
  classOf?: (n: number) => number,
): Node[] {
  const graph = new DependenceGraph();
  for (const instruction of stretch) graph.add(instruction);
  if (classOf) keepApart(graph, outlives, classOf);
  graph.finish(exit);
  return graph.nodes;
}

function keepApart(
  graph: DependenceGraph,
  outlives: (n: number) => boolean,
  classOf: (n: number) => number,
): void {
  const members = new Map<number, { reads: [Node, number][]; writes: [Node, number][] }>();
  const list = (n: number) => {
    const known = members.get(classOf(n)) ?? { reads: [], writes: [] };
    members.set(classOf(n), known);
    return known;
  };
  for (const node of graph.nodes) {
    for (const n of node.instruction.reads()) list(n).reads.push([node, n]);
    for (const n of node.instruction.writes()) list(n).writes.push([node, n]);
  }
  for (const { reads, writes } of members.values()) {
    for (const [writer, target] of writes) {
      for (const [reader, source] of reads) {
        if (source === target || reader === writer || outlives(source)) continue;
        if (!graph.reaches(writer, reader)) graph.edge(reader, writer, 0);
      }
    }
  }
}
