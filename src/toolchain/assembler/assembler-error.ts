import type { SourceLocation } from "../image.ts";
import { formatLocation } from "../symbols.ts";

/** One finding in assembly text. */
export interface AssemblyFinding {
  readonly location: SourceLocation;
  readonly message: string;
}

/** Assembly text that cannot be assembled. The message is one line about the first finding; `findings` has all. */
export class AssemblerError extends Error {
  override readonly name = "AssemblerError";
  readonly findings: readonly AssemblyFinding[];

  constructor(findings: readonly AssemblyFinding[]) {
    const [first] = findings;
    const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : "";
    super(`${formatLocation(first.location)}: ${first.message}${more}`);
    this.findings = findings;
  }

  /** One line about each finding. */
  get lines(): readonly string[] {
    return this.findings.map(({ location, message }) => `${formatLocation(location)}: ${message}`);
  }
}

/** Ends the handling of one statement; the assembler adds the place and goes on with the next statement. */
export class StatementError extends Error {
  /** Characters from the begin of the statement to what is wrong. */
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}

/** Ends the assembly: going on would take for ever. */
export class LimitError extends StatementError {}
