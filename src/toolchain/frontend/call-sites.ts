/**
 * Gives checks of `ppu/unittest` their place: every call of an imported function whose name begins with `expect` gets two
 * more arguments, the file and the line of the call, which the check prints when it fails.
 */
import type * as Compiler from "assemblyscript";

const UNIT_TEST_MODULE = /(^|\/)unittest$/;
const CHECK = /^expect/;

/** How asc's JavaScript build makes its 64-bit integers; defined by loading it. */
declare const i64_new: (low: number, high: number) => never;

/** Kinds of syntax nodes: a constant enumeration in asc's types, an object in its JavaScript. */
const kinds = (compiler: object): Record<"Import" | "Call" | "Identifier", number> =>
  Reflect.get(compiler, "NodeKind");

type AstNode = { readonly kind: number; readonly range: Compiler.Range };

/** Local names of the checks that a source imports. */
function importedChecks(compiler: typeof Compiler, source: Compiler.Source): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (statement.kind !== kinds(compiler).Import) continue;
    const { declarations, path } = statement as Compiler.ImportStatement;
    if (!UNIT_TEST_MODULE.test(path.value)) continue;
    for (const { foreignName, name } of declarations ?? []) {
      if (CHECK.test(foreignName.text)) names.add(name.text);
    }
  }
  return names;
}

function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

/** Calls `visit` for a node and all nodes below it. */
function walk(node: AstNode, visit: (node: AstNode) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit);
  }
}

/** Adds file and line to the checks of a parsed source; `place` tells them for a range. */
export function addCallSites(
  compiler: typeof Compiler,
  source: Compiler.Source,
  place: (range: Compiler.Range) => { file: string; line: number },
): void {
  const checks = importedChecks(compiler, source);
  if (checks.size === 0) return;
  const { Node } = compiler;
  const { Call, Identifier } = kinds(compiler);
  for (const statement of source.statements) {
    walk(statement, (node) => {
      if (node.kind !== Call) return;
      const { expression, args, range } = node as unknown as Compiler.CallExpression;
      if (expression.kind !== Identifier) return;
      if (!checks.has((expression as Compiler.IdentifierExpression).text)) return;
      const { file, line } = place(range);
      args.push(
        Node.createStringLiteralExpression(file, range),
        Node.createIntegerLiteralExpression(i64_new(line, 0), range),
      );
    });
  }
}
