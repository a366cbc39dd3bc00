import { resolve } from "node:path";
import { setImmediate as pause } from "node:timers/promises";
import cliProgress from "cli-progress";
import { Command } from "commander";
import { ppusOf } from "../../chip/checks.ts";
import type { Chip } from "../../chip/chip.ts";
import type { ScopeHost } from "../../debug/scope.ts";
import { createProgramSymbols, type ProgramSymbols } from "../../debug/symbols/index.ts";
import { SessionError } from "../../debug/types.ts";
import type { Image } from "../../toolchain/image.ts";
import { TraceWriter } from "../../trace/file/index.ts";
import type { PpuName } from "../../trace/model.ts";
import { RecordFilter } from "../../trace/recording/filter.ts";
import { endOf, type Recorder, type RecordingEnd, runAndRecord } from "../../trace/recording/run.ts";
import { compileSelection } from "../../trace/recording/selection.ts";
import { readTrigger } from "../../trace/recording/trigger.ts";
import { type CliIo, EXIT, errorColors, printJson } from "../io.ts";
import { checkOutputs } from "../outputs.ts";
import { addProgramOptions, PROGRAM_HELP, prepareChip, readProgram } from "../program-options.ts";
import { printDiagnostics, printReport, type RunReport, reportRun } from "../run-report.ts";
import { UsageError } from "../usage-error.ts";
import { traceHeader } from "./header.ts";
import { addRecordOptions, filterWords, RECORD_HELP, type RecordOptions } from "./record-options.ts";

const EXAMPLES = `
Runs a program as ppu run does and writes what it did: registers, accesses, events, conversions, exceptions, stalls, with cycles.
The file holds the program too, so that ppu trace show, stat, grep, diff and export need nothing else. A recording that is
interrupted (Ctrl-C) is closed properly; one that is cut off is readable up to there.
${PROGRAM_HELP}${RECORD_HELP}
Examples:
  ppu trace record hello.ts
  ppu trace record main.ts --ppu both --load weights.bin@0x40000000 -o run.trace
  ppu trace record filter.elf --symbol convolve --no-vectors
  ppu trace record kernel.s --device cadc --device padiTrigger
  ppu trace record main.ts --start "step if n > 100" --stop exit
  ppu trace record endless.ts --ring 100000
  ppu trace record long.ts --max-size 100M --max-cycles 10000000000

Exit code: that of ppu run (the firmware's return code; 125 finding or asleep; 126 cycle limit), 0 when a limit or --stop has
ended the recording, 130 after Ctrl-C, 127 unusable program or command line, or a file that cannot be written.
`;

/** What was recorded, as `--json` prints it. */
interface Summary {
  readonly output: string;
  readonly bytes: number;
  /** Recorded. */
  readonly instructions: number;
  /** Left out by filters, of those that were executed while recording was on. */
  readonly leftOut: number;
  readonly bytesPerInstruction: number | null;
  /** As `TraceEnd.reason`. */
  readonly reason: string;
}

function outputOf(file: string, { output }: RecordOptions): string {
  const path = output ?? `${file.replace(/(?<=[^/\\])\.[^./\\]+$/, "")}.trace`;
  if (resolve(path) === resolve(file))
    throw new UsageError(`--output ${path} is the program itself; name another file`);
  return path;
}

/** What expressions of triggers see; they may not change anything. */
function scopeHost(chip: Chip, images: Partial<Record<PpuName, Image>>): ScopeHost {
  const known = new Map<Image, ProgramSymbols>();
  const none: Image = { entry: 0, sections: [], symbols: [], lines: [] };
  return {
    chip,
    change() {
      throw new SessionError("a condition cannot assign anything");
    },
    image: (ppu) => images[ppu],
    symbols(ppu) {
      const image = images[ppu] ?? none;
      const symbols = known.get(image) ?? createProgramSymbols(image);
      known.set(image, symbols);
      return symbols;
    },
  };
}

interface Course {
  readonly writer: TraceWriter;
  readonly filter: RecordFilter;
  readonly run: Generator<void, RecordingEnd>;
}

function begin(file: string, output: string, chip: Chip, image: Image, options: RecordOptions): Course {
  const { vectors, stalls, ring, maxSize, maxInstructions, visits } = options;
  const ppus = ppusOf(options.of ?? options.ppu);
  const images = Object.fromEntries(ppusOf(options.ppu).map((ppu) => [ppu, image]));
  const filters = filterWords(options);
  const header = traceHeader(file, options, { ppus, filters, stalls, vectors });
  const selection = compileSelection(
    { ranges: options.range, symbols: options.symbol, classes: options.class, devices: options.device },
    header,
    images,
  );
  const host = scopeHost(chip, images);
  const [counted] = ppusOf(options.ppu);
  const trigger = (option: string, text: string | undefined) =>
    text === undefined ? undefined : readTrigger(host, option, text, counted);
  const start = trigger("--start", options.start);
  const stop = trigger("--stop", options.stop);
  const writer = new TraceWriter({ to: output, header, images, ring, maxBytes: maxSize });
  const filter = new RecordFilter({ selection, stalls, maxInstructions, visits }, writer.write);
  const isPlain = selection === undefined && stalls && (maxInstructions ?? visits) === undefined;
  const recorder: Recorder = {
    write: isPlain ? writer.write : filter.write,
    skip(ppu, instructions) {
      filter.flush();
      writer.skip(ppu, "trigger", instructions);
    },
    sync: (cycle) => writer.sync(cycle),
    get isFull() {
      return writer.isFull || (maxInstructions !== undefined && ppus.every((ppu) => filter.isFull(ppu)));
    },
  };
  const { maxCycles } = options;
  return { writer, filter, run: runAndRecord({ chip, ppus, maxCycles, recorder, start, stop }) };
}

/** Runs to the end, or to an interrupt, and shows how far it is. */
async function runThrough(io: CliIo, chip: Chip, course: Course): Promise<RecordingEnd> {
  let isInterrupted = false;
  const interrupt = () => {
    isInterrupted = true;
  };
  process.once("SIGINT", interrupt);
  const bar = io.stderrIsTerminal
    ? new cliProgress.SingleBar({
        format: "recording: cycle {cycle}, {bytes} bytes written",
        hideCursor: true,
        stopOnComplete: false,
        clearOnComplete: true,
      })
    : undefined;
  bar?.start(1, 0, { cycle: 0, bytes: 0 });
  try {
    for (;;) {
      const step = course.run.next();
      if (step.done) return step.value;
      bar?.update({ cycle: chip.cycle, bytes: course.writer.bytes });
      await pause();
      if (isInterrupted) {
        course.run.return({ end: endOf(chip, "interrupted") });
        return { end: endOf(chip, "interrupted") };
      }
    }
  } finally {
    bar?.stop();
    process.off("SIGINT", interrupt);
  }
}

function summarize(output: string, { writer, filter }: Course, reason: string): Summary {
  const { bytes, instructions } = writer;
  const leftOut = filter.counts.reduce((sum, { left }) => sum + left, 0);
  return {
    ...{ output, bytes, instructions, leftOut, reason },
    bytesPerInstruction: instructions === 0 ? null : bytes / instructions,
  };
}

const WORDS: Readonly<Record<string, string>> = {
  limit: "the limit is reached",
  stop: "stopped by --stop",
  interrupted: "interrupted",
};

function printSummary(io: CliIo, summary: Summary): void {
  const paint = errorColors(io);
  const { output, bytes, instructions, leftOut, bytesPerInstruction, reason } = summary;
  const each = bytesPerInstruction === null ? "" : ` (${bytesPerInstruction.toFixed(2)} an instruction)`;
  const out = leftOut > 0 ? `, ${leftOut} left out` : "";
  const why = WORDS[reason] ? `; ${WORDS[reason]}` : "";
  io.stderr(`${paint.bold(output)}: ${instructions} instructions, ${bytes} bytes${each}${out}${why}\n`);
}

async function record(io: CliIo, file: string, options: RecordOptions): Promise<void> {
  io.allErrors = options.allErrors ?? false;
  const output = outputOf(file, options);
  checkOutputs(output);
  const image = await readProgram(file, options);
  const chip = await prepareChip(image, options);
  const course = begin(file, output, chip, image, options);
  const { end, result } = await runThrough(io, chip, course);
  course.filter.flush();
  course.writer.close(end);
  const summary = summarize(output, course, end.reason);
  const report: RunReport | undefined = result && reportRun(chip, image, options.ppu, result);
  if (report) printDiagnostics(io, report);
  if (options.json) printJson(io, { ...summary, run: report ?? null });
  else {
    if (report) printReport(io, report, options.ppu);
    else for (const ppu of ppusOf(options.ppu)) io.stdout(chip.mailbox(ppu));
    printSummary(io, summary);
  }
  io.exitCode = report?.exitCode ?? (end.reason === "interrupted" ? EXIT.interrupted : 0);
}

export function recordCommand(io: CliIo): Command {
  const command = new Command("record")
    .description("Runs a program and writes a trace of it")
    .argument("<image>", "ELF file, .s, .ts or .bin");
  return addRecordOptions(addProgramOptions(command))
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: RecordOptions) => record(io, file, options));
}
