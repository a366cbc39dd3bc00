import type { Readable } from "node:stream";
import pc from "picocolors";

/** What a verb may touch of the outside: text streams, and the exit code it leaves. Tests pass their own. */
export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Default: nothing can be read. */
  readonly input?: Readable;
  /** Colours and progress bars are wanted: a terminal, and NO_COLOR is not set. */
  readonly isTerminal: boolean;
  /** The same for the stream of errors and notes; default: no. */
  readonly stderrIsTerminal?: boolean;
  exitCode: number;
  /** An error prints all its problems, one a line (--all-errors); otherwise the first and how many follow. */
  allErrors?: boolean;
}

/** Exit codes of `ppu` beyond the firmware's own 0..125; 130 as shells say it of Ctrl-C. */
export const EXIT = { finding: 125, cycleLimit: 126, usage: 127, interrupted: 130 } as const;

export function processIo(): CliIo {
  const isTerminal = (stream: { readonly isTTY?: boolean }) => stream.isTTY === true && !process.env.NO_COLOR;
  return {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    get input() {
      return process.stdin;
    },
    isTerminal: isTerminal(process.stdout),
    stderrIsTerminal: isTerminal(process.stderr),
    exitCode: 0,
  };
}

/** Colour functions that do nothing when the output is no terminal. */
export const colors = (io: CliIo) => pc.createColors(io.isTerminal);

/** The same for what goes to stderr. */
export const errorColors = (io: CliIo) => pc.createColors(io.stderrIsTerminal ?? false);

/** Prints an object as one JSON document. */
export function printJson(io: CliIo, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`);
}
