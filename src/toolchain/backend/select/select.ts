/**
 * Instruction selection: walks each block backwards and emits a value only when somebody needs it in a register, so
 * that whatever folds into its users (displacements, shifts and masks, comparisons) never becomes an instruction.
 */
import { type Block, type Graph, hasEffect, type Value } from "../graph/ir.ts";
import { DebugPoint, MachineBlock, type MachineFunction, number, register, symbol } from "../machine.ts";
import { selectAccess } from "./access.ts";
import { selectArithmetic } from "./arithmetic.ts";
import { receiveParameters, selectCall } from "./call.ts";
import { copyToPhis, selectExit } from "./edges.ts";
import { selectIntrinsic } from "./intrinsic.ts";
import { Selection, type Surroundings } from "./selection.ts";

export function prepare(s: Selection): undefined {
  const count = (v: Value) => s.uses.set(v, (s.uses.get(v) ?? 0) + 1);
  for (const block of s.graph.blocks) {
    for (const v of block.phis) v.operands.forEach(count);
    for (const v of block.values) v.operands.forEach(count);
    const t = block.terminator;
    if (t.kind === "branch") count(t.condition);
    else if (t.kind === "switch") count(t.index);
    else if (t.kind === "return" && t.value) count(t.value);
    for (const v of block.values) {
      v.block = block;
      if (v.operation !== "call" && v.operation !== "callIndirect") continue;
      for (let loop = s.analysis.loopOf.get(block); loop; loop = loop.parent) s.callLoops.add(loop);
    }
    for (const v of block.values) if (v.updatedBy) checkUpdate(block, v);
  }
}

/** The increment merges with its access only if both are still there with nothing between that uses it. */
export function checkUpdate(block: Block, increment: Value): undefined {
  const access = increment.updatedBy!;
  const from = block.values.indexOf(increment);
  const to = block.values.indexOf(access);
  const right =
    increment.operation === "add" &&
    increment.operands[1].operation === "const" &&
    to > from &&
    access.operands[0] === increment &&
    access.immediate === 0 &&
    access.operands[1] !== increment &&
    !block.values.slice(from + 1, to).some((v) => v.operands.includes(increment));
  if (!right) increment.updatedBy = undefined;
}

export function selectBlock(s: Selection, block: Block): undefined {
  const machineBlock = s.blocks.get(block)!;
  s.block = block;
  s.reversed = [];
  s.stretch = new Map();
  s.location = undefined;
  machineBlock.exit = selectExit(s, block);
  machineBlock.exitLocation = s.location;
  copyToPhis(s, block);
  const loopConstants = s.loopConstants.get(block);
  if (loopConstants) s.flushConstants(loopConstants);
  for (let i = block.values.length - 1; i >= 0; i--) {
    const v = block.values[i];
    if (s.emitted.has(v) || !(hasEffect(v) || s.needed.has(v))) continue;
    s.location = v.location;
    selectValue(s, v);
    s.limitConstants();
  }
  s.location = s.graph.location;
  s.flushConstants(s.stretch);
  if (block === s.graph.entry) receiveParameters(s);
  machineBlock.instructions = s.reversed.reverse();
}

export function selectValue(s: Selection, v: Value): undefined {
  const [a, b] = v.operands;
  switch (v.operation) {
    case "load":
    case "store":
      return selectAccess(s, v);
    case "call":
    case "callIndirect":
      return selectCall(s, v);
    case "tripCount":
      return s.emit(s.make("mtspr", [number(9), s.use(a)]));
    case "debug":
      return s.emit(
        new DebugPoint(
          v.variables,
          v.operands.map((x) => (x.operation === "const" ? number(x.immediate) : s.use(x))),
        ),
      );
    case "intrinsic":
      return selectIntrinsic(s, v);
    case "zero": {
      const t = s.constant(0);
      return s.emit(s.make("fxvsplatb", [register(s.registerOf(v)), register(t)]));
    }
    case "parameter":
    case "phi":
    case "const":
      return;
    case "symbol": {
      const d = register(s.registerOf(v));
      return s.emit(s.make("addi", [d, number(0), symbol(v.target, "low")]));
    }
    default:
      return selectArithmetic(s, v, register(s.registerOf(v)), a, b);
  }
}

/** Machine code with virtual registers for a graph, which it changes (edges are split, preheaders made). */
export function selectInstructions(graph: Graph, around: Surroundings): MachineFunction {
  const s = new Selection(graph, around);
  const { machine } = s;
  prepare(s);
  graph.blocks.forEach((block, i) => {
    const mb = new MachineBlock(i);
    mb.depth = s.analysis.loopOf.get(block)?.depth ?? 0;
    s.blocks.set(block, mb);
    machine.blocks.push(mb);
  });
  for (const block of graph.blocks) for (const phi of block.phis) for (const v of phi.operands) s.need(v);
  const order = [...s.analysis.order].reverse();
  for (const block of order) selectBlock(s, block);
  // Preheaders come after their loops in this order, so their constants are complete by now.
  return machine;
}
