import { StatementError } from "./assembler-error.ts";

/**
 * An expression of assembly text over 64-bit integers. `modifier` is the `@l`, `@h`, `@ha` that a symbol in it
 * carried; it applies to the whole expression, as in GNU as.
 */
export interface ParsedExpression {
  readonly node: ExpressionNode;
  readonly modifier?: Modifier;
}

export type Modifier = "l" | "h" | "ha";

export type ExpressionNode = { readonly depth: number } & (
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "symbol"; readonly name: string; readonly offset: number }
  /** A place in a section, whose address is known only after all text has been read. */
  | { readonly kind: "place"; readonly section: object; readonly offset: number }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: ExpressionNode }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: ExpressionNode;
      readonly right: ExpressionNode;
    }
);

const DEEPEST = 400;

/** The binding strengths of GNU as, which are not those of C. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  "*": 5,
  "/": 5,
  "%": 5,
  "<<": 5,
  ">>": 5,
  "|": 4,
  "&": 4,
  "^": 4,
  "!": 4,
  "+": 3,
  "-": 3,
  "==": 3,
  "=": 3,
  "!=": 3,
  "<>": 3,
  "<": 3,
  ">": 3,
  "<=": 3,
  ">=": 3,
  "&&": 2,
  "||": 1,
};

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|0[bB][01]+(?![0-9a-zA-Z_]))|(\d+[bf](?![0-9a-zA-Z_]))|(\d+)|([A-Za-z_.$][\w.$]*)|('(?:\\.|[^\\])'?)|(<<|>>|<=|>=|==|!=|<>|&&|\|\||[-+*/%|&^!~()<>=@]))/uy;

interface Token {
  readonly kind: "number" | "name" | "operator";
  readonly text: string;
  readonly value?: bigint;
  readonly at: number;
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, "0": 0 };

function characterValue(text: string): bigint {
  const body = text.slice(1).replace(/(?<=.)'$/su, "");
  if (!body.startsWith("\\")) return BigInt(body.codePointAt(0)!);
  return BigInt(ESCAPES[body[1]] ?? body.codePointAt(1)!);
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) {
      const rest = text.slice(from);
      throw new StatementError(
        `unexpected "${rest.trim()[0]}"`,
        from + rest.length - rest.trimStart().length,
      );
    }
    const [whole, based, local, decimal, name, character, operator] = match;
    const at = from + whole.length - whole.trimStart().length;
    if (based ?? decimal)
      tokens.push({ kind: "number", text: whole.trim(), value: numberValue(based ?? decimal), at });
    else if (character)
      tokens.push({ kind: "number", text: character, value: characterValue(character), at });
    else if (local ?? name) tokens.push({ kind: "name", text: local ?? name, at });
    else tokens.push({ kind: "operator", text: operator, at });
  }
  return tokens;
}

/** A number is decimal, `0x` hexadecimal, `0b` binary, or octal after a leading 0, as in GNU as. */
function numberValue(text: string): bigint {
  if (text.length > 40) throw new StatementError(`the number ${text.slice(0, 12)}… does not fit 64 bits`);
  if (/^0[0-9]/.test(text)) {
    if (/[89]/.test(text))
      throw new StatementError(`${text} is not an octal number; decimal numbers begin without 0`);
    return BigInt(`0o${text.slice(1)}`);
  }
  const value = BigInt(text);
  if (value >= 1n << 64n) throw new StatementError(`the number ${text} does not fit 64 bits`);
  return value;
}

export const numberNode = (value: bigint): ExpressionNode => ({ kind: "number", value, depth: 0 });

export function binaryNode(operator: string, left: ExpressionNode, right: ExpressionNode): ExpressionNode {
  const depth = Math.max(left.depth, right.depth) + 1;
  if (depth > DEEPEST) throw new StatementError("expression too complicated");
  return { kind: "binary", operator, left, right, depth };
}

function unaryNode(operator: string, operand: ExpressionNode): ExpressionNode {
  if (operand.depth >= DEEPEST) throw new StatementError("expression too complicated");
  return { kind: "unary", operator, operand, depth: operand.depth + 1 };
}

/** Parses an expression; throws StatementError with the position in the text. */
export function parseExpression(text: string): ParsedExpression {
  const tokens = tokenize(text);
  let at = 0;
  let nesting = 0;
  let modifier: Modifier | undefined;
  const isOperator = (operator: string) => tokens[at]?.kind === "operator" && tokens[at].text === operator;
  const fail = (): never => {
    const token = tokens[at];
    if (token) throw new StatementError(`unexpected "${token.text}" in expression`, token.at);
    throw new StatementError(
      text.trim() === "" ? "expression missing" : "expression ends early",
      text.length,
    );
  };

  function takeModifier(): void {
    while (isOperator("@")) {
      at++;
      const name = tokens[at]?.text;
      if (name !== "l" && name !== "h" && name !== "ha") {
        throw new StatementError(`@${name ?? ""} is not known; use @l, @h or @ha`, tokens[at - 1].at);
      }
      if (modifier !== undefined) throw new StatementError("a second @ in one expression", tokens[at - 1].at);
      modifier = name;
      at++;
    }
  }
  function primary(): ExpressionNode {
    if (++nesting > DEEPEST) throw new StatementError("expression too complicated");
    const node = operand();
    nesting--;
    takeModifier();
    return node;
  }
  function operand(): ExpressionNode {
    const token = tokens[at] ?? fail();
    at++;
    if (token.kind === "number") return numberNode(token.value!);
    if (token.kind === "name") return { kind: "symbol", name: token.text, offset: token.at, depth: 0 };
    if (token.text === "(") {
      const inner = binary(1);
      if (!isOperator(")")) fail();
      at++;
      return inner;
    }
    if (token.text === "-" || token.text === "~" || token.text === "!")
      return unaryNode(token.text, primary());
    if (token.text === "+") return primary();
    at--;
    return fail();
  }
  function binary(minimum: number): ExpressionNode {
    let left = primary();
    for (;;) {
      const token = tokens[at];
      const precedence = token?.kind === "operator" ? (PRECEDENCE[token.text] ?? 0) : 0;
      if (precedence < minimum || precedence === 0) return left;
      at++;
      left = binaryNode(token.text, left, binary(precedence + 1));
    }
  }
  const node = binary(1);
  if (at < tokens.length) fail();
  return { node, ...(modifier && { modifier }) };
}

const truth = (condition: boolean): bigint => (condition ? -1n : 0n);

/** Result of an operator on 64-bit integers; throws StatementError for a division by zero. */
export function applyBinary(operator: string, a: bigint, b: bigint): bigint {
  const compute = (): bigint => {
    switch (operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "/":
      case "%":
        if (b === 0n) throw new StatementError("division by zero");
        return operator === "/" ? a / b : a % b;
      case "<<":
        return b < 0n || b > 63n ? 0n : a << b;
      case ">>":
        return b < 0n || b > 63n ? 0n : BigInt.asUintN(64, a) >> b;
      case "|":
        return a | b;
      case "&":
        return a & b;
      case "^":
        return a ^ b;
      case "!":
        return a | ~b;
      case "=":
      case "==":
        return truth(a === b);
      case "!=":
      case "<>":
        return truth(a !== b);
      case "<":
        return truth(a < b);
      case ">":
        return truth(a > b);
      case "<=":
        return truth(a <= b);
      case ">=":
        return truth(a >= b);
      case "&&":
        return a !== 0n && b !== 0n ? 1n : 0n;
      default:
        return a !== 0n || b !== 0n ? 1n : 0n;
    }
  };
  return BigInt.asIntN(64, compute());
}

export function applyUnary(operator: string, a: bigint): bigint {
  const value = operator === "-" ? -a : operator === "~" ? ~a : a === 0n ? 1n : 0n;
  return BigInt.asIntN(64, value);
}

/** `@l`, `@h`, `@ha` of an address: low half, high half, high half adjusted for a signed low half; 0..0xffff. */
export function applyModifier(modifier: Modifier, value: bigint): bigint {
  if (modifier === "l") return value & 0xffffn;
  const adjusted = modifier === "ha" ? value + 0x8000n : value;
  return (adjusted >> 16n) & 0xffffn;
}
