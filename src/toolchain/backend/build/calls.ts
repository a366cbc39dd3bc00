/** Calls of functions and of imported functions. */

import type { Node } from "../../wasm-tree.ts";
import type { Value } from "../graph/ir.ts";
import { intrinsicUse } from "../intrinsics.ts";
import { type Builder, kindOf } from "./builder.ts";

export function buildCall(b: Builder, node: Extract<Node, { op: "call" }>): Value | undefined {
  const callee = b.context.functions.get(node.target);
  if (!callee) b.fail(`call of unknown function "${node.target}"`);
  const values = b.arguments(node.arguments);
  const kind = callee.result === "none" ? "none" : kindOf(callee.result);
  const v = b.append("call", kind, values);
  v.target = node.target;
  return kind === "none" ? undefined : v;
}

export function buildCallIndirect(
  b: Builder,
  node: Extract<Node, { op: "callIndirect" }>,
): Value | undefined {
  const values = b.arguments(node.arguments);
  const callee = b.operand(node.callee);
  const scaled = b.append("shl", "i32", [callee, b.number(2)]);
  const code = b.load(scaled, 4, false, b.context.tableAddress);
  const kind = node.type === "none" || node.type === "unreachable" ? "none" : kindOf(node.type);
  const v = b.append("callIndirect", kind, [code, ...values]);
  return kind === "none" ? undefined : v;
}

export function buildIntrinsic(b: Builder, name: string, nodes: readonly Node[]): Value | undefined {
  const values = b.arguments(nodes);
  const count = (n: number) => {
    if (values.length !== n) b.fail(`${name} takes ${n} arguments, not ${values.length}`);
  };
  const access = /^(load|store)(8|16|32)$/.exec(name);
  if (access) {
    const bytes = (Number(access[2]) / 8) as 1 | 2 | 4;
    if (access[1] === "load") {
      count(1);
      return b.load(values[0], bytes, false, 0, true);
    }
    count(2);
    b.store(values[0], values[1], bytes, 0, true);
    return undefined;
  }
  if (name === "bytes" || name === "halves") {
    count(1);
    return values[0];
  }
  if (name === "exit") {
    count(1);
    const v = b.append("call", "none", values);
    v.target = "exit";
    if (b.reachable) b.end();
    return undefined;
  }
  const use = intrinsicUse(name);
  if (!use) b.fail(`unknown intrinsic "${name}"`);
  count(use.arguments.length);
  // Memory and parallel-bus forms add two registers; here the address is one value, split again by the selector.
  const at = use.arguments.findIndex((operand) => operand !== "old" && operand.kind === "gpr0");
  if (at >= 0) values.splice(at, 2, b.append("add", "i32", [values[at], values[at + 1]]));
  const v = b.append("intrinsic", use.result, values);
  v.intrinsic = use;
  return use.result === "none" ? undefined : v;
}
