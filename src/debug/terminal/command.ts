/** A command of the terminal as a declared row; help, completion, abbreviations and the manual are derived from it. */
import type { ResultKind } from "./result-kinds.ts";
import type { Terminal } from "./terminal.ts";

export const GROUPS = {
  running: "Running",
  backwards: "Backwards",
  breakpoints: "Breakpoints and watchpoints",
  stack: "Stack and variables",
  code: "Source and code",
  data: "Registers and memory",
  vectors: "Vectors and the analog core",
  chip: "The chip around the program",
  session: "Session",
} as const;

export type GroupName = keyof typeof GROUPS;

/** What can stand as an argument, for completion. */
export type ArgumentKind = "expression" | "location" | "command" | "ppu" | "breakpoint" | "file" | "choice";

/** What a command has to say: the object of `--json`, and the text for people. */
export interface Result {
  readonly kind: ResultKind;
  readonly data: Readonly<Record<string, unknown>>;
  /** Lines for people; none for commands that have nothing to say. */
  readonly lines: readonly string[];
}

/** What the user typed behind the name of a command. */
export interface Typed {
  /** Letters behind a slash: `x` of `print/x`; empty if none. */
  readonly format: string;
  /** Everything else, trimmed. */
  readonly text: string;
}

export interface Command {
  /** One word, or a word and a subject: `break`, `info registers`. */
  readonly name: string;
  /** Short forms that hold even where they begin several names. */
  readonly aliases?: readonly string[];
  readonly group: GroupName;
  /** As in a manual: `[N]`, `LOCATION [if CONDITION]`; empty = none are taken. */
  readonly arguments: string;
  /** Letters that are understood behind a slash; default none. */
  readonly formats?: string;
  readonly completes?: ArgumentKind;
  /** Words for `completes: "choice"`. */
  readonly choices?: readonly string[];
  /** One line without a full stop at its end. */
  readonly summary: string;
  /** Further lines of the long help. */
  readonly help?: string;
  /** Commands that show it at work, from the start of the program of the tour; a test runs them. */
  readonly example: readonly string[];
  /** Kinds of results that it can give. */
  readonly result: ResultKind | readonly ResultKind[];
  /** An empty line does it again. */
  readonly repeats?: "same" | "without arguments";
  readonly run: (terminal: Terminal, typed: Typed) => Result | Promise<Result>;
}

/** Result of a command that only confirms something in words. */
export const note = (text: string): Result => ({ kind: "note", data: { text }, lines: [text] });

export const resultKinds = ({ result }: Command): readonly ResultKind[] =>
  typeof result === "string" ? [result] : result;
