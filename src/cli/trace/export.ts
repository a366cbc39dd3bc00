import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { setImmediate as pause } from "node:timers/promises";
import { Command, Option } from "commander";
import { writeErrorReason } from "../../lab/output-directory.ts";
import { chromeTrace } from "../../trace/export/chrome.ts";
import { konataTrace } from "../../trace/export/konata.ts";
import { SIGNALS_HELP, vcdTrace } from "../../trace/export/vcd.ts";
import type { Trace } from "../../trace/model.ts";
import { traceLines } from "../../trace/text/index.ts";
import { type CliIo, errorColors } from "../io.ts";
import { checkOutputs } from "../outputs.ts";
import { UsageError } from "../usage-error.ts";
import {
  addViewOptions,
  Output,
  openView,
  PROGRAM_HELP,
  printProblems,
  VIEW_HELP,
  type ViewOptions,
  withProgress,
} from "./view.ts";

interface ExportOptions extends ViewOptions {
  readonly format: keyof typeof FORMATS;
  readonly output: string;
  readonly signals?: string;
  readonly symbolic?: true;
  readonly relative?: true;
  readonly source?: true;
}

function* textPieces(trace: Trace, { symbolic, relative, source }: ExportOptions): Generator<string> {
  const lines = traceLines(trace, {
    ...(symbolic && { addresses: "symbolic" }),
    ...(relative && { cycles: "relative" }),
    ...(source && { source: true }),
  });
  for (const line of lines) yield `${line}\n`;
}

const list = (text: string | undefined) => text?.split(",").map((name) => name.trim());

const FORMATS = {
  text: { what: "text", pieces: textPieces, options: ["symbolic", "relative", "source"] },
  chrome: {
    what: "trace events for Perfetto or chrome://tracing",
    pieces: (trace: Trace) => chromeTrace(trace),
    options: [],
  },
  konata: { what: "a Kanata log for Konata", pieces: (trace: Trace) => konataTrace(trace), options: [] },
  vcd: {
    what: "a value change dump for GTKWave and others",
    pieces(trace: Trace, { signals }: ExportOptions) {
      const chosen = list(signals);
      return vcdTrace(trace, chosen ? { signals: chosen } : {});
    },
    options: ["signals"],
  },
} as const;
const OWN_OPTIONS = ["symbolic", "relative", "source", "signals"] as const;

const EXAMPLES = `
Formats:
  text     the lines of ppu trace show, complete: every other command reads them as they read a trace
  chrome   JSON for ui.perfetto.dev or chrome://tracing: functions, waiting, sleep, exceptions, events and conversions as tracks
  konata   the pipeline of the instructions, for the viewer Konata
  vcd      registers and events over time, for GTKWave and other viewers of waveforms
docs/tracing.md tells what in them is recorded and what is derived.
Signals of --signals (vcd):
${SIGNALS_HELP}
${VIEW_HELP}${PROGRAM_HELP}
Examples:
  ppu trace export run.trace --format chrome -o run.json
  ppu trace export run.trace --format konata --from 1000 --to 3000 -o run.kanata
  ppu trace export run.trace --format vcd --signals pc,r3,v1,sleep,event -o run.vcd
  ppu trace export run.trace -o run.txt
  ppu trace export hello.ts --symbolic --relative -o - | head    a text for version control

Exit code: 0, 127 unusable trace, program or command line, or a file that cannot be written.
`;

function checkOptions(argument: string, options: ExportOptions): void {
  const { format, output } = options;
  const fitting: readonly string[] = FORMATS[format].options;
  const other = OWN_OPTIONS.find((name) => options[name] !== undefined && !fitting.includes(name));
  if (other) {
    const [owner] = Object.entries(FORMATS).filter(([, { options: names }]) =>
      (names as readonly string[]).includes(other),
    );
    throw new UsageError(`--${other} is for --format ${owner[0]}`);
  }
  if (output !== "-" && resolve(output) === resolve(argument)) {
    throw new UsageError(`--output ${output} is the trace itself; name another file`);
  }
}

/** Writes pieces to a file; gives its size. */
function fileWriter(path: string): { readonly write: (text: string) => void; readonly close: () => number } {
  let bytes = 0;
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw new UsageError(`cannot write ${path}: ${writeErrorReason(error as NodeJS.ErrnoException)}`);
    }
  };
  const file = attempt(() => openSync(path, "w"));
  return {
    write(text) {
      const data = Buffer.from(text);
      attempt(() => {
        for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
      });
      bytes += data.length;
    },
    close() {
      attempt(() => closeSync(file));
      return bytes;
    },
  };
}

async function exportTrace(
  io: CliIo,
  argument: string,
  options: ExportOptions,
  command: Command,
): Promise<void> {
  checkOptions(argument, options);
  const { format, output } = options;
  const { trace } = await openView(argument, command);
  if (output !== "-") checkOutputs(output);
  const { what, pieces } = FORMATS[format];
  const progress = output === "-" ? { trace, stop: () => {} } : withProgress(io, "exporting", trace);
  const file = output === "-" ? undefined : fileWriter(output);
  const buffer = new Output(file?.write ?? io.stdout);
  try {
    for (const piece of pieces(progress.trace, options)) if (buffer.add(piece)) await buffer.turn();
    buffer.flush();
  } finally {
    progress.stop();
  }
  await pause();
  if (file) io.stderr(`${errorColors(io).bold(output)}: ${what}, ${file.close()} bytes\n`);
  printProblems(io, trace);
}

export function exportCommand(io: CliIo): Command {
  const command = addViewOptions(
    new Command("export")
      .description("Writes a trace in a format of other programs, or as text")
      .argument("<trace>", "trace, or a program to run"),
  );
  return command
    .addOption(
      new Option("--format <name>", "format of the file").choices(Object.keys(FORMATS)).default("text"),
    )
    .requiredOption("-o, --output <file>", "file to write; - is the standard output")
    .option("--signals <names>", "vcd: what to dump, separated by commas")
    .option(
      "--symbolic",
      "text: addresses inside symbols as symbol and offset, instructions without their words",
    )
    .option("--relative", "text: cycles behind the last instruction of the PPU")
    .option("--source", "text: file and line of every instruction")
    .addHelpText("after", EXAMPLES)
    .action((argument: string, options: ExportOptions) => exportTrace(io, argument, options, command));
}
