/** Trees to a graph in static single assignment form. */

import type { Node, WasmFunction } from "../../wasm-tree.ts";
import type { Graph, Value } from "../graph/ir.ts";
import { Builder, type ModuleContext } from "./builder.ts";
import { buildCall, buildCallIndirect, buildIntrinsic } from "./calls.ts";
import { buildBlock, buildBreak, buildIf, buildLoop, buildSelect, buildSwitch } from "./control.ts";
import { buildMemoryCopy, buildMemoryFill } from "./memory.ts";
import { buildBinary, buildUnary } from "./operators.ts";
import { rotateLoops } from "./rotate.ts";
import { unrollLoops } from "./unroll.ts";

export function translate(b: Builder, node: Node): Value | undefined {
  switch (node.op) {
    case "const":
      return b.number(node.value);
    case "null":
      return b.append("zero", "vector", []);
    case "nop":
      return undefined;
    case "localGet":
      return b.locals[node.index];
    case "localSet": {
      const value = b.operand(node.value);
      b.locals[node.index] = value;
      return node.tee ? value : undefined;
    }
    case "globalGet": {
      const fixed = b.context.fixedGlobals.get(node.name);
      if (fixed !== undefined) return b.number(fixed);
      return b.load(b.number(b.globalAddress(node.name)), 4, false, 0);
    }
    case "globalSet":
      b.store(b.number(b.globalAddress(node.name)), b.operand(node.value), 4, 0);
      return undefined;
    case "load":
      return b.load(b.operand(node.address), node.bytes, node.signed, node.offset);
    case "store": {
      const address = b.operand(node.address);
      b.store(address, b.operand(node.value), node.bytes, node.offset);
      return undefined;
    }
    case "unary":
      return buildUnary(b, node.operator, b.operand(node.value));
    case "binary": {
      const left = b.operand(node.left);
      return buildBinary(b, node.operator, left, b.operand(node.right));
    }
    case "select":
      return buildSelect(b, node);
    case "block":
      return buildBlock(b, node);
    case "loop":
      return buildLoop(b, node);
    case "if":
      return buildIf(b, node);
    case "break":
      return buildBreak(b, node);
    case "switch":
      return buildSwitch(b, node);
    case "call":
      return buildCall(b, node);
    case "callIndirect":
      return buildCallIndirect(b, node);
    case "intrinsic":
      return buildIntrinsic(b, node.name.replace(/^.*\./, ""), node.arguments);
    case "memoryCopy":
      return buildMemoryCopy(b, node);
    case "memoryFill":
      return buildMemoryFill(b, node);
    case "return": {
      const value = node.value && b.operand(node.value);
      if (b.reachable) b.finishWithReturn(value);
      return undefined;
    }
    case "drop":
      b.build(node.value);
      return undefined;
    case "debugValue": {
      // First, because the state changes with the ways that the value takes.
      const value = b.operand(node.value);
      b.debug?.assign(b, node.variable, value);
      return undefined;
    }
    case "debugScope":
      b.debug?.event(b, node.event, node.id);
      return undefined;
    case "unreachable":
      if (b.reachable) {
        b.current.terminator = { kind: "trap", location: b.location };
        b.end();
      }
      return undefined;
  }
}

/** The graph of one function. Errors (CodegenError) name the source location. */
export function buildGraph(context: ModuleContext, source: WasmFunction): Graph {
  const unrolled = unrollLoops(source);
  const b = new Builder(context, unrolled, translate);
  b.graph.debug = b.debug !== undefined;
  const value = b.build(rotateLoops(unrolled.body));
  if (b.reachable) b.finishWithReturn(source.result === "none" ? undefined : value);
  return b.graph;
}
