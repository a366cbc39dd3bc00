/** Operations on numbers. */
import type { Operation } from "../graph/ir.ts";

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
