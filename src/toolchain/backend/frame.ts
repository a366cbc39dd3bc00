/**
 * Stack frames (firmware-abi section 3): back chain at 0(r1), LR save slot of callees at 4(r1), outgoing arguments,
 * spilled scalars, saved registers, and above them vector slots. A frame with vector slots aligns r1 to 128 bytes and
 * executes `sync` when it begins and ends, because the stack below and above is reached through the scalar port.
 */

import { CodegenError } from "./errors.ts";
import {
  DebugPoint,
  type MachineBlock,
  type MachineFunction,
  MachineInstruction,
  number,
  type Operand,
  register,
} from "./machine.ts";
import { isCalleeSaved } from "./registers/registers.ts";

const LR = 8;
const make = (mnemonic: string, ...operands: Operand[]) => new MachineInstruction(mnemonic, operands);
const align = (n: number, to: number) => (n + to - 1) & -to;

/** Blocks that need the frame: calls, spills, callee-saved registers. */
function needsFrame(block: MachineBlock): boolean {
  return block.instructions.some(
    (instruction) =>
      instruction.extraWrites.length > 0 ||
      instruction.operands.some(
        (o) =>
          (o.kind === "frame" && o.area !== "incoming") ||
          (o.kind === "register" && isCalleeSaved(o.register)),
      ),
  );
}

/** The block in front of which the frame can be built, so that ways out that need none stay without. */
function framePoint(f: MachineFunction): MachineBlock {
  const entry = f.blocks[0];
  const predecessors = new Map<MachineBlock, Set<MachineBlock>>(f.blocks.map((b) => [b, new Set()]));
  for (const block of f.blocks) for (const next of block.successors()) predecessors.get(next)?.add(block);
  let point = entry;
  for (;;) {
    if (needsFrame(point)) return point;
    const candidates = [...new Set(point.successors())].filter((next) => {
      const seen = new Set<MachineBlock>();
      const work = [next];
      while (work.length > 0) {
        const block = work.pop()!;
        if (seen.has(block)) continue;
        seen.add(block);
        work.push(...block.successors());
      }
      return [...seen].some(needsFrame);
    });
    if (candidates.length !== 1) return point;
    const [next] = candidates;
    // Everything behind must be reached through it alone, and it must not be executed twice.
    const inside = new Set<MachineBlock>();
    const work = [next];
    while (work.length > 0) {
      const block = work.pop()!;
      if (inside.has(block)) continue;
      inside.add(block);
      work.push(...block.successors());
    }
    const closed = [...inside].every((block) =>
      [...predecessors.get(block)!].every((p) => (block === next ? p === point : inside.has(p))),
    );
    if (!closed || inside.has(point)) return point;
    point = next;
  }
}

/** Copies of arguments to callee-saved registers move behind the first branch, where the early way out avoids them. */
function sinkArgumentCopies(f: MachineFunction): void {
  const entry = f.blocks[0];
  if (entry.exit.kind !== "branch") return;
  const successors = entry.successors();
  const single = successors.every(
    (next) => f.blocks.filter((b) => b.successors().includes(next)).length === 1 && next !== entry,
  );
  if (!single || successors[0] === successors[1]) return;
  for (let i = entry.instructions.length - 1; i >= 0; i--) {
    const copied = entry.instructions[i];
    const move = copied.move();
    if (!move || !isCalleeSaved(move.to) || isCalleeSaved(move.from)) continue;
    const behind = entry.instructions.slice(i + 1);
    const disturbed = behind.some(
      (x) => x.writes().some((n) => n === move.from || n === move.to) || x.extraWrites.length > 0,
    );
    if (disturbed) continue;
    for (const x of behind) x.rename((n) => (n === move.to ? move.from : n));
    entry.instructions.splice(i, 1);
    for (const next of successors) {
      const renamed = forwardCopy(next, move.to, move.from);
      const forgotten = next.exit.kind === "return" && !next.exit.reads.includes(move.to) && renamed;
      if (!forgotten) {
        next.instructions.unshift(new MachineInstruction(copied.mnemonic, copied.operands, copied.location));
      }
      next.instructions = next.instructions.filter((x) => {
        const m = x.move();
        return !m || m.to !== m.from;
      });
    }
  }
}

/** Reads `from` instead of its copy `to` as long as both are the same; true when no read of `to` remains. */
function forwardCopy(block: MachineBlock, to: number, from: number): boolean {
  let same = true;
  for (const x of block.instructions) {
    const reads = x.reads().includes(to);
    const writes = x.writes();
    if (!same) {
      if (reads) return false;
    } else if (x instanceof DebugPoint) {
      x.rename((n) => (n === to ? from : n));
    } else if (reads) {
      if (x.extraReads.includes(to) || writes.includes(to)) return false;
      x.operands = x.operands.map((o, i) => {
        const role = x.row.operands[i];
        return o.kind === "register" && o.register === to && role.access === "read" ? register(from) : o;
      });
      if (x.reads().includes(to)) return false;
    }
    if (writes.includes(to)) return true;
    if (writes.includes(from) || x.extraWrites.includes(from)) same = false;
  }
  return true;
}

/** Inserts prologue and epilogues and turns frame operands into numbers. */
export function buildFrame(f: MachineFunction): void {
  if (f.bare) return;
  sinkArgumentCopies(f);
  const written = new Set<number>();
  for (const block of f.blocks) {
    for (const instruction of block.instructions) {
      for (const n of instruction.writes()) if (isCalleeSaved(n)) written.add(n);
    }
  }
  const lowest = Math.min(32, ...written);
  const vectors = f.vectorSlots > 0;

  const slotsAt = 8 + 4 * f.outgoingWords;
  const savedAt = slotsAt + 4 * f.scalarSlots;
  const scalarEnd = savedAt + 4 * (32 - lowest);
  const needed = f.hasCalls || vectors || scalarEnd > 8;
  const vectorsAt = align(scalarEnd, 128);
  f.slotsAt = slotsAt;
  f.vectorsAt = vectorsAt;
  const size = !needed ? 0 : vectors ? vectorsAt + 128 * f.vectorSlots : align(scalarEnd, 16);
  if (size > 0x7ff0) {
    throw new CodegenError(
      `the stack frame of ${f.name} takes ${size} bytes; split the function`,
      f.location,
    );
  }
  const point = needed ? framePoint(f) : undefined;
  const withFrame = new Set<MachineBlock>();
  const work = point ? [point] : [];
  while (work.length > 0) {
    const block = work.pop()!;
    if (withFrame.has(block)) continue;
    withFrame.add(block);
    work.push(...block.successors());
  }
  for (const block of f.blocks) {
    const inFrame = withFrame.has(block);
    resolveFrame(block, inFrame ? size : 0, vectors && inFrame, slotsAt, vectorsAt);
  }
  const saveScalars = (load: boolean) => {
    const at = number(savedAt);
    if (lowest === 32) return [];
    if (lowest === 31) return [make(load ? "lwz" : "stw", register(31), at, register(1))];
    return [make(load ? "lmw" : "stmw", register(lowest), at, register(1))];
  };
  for (const block of f.blocks) {
    if (block.exit.kind !== "return" || !withFrame.has(block)) continue;
    const epilogue = vectors ? [make("sync", number(0))] : [];
    if (f.hasCalls && !vectors) epilogue.push(make("lwz", register(0), number(size + 4), register(1)));
    epilogue.push(...saveScalars(true));
    if (vectors) {
      epilogue.push(make("lwz", register(1), number(0), register(1)));
      if (f.hasCalls) epilogue.push(make("lwz", register(0), number(4), register(1)));
    }
    if (f.hasCalls) epilogue.push(make("mtspr", number(LR), register(0)));
    if (!vectors) epilogue.push(make("addi", register(1), register(1), number(size)));
    for (const x of epilogue) x.location = block.exitLocation;
    f.frameCode.push(...epilogue);
    block.instructions.push(...epilogue);
    resolveFrame(block, size, vectors, slotsAt, vectorsAt);
  }
  if (point) {
    const prologue: MachineInstruction[] = [];
    if (f.hasCalls) {
      prologue.push(make("mfspr", register(0), number(LR)), make("stw", register(0), number(4), register(1)));
    }
    if (vectors) {
      prologue.push(
        make("rlwinm", register(12), register(1), number(0), number(25), number(31)),
        make("subfic", register(12), register(12), number(-size)),
        make("stwux", register(1), register(1), register(12)),
      );
    } else prologue.push(make("stwu", register(1), number(-size), register(1)));
    prologue.push(...saveScalars(false));
    if (vectors) prologue.push(make("sync", number(0)));
    for (const x of prologue) x.location = f.location;
    f.frameCode.push(...prologue);
    point.instructions.unshift(...prologue);
    resolveFrame(point, size, vectors, slotsAt, vectorsAt);
  }
}

function resolveFrame(
  block: MachineBlock,
  size: number,
  vectors: boolean,
  slotsAt: number,
  vectorsAt: number,
): void {
  const list: MachineInstruction[] = [];
  for (const instruction of block.instructions) {
    if (instruction instanceof DebugPoint) {
      list.push(instruction);
      continue;
    }
    const at = instruction.operands.findIndex((o) => o.kind === "frame");
    const operand = instruction.operands[at];
    if (operand?.kind === "frame") {
      let offset: number;
      if (operand.area === "slot") offset = slotsAt + 4 * operand.index;
      else if (operand.area === "vector") offset = vectorsAt + 128 * operand.index;
      else if (operand.area === "outgoing") offset = 8 + 4 * operand.index;
      else {
        offset = 8 + 4 * operand.index + (vectors ? 0 : size);
        if (vectors) {
          // The distance to the caller's frame varies: follow the back chain.
          const target = instruction.operands[0];
          const chain = new MachineInstruction("lwz", [target, number(0), register(1)], instruction.location);
          list.push(chain);
          instruction.operands[2] = target;
        }
      }
      instruction.operands[at] = number(offset);
    }
    list.push(instruction);
  }
  block.instructions = list;
}
