/** Arithmetic of location expressions on values of a type; untyped values have the 32 bits of an address. */
import { OP } from "../../toolchain/elf/dwarf-constants.ts";

/** Integer type of a value on the stack of an expression; undefined for the generic type. */
export interface StackType {
  readonly bytes: number;
  readonly signed: boolean;
}

export interface StackValue {
  /** Unsigned, or signed for a signed type. */
  readonly value: bigint;
  readonly type: StackType | undefined;
}

const GENERIC_BITS = 32;

export function stackValue(value: bigint, type?: StackType): StackValue {
  const bits = type ? 8 * type.bytes : GENERIC_BITS;
  return { value: type?.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value), type };
}

/** Reading of a value with sign, as the generic type has it in comparisons and division. */
const signed = ({ value, type }: StackValue): bigint => (type ? value : BigInt.asIntN(GENERIC_BITS, value));

const unsigned = ({ value, type }: StackValue): bigint =>
  BigInt.asUintN(type ? 8 * type.bytes : GENERIC_BITS, value);

const bitsOf = ({ type }: StackValue): bigint => BigInt(type ? 8 * type.bytes : GENERIC_BITS);

/** Counts beyond the width shift everything out. */
function shiftCount(count: bigint, bits: bigint): bigint {
  return count >= bits ? bits : count;
}

/** `a` below `b` on the stack. Undefined when the operation is no binary one, or divides by zero. */
export function binary(operation: number, a: StackValue, b: StackValue): StackValue | undefined {
  const result = (value: bigint) => stackValue(value, a.type);
  const truth = (value: boolean) => stackValue(value ? 1n : 0n);
  const shift = shiftCount(unsigned(b), bitsOf(a));
  switch (operation) {
    case OP.and:
      return result(a.value & b.value);
    case OP.or:
      return result(a.value | b.value);
    case OP.xor:
      return result(a.value ^ b.value);
    case OP.plus:
      return result(a.value + b.value);
    case OP.minus:
      return result(a.value - b.value);
    case OP.mul:
      return result(a.value * b.value);
    case OP.div:
      return b.value === 0n ? undefined : result(signed(a) / signed(b));
    case OP.mod:
      return b.value === 0n ? undefined : result(a.value % b.value);
    case OP.shl:
      return result(a.value << shift);
    case OP.shr:
      return result(unsigned(a) >> shift);
    case OP.shra:
      return result(BigInt.asIntN(Number(bitsOf(a)), a.value) >> shift);
    case OP.eq:
      return truth(signed(a) === signed(b));
    case OP.ne:
      return truth(signed(a) !== signed(b));
    case OP.ge:
      return truth(signed(a) >= signed(b));
    case OP.gt:
      return truth(signed(a) > signed(b));
    case OP.le:
      return truth(signed(a) <= signed(b));
    case OP.lt:
      return truth(signed(a) < signed(b));
    default:
      return undefined;
  }
}

export function unary(operation: number, a: StackValue): StackValue | undefined {
  switch (operation) {
    case OP.abs:
      return stackValue(signed(a) < 0n ? -signed(a) : signed(a), a.type);
    case OP.neg:
      return stackValue(-a.value, a.type);
    case OP.not:
      return stackValue(~a.value, a.type);
    default:
      return undefined;
  }
}
