import pc from "picocolors";

/** What a verb may touch of the outside: text streams, and the exit code it leaves. Tests pass their own. */
export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Colours and progress bars are wanted: a terminal, and NO_COLOR is not set. */
  readonly isTerminal: boolean;
  exitCode: number;
}

/** Exit codes of `ppu` beyond the firmware's own 0..125. */
export const EXIT = { finding: 125, cycleLimit: 126, usage: 127 } as const;

export function processIo(): CliIo {
  return {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true && !process.env.NO_COLOR,
    exitCode: 0,
  };
}

/** Colour functions that do nothing when the output is no terminal. */
export const colors = (io: CliIo) => pc.createColors(io.isTerminal);

/** Prints an object as one JSON document. */
export function printJson(io: CliIo, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`);
}
