import { Command, CommanderError } from "commander";
import { packageVersion } from "../package-root.ts";
import { escapeControls } from "../text.ts";
import { type CliIo, EXIT } from "./io.ts";
import { errorLines, UsageError } from "./usage-error.ts";
import { VERBS } from "./verbs.ts";

const EXAMPLES = `
Examples:
  ppu mnist                          classify handwritten digits on both PPUs
  ppu build hello.ts -o hello.elf    compile firmware
  ppu run hello.elf                  run it on the top PPU
  ppu run test.s --json              assemble, run, print the final state
  ppu disasm hello.elf               look at the machine code
  ppu help run                       everything about one command

Exit code: that of the firmware, 0..125; 125 also a finding in strict mode, or asleep with nothing left to wake it;
126 cycle limit; 127 unusable input or command line.
`;

/** Help and errors go through `io`; nothing ends the process. */
function tame(command: Command, io: CliIo): Command {
  command.exitOverride();
  command.configureOutput({ writeOut: io.stdout, writeErr: () => {}, outputError: () => {} });
  command.showHelpAfterError(false);
  for (const child of command.commands) tame(child, io);
  return command;
}

async function makeProgram(argv: readonly string[], io: CliIo): Promise<Command> {
  const program = new Command("ppu")
    // What stands behind a verb is that verb's, and behind a command of a verb that command's.
    .enablePositionalOptions()
    .description("Emulator and compiler for the plasticity processing units of the BrainScaleS-2 chip")
    .version(packageVersion(), "-V, --version", "print the version")
    .addHelpText("after", EXAMPLES);
  const [first, second] = argv.filter((argument) => !argument.startsWith("-"));
  const wanted = first === "help" ? second : first;
  if (first === "help" && second !== undefined && !VERBS.some(({ name }) => name === second)) {
    throw new UsageError(`unknown command '${second}' (see ppu --help)`);
  }
  // Only the verb that is asked for is loaded; the others stand in the help by name.
  for (const verb of VERBS) {
    if (verb.name === wanted) program.addCommand((await verb.load(io)).name(verb.name).summary(verb.summary));
    else program.command(verb.name).summary(verb.summary).description(verb.summary);
  }
  return tame(program, io);
}

function commanderLine(error: CommanderError, argv: readonly string[]): string {
  const verb = VERBS.find(({ name }) => name === argv.find((argument) => !argument.startsWith("-")));
  const help = verb ? `ppu ${verb.name} --help` : "ppu --help";
  const [line] = error.message.replace(/^error: /, "").split("\n");
  return `${escapeControls(line)} (see ${help})`;
}

/**
 * The command `ppu` with its arguments (without node and script). Writes through `io` and returns the exit code; never
 * throws and never ends the process.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    const program = await makeProgram(argv, io);
    if (argv.length === 0) {
      io.stdout(program.helpInformation() + EXAMPLES);
      return 0;
    }
    await program.parseAsync([...argv], { from: "user" });
    return io.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      io.stderr(`ppu: ${commanderLine(error, argv)}\n`);
    } else {
      for (const line of errorLines(error, io.allErrors)) io.stderr(`ppu: ${line}\n`);
      if (process.env.PPU_DEBUG && error instanceof Error) io.stderr(`${error.stack}\n`);
    }
    return EXIT.usage;
  }
}
