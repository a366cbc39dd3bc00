/** Algebra on single values: constant folding and normal forms that the instruction selector relies on. */
import {
  COMPARISONS,
  type Comparison,
  type Graph,
  INVERSE,
  MIRROR,
  type Operation,
  type Value,
} from "./ir.ts";

/** What the operation gives for constant operands; division as the hardware does it (nux-core 2.3). */
export function evaluate(operation: Operation, a: number, b: number): number | undefined {
  switch (operation) {
    case "add":
      return (a + b) | 0;
    case "sub":
      return (a - b) | 0;
    case "mul":
      return Math.imul(a, b);
    case "mulhi_s":
      return Number((BigInt(a) * BigInt(b)) >> 32n) | 0;
    case "mulhi_u":
      return Number((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n) | 0;
    case "div_s":
      if (b === 0) return a >= 0 ? -1 : 0;
      return (a / b) | 0;
    case "div_u":
      return b === 0 ? -1 : Math.floor((a >>> 0) / (b >>> 0)) | 0;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << b;
    case "shr_s":
      return a >> b;
    case "shr_u":
      return (a >>> b) | 0;
    case "rotl":
      return (a << b) | ((b & 31) === 0 ? 0 : a >>> (32 - (b & 31)));
    case "clz":
      return Math.clz32(a);
    case "popcnt": {
      let n = 0;
      for (let bits = a >>> 0; bits; bits >>>= 1) n += bits & 1;
      return n;
    }
    case "extend8":
      return (a << 24) >> 24;
    case "extend16":
      return (a << 16) >> 16;
    case "eq":
      return Number(a === b);
    case "ne":
      return Number(a !== b);
    case "lt_s":
      return Number(a < b);
    case "le_s":
      return Number(a <= b);
    case "gt_s":
      return Number(a > b);
    case "ge_s":
      return Number(a >= b);
    case "lt_u":
      return Number(a >>> 0 < b >>> 0);
    case "le_u":
      return Number(a >>> 0 <= b >>> 0);
    case "gt_u":
      return Number(a >>> 0 > b >>> 0);
    case "ge_u":
      return Number(a >>> 0 >= b >>> 0);
    default:
      return undefined;
  }
}

const COMMUTATIVE: ReadonlySet<Operation> = new Set<Operation>([
  "add",
  "mul",
  "mulhi_s",
  "mulhi_u",
  "and",
  "or",
  "xor",
]);

const isConst = (v: Value, n?: number): boolean =>
  v.operation === "const" && (n === undefined || v.immediate === n);

/** Bits that may be set in the value. */
export function possibleBits(v: Value, depth = 4): number {
  const [a, b] = v.operands;
  if (v.operation === "const") return v.immediate;
  if (v.operation === "load" && !v.signed) return v.bytes === 4 ? -1 : v.bytes === 2 ? 0xffff : 0xff;
  if (COMPARISONS.has(v.operation)) return 1;
  if (v.operation === "clz" || v.operation === "popcnt") return 63;
  if (depth === 0) return -1;
  switch (v.operation) {
    case "and":
      return possibleBits(a, depth - 1) & possibleBits(b, depth - 1);
    case "or":
    case "xor":
      return possibleBits(a, depth - 1) | possibleBits(b, depth - 1);
    case "shl":
      return isConst(b) ? possibleBits(a, depth - 1) << b.immediate : -1;
    case "shr_u":
      return isConst(b) ? (possibleBits(a, depth - 1) >>> b.immediate) | 0 : -1;
    case "shr_s":
      return isConst(b) && possibleBits(a, depth - 1) >= 0 ? possibleBits(a, depth - 1) >> b.immediate : -1;
    default:
      return -1;
  }
}

const log2 = (n: number): number => (n !== 0 && (n & (n - 1)) === 0 ? 31 - Math.clz32(n) : -1);

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

function foldComparison(
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

/** Unsigned division by a constant through the high half of a product (Hacker's Delight, chapter 10). */
function divideUnsigned(
  a: Value,
  divisor: number,
  bits: number,
  constant: (n: number) => Value,
  emit: (operation: Operation, operands: Value[]) => Value,
): Value | undefined {
  const d = BigInt(divisor >>> 0);
  if (d < 3n) return undefined;
  const width = bits < 0 ? 32 : 32 - Math.clz32(bits);
  const largest = (1n << BigInt(width)) - 1n;
  for (let shift = 32n; shift <= 63n; shift++) {
    const power = 1n << shift;
    const multiplier = power / d + 1n;
    if (multiplier >= 1n << 32n) return undefined;
    const excess = multiplier * d - power;
    if (excess * largest >= power) continue;
    const high = emit("mulhi_u", [a, constant(Number(BigInt.asIntN(32, multiplier)))]);
    return shift === 32n ? high : emit("shr_u", [high, constant(Number(shift) - 32)]);
  }
  return undefined;
}

/** Signed division by a constant, truncating (Hacker's Delight, chapter 10). */
function divideSigned(
  a: Value,
  divisor: number,
  constant: (n: number) => Value,
  emit: (operation: Operation, operands: Value[]) => Value,
): Value | undefined {
  const d = Math.abs(divisor);
  if (divisor === 0 || divisor === -0x80000000) return undefined;
  const negate = (q: Value) => (divisor < 0 ? emit("sub", [constant(0), q]) : q);
  const power = log2(d);
  if (power > 0) {
    const sign = power === 1 ? a : emit("shr_s", [a, constant(31)]);
    const bias = emit("shr_u", [sign, constant(32 - power)]);
    return negate(emit("shr_s", [emit("add", [a, bias]), constant(power)]));
  }
  const big = BigInt(d);
  for (let shift = 32n; shift <= 62n; shift++) {
    const multiplier = (1n << shift) / big + 1n;
    if (multiplier >= 1n << 32n) return undefined;
    // |n| up to 2^31: the excess must stay below one step.
    if ((multiplier * big - (1n << shift)) * (1n << 31n) >= 1n << shift) continue;
    const signed = Number(BigInt.asIntN(32, multiplier));
    let q = emit("mulhi_s", [a, constant(signed)]);
    if (signed < 0) q = emit("add", [q, a]);
    if (shift > 32n) q = emit("shr_s", [q, constant(Number(shift) - 32)]);
    return negate(emit("add", [q, emit("shr_u", [a, constant(31)])]));
  }
  return undefined;
}
