/** Integers of C: types, promotion, and operators that give what the language gives on 32 and 64 bits. */
import type { ElementType } from "../types.ts";

const BITS: Readonly<Record<ElementType, number>> = {
  i8: 8,
  u8: 8,
  i16: 16,
  u16: 16,
  i32: 32,
  u32: 32,
  i64: 64,
};

export const isElementType = (name: string): name is ElementType => Object.hasOwn(BITS, name);
export const bitsOf = (type: ElementType): number => BITS[type];

/** The number that remains of `value` in a type. */
export function wrap(type: ElementType, value: number): number {
  switch (type) {
    case "i32":
      return value | 0;
    case "u32":
      return value >>> 0;
    case "i64":
      return Math.trunc(value);
    default: {
      const unused = 32 - BITS[type];
      return type[0] === "u" ? (value << unused) >>> unused : (value << unused) >> unused;
    }
  }
}

/** Type of a literal. */
export const literalType = (value: number): ElementType =>
  value < 2 ** 31 ? "i32" : value < 2 ** 32 ? "u32" : "i64";

/** Type in which two operands meet. */
export function commonType(a: ElementType, b: ElementType): ElementType {
  if (a === "i64" || b === "i64") return "i64";
  return a === "u32" || b === "u32" ? "u32" : "i32";
}

const truth = (value: boolean) => (value ? 1 : 0);

/** Value and type of `a operator b`; undefined for a division by 0. */
export function binaryOperation(
  operator: string,
  left: { readonly type: ElementType; readonly value: number },
  right: { readonly type: ElementType; readonly value: number },
): { readonly type: ElementType; readonly value: number } | undefined {
  const shift = operator === "<<" || operator === ">>" || operator === ">>>";
  const type = shift ? commonType(left.type, "i32") : commonType(left.type, right.type);
  const a = wrap(type, left.value);
  const b = shift ? right.value & (BITS[type] - 1) : wrap(type, right.value);
  const integer = (value: number) => ({ type, value: wrap(type, value) });
  const bool = (value: boolean) => ({ type: "i32" as const, value: truth(value) });
  switch (operator) {
    case "==":
      return bool(a === b);
    case "!=":
      return bool(a !== b);
    case "<":
      return bool(a < b);
    case "<=":
      return bool(a <= b);
    case ">":
      return bool(a > b);
    case ">=":
      return bool(a >= b);
    case "+":
      return integer(a + b);
    case "-":
      return integer(a - b);
    case "/":
      return b === 0 ? undefined : integer(Math.trunc(a / b));
    case "%":
      return b === 0 ? undefined : integer(a % b);
    case "*":
      return integer(type === "i64" ? wide(a, b, (x, y) => x * y) : Math.imul(a, b));
    default:
      return integer(type === "i64" ? wide(a, b, WIDE[operator]) : NARROW[operator](a, b));
  }
}

const NARROW: Readonly<Record<string, (a: number, b: number) => number>> = {
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  // Values of u32 are not negative, so that both shifts agree there.
  ">>": (a, b) => (a > 0x7fff_ffff ? a >>> b : a >> b),
  ">>>": (a, b) => a >>> b,
};

const WIDE: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  ">>>": (a, b) => BigInt.asUintN(64, a) >> b,
};

function wide(a: number, b: number, operation: (a: bigint, b: bigint) => bigint): number {
  return Number(BigInt.asIntN(64, operation(BigInt(a), BigInt(b))));
}

export function unaryOperation(
  operator: "-" | "+" | "~" | "!",
  operand: { readonly type: ElementType; readonly value: number },
): { readonly type: ElementType; readonly value: number } {
  if (operator === "!") return { type: "i32", value: truth(operand.value === 0) };
  const type = commonType(operand.type, "i32");
  const { value } = operand;
  if (operator === "+") return { type, value };
  return { type, value: wrap(type, operator === "-" ? -value : -1 - value) };
}
