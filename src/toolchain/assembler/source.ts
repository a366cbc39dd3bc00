import type { SourceLocation } from "../image.ts";
import { AssemblerError } from "./assembler-error.ts";

/** A statement of assembly text: one line, or a part of it between semicolons, without comments. */
export interface Statement {
  readonly text: string;
  readonly location: SourceLocation;
  /** Where the outermost macro was used that gave this statement, and the name of the innermost. */
  readonly macro?: { readonly name: string; readonly used: SourceLocation };
}

/** Position behind the string or character constant that begins at `at`. */
function skipQuoted(text: string, at: number): number {
  if (text[at] === "'") {
    const end = at + (text[at + 1] === "\\" ? 3 : 2);
    return text[end] === "'" ? end + 1 : end;
  }
  let end = at + 1;
  while (end < text.length && text[end] !== '"' && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
  return Math.min(end + 1, text.length);
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** Line and column of a position in a text. */
function locationAt(text: string, at: number, file: string): SourceLocation {
  const before = text.slice(0, at).split("\n");
  return { file, line: before.length, column: before[before.length - 1].length + 1 };
}

/** Replaces comments (`#`, `//`, slash-star) by spaces; positions and line ends stay. */
function blankComments(text: string, file: string): string {
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  const comment = (end: number) => {
    const to = end < 0 ? text.length : end;
    parts.push(text.slice(from, at), blank(text.slice(at, to)));
    from = at = to;
  };
  while (at < text.length) {
    const character = text[at];
    if (character === '"' || character === "'") at = skipQuoted(text, at);
    else if (character === "#" || text.startsWith("//", at)) comment(text.indexOf("\n", at));
    else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end < 0) {
        const message = "comment without end; */ is missing";
        throw new AssemblerError([{ location: locationAt(text, at, file), message }]);
      }
      comment(end + 2);
    } else at++;
  }
  parts.push(text.slice(from));
  return parts.join("");
}

/** Cuts at a separator outside strings and parentheses; gives each part with its position. */
export function splitOutside(text: string, separator: string): { text: string; at: number }[] {
  const parts: { text: string; at: number }[] = [];
  let from = 0;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const character = text[at];
    if (character === '"' || character === "'") {
      at = skipQuoted(text, at);
      continue;
    }
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === separator && depth <= 0) {
      parts.push({ text: text.slice(from, at), at: from });
      from = at + 1;
    }
    at++;
  }
  parts.push({ text: text.slice(from), at: from });
  return parts;
}

/** Splits assembly text into its statements. Throws AssemblerError for a comment without end. */
export function readStatements(text: string, file: string): Statement[] {
  const statements: Statement[] = [];
  const lines = blankComments(text.replace(/\r\n?/g, "\n"), file).split("\n");
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    for (const part of line.includes(";") ? splitOutside(line, ";") : [{ text: line, at: 0 }]) {
      const trimmed = part.text.trimStart();
      if (trimmed === "") continue;
      const column = part.at + (part.text.length - trimmed.length) + 1;
      statements.push({ text: trimmed.trimEnd(), location: { file, line: index + 1, column } });
    }
  });
  return statements;
}
