/** Division by constants without dividing. */

import type { Operation, Value } from "../graph/ir.ts";
import { log2 } from "./bits.ts";

/** Unsigned division by a constant through the high half of a product (Hacker's Delight, chapter 10). */
export function divideUnsigned(
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
export function divideSigned(
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
