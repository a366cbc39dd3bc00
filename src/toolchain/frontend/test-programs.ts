/**
 * What the compiler does for a program with tests, whose entry file imports `ppu/testing`: it has the `main` of that library
 * unless it exports its own, and texts about the tests lie in the DRAM, so that SRAM and external memory are left to what is tested.
 */
import type * as Compiler from "assemblyscript";
import { calledName, importsFrom, kinds, pathsTo, walk } from "./call-sites.ts";

const TESTING = "ppu/testing";
const LIBRARY = `~lib/${TESTING}`;
/** Texts that only tests and their reports need stand in these libraries. */
const REPORTING: readonly string[] = [LIBRARY, "~lib/ppu/unittest"];
/** What is called with the name of a test or of a group of them. */
const NAMED: readonly string[] = ["test", "describe"];

/** `CommonFlags.Export` of asc. */
const EXPORT_FLAG = 2;

function exportsMain(compiler: typeof Compiler, entry: Compiler.Source): boolean {
  const { Export, FunctionDeclaration } = kinds(compiler);
  return entry.statements.some((statement) => {
    if (statement.kind === FunctionDeclaration) {
      const { name, flags } = statement as Compiler.FunctionDeclaration;
      return name.text === "main" && (flags & EXPORT_FLAG) !== 0;
    }
    if (statement.kind !== Export) return false;
    return (statement as Compiler.ExportStatement).members?.some((m) => m.exportedName.text === "main");
  });
}

/** Adds `export { main } from "ppu/testing"` to an entry file that imports the library and has no `main`. */
function addMain(compiler: typeof Compiler, entry: Compiler.Source, range: Compiler.Range): void {
  if (exportsMain(compiler, entry)) return;
  const { Node } = compiler;
  const name = Node.createIdentifierExpression("main", range);
  const path = Node.createStringLiteralExpression(TESTING, range);
  const member = Node.createExportMember(name, null, range);
  entry.statements.push(Node.createExportStatement([member], path, false, range));
}

/** Texts of the reporting libraries, and names of tests in the sources. */
function reportingTexts(compiler: typeof Compiler, sources: readonly Compiler.Source[]): Set<string> {
  const texts = new Set<string>();
  const paths = pathsTo(compiler, sources, [LIBRARY]);
  const add = (node: object | undefined) => {
    if (node instanceof compiler.StringLiteralExpression) texts.add(node.value);
  };
  for (const source of sources) {
    const isReporting = REPORTING.includes(source.internalPath);
    if (!isReporting && importsFrom(compiler, source, paths).length === 0) continue;
    for (const statement of source.statements) {
      walk(statement, (node) => {
        if (isReporting) add(node);
        else if (node.kind === kinds(compiler).Call) {
          const { expression, args } = node as unknown as Compiler.CallExpression;
          if (NAMED.includes(calledName(compiler, expression).replace(/^.*\./, ""))) add(args[0]);
        }
      });
    }
  }
  return texts;
}

/**
 * Makes a program of tests of the parsed sources if the entry file is one.
 * @returns texts whose place is the DRAM; empty for other programs
 */
export function prepareTests(
  compiler: typeof Compiler,
  sources: readonly Compiler.Source[],
  entryPath: string,
): ReadonlySet<string> {
  const entry = sources.find(({ normalizedPath }) => normalizedPath === entryPath);
  const [first] = entry ? importsFrom(compiler, entry, pathsTo(compiler, sources, [LIBRARY])) : [];
  if (!entry || !first) return new Set();
  addMain(compiler, entry, first.range);
  return reportingTexts(compiler, sources);
}
