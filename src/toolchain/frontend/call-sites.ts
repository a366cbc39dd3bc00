/**
 * Gives checks and tests their place: a call of a function of `ppu/unittest` or `ppu/testing` whose last parameters are `file`
 * and `line` gets both as arguments, which a failure is printed with. Calls that already have them stay as they are.
 */
import type * as Compiler from "assemblyscript";

/** Internal paths of the libraries whose functions take a place. */
const LIBRARIES: readonly string[] = ["~lib/ppu/unittest", "~lib/ppu/testing"];

/** How asc's JavaScript build makes its 64-bit integers; defined by loading it. */
declare const i64_new: (low: number, high: number) => never;

type KindName = "Import" | "Export" | "Call" | "Identifier" | "PropertyAccess" | "FunctionDeclaration";

/** Kinds of syntax nodes: a constant enumeration in asc's types, an object in its JavaScript. */
export const kinds = (compiler: object): Record<KindName, number> => Reflect.get(compiler, "NodeKind");

type AstNode = { readonly kind: number; readonly range: Compiler.Range };

/** Checks by name, with the number of arguments in front of file and line. */
type Checks = ReadonlyMap<string, number>;

/** The checks that the libraries declare. */
function libraryChecks(compiler: typeof Compiler, sources: readonly Compiler.Source[]): Checks {
  const checks = new Map<string, number>();
  const libraries = sources.filter(({ internalPath }) => LIBRARIES.includes(internalPath));
  for (const statement of libraries.flatMap(({ statements }) => statements)) {
    if (statement.kind !== kinds(compiler).FunctionDeclaration) continue;
    const { name, signature } = statement as Compiler.FunctionDeclaration;
    const parameters = signature.parameters.map((parameter) => parameter.name.text);
    const place = parameters.length - 2;
    if (parameters[place] === "file" && parameters[place + 1] === "line") checks.set(name.text, place);
  }
  return checks;
}

/** Internal paths that lead to the given libraries: their own, and those of files that only pass them on. */
export function pathsTo(
  compiler: typeof Compiler,
  sources: readonly Compiler.Source[],
  libraries: readonly string[],
): ReadonlySet<string> {
  const passing = sources.filter(({ statements: [first, ...others] }) => {
    if (first?.kind !== kinds(compiler).Export || others.length > 0) return false;
    const { members, internalPath } = first as Compiler.ExportStatement;
    return members === null && internalPath !== null && libraries.includes(internalPath);
  });
  return new Set([...libraries, ...passing.map(({ internalPath }) => internalPath)]);
}

/** The imports of a source from one of these paths. */
export function importsFrom(
  compiler: typeof Compiler,
  source: Compiler.Source,
  paths: ReadonlySet<string>,
): Compiler.ImportStatement[] {
  const { Import } = kinds(compiler);
  const imports = source.statements.filter(({ kind }) => kind === Import) as Compiler.ImportStatement[];
  return imports.filter(({ internalPath }) => paths.has(internalPath));
}

/** The checks among these imports, under the names they are called by: `local` or `namespace.foreign`. */
function importedChecks(imports: readonly Compiler.ImportStatement[], checks: Checks): Checks {
  const imported = new Map<string, number>();
  for (const { declarations, namespaceName } of imports) {
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
export function calledName(compiler: typeof Compiler, expression: Compiler.Expression): string {
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
export function walk(node: AstNode, visit: (node: AstNode) => void): void {
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
  const paths = pathsTo(compiler, sources, LIBRARIES);
  const { Node } = compiler;
  const { Call } = kinds(compiler);
  for (const source of sources) {
    const imported = importedChecks(importsFrom(compiler, source, paths), checks);
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
