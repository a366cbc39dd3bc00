import type { Expression } from "./meaning.ts";

/** Value of a binary operator of the language on 32-bit integers. */
export function binaryValue(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return (a + b) | 0;
    case "-":
      return (a - b) | 0;
    case "*":
      return Math.imul(a, b);
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    case ">>>":
      return (a >>> b) | 0;
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "<":
      return Number(a < b);
    case "<=":
      return Number(a <= b);
    case ">":
      return Number(a > b);
    case ">=":
      return Number(a >= b);
    case "&&":
      return Number(a !== 0 && b !== 0);
    case "||":
      return Number(a !== 0 || b !== 0);
    default:
      throw new SyntaxError(`meaning: unknown operator "${operator}"`);
  }
}

/** Value of a unary operator of the language. */
export function unaryValue(operator: string, a: number): number {
  return operator === "-" ? -a | 0 : operator === "~" ? ~a : Number(a === 0);
}

/**
 * Value of an expression that is constant for one instruction word: numbers, operators, and names that `known` gives
 * a value. undefined where it depends on anything else. `&&` and `||` need only the operand that decides.
 */
export function constantValue(
  node: Expression,
  known: (name: string) => number | undefined,
): number | undefined {
  switch (node.kind) {
    case "number":
      return node.value;
    case "name":
      return known(node.name);
    case "unary": {
      const operand = constantValue(node.operand, known);
      return operand === undefined ? undefined : unaryValue(node.operator, operand);
    }
    case "binary": {
      const left = constantValue(node.left, known);
      const right = constantValue(node.right, known);
      if (node.operator === "&&" && (left === 0 || right === 0)) return 0;
      if (
        node.operator === "||" &&
        ((left !== undefined && left !== 0) || (right !== undefined && right !== 0))
      )
        return 1;
      return left === undefined || right === undefined ? undefined : binaryValue(node.operator, left, right);
    }
    case "conditional": {
      const condition = constantValue(node.condition, known);
      if (condition === undefined) return undefined;
      return constantValue(condition !== 0 ? node.whenTrue : node.whenFalse, known);
    }
    default:
      return undefined;
  }
}
