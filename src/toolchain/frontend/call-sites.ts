/**
 * Gives checks of `ppu/unittest` their place: a call of a function of that file whose last parameters are `file` and `line`
 * gets both as arguments, which the check prints when it fails. Calls that already have them stay as they are.
 */
import type * as Compiler from "assemblyscript";

const UNIT_TEST_MODULE = /(^|\/)unittest$/;
const UNIT_TEST_LIBRARY = "~lib/ppu/unittest";

/** How asc's JavaScript build makes its 64-bit integers; defined by loading it. */
declare const i64_new: (low: number, high: number) => never;

type KindName = "Import" | "Call" | "Identifier" | "PropertyAccess" | "FunctionDeclaration";

/** Kinds of syntax nodes: a constant enumeration in asc's types, an object in its JavaScript. */
const kinds = (compiler: object): Record<KindName, number> => Reflect.get(compiler, "NodeKind");

type AstNode = { readonly kind: number; readonly range: Compiler.Range };

/** Checks by name, with the number of arguments in front of file and line. */
type Checks = ReadonlyMap<string, number>;

/** The checks that the library declares. */
function libraryChecks(compiler: typeof Compiler, sources: readonly Compiler.Source[]): Checks {
  const checks = new Map<string, number>();
  for (const statement of sources.find((s) => s.internalPath === UNIT_TEST_LIBRARY)?.statements ?? []) {
    if (statement.kind !== kinds(compiler).FunctionDeclaration) continue;
    const { name, signature } = statement as Compiler.FunctionDeclaration;
    const parameters = signature.parameters.map((parameter) => parameter.name.text);
    const place = parameters.length - 2;
    if (parameters[place] === "file" && parameters[place + 1] === "line") checks.set(name.text, place);
  }
  return checks;
}

/** The checks that a source imports, under the names it calls them by: `local` or `namespace.foreign`. */
function importedChecks(compiler: typeof Compiler, source: Compiler.Source, checks: Checks): Checks {
  const imported = new Map<string, number>();
  for (const statement of source.statements) {
    if (statement.kind !== kinds(compiler).Import) continue;
    const { declarations, namespaceName, path } = statement as Compiler.ImportStatement;
    if (!UNIT_TEST_MODULE.test(path.value)) continue;
    for (const { foreignName, name } of declarations ?? []) {
      const place = checks.get(foreignName.text);
      if (place !== undefined) imported.set(name.text, place);
    }
    if (!namespaceName) continue;
    for (const [name, place] of checks) imported.set(`${namespaceName.text}.${name}`, place);
  }
  return imported;
}

/** `name` or `namespace.name`; "" for other expressions. */
function calledName(compiler: typeof Compiler, expression: Compiler.Expression): string {
  const { Identifier, PropertyAccess } = kinds(compiler);
  if (expression.kind === Identifier) return (expression as Compiler.IdentifierExpression).text;
  if (expression.kind !== PropertyAccess) return "";
  const access = expression as Compiler.PropertyAccessExpression;
  if (access.expression.kind !== Identifier) return "";
  return `${(access.expression as Compiler.IdentifierExpression).text}.${access.property.text}`;
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

/** Adds file and line to the checks of all parsed sources; `place` tells them for a range. */
export function addCallSites(
  compiler: typeof Compiler,
  sources: readonly Compiler.Source[],
  place: (range: Compiler.Range) => { file: string; line: number },
): void {
  const checks = libraryChecks(compiler, sources);
  const { Node } = compiler;
  const { Call } = kinds(compiler);
  for (const source of sources) {
    const imported = importedChecks(compiler, source, checks);
    if (imported.size === 0) continue;
    for (const statement of source.statements) {
      walk(statement, (node) => {
        if (node.kind !== Call) return;
        const { expression, args, range } = node as unknown as Compiler.CallExpression;
        if (imported.get(calledName(compiler, expression)) !== args.length) return;
        const { file, line } = place(range);
        args.push(
          Node.createStringLiteralExpression(file, range),
          Node.createIntegerLiteralExpression(i64_new(line, 0), range),
        );
      });
    }
  }
}
