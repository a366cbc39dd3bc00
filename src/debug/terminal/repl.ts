/** Reads commands from a stream: with prompt, history and completion at a terminal, plainly otherwise. */
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { completeLine } from "./completion.ts";
import type { Terminal } from "./terminal.ts";

export interface ReplOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Someone types: prompt, history, completion, Ctrl-C. */
  readonly interactive: boolean;
  /** Lines of earlier sessions, the latest first. */
  readonly history?: readonly string[];
}

/** Lines that the history keeps. */
export const HISTORY_LINES = 1000;

export interface ReplEnd {
  /** Every command went well. */
  readonly succeeded: boolean;
  /** Lines for the next session, the latest first. */
  readonly history: readonly string[];
}

/**
 * Executes lines until `quit` or the end of the input. Ctrl-C ends an action in progress; without one it empties the
 * line. Errors of commands are printed, and the next line is read.
 */
export async function runRepl(terminal: Terminal, options: ReplOptions): Promise<ReplEnd> {
  const lines = createInterface({
    input: options.input,
    ...(options.interactive
      ? {
          output: options.output,
          terminal: true,
          history: [...(options.history ?? [])],
          historySize: HISTORY_LINES,
          removeHistoryDuplicates: true,
          completer: (line: string) => completeLine(terminal, line),
        }
      : { terminal: false }),
  });
  let history: readonly string[] = options.history ?? [];
  lines.on("history", (latest) => {
    history = [...latest];
  });
  lines.on("SIGINT", () => interrupt(terminal, lines));
  const prompt = () => {
    lines.setPrompt(`(${terminal.ppu}) `);
    if (options.interactive) lines.prompt();
  };
  let succeeded = true;
  prompt();
  try {
    for await (const line of lines) {
      if (!(await terminal.execute(line, options.interactive))) succeeded = false;
      if (terminal.done) break;
      prompt();
    }
  } finally {
    lines.close();
  }
  return { succeeded, history };
}

function interrupt(terminal: Terminal, lines: Interface): void {
  if (terminal.session.running) {
    terminal.session.interrupt();
    return;
  }
  lines.write(null, { ctrl: true, name: "e" });
  lines.write(null, { ctrl: true, name: "u" });
  lines.prompt();
}
