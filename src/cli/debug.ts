import { readFileSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { Command } from "commander";
import { type DebugSession, SessionError } from "../debug/session.ts";
import {
  errorText,
  historyPath,
  readHistory,
  runRepl,
  Terminal,
  writeHistory,
} from "../debug/terminal/index.ts";
import { readInput } from "../toolchain/loader.ts";
import { type CliIo, EXIT, errorColors } from "./io.ts";
import { addSessionOptions, openSession, type SessionProgramOptions } from "./open-session.ts";
import { PROGRAM_HELP } from "./program-options.ts";
import { errorLines } from "./usage-error.ts";

interface DebugOptions extends SessionProgramOptions {
  readonly interactive?: true;
  readonly json?: true;
  readonly ascii?: true;
}

/** What `-x` and `-e` ask for, in the order of the command line. */
interface Batch {
  readonly kind: "script" | "eval";
  readonly text: string;
}

/** Exit code when a command of a script, of --eval or of the standard input failed. */
const COMMAND_FAILED = 1;

const EXAMPLES = `
Commands are those of gdb and more; help lists them, help COMMAND explains one, names can be shortened. With -x or -e
the debugger ends after them. Without a terminal commands are read from the standard input, without prompts and colours.
${PROGRAM_HELP}
Examples:
  ppu debug firmware/examples/saturation.ts
  ppu debug hello.elf -e "break main" -e continue -e "info registers"
  ppu debug hello.elf -x commands.txt --json          one JSON object a line for each command
  echo "run" | ppu debug hello.elf

Exit code: 0, 1 when a command failed (a script stops there and names its line), 127 unusable program or command line.
`;

/** Whether the user's terminal shows characters beyond ASCII. */
const isUnicode = ({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean =>
  /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");

async function runBatches(terminal: Terminal, batches: readonly Batch[]): Promise<void> {
  for (const { kind, text } of batches) {
    if (terminal.done) return;
    if (kind === "script") await terminal.runScript(new TextDecoder().decode(readInput(text)), text);
    else {
      await terminal.runLine(text.trim()).catch((error: unknown) => {
        throw new SessionError(`--eval "${text}": ${errorText(error)}`);
      });
    }
  }
}

/** Reads commands from the input until its end; gives whether all went well. */
async function converse(io: CliIo, terminal: Terminal): Promise<boolean> {
  const input = io.input ?? Readable.from([]);
  const interactive =
    process.stdin.isTTY === true && process.stdout.isTTY === true && input === process.stdin;
  if (!interactive || terminal.json) {
    const { succeeded } = await runRepl(terminal, { input, output: process.stdout, interactive: false });
    return succeeded;
  }
  io.stdout('"help" lists the commands, "quit" leaves.\n');
  await terminal.execute("frame");
  const path = historyPath(process.env);
  const end = await runRepl(terminal, {
    input,
    output: process.stdout,
    interactive,
    history: readHistory(path),
  });
  if (!writeHistory(path, end.history)) io.stderr(`ppu: cannot write the history to ${path}\n`);
  return true;
}

/** Ctrl-C: ends an action in progress; without one the command. */
function onInterrupt(session: DebugSession): () => void {
  return () => {
    if (session.running) session.interrupt();
    else process.exit(EXIT.interrupted);
  };
}

async function debug(
  io: CliIo,
  file: string,
  batches: readonly Batch[],
  options: DebugOptions,
): Promise<void> {
  const { session } = await openSession(file, options);
  if (options.ppu !== "both") session.currentPpu = options.ppu;
  const terminal = new Terminal({
    session,
    write: io.stdout,
    style: {
      colors: io.isTerminal,
      unicode: !options.ascii && isUnicode(process.env),
      ...(process.stdout.columns ? { width: process.stdout.columns } : {}),
    },
    json: options.json ?? false,
    files: { read: (path) => new Uint8Array(readFileSync(path)), write: writeFileSync },
    directory: process.cwd(),
  });
  const interrupt = onInterrupt(session);
  process.on("SIGINT", interrupt);
  try {
    await runBatches(terminal, batches);
    if (!terminal.done && (batches.length === 0 || options.interactive)) {
      if (!(await converse(io, terminal))) io.exitCode = COMMAND_FAILED;
    }
  } catch (error) {
    const [message] = errorLines(error);
    if (options.json) terminal.printError(message);
    else io.stderr(`ppu: ${errorColors(io).red(message)}\n`);
    io.exitCode = COMMAND_FAILED;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

export function debugCommand(io: CliIo): Command {
  const batches: Batch[] = [];
  const add = (kind: Batch["kind"]) => (text: string) => {
    batches.push({ kind, text });
    return batches.length;
  };
  const command = new Command("debug")
    .description("Debugs a program on the emulated chip in the terminal, forwards and backwards")
    .argument("<image>", "ELF file, .s, .ts or .bin");
  return addSessionOptions(command)
    .option("-x, --script <file>", "execute the commands of a file (repeatable)", add("script"))
    .option("-e, --eval <command>", "execute a command (repeatable)", add("eval"))
    .option("-i, --interactive", "after -x and -e read commands from the standard input")
    .option("--ascii", "draw strips with ASCII characters only")
    .option("--json", "print one JSON object for each command")
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: DebugOptions) => debug(io, file, batches, options));
}
