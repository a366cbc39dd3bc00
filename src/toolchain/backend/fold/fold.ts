/** Algebra on single values: constant folding and normal forms that the instruction selector relies on. */

import {
  COMPARISONS,
  type Comparison,
  type Graph,
  INVERSE,
  type Operation,
  type Value,
} from "../graph/ir.ts";
import { isConst, log2, possibleBits } from "./bits.ts";
import { foldComparison } from "./comparison.ts";
import { divideSigned, divideUnsigned } from "./divide.ts";
import { evaluate } from "./evaluate.ts";

const COMMUTATIVE: ReadonlySet<Operation> = new Set<Operation>([
  "add",
  "mul",
  "mulhi_s",
  "mulhi_u",
  "and",
  "or",
  "xor",
]);

/**
 * A simpler value that equals `v`, or undefined. New helper values are handed to `emit`, which places them in front
 * of `v`; the operands of `v` are resolved already.
 */
export function fold(
  graph: Graph,
  v: Value,
  emit: (operation: Operation, operands: Value[]) => Value,
): Value | undefined {
  let [a, b] = v.operands;
  const constant = (n: number) => graph.constant(n);
  if (v.kind !== "i32" || v.operands.length === 0 || v.operands.length > 2) return undefined;
  if (["load", "phi", "call", "callIndirect", "intrinsic", "tripCount"].includes(v.operation))
    return undefined;
  if (v.operands.every((operand) => operand.operation === "const")) {
    const result = evaluate(v.operation, a.immediate, b?.immediate ?? 0);
    if (result !== undefined) return constant(result);
  }
  if (COMMUTATIVE.has(v.operation) && isConst(a) && !isConst(b)) v.operands = [a, b] = [b, a];
  if (COMPARISONS.has(v.operation)) return foldComparison(v, constant, emit);
  const n = b?.operation === "const" ? b.immediate : undefined;
  const inner = a.operands[1]?.operation === "const" ? a.operands[1].immediate : undefined;
  switch (v.operation) {
    case "add":
      if (n === 0) return a;
      if (n !== undefined && a.operation === "add" && inner !== undefined) {
        return emit("add", [a.operands[0], constant(n + inner)]);
      }
      if (n !== undefined && a.operation === "sub" && isConst(a.operands[0])) {
        return emit("sub", [constant(a.operands[0].immediate + n), a.operands[1]]);
      }
      if (n === undefined) {
        // Constants move outwards, where they become displacements.
        if (a.operation === "add" && inner !== undefined) {
          return emit("add", [emit("add", [a.operands[0], b]), constant(inner)]);
        }
        if (b.operation === "add" && isConst(b.operands[1])) {
          return emit("add", [emit("add", [a, b.operands[0]]), b.operands[1]]);
        }
        if (b.operation === "sub" && isConst(b.operands[0], 0)) return emit("sub", [a, b.operands[1]]);
        if (a.operation === "sub" && isConst(a.operands[0], 0)) return emit("sub", [b, a.operands[1]]);
      }
      return undefined;
    case "sub":
      if (n !== undefined) return n === 0 ? a : emit("add", [a, constant(-n)]);
      if (a === b) return constant(0);
      if (b.operation === "sub" && isConst(b.operands[0], 0)) return emit("add", [a, b.operands[1]]);
      if (a.operation === "add" && inner !== undefined) {
        return emit("add", [emit("sub", [a.operands[0], b]), constant(inner)]);
      }
      if (a.operation === "add" && a.operands[0] === b) return a.operands[1];
      if (a.operation === "add" && a.operands[1] === b) return a.operands[0];
      return undefined;
    case "mul":
      if (n === undefined) return undefined;
      if (n === 0) return b;
      if (n === 1) return a;
      if (n === -1) return emit("sub", [constant(0), a]);
      if (log2(n) > 0) return emit("shl", [a, constant(log2(n))]);
      if (a.operation === "add" && inner !== undefined) {
        return emit("add", [emit("mul", [a.operands[0], b]), constant(Math.imul(inner, n))]);
      }
      if (a.operation === "mul" && inner !== undefined) {
        return emit("mul", [a.operands[0], constant(Math.imul(inner, n))]);
      }
      return undefined;
    case "div_u":
      if (n === undefined) return undefined;
      if (n === 1) return a;
      if (log2(n) > 0) return emit("shr_u", [a, constant(log2(n))]);
      return divideUnsigned(a, n, possibleBits(a), constant, emit);
    case "div_s":
      if (n === undefined) return undefined;
      if (n === 1) return a;
      if (n === -1) return emit("sub", [constant(0), a]);
      if (n > 0 && possibleBits(a) >= 0) return emit("div_u", [a, b]);
      return divideSigned(a, n, constant, emit);
    case "and":
      if (n === 0) return b;
      if (n === -1 || a === b) return a;
      if (n !== undefined) {
        if ((possibleBits(a) & ~n) === 0) return a;
        if (a.operation === "and" && inner !== undefined) {
          return emit("and", [a.operands[0], constant(n & inner)]);
        }
        if (a.operation === "extend8" && (n & ~0xff) === 0) return emit("and", [a.operands[0], b]);
        if (a.operation === "extend16" && (n & ~0xffff) === 0) return emit("and", [a.operands[0], b]);
      }
      return undefined;
    case "or":
      if (n === 0 || a === b) return a;
      if (n === -1) return b;
      return n !== undefined && a.operation === "or" && inner !== undefined
        ? emit("or", [a.operands[0], constant(n | inner)])
        : undefined;
    case "xor":
      if (n === 0) return a;
      if (a === b) return constant(0);
      if (n === 1 && COMPARISONS.has(a.operation)) {
        return emit(INVERSE[a.operation as Comparison], [...a.operands]);
      }
      return n !== undefined && a.operation === "xor" && inner !== undefined
        ? emit("xor", [a.operands[0], constant(n ^ inner)])
        : undefined;
    case "shl":
    case "shr_u":
    case "shr_s":
    case "rotl": {
      if (isConst(a, 0)) return a;
      // The machine counts modulo 32 as WebAssembly does.
      if (b.operation === "and" && isConst(b.operands[1]) && (b.operands[1].immediate & 31) === 31) {
        return emit(v.operation, [a, b.operands[0]]);
      }
      if (n === undefined) return undefined;
      const count = n & 31;
      if (count === 0) return a;
      if (count !== n) return emit(v.operation, [a, constant(count)]);
      if (v.operation === "shr_s" && possibleBits(a) >= 0) return emit("shr_u", [a, b]);
      if (v.operation === "shl" && a.operation === "add" && inner !== undefined) {
        return emit("add", [emit("shl", [a.operands[0], b]), constant(inner << count)]);
      }
      if (inner === undefined) return undefined;
      if (a.operation === v.operation && v.operation !== "rotl") {
        const sum = count + inner;
        if (sum < 32) return emit(v.operation, [a.operands[0], constant(sum)]);
        return v.operation === "shr_s" ? emit("shr_s", [a.operands[0], constant(31)]) : constant(0);
      }
      if (v.operation === "shr_u" && a.operation === "shl" && inner === count) {
        return emit("and", [a.operands[0], constant(-1 >>> count)]);
      }
      if (v.operation === "shl" && a.operation === "shr_u" && inner === count) {
        return emit("and", [a.operands[0], constant(-1 << count)]);
      }
      if (v.operation === "shr_s" && a.operation === "shl" && inner === count) {
        if (count === 24) return emit("extend8", [a.operands[0]]);
        if (count === 16) return emit("extend16", [a.operands[0]]);
      }
      return undefined;
    }
    case "extend8":
      if ((possibleBits(a) & ~0x7f) === 0) return a;
      if (a.operation === "and" && inner !== undefined && (inner & 0xff) === 0xff) {
        return emit("extend8", [a.operands[0]]);
      }
      if (a.operation === "extend8") return a;
      return a.operation === "extend16" ? emit("extend8", [a.operands[0]]) : undefined;
    case "extend16":
      if ((possibleBits(a) & ~0x7fff) === 0) return a;
      if (a.operation === "and" && inner !== undefined && (inner & 0xffff) === 0xffff) {
        return emit("extend16", [a.operands[0]]);
      }
      if (a.operation === "load" && a.bytes === 2 && a.signed) return a;
      return a.operation === "extend16" || a.operation === "extend8" ? a : undefined;
    default:
      return undefined;
  }
}
