/** What is known about the bits of a value. */
import { COMPARISONS, type Value } from "../graph/ir.ts";

export const isConst = (v: Value, n?: number): boolean =>
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

export const log2 = (n: number): number => (n !== 0 && (n & (n - 1)) === 0 ? 31 - Math.clz32(n) : -1);
