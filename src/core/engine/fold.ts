/** Partial evaluation of meanings: fields with a known value vanish, and conditions that became constant with them. */
import { type Expression, partsOf, type Statement } from "../../../isa/meaning.ts";

export type Bindings = Readonly<Record<string, number>>;

const number = (value: number): Expression => ({ kind: "number", value: value | 0 });

const BINARY: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": Math.imul,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  ">>>": (a, b) => a >>> b,
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

const UNARY: Record<string, (a: number) => number> = {
  "-": (a) => -a,
  "~": (a) => ~a,
  "!": (a) => Number(a === 0),
};

/** True for expressions whose value is already 0 or 1. */
export function isBoolean(node: Expression): boolean {
  if (node.kind === "unary") return node.operator === "!";
  return node.kind === "binary" && /^([<>]=?|[=!]=|&&|\|\|)$/.test(node.operator);
}

export function foldExpression(node: Expression, bindings: Bindings): Expression {
  const fold = (inner: Expression) => foldExpression(inner, bindings);
  switch (node.kind) {
    case "name":
      return node.name in bindings ? number(bindings[node.name]) : node;
    case "unary": {
      const operand = fold(node.operand);
      return operand.kind === "number" ? number(UNARY[node.operator](operand.value)) : { ...node, operand };
    }
    case "binary": {
      const left = fold(node.left);
      const right = fold(node.right);
      if (left.kind === "number" && right.kind === "number") {
        return number(BINARY[node.operator](left.value, right.value));
      }
      return foldLogical({ ...node, left, right });
    }
    case "conditional": {
      const condition = fold(node.condition);
      if (condition.kind === "number") return fold(condition.value !== 0 ? node.whenTrue : node.whenFalse);
      return { ...node, condition, whenTrue: fold(node.whenTrue), whenFalse: fold(node.whenFalse) };
    }
    case "call":
      return { ...node, arguments: node.arguments.map(fold) };
    default:
      return node;
  }
}

/** `&&` and `||` with one constant side, where the other side is 0 or 1 already. */
function foldLogical(node: Extract<Expression, { kind: "binary" }>): Expression {
  if (node.operator !== "&&" && node.operator !== "||") return node;
  const constant = node.left.kind === "number" ? node.left : node.right;
  const other = node.left.kind === "number" ? node.right : node.left;
  if (constant.kind !== "number") return node;
  const decides = (constant.value !== 0) === (node.operator === "||");
  if (decides) return number(node.operator === "||" ? 1 : 0);
  return isBoolean(other) ? other : node;
}

export function foldStatements(statements: readonly Statement[], bindings: Bindings): Statement[] {
  return statements.flatMap((node): Statement[] => {
    if (node.kind === "assign") return [{ ...node, value: foldExpression(node.value, bindings) }];
    if (node.kind === "do") {
      return [{ ...node, call: foldExpression(node.call, bindings) as typeof node.call }];
    }
    const condition = foldExpression(node.condition, bindings);
    if (condition.kind === "number") {
      return foldStatements(condition.value !== 0 ? node.then : node.otherwise, bindings);
    }
    return [
      {
        ...node,
        condition,
        // biome-ignore lint/suspicious/noThenProperty: the name of the branch in isa/meaning.ts
        then: foldStatements(node.then, bindings),
        otherwise: foldStatements(node.otherwise, bindings),
      },
    ];
  });
}

/** True if any part of the expression satisfies the test. */
export function someExpression(node: Expression, test: (part: Expression) => boolean): boolean {
  return test(node) || partsOf(node).some((part) => someExpression(part, test));
}
