import { Command } from "commander";
import { type AdapterHost, type Configuration, listen, serveClient } from "../debug/dap/index.ts";
import type { CliIo } from "./io.ts";
import { launchOptions, sessionOptionsOf } from "./launch-options.ts";
import { integerOption } from "./numbers.ts";
import { openSession } from "./open-session.ts";
import { errorLines, UsageError } from "./usage-error.ts";

interface DapOptions {
  readonly port?: number;
  readonly once?: true;
}

const EXAMPLES = `
Editors start this command themselves; docs/debugging.md says how. The program and its chip stand in the editor's
launch configuration, with these attributes (those of the program are the options of ppu debug):
${launchOptions()
  .map(({ name, description }) => `  ${name.padEnd(18)} ${description}`)
  .join("\n")}

Examples:
  ppu dap                  for an editor that starts it and speaks over stdin and stdout
  ppu dap --port 4711      for an editor that connects, e.g. "debugServer": 4711 in VS Code

Exit code: 0 when the last client has gone, 127 unusable command line, or a port that is taken.
`;

/** What the door needs from the command line. */
export function adapterHost(): AdapterHost {
  return {
    options: launchOptions(),
    async open(configuration: Configuration) {
      const { session } = await openSession(configuration.program, sessionOptionsOf(configuration));
      return session;
    },
    errorText: (error) => errorLines(error)[0],
  };
}

async function dap(io: CliIo, options: DapOptions): Promise<void> {
  const log = (line: string) => io.stderr(`ppu dap: ${line}\n`);
  if (options.port === undefined) {
    await serveClient(adapterHost(), process.stdin, process.stdout, log);
    process.stdin.destroy();
    return;
  }
  let server: Awaited<ReturnType<typeof listen>>;
  try {
    server = await listen(adapterHost(), { port: options.port, once: options.once ?? false, log });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "it is taken" : (code ?? "unknown error");
    throw new UsageError(`cannot listen on port ${options.port}: ${reason}; --port 0 takes a free one`);
  }
  io.stdout(`Listening on 127.0.0.1:${server.port}\n`);
  await server.closed;
}

export function dapCommand(io: CliIo): Command {
  return new Command("dap")
    .description("Lets an editor debug programs: Debug Adapter Protocol, over stdin and stdout or TCP")
    .option(
      "--port <n>",
      "listen on this TCP port of 127.0.0.1; 0: any free one, printed",
      integerOption("--port", 0, 65535),
    )
    .option("--once", "with --port: end with the first client")
    .addHelpText("after", EXAMPLES)
    .action((options: DapOptions) => dap(io, options));
}
