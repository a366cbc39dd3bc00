/** Algebra of comparisons. */

import { COMPARISONS, type Comparison, INVERSE, MIRROR, type Operation, type Value } from "../graph/ir.ts";
import { isConst, log2, possibleBits } from "./bits.ts";

/** A simpler value that equals the comparison, or undefined. */
export function foldComparison(
  v: Value,
  constant: (n: number) => Value,
  emit: (operation: Operation, operands: Value[]) => Value,
): Value | undefined {
  const operation = v.operation as Comparison;
  const [a, b] = v.operands;
  if (a === b) return constant(Number(/^(eq|le|ge)/.test(operation)));
  if (isConst(a)) return emit(MIRROR[operation], [b, a]);
  if (!isConst(b)) return undefined;
  const n = b.immediate;
  if (n === 0) {
    const truth = COMPARISONS.has(a.operation);
    if (operation === "eq" && truth) return emit(INVERSE[a.operation as Comparison], [...a.operands]);
    if (operation === "ne" && truth) return a;
    if (operation === "lt_u") return constant(0);
    if (operation === "ge_u") return constant(1);
    if (operation === "gt_u") return emit("ne", [a, b]);
    if (operation === "le_u") return emit("eq", [a, b]);
    if ((operation === "eq" || operation === "ne") && a.operation === "sub")
      return emit(operation, [...a.operands]);
    if ((operation === "eq" || operation === "ne") && a.operation === "xor" && !isConst(a.operands[1])) {
      return emit(operation, [...a.operands]);
    }
  }
  if (n === 1) {
    if (operation === "lt_u") return emit("eq", [a, constant(0)]);
    if (operation === "ge_u") return emit("ne", [a, constant(0)]);
    if (operation === "lt_s") return emit("le_s", [a, constant(0)]);
    if (operation === "ge_s") return emit("gt_s", [a, constant(0)]);
  }
  if (n === -1) {
    if (operation === "gt_s") return emit("ge_s", [a, constant(0)]);
    if (operation === "le_s") return emit("lt_s", [a, constant(0)]);
  }
  if ((operation === "eq" || operation === "ne") && a.operation === "add" && isConst(a.operands[1])) {
    return emit(operation, [a.operands[0], constant(n - a.operands[1].immediate)]);
  }
  // x & 1 == 1 is x & 1 != 0
  if ((operation === "eq" || operation === "ne") && log2(n) >= 0 && possibleBits(a) === n) {
    return emit(operation === "eq" ? "ne" : "eq", [a, constant(0)]);
  }
  return undefined;
}
