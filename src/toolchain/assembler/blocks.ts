import { StatementError } from "./assembler-error.ts";
import type { Statement } from "./source.ts";

/** Statements with the blocks that enclose others already matched. */
export type Block =
  | { readonly kind: "statement"; readonly statement: Statement }
  | { readonly kind: "repeat"; readonly head: Statement; readonly body: readonly Block[] }
  | { readonly kind: "macro"; readonly head: Statement; readonly body: readonly Statement[] }
  | { readonly kind: "if"; readonly branches: readonly Branch[] };

/** A part of a conditional: taken when its head says so and none before it was. */
export interface Branch {
  readonly head: Statement;
  readonly body: readonly Block[];
}

const DEEPEST = 100;
const LABELED = /^((?:[\w.$\\]+\s*:\s*)+)(\.(?:rept|if|ifdef|ifndef|macro)\b.*)$/is;
const directiveOf = (statement: Statement): string =>
  /^\.[a-z0-9_]+/i.exec(statement.text)?.[0].toLowerCase() ?? "";

/** What an error in the nesting of blocks needs: the statement it is about. */
export class BlockError extends StatementError {
  readonly statement: Statement;

  constructor(message: string, statement: Statement) {
    super(message);
    this.statement = statement;
  }
}

/** Labels before a block stand on their own, so that the block begins a statement. */
function withLabelsApart(statement: Statement): Statement[] {
  const match = LABELED.exec(statement.text);
  if (!match) return [statement];
  const [, labels, rest] = match;
  const { location } = statement;
  return [
    { ...statement, text: labels.trimEnd() },
    { ...statement, text: rest, location: { ...location, column: location.column + labels.length } },
  ];
}

/** Matches `.rept`/`.endr`, `.macro`/`.endm`, and `.if`/`.else`/`.endif`. */
export function readBlocks(source: readonly Statement[]): Block[] {
  const statements = source.flatMap(withLabelsApart);
  let at = 0;

  function macroBody(head: Statement): Statement[] {
    const body: Statement[] = [];
    for (let depth = 1; at < statements.length; ) {
      const statement = statements[at++];
      const directive = directiveOf(statement);
      if (directive === ".macro") depth++;
      else if (directive === ".endm" && --depth === 0) return body;
      body.push(statement);
    }
    throw new BlockError(".macro without .endm", head);
  }

  function conditional(first: Statement, depth: number): Block {
    const branches: Branch[] = [];
    let head = first;
    for (;;) {
      const [body, end] = blocks(head, [".else", ".elseif", ".endif"], depth);
      branches.push({ head, body });
      if (directiveOf(end) === ".endif") return { kind: "if", branches };
      if (directiveOf(head) === ".else") throw new BlockError(`${directiveOf(end)} after .else`, end);
      head = end;
    }
  }

  /** Blocks up to one of the closing directives, and the statement that closed. */
  function blocks(
    opener: Statement | undefined,
    closers: readonly string[],
    depth: number,
  ): [Block[], Statement] {
    const list: Block[] = [];
    if (depth > DEEPEST) throw new BlockError(`blocks nested deeper than ${DEEPEST}`, opener!);
    while (at < statements.length) {
      const statement = statements[at++];
      const directive = directiveOf(statement);
      if (closers.includes(directive)) return [list, statement];
      switch (directive) {
        case ".rept":
          list.push({ kind: "repeat", head: statement, body: blocks(statement, [".endr"], depth + 1)[0] });
          break;
        case ".macro":
          list.push({ kind: "macro", head: statement, body: macroBody(statement) });
          break;
        case ".if":
        case ".ifdef":
        case ".ifndef":
          list.push(conditional(statement, depth + 1));
          break;
        case ".irp":
        case ".irpc":
          throw new BlockError(`unknown directive ${directive}; use .rept or a .macro`, statement);
        case ".endr":
        case ".endm":
        case ".else":
        case ".elseif":
        case ".endif":
          throw new BlockError(`${directive} without an open block`, statement);
        default:
          list.push({ kind: "statement", statement });
      }
    }
    if (opener) throw new BlockError(`${directiveOf(opener)} without ${closers.at(-1)}`, opener);
    return [list, statements[0]];
  }

  return blocks(undefined, [], 0)[0];
}
