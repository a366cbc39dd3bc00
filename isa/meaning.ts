/**
 * The language in which rows state the meaning of an instruction: assignments, `if`, and calls over 32-bit
 * integers. Operators are those of C on int32 (`<` and `>>` signed, `>>>` logical, shift counts modulo 32).
 * An engine is a translation of this tree; so are read/write sets and the text of the manual.
 */

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] };

export type Statement =
  | { readonly kind: "assign"; readonly target: string; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "do"; readonly call: Extract<Expression, { kind: "call" }> };

/** Of binary operators, as in C; also of the debugger's expressions. */
export const PRECEDENCE: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  "<=": 7,
  ">": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  ">>>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
};

const TOKEN =
  /\s*(?:(0x[0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(>>>|<<|>>|<=|>=|==|!=|&&|\|\||[-+*&|^<>=!~?:(){},;]))/y;

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`meaning: unexpected "${text.slice(at).trim()[0]}" in "${text}"`);
    tokens.push(match[1] ?? match[2] ?? match[3]);
  }
  return tokens;
}

/** Parses a meaning; throws SyntaxError with the offending token and the whole text. */
export function parseMeaning(text: string): readonly Statement[] {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at];
  const fail = (): never => {
    throw new SyntaxError(`meaning: unexpected ${peek() === undefined ? "end" : `"${peek()}"`} in "${text}"`);
  };
  const take = (token: string) => (peek() === token ? at++ : fail());
  const accept = (token: string) => peek() === token && ++at > 0;

  function primary(): Expression {
    const token = tokens[at++];
    if (token === undefined) return fail();
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) | 0 };
    if (token === "-" || token === "~" || token === "!") {
      return { kind: "unary", operator: token, operand: primary() };
    }
    if (token === "(") {
      const inner = expression();
      take(")");
      return inner;
    }
    if (!/^[A-Za-z_]/.test(token)) {
      at--;
      return fail();
    }
    return accept("(")
      ? { kind: "call", name: token, arguments: callArguments() }
      : { kind: "name", name: token };
  }
  function callArguments(): Expression[] {
    const list: Expression[] = [];
    if (accept(")")) return list;
    do list.push(expression());
    while (accept(","));
    take(")");
    return list;
  }
  function binary(minimum: number): Expression {
    let left = primary();
    for (;;) {
      const operator = peek();
      const precedence = operator === undefined ? 0 : (PRECEDENCE[operator] ?? 0);
      if (precedence < minimum || precedence === 0) return left;
      at++;
      left = { kind: "binary", operator, left, right: binary(precedence + 1) };
    }
  }
  function expression(): Expression {
    const condition = binary(1);
    if (!accept("?")) return condition;
    const whenTrue = expression();
    take(":");
    return { kind: "conditional", condition, whenTrue, whenFalse: expression() };
  }
  function block(): Statement[] {
    if (!accept("{")) return [statement()];
    const list = statements("}");
    take("}");
    return list;
  }
  function statement(): Statement {
    if (accept("if")) {
      take("(");
      const condition = expression();
      take(")");
      const then = block();
      return { kind: "if", condition, then, otherwise: accept("else") ? block() : [] };
    }
    const name = tokens[at++];
    if (name === undefined || !/^[A-Za-z_]/.test(name)) return fail();
    if (accept("(")) return { kind: "do", call: { kind: "call", name, arguments: callArguments() } };
    take("=");
    return { kind: "assign", target: name, value: expression() };
  }
  function statements(end: string | undefined): Statement[] {
    const list: Statement[] = [];
    while (accept(";"));
    while (peek() !== end) {
      list.push(statement());
      while (accept(";"));
    }
    return list;
  }
  const program = statements(undefined);
  return at === tokens.length ? program : fail();
}

/** Every name a meaning reads and assigns (locals included), and every function it calls. */
export function namesIn(statements: readonly Statement[]): {
  read: Set<string>;
  written: Set<string>;
  called: Set<string>;
} {
  const found = { read: new Set<string>(), written: new Set<string>(), called: new Set<string>() };
  const expression = (node: Expression): void => {
    if (node.kind === "name") found.read.add(node.name);
    if (node.kind === "call") found.called.add(node.name);
    for (const part of partsOf(node)) expression(part);
  };
  const statement = (node: Statement): void => {
    if (node.kind === "assign") {
      found.written.add(node.target);
      expression(node.value);
    } else if (node.kind === "if") {
      expression(node.condition);
      for (const inner of [...node.then, ...node.otherwise]) statement(inner);
    } else expression(node.call);
  };
  for (const node of statements) statement(node);
  return found;
}

/** The expressions an expression is directly made of. */
export function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "conditional":
      return [node.condition, node.whenTrue, node.whenFalse];
    case "call":
      return node.arguments;
    default:
      return [];
  }
}
