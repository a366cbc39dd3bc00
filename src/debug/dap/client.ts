import type { DebugProtocol } from "@vscode/debugprotocol";
import { type Checked, flag, object, optional } from "./checks.ts";

/** What a client says of itself in `initialize`: what it can do, and how it counts. */
export const ABILITIES = object({
  linesStartAt1: optional(flag),
  columnsStartAt1: optional(flag),
  supportsProgressReporting: optional(flag),
  supportsInvalidatedEvent: optional(flag),
  supportsMemoryEvent: optional(flag),
});

export type ClientAbilities = Partial<Checked<typeof ABILITIES>>;

/** On our side lines and columns begin with 1; column 0 is none. */
export class Client {
  readonly abilities: ClientAbilities;

  constructor(abilities: ClientAbilities = {}) {
    this.abilities = abilities;
  }

  lineOut(line: number): number {
    return this.abilities.linesStartAt1 === false ? line - 1 : line;
  }

  lineIn(line: number): number {
    return this.abilities.linesStartAt1 === false ? line + 1 : line;
  }

  columnOut(column: number): number {
    return this.abilities.columnsStartAt1 === false ? Math.max(0, column - 1) : Math.max(1, column);
  }

  columnIn(column: number): number {
    return this.abilities.columnsStartAt1 === false ? column + 1 : column;
  }

  breakpointOut({ line, column, ...rest }: DebugProtocol.Breakpoint): DebugProtocol.Breakpoint {
    return {
      ...rest,
      ...(line !== undefined && { line: this.lineOut(line) }),
      ...(column !== undefined && { column: this.columnOut(column) }),
    };
  }
}
