/**
 * List scheduling inside basic blocks: what others wait for longest comes first, so that loads, multiplications and
 * comparisons stand some way in front of their uses. It runs before registers are given away, where it may not
 * raise their number much, and again behind it for copies and spills.
 */

import {
  DebugPoint,
  type Exit,
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  VIRTUAL_BASE,
} from "../machine.ts";
import { liveness, type RegisterSet } from "../registers/liveness.ts";
import { dependences, type Node } from "./dependences.ts";
import { effectsOf } from "./effects.ts";
import { AFTER_XER, latencyOf } from "./latencies.ts";

/** Registers that may be alive at once before scheduling has to keep to what there was. */
const COMFORTABLE = { scalar: 10, vector: 24 };
/** How far an instruction may move ahead, from all to none. */
const WINDOWS = [1000, 16, 11, 8, 6, 4, 3, 2];

/** Longer stretches are scheduled in parts, because the work grows with the square of the length. */
const LONGEST_STRETCH = 500;

/** The order of a stretch; instructions may overtake at most `window` others that stand before them. */
function listSchedule(nodes: readonly Node[], window: number): MachineInstruction[] {
  const waiting = nodes.map((node) => node.predecessors);
  const earliest = new Array<number>(nodes.length).fill(0);
  const left = new Set(nodes);
  const order: MachineInstruction[] = [];
  let cycle = 0;
  while (left.size > 0) {
    const [first] = left;
    const candidates: Node[] = [];
    for (const node of left) {
      if (node.index > first.index + window && candidates.length > 0) break;
      if (waiting[node.index] === 0) candidates.push(node);
    }
    const ready = candidates.filter((node) => earliest[node.index] <= cycle);
    const pool = ready.length > 0 ? ready : candidates;
    let best = pool[0];
    for (const node of pool) {
      const sooner = earliest[node.index] < earliest[best.index];
      const same = earliest[node.index] === earliest[best.index];
      if (ready.length > 0 ? node.height > best.height : sooner || (same && node.height > best.height)) {
        best = node;
      }
    }
    const start = Math.max(cycle, earliest[best.index]);
    for (const [next, cycles] of best.successors) {
      waiting[next.index]--;
      earliest[next.index] = Math.max(earliest[next.index], start + cycles);
    }
    left.delete(best);
    order.push(best.instruction);
    cycle = start + issueCycles(best.instruction);
  }
  return order;
}

function issueCycles(x: MachineInstruction): number {
  if (x instanceof DebugPoint) return 0;
  const xer = effectsOf(x).writes.some((name) => name === "ca" || name === "ov");
  return xer ? AFTER_XER : latencyOf(x.row.timing).issue;
}

/** The most scalar and vector registers alive at once inside the list. */
function pressure(
  f: MachineFunction,
  list: readonly MachineInstruction[],
  after: RegisterSet,
): { scalar: number; vector: number } {
  const live = new Set<number>();
  after.forEach((n) => {
    if (n >= VIRTUAL_BASE) live.add(n);
  });
  let vectors = [...live].filter((n) => f.isVector(n)).length;
  const most = { scalar: live.size - vectors, vector: vectors };
  for (let i = list.length - 1; i >= 0; i--) {
    for (const n of list[i].writes()) if (live.delete(n) && f.isVector(n)) vectors--;
    for (const n of list[i].reads()) {
      if (n < VIRTUAL_BASE || live.has(n)) continue;
      live.add(n);
      if (f.isVector(n)) vectors++;
    }
    most.vector = Math.max(most.vector, vectors);
    most.scalar = Math.max(most.scalar, live.size - vectors);
  }
  return most;
}

type Order = (stretch: readonly MachineInstruction[], exit: Exit | undefined) => MachineInstruction[];

/** Hands the stretches between barriers to `order`, the last one with the end of the block. */
function scheduleBlock(
  block: MachineBlock,
  barrier: (x: MachineInstruction) => boolean,
  order: Order,
): MachineInstruction[] {
  const result: MachineInstruction[] = [];
  let stretch: MachineInstruction[] = [];
  for (const instruction of block.instructions) {
    if (stretch.length === LONGEST_STRETCH) {
      result.push(...order(stretch, undefined));
      stretch = [];
    }
    if (!barrier(instruction)) {
      stretch.push(instruction);
      continue;
    }
    result.push(...order(stretch, undefined), instruction);
    stretch = [];
  }
  return [...result, ...order(stretch, block.exit)];
}

/** Registers linked by copies, which the allocator wants to merge: their lives must not come to overlap. */
function copyClasses(f: MachineFunction): (n: number) => number {
  const parent = new Map<number, number>();
  const find = (n: number): number => {
    let root = n;
    while (parent.has(root)) root = parent.get(root)!;
    return root;
  };
  for (const block of f.blocks) {
    for (const instruction of block.instructions) {
      const move = instruction.move();
      if (!move || move.to < VIRTUAL_BASE || move.from < VIRTUAL_BASE) continue;
      const [a, b] = [find(move.to), find(move.from)];
      if (a !== b) parent.set(a, b);
    }
  }
  return find;
}

const isBarrier = (x: MachineInstruction): boolean => effectsOf(x).barrier;

/** Touches registers that calls and returns name, whose lives should stay short. */
const isFixed = (x: MachineInstruction): boolean =>
  [...x.reads(), ...x.writes()].some((n) => n > 1 && n < VIRTUAL_BASE);

/** Schedules code with virtual registers. */
export function scheduleBeforeAllocation(f: MachineFunction): void {
  const classOf = copyClasses(f);
  const { outOf } = liveness(f);
  for (const block of f.blocks) {
    if (block.instructions.length < 3) continue;
    const original = block.instructions;
    const live = outOf.get(block)!;
    const before = pressure(f, original, live);
    const scalar = Math.max(before.scalar, COMFORTABLE.scalar);
    const vector = Math.max(before.vector, COMFORTABLE.vector);
    for (const window of WINDOWS) {
      const list = scheduleBlock(
        block,
        (x) => isBarrier(x) || isFixed(x),
        (stretch, exit) =>
          listSchedule(
            dependences(stretch, exit, (n) => live.has(n), classOf),
            window,
          ),
      );
      const now = pressure(f, list, live);
      if (now.scalar > scalar || now.vector > vector) continue;
      block.instructions = list;
      break;
    }
  }
}

/** Schedules code with machine registers, before the frame is built around it. */
export function scheduleAfterAllocation(f: MachineFunction): void {
  for (const block of f.blocks) {
    block.instructions = scheduleBlock(block, isBarrier, (stretch, exit) =>
      listSchedule(dependences(stretch, exit), WINDOWS[0]),
    );
  }
}
