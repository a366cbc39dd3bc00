/** Operators of the trees that are several operations of the graph. */

import type { Operation, Value } from "../graph/ir.ts";
import type { Builder } from "./builder.ts";

export function buildUnary(b: Builder, operator: string, value: Value): Value {
  switch (operator) {
    case "eqz":
      return b.append("eq", "i32", [value, b.number(0)]);
    case "ctz": {
      const below = b.append("and", "i32", [
        b.append("add", "i32", [value, b.number(-1)]),
        b.append("xor", "i32", [value, b.number(-1)]),
      ]);
      return b.append("sub", "i32", [b.number(32), b.append("clz", "i32", [below])]);
    }
    default:
      return b.append(operator as Operation, "i32", [value]);
  }
}

export function buildBinary(b: Builder, operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case "rem_s":
    case "rem_u": {
      const quotient = b.append(operator === "rem_s" ? "div_s" : "div_u", "i32", [left, right]);
      return b.append("sub", "i32", [left, b.append("mul", "i32", [quotient, right])]);
    }
    case "rotr":
      return b.append("rotl", "i32", [left, b.append("sub", "i32", [b.number(32), right])]);
    default:
      return b.append(operator as Operation, "i32", [left, right]);
  }
}
