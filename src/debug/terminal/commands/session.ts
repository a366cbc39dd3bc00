import { type Difference, SessionError } from "../../types.ts";
import { needed, wholeNumber } from "../arguments.ts";
import { type Command, note, type Result } from "../command.ts";
import { helpResult } from "../help.ts";
import { sourceData, sourceText } from "../render/places.ts";
import { stopResult } from "../render/stop.ts";
import type { Terminal } from "../terminal.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EISDIR: "is a directory",
  ENOTDIR: "no such file or directory",
  EACCES: "permission denied",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
};

/** Reads or writes a file; what goes wrong becomes one line. */
function withFile<T>(verb: "read" | "write", path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SessionError(`cannot ${verb} ${path}: ${REASONS[code ?? ""] ?? code ?? message}`);
  }
}

function save(terminal: Terminal, text: string): Result {
  const path = needed(text, "the file");
  const bytes = terminal.session.save();
  withFile("write", path, () => terminal.files.write(path, bytes));
  return note(`${path}: ${bytes.length} bytes`);
}

async function load(terminal: Terminal, text: string): Promise<Result> {
  const path = needed(text, "the file");
  const bytes = withFile("read", path, () => terminal.files.read(path));
  const result = await stopResult(terminal, terminal.session.load(bytes), { instructions: true });
  terminal.marks.clear();
  terminal.marks.set("start", terminal.session.position);
  return result;
}

async function fork(terminal: Terminal, text: string): Promise<Result> {
  const [seedText, mostText] = text.split(/\s+/);
  const seed = wholeNumber(seedText);
  if (seed === undefined) throw new SessionError(`fork needs a noise seed, got "${seedText}"`);
  const most = mostText === undefined ? undefined : wholeNumber(mostText);
  if (mostText !== undefined && most === undefined) {
    throw new SessionError(`"${mostText}" is not a number of instructions`);
  }
  const difference = await terminal.session.compareNoise(
    seed,
    most === undefined ? {} : { maxInstructions: most },
  );
  return {
    kind: "difference",
    data: differenceData(difference),
    lines: differenceLines(terminal, difference),
  };
}

function differenceData({ first, compared, message }: Difference) {
  if (!first) return { different: false, compared, message };
  return {
    different: true,
    compared,
    ppu: first.ppu ?? null,
    pc: first.pc ?? null,
    instruction: first.instruction ?? null,
    source: sourceData(first.source),
    cycle: first.cycle,
    what: first.what,
    message,
  };
}

function differenceLines(terminal: Terminal, { first, message }: Difference): string[] {
  const { style } = terminal;
  return [
    style.event(style.plain(message)),
    ...(first?.source ? [`at ${sourceText(terminal, first.source)}`] : []),
    ...(first?.what ?? []).map((line) => `  ${style.plain(line)}`),
  ];
}

async function runScript(terminal: Terminal, text: string): Promise<Result> {
  const path = needed(text, "the script");
  const bytes = withFile("read", path, () => terminal.files.read(path));
  await terminal.runScript(new TextDecoder().decode(bytes), path);
  return { kind: "note", data: { text: `${path} done` }, lines: [] };
}

export const SESSION: readonly Command[] = [
  {
    name: "save",
    group: "session",
    arguments: "FILE",
    completes: "file",
    summary: "write the chip as it is now to a file",
    example: ["stepi 100", "save here.point"],
    result: "note",
    run: (terminal, { text }) => save(terminal, text),
  },
  {
    name: "load",
    group: "session",
    arguments: "FILE",
    completes: "file",
    summary: "continue from a saved file; the history begins anew there",
    help: "The file must belong to the same program, chip seed and noise seed.",
    example: ["stepi 100", "save here.point", "run", "load here.point"],
    result: "stop",
    run: (terminal, { text }) => load(terminal, text),
  },
  {
    name: "fork",
    group: "session",
    arguments: "NOISE_SEED [INSTRUCTIONS]",
    summary: "compare with a copy that has another noise seed: the first instruction where the two differ",
    help: "The session stays where it is. INSTRUCTIONS limits how far is compared.",
    example: ["fork 7"],
    result: "difference",
    run: (terminal, { text }) => fork(terminal, text),
  },
  {
    name: "source",
    group: "session",
    arguments: "FILE",
    completes: "file",
    summary: "execute the commands of a file; stops at the first error and names its line",
    help: "One command a line; lines that begin with # are comments.",
    example: ["source commands.txt"],
    result: "note",
    run: (terminal, { text }) => runScript(terminal, text),
  },
  {
    name: "help",
    aliases: ["h"],
    group: "session",
    arguments: "[COMMAND]",
    completes: "command",
    summary: "list the commands, or explain one",
    example: ["help", "help break", "help info"],
    result: "help",
    run: (terminal, { text }) => helpResult(terminal, text),
  },
  {
    name: "quit",
    aliases: ["q", "exit"],
    group: "session",
    arguments: "",
    summary: "leave the debugger",
    example: ["quit"],
    result: "note",
    run: (terminal) => {
      terminal.done = true;
      return { kind: "note", data: { text: "bye" }, lines: [] };
    },
  },
];
