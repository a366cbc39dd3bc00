/** Which functions a source text declares, whether a program uses them or not. */
import type * as Compiler from "assemblyscript";
import { loadToolchain, withoutTypeImports } from "./asc.ts";

/** A function or method with a body. */
export interface SourceFunction {
  /** `name`, `Class.method`, `Namespace.name`. */
  readonly name: string;
  /** Where its name stands, from 1. */
  readonly line: number;
  /** First and last line of the declaration. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Marked `@inline`: it never has code of its own. */
  readonly inline: boolean;
}

/** Functions of an AssemblyScript text in the order of their declarations; none where it has syntax errors. */
export async function sourceFunctions(text: string): Promise<readonly SourceFunction[]> {
  const { compiler } = await loadToolchain();
  const parser = new compiler.Parser(null as never);
  parser.parseFile(withoutTypeImports(text), "source.ts", true);
  if (parser.diagnostics?.length > 0) return [];
  const starts = lineStarts(text);
  const lineOf = (offset: number): number => {
    let line = 0;
    while (line < starts.length && starts[line] <= offset) line++;
    return line;
  };
  const found: SourceFunction[] = [];
  const visit = (statements: readonly Compiler.Statement[], prefix: string): void => {
    for (const statement of statements) {
      const node = statement instanceof compiler.ExportDefaultStatement ? statement.declaration : statement;
      if (node instanceof compiler.ClassDeclaration || node instanceof compiler.NamespaceDeclaration) {
        visit(node.members, `${prefix}${node.name.text}.`);
      }
      if (!(node instanceof compiler.FunctionDeclaration) || !node.body) continue;
      found.push({
        name: prefix + node.name.text,
        line: lineOf(node.name.range.start),
        firstLine: lineOf(node.range.start),
        lastLine: lineOf(node.range.end - 1),
        inline: (node.decorators ?? []).some(
          ({ name }) => name instanceof compiler.IdentifierExpression && name.text === "inline",
        ),
      });
    }
  };
  visit(parser.sources[0]?.statements ?? [], "");
  return found;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
