/** Passes over the graph: folding with value numbering, removal of dead code, code motion out of loops. */
import { analyse, type Loop, reversePostorder } from "./analysis.ts";
import { fold } from "./fold.ts";
import {
  type Block,
  type Graph,
  hasEffect,
  isPure,
  type Operation,
  resolve,
  successors,
  type Value,
} from "./ir.ts";
import { lowerSwitches } from "./switches.ts";

/** Removes unreachable blocks, the phi operands that came from them, and phis that choose nothing. */
export function cleanGraph(graph: Graph): void {
  foldBranches(graph);
  const live = new Set(reversePostorder(graph));
  graph.blocks = graph.blocks.filter((block) => live.has(block));
  for (const block of graph.blocks) {
    const keep = block.predecessors.map((p) => live.has(p) && successors(p).includes(block));
    for (const phi of block.phis) phi.operands = phi.operands.filter((_, i) => keep[i]);
    block.predecessors = block.predecessors.filter((_, i) => keep[i]);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of graph.blocks) {
      block.phis = block.phis.filter((phi) => {
        phi.operands = phi.operands.map(resolve);
        const others = new Set(phi.operands.filter((operand) => operand !== phi));
        if (others.size !== 1) return true;
        [phi.forward] = others;
        changed = true;
        return false;
      });
    }
  }
  resolveOperands(graph);
}

function foldBranches(graph: Graph): void {
  for (const block of graph.blocks) {
    const t = block.terminator;
    if (t.kind === "branch") {
      const condition = resolve(t.condition);
      if (condition.operation === "const") {
        block.terminator = { kind: "jump", to: condition.immediate !== 0 ? t.whenTrue : t.whenFalse };
      }
    } else if (t.kind === "switch") {
      const index = resolve(t.index);
      if (index.operation === "const") {
        const target = t.cases[index.immediate >>> 0] ?? t.fallback;
        block.terminator = { kind: "jump", to: t.targets[target] };
      }
    }
  }
}

export function resolveOperands(graph: Graph): void {
  for (const block of graph.blocks) {
    for (const v of block.phis) v.operands = v.operands.map(resolve);
    for (const v of block.values) v.operands = v.operands.map(resolve);
    const t = block.terminator;
    if (t.kind === "branch") t.condition = resolve(t.condition);
    else if (t.kind === "switch") t.index = resolve(t.index);
    else if (t.kind === "return" && t.value) t.value = resolve(t.value);
  }
}

/** Every operand of a terminator. */
export function terminatorOperands(block: Block): Value[] {
  const t = block.terminator;
  if (t.kind === "branch") return [t.condition];
  if (t.kind === "switch") return [t.index];
  return t.kind === "return" && t.value ? [t.value] : [];
}

const key = (v: Value): string =>
  `${v.operation}:${v.immediate}:${v.target}:${v.intrinsic?.name ?? ""}:${v.operands.map((o) => o.id).join(",")}`;

/** Folds constants and merges equal values; loads merge only inside a block with no store between. */
export function numberValues(graph: Graph): void {
  const analysis = analyse(graph);
  const children = new Map<Block, Block[]>();
  for (const block of analysis.order) {
    const parent = analysis.immediateDominator.get(block)!;
    if (parent !== block) children.set(parent, [...(children.get(parent) ?? []), block]);
  }
  const known = new Map<string, Value>();
  const visit = (block: Block): void => {
    const added: string[] = [];
    const memory = new Map<string, Value>();
    const kept: Value[] = [];
    const place = (v: Value): Value => {
      const simpler = fold(graph, v, (operation: Operation, operands) => {
        const helper = graph.value(operation, "i32", operands, block);
        helper.location = v.location;
        return place(helper);
      });
      if (simpler) {
        v.forward = simpler;
        return simpler;
      }
      const id = key(v);
      const equal = known.get(id);
      if (equal) {
        v.forward = equal;
        return equal;
      }
      known.set(id, v);
      added.push(id);
      kept.push(v);
      return v;
    };
    for (const phi of block.phis) phi.operands = phi.operands.map(resolve);
    for (const v of block.values) {
      v.operands = v.operands.map(resolve);
      if (isPure(v)) place(v);
      else {
        if (!mergeMemory(memory, v)) kept.push(v);
      }
    }
    block.values = kept;
    for (const child of children.get(block) ?? []) visit(child);
    for (const id of added) known.delete(id);
  };
  visit(graph.entry);
  resolveOperands(graph);
}

/** Loads of what was loaded or stored before in this block; returns true when `v` is not needed any more. */
function mergeMemory(memory: Map<string, Value>, v: Value): boolean {
  if (v.operation !== "load" && v.operation !== "store") {
    if (hasEffect(v)) memory.clear();
    return false;
  }
  if (v.volatile) {
    memory.clear();
    return false;
  }
  const base = v.operands[0].operation === "const" ? "" : String(v.operands[0].id);
  const offset =
    v.operands[0].operation === "const" ? (v.operands[0].immediate + v.immediate) | 0 : v.immediate;
  const id = `${base}|${offset}|${v.bytes}|${v.signed}`;
  if (v.operation === "load") {
    const same = memory.get(id);
    if (same) {
      v.forward = same;
      return true;
    }
    memory.set(id, v);
    return false;
  }
  for (const other of [...memory.keys()]) {
    const [otherBase, at, bytes] = other.split("|");
    const apart = Number(at) >= offset + v.bytes || Number(at) + Number(bytes) <= offset;
    if (otherBase !== base || !apart) memory.delete(other);
  }
  if (v.bytes === 4) memory.set(`${base}|${offset}|4|false`, v.operands[1]);
  return false;
}

export function removeDead(graph: Graph): void {
  const live = new Set<Value>();
  const work: Value[] = [];
  const mark = (v: Value): void => {
    if (!live.has(v)) {
      live.add(v);
      work.push(v);
    }
  };
  for (const block of graph.blocks) {
    for (const v of block.values) if (hasEffect(v)) mark(v);
    for (const v of terminatorOperands(block)) mark(v);
  }
  while (work.length > 0) for (const operand of work.pop()!.operands) mark(operand);
  for (const block of graph.blocks) {
    block.values = block.values.filter((v) => live.has(v));
    block.phis = block.phis.filter((v) => live.has(v));
  }
}

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

/** All passes up to the instruction selector. */
export function optimize(graph: Graph, reduceLoops: (graph: Graph) => void): void {
  cleanGraph(graph);
  lowerSwitches(graph);
  for (let round = 0; round < 3; round++) {
    numberValues(graph);
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
