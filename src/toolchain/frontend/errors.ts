/** What can be wrong with firmware source, in one line each. */
import type { SourceLocation } from "../image.ts";

export interface CompileProblem {
  readonly message: string;
  readonly location?: SourceLocation;
  /** What to do about it. */
  readonly hint?: string;
}

/** `file:line:column: message (hint)`, as far as known. */
export function formatProblem(problem: CompileProblem): string {
  const { location, message, hint } = problem;
  const place = location ? `${location.file}:${location.line}:${location.column}: ` : "";
  return `${place}${message}${hint ? ` (${hint})` : ""}`;
}

/** Firmware that does not compile; the message holds one line per problem. */
export class CompileError extends Error {
  readonly problems: readonly CompileProblem[];

  constructor(problems: readonly CompileProblem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "CompileError";
    this.problems = problems;
  }
}
