/** Conditions on records as text: predicates combined by and, or, not and parentheses. */
import { TraceError } from "../trace-error.ts";

export type Operator = "=" | "!=" | ">" | "<" | ">=" | "<=";

export interface Predicate {
  readonly kind: "predicate";
  readonly name: string;
  /** Without one the predicate stands alone: `write`. */
  readonly operator?: Operator;
  readonly value?: string;
  /** As it was written. */
  readonly text: string;
}

export type Query =
  | Predicate
  | { readonly kind: "and" | "or"; readonly parts: readonly Query[] }
  | { readonly kind: "not"; readonly part: Query };

const AND: ReadonlySet<string> = new Set(["and", "&&"]);
const OR: ReadonlySet<string> = new Set(["or", "||"]);
const NOT: ReadonlySet<string> = new Set(["not", "!"]);

/** Words, and parentheses that do not belong to a word like `operator(int)` or stand in quotes. */
function tokenize(text: string): string[] {
  const tokens: string[] = [];
  let at = 0;
  while (at < text.length) {
    const begin = at;
    if (/\s/.test(text[at])) at++;
    else if (text[at] === "(" || text[at] === ")" || (text[at] === "!" && text[at + 1] !== "="))
      tokens.push(text[at++]);
    else {
      let depth = 0;
      let quoted = false;
      for (; at < text.length; at++) {
        const character = text[at];
        if (character === '"') quoted = !quoted;
        if (quoted) continue;
        if (/\s/.test(character) || (character === ")" && depth === 0)) break;
        if (character === "(") depth++;
        if (character === ")") depth--;
      }
      if (quoted) throw new TraceError(`"${text.slice(begin)}": a quotation mark is not closed`);
      tokens.push(text.slice(begin, at));
    }
  }
  return tokens;
}

const PREDICATE = /^([^=<>!]+)(?:(!=|>=|<=|=|>|<)(.*))?$/s;

function predicate(text: string): Predicate {
  const match = PREDICATE.exec(text);
  if (!match) throw new TraceError(`"${text}" is no predicate like mnemonic=bl, r3=0x10 or stall>5`);
  const [, name, operator, value] = match;
  if (operator === undefined) return { kind: "predicate", name, text };
  const bare = value.replaceAll('"', "");
  if (bare === "") throw new TraceError(`"${text}" lacks a value behind ${operator}`);
  return { kind: "predicate", name, operator: operator as Operator, value: bare, text };
}

/** Throws TraceError in one line. */
export function parseQuery(text: string): Query {
  const tokens = tokenize(text);
  let at = 0;
  const list = (kind: "and" | "or", words: ReadonlySet<string>, part: () => Query): Query => {
    const parts = [part()];
    while (at < tokens.length && tokens[at] !== ")") {
      if (words.has(tokens[at])) at++;
      // Predicates side by side mean and.
      else if (kind === "or" || OR.has(tokens[at])) break;
      parts.push(part());
    }
    return parts.length === 1 ? parts[0] : { kind, parts };
  };
  const or = (): Query => list("or", OR, and);
  const and = (): Query => list("and", AND, unary);
  const unary = (): Query => {
    const token = tokens[at++];
    if (token === undefined)
      throw new TraceError(
        tokens.length === 0 ? "give a predicate" : `a predicate is missing at the end of "${text}"`,
      );
    if (NOT.has(token)) return { kind: "not", part: unary() };
    if (token === "(") {
      const inner = or();
      if (tokens[at++] !== ")") throw new TraceError(`a parenthesis is not closed in "${text}"`);
      return inner;
    }
    if (token === ")" || AND.has(token) || OR.has(token))
      throw new TraceError(`a predicate is missing before "${token}" in "${text}"`);
    return predicate(token);
  };
  const query = or();
  if (at < tokens.length) throw new TraceError(`"${tokens[at]}" has no counterpart in "${text}"`);
  return query;
}
