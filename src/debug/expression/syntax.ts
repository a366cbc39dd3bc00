/** The expression language of the debugger: operators of C over integers, lanes of registers, memory and variables. */
import { PRECEDENCE as MEANING_PRECEDENCE } from "../../../isa/meaning.ts";
import { SessionError } from "../types.ts";

/** Columns count from 0 in the text. */
export type Node = { readonly column: number } & (
  | { readonly kind: "number"; readonly value: number }
  /** `quoted`: written in backquotes, a name of the program and never a register. */
  | { readonly kind: "name"; readonly name: string; readonly quoted: boolean }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Node }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
  | {
      readonly kind: "conditional";
      readonly condition: Node;
      readonly whenTrue: Node;
      readonly whenFalse: Node;
    }
  | { readonly kind: "call"; readonly callee: Node; readonly parts: readonly Node[] }
  | { readonly kind: "index"; readonly object: Node; readonly index: Node }
  | { readonly kind: "slice"; readonly object: Node; readonly first: Node; readonly last: Node }
  | { readonly kind: "member"; readonly object: Node; readonly name: string; readonly arrow: boolean }
  | { readonly kind: "assign"; readonly target: Node; readonly value: Node }
);

export type UnaryOperator = "-" | "+" | "~" | "!" | "*" | "&";
const UNARY: ReadonlySet<string> = new Set(["-", "+", "~", "!", "*", "&"]);

/** An expression that cannot be parsed or evaluated. */
export class ExpressionError extends SessionError {
  override name = "ExpressionError";
  readonly text: string;
  readonly column: number;

  constructor(problem: string, text: string, column: number) {
    super(`${problem} (column ${column + 1} of "${text}")`);
    this.text = text;
    this.column = column;
  }

  /** The expression and a caret below the place. */
  get caret(): string {
    return `${this.text}\n${" ".repeat(this.column)}^`;
  }
}

interface Token {
  readonly kind: "number" | "name" | "quoted" | "operator" | "end";
  readonly text: string;
  readonly column: number;
  readonly value: number;
}

const PRECEDENCE: Readonly<Record<string, number>> = { ...MEANING_PRECEDENCE, "/": 10, "%": 10 };
const UNARY_PRECEDENCE = 11;
const POSTFIX_PRECEDENCE = 12;
/** Deeper nesting is refused: it is no expression that somebody has written. */
const DEEPEST = 100;

const TOKEN =
  /(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)|'(\\.|[^'\\])'|([$A-Za-z_~][\w$]*)|`([^`]+)`|(>>>|<<|>>|<=|>=|==|!=|&&|\|\||->|\.\.|[-+*/%&|^<>=!~?:()[\].,])/y;
const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, "0": 0 };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at])) {
      at++;
      continue;
    }
    // A tilde begins names of the AssemblyScript library (~lib/...), which are quoted; by itself it is an operator.
    TOKEN.lastIndex = at;
    const match = text[at] === "~" ? undefined : TOKEN.exec(text);
    const column = at;
    if (match === undefined) tokens.push({ kind: "operator", text: "~", column, value: 0 });
    else if (match === null)
      throw new ExpressionError(`"${text[at]}" is not part of an expression`, text, at);
    else if (match[1] !== undefined) {
      const value = Number(match[1]);
      if (!Number.isSafeInteger(value)) throw new ExpressionError("the number is too large", text, at);
      if (/[\w$]/.test(text[TOKEN.lastIndex] ?? " ")) {
        throw new ExpressionError("a number ends with a letter", text, TOKEN.lastIndex);
      }
      tokens.push({ kind: "number", text: match[1], column, value });
    } else if (match[2] !== undefined) {
      const code = match[2].codePointAt(0)!;
      const value = match[2].length > 1 ? (ESCAPES[match[2][1]] ?? match[2].charCodeAt(1)) : code;
      tokens.push({ kind: "number", text: match[0], column, value });
    } else if (match[3] !== undefined) tokens.push({ kind: "name", text: match[3], column, value: 0 });
    else if (match[4] !== undefined) tokens.push({ kind: "quoted", text: match[4], column, value: 0 });
    else tokens.push({ kind: "operator", text: match[5], column, value: 0 });
    at = match ? TOKEN.lastIndex : at + 1;
  }
  tokens.push({ kind: "end", text: "", column: text.length, value: 0 });
  return tokens;
}

/** Parses an expression; throws ExpressionError with the place, and nothing else, for any text. */
export function parseExpression(text: string): Node {
  const tokens = tokenize(text);
  let at = 0;
  let depth = 0;
  const peek = () => tokens[at];
  const fail = (wanted: string): never => {
    const { kind, text: found, column } = peek();
    throw new ExpressionError(
      `expected ${wanted}, found ${kind === "end" ? "the end" : `"${found}"`}`,
      text,
      column,
    );
  };
  const is = (operator: string) => peek().kind === "operator" && peek().text === operator;
  const accept = (operator: string) => is(operator) && ++at > 0;
  const take = (operator: string) => {
    if (!accept(operator)) fail(`"${operator}"`);
  };
  const nested = <T>(parse: () => T): T => {
    if (++depth > DEEPEST)
      throw new ExpressionError("the expression is nested too deeply", text, peek().column);
    const result = parse();
    depth--;
    return result;
  };

  function primary(): Node {
    const { kind, text: name, column, value } = peek();
    if (kind === "number") {
      at++;
      return { kind: "number", value, column };
    }
    if (kind === "name" || kind === "quoted") {
      at++;
      return { kind: "name", name, quoted: kind === "quoted", column };
    }
    if (!accept("(")) return fail("a number, a name or (");
    const inner = nested(assignment);
    take(")");
    return inner;
  }
  function postfix(): Node {
    let node = primary();
    for (;;) {
      const { column } = peek();
      if (accept("[")) {
        const first = nested(assignment);
        if (accept("..")) node = { kind: "slice", object: node, first, last: nested(assignment), column };
        else node = { kind: "index", object: node, index: first, column };
        take("]");
      } else if (is(".") || is("->")) {
        const arrow = peek().text === "->";
        at++;
        const name = peek();
        if (name.kind !== "name" && name.kind !== "quoted") fail("a name");
        at++;
        node = { kind: "member", object: node, name: name.text, arrow, column };
      } else if (accept("(")) {
        const parts: Node[] = [];
        if (!accept(")")) {
          do parts.push(nested(assignment));
          while (accept(","));
          take(")");
        }
        node = { kind: "call", callee: node, parts, column };
      } else return node;
    }
  }
  function unary(): Node {
    const { kind, text: operator, column } = peek();
    if (kind !== "operator" || !UNARY.has(operator)) return postfix();
    at++;
    return { kind: "unary", operator: operator as UnaryOperator, operand: nested(unary), column };
  }
  function binary(minimum: number): Node {
    let left = unary();
    for (;;) {
      const { kind, text: operator, column } = peek();
      const precedence = kind === "operator" ? (PRECEDENCE[operator] ?? 0) : 0;
      if (precedence === 0 || precedence < minimum) return left;
      at++;
      left = { kind: "binary", operator, left, right: nested(() => binary(precedence + 1)), column };
    }
  }
  function conditional(): Node {
    const condition = binary(1);
    const { column } = peek();
    if (!accept("?")) return condition;
    const whenTrue = nested(assignment);
    take(":");
    return { kind: "conditional", condition, whenTrue, whenFalse: nested(conditional), column };
  }
  function assignment(): Node {
    const target = conditional();
    const { column } = peek();
    if (!accept("=")) return target;
    return { kind: "assign", target, value: nested(assignment), column };
  }

  const result = assignment();
  if (peek().kind !== "end") fail("an operator or the end");
  return result;
}

const precedenceOf = (node: Node): number => {
  switch (node.kind) {
    case "assign":
      return -1;
    case "conditional":
      return 0;
    case "binary":
      return PRECEDENCE[node.operator];
    case "unary":
      return UNARY_PRECEDENCE;
    default:
      return POSTFIX_PRECEDENCE;
  }
};

/** Text of an expression; parsing it gives the same tree but for columns. */
export function printExpression(node: Node): string {
  const inner = (part: Node, least: number) =>
    precedenceOf(part) < least ? `(${printExpression(part)})` : printExpression(part);
  switch (node.kind) {
    case "number":
      return `${node.value}`;
    case "name":
      return node.quoted ? `\`${node.name}\`` : node.name;
    case "unary": {
      const operand = inner(node.operand, UNARY_PRECEDENCE);
      return `${node.operator}${/^[-+&]/.test(operand) ? " " : ""}${operand}`;
    }
    case "binary": {
      const own = PRECEDENCE[node.operator];
      return `${inner(node.left, own)} ${node.operator} ${inner(node.right, own + 1)}`;
    }
    case "conditional":
      return `${inner(node.condition, 1)} ? ${printExpression(node.whenTrue)} : ${inner(node.whenFalse, 0)}`;
    case "assign":
      return `${inner(node.target, 0)} = ${printExpression(node.value)}`;
    case "call":
      return `${inner(node.callee, POSTFIX_PRECEDENCE)}(${node.parts.map(printExpression).join(", ")})`;
    case "index":
      return `${inner(node.object, POSTFIX_PRECEDENCE)}[${printExpression(node.index)}]`;
    case "slice":
      return `${inner(node.object, POSTFIX_PRECEDENCE)}[${printExpression(node.first)} .. ${printExpression(node.last)}]`;
    case "member": {
      const name = /^[$A-Za-z_][\w$]*$/.test(node.name) ? node.name : `\`${node.name}\``;
      return `${inner(node.object, POSTFIX_PRECEDENCE)}${node.arrow ? "->" : "."}${name}`;
    }
  }
}
