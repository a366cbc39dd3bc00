import { extname } from "node:path";
import { Command, Option } from "commander";
import type { GdbTarget } from "../debug/gdb/index.ts";
import { writeElf } from "../toolchain/elf/index.ts";
import type { CliIo } from "./io.ts";
import { integerOption } from "./numbers.ts";
import { addSessionOptions, openSession, type SessionProgramOptions } from "./open-session.ts";
import { writeOutput } from "./outputs.ts";
import { PROGRAM_HELP } from "./program-options.ts";
import { UsageError } from "./usage-error.ts";

interface GdbOptions extends SessionProgramOptions {
  readonly port?: number;
  readonly stdio?: true;
  readonly once?: true;
  readonly output?: string;
  readonly onFinish: "stop" | "exit";
}

const EXAMPLES = `${PROGRAM_HELP}
Thread 1 is the top PPU, thread 2 the bottom one. GDB's "monitor help" lists commands for the analog core, the pins,
saved states and more. docs/debugging.md explains what GDB can do here, backwards too.

Examples:
  ppu gdb filter.elf                     then: gdb-multiarch filter.elf -ex 'target remote 127.0.0.1:PORT'
  ppu gdb filter.ts -o filter.elf        compiles, and leaves the ELF file for GDB
  ppu gdb filter.elf --port 3333 --once
  gdb-multiarch filter.elf -ex 'target remote | ppu gdb filter.elf --stdio'

Exit code: 0 when the last client has gone, 127 unusable image or command line, or a port that is taken.
`;

/** Extensions of programs that GDB can't read. */
const SOURCES = new Set([".ts", ".s", ".asm", ".bin"]);

async function serveTcp(
  io: CliIo,
  target: GdbTarget,
  elf: string | undefined,
  options: GdbOptions,
): Promise<void> {
  const { GdbServer } = await import("../debug/gdb/index.ts");
  let server: Awaited<ReturnType<typeof GdbServer.listen>>;
  try {
    server = await GdbServer.listen(target, { port: options.port ?? 0, once: options.once ?? false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "it is taken" : (code ?? "unknown error");
    throw new UsageError(`cannot listen on port ${options.port}: ${reason}; leave out --port for a free one`);
  }
  io.stdout(`Listening on ${server.address}\n`);
  io.stdout(`gdb-multiarch ${elf === undefined ? "" : `${elf} `}-ex 'target remote ${server.address}'\n`);
  if (elf === undefined)
    io.stderr("ppu: GDB needs an ELF file for symbols and source lines; -o FILE.elf writes one\n");
  await server.closed;
}

async function gdb(io: CliIo, file: string, options: GdbOptions): Promise<void> {
  if (options.stdio && options.port !== undefined)
    throw new UsageError("--stdio and --port exclude each other");
  const { image, session } = await openSession(file, options);
  const write = (from: typeof image) => options.output && writeOutput(options.output, writeElf(from));
  write(image);
  const { GdbTarget, serveStreams } = await import("../debug/gdb/index.ts");
  const target = new GdbTarget({
    session,
    onFinish: options.onFinish,
    log: (line) => io.stderr(`ppu gdb: ${line}\n`),
    reload: async () => {
      const opened = await openSession(file, options);
      write(opened.image);
      return opened.session;
    },
  });
  if (options.stdio) await serveStreams(target, process.stdin, process.stdout);
  else {
    const isSource = SOURCES.has(extname(file).toLowerCase());
    await serveTcp(io, target, options.output ?? (isSource ? undefined : file), options);
  }
}

export function gdbCommand(io: CliIo): Command {
  const command = new Command("gdb")
    .description("Waits for a GDB, which then debugs the program: both PPUs, forwards and backwards")
    .argument("<image>", "ELF file, .s, .ts or .bin");
  return addSessionOptions(command)
    .option(
      "--port <n>",
      "TCP port on 127.0.0.1; default: any free one, printed",
      integerOption("--port", 0, 65535),
    )
    .option("--stdio", "speak to GDB over stdin and stdout, for its 'target remote | ppu gdb FILE --stdio'")
    .option("--once", "end with the first client instead of waiting for the next")
    .option("-o, --output <file>", "write the program as ELF file, for GDB to read")
    .addOption(
      new Option(
        "--on-finish <what>",
        "when the program has finished: stop, so that one can go back, or exit",
      )
        .choices(["stop", "exit"])
        .default("stop"),
    )
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: GdbOptions) => gdb(io, file, options));
}
