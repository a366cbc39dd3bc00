import cliProgress from "cli-progress";
import { Command } from "commander";
import { ExecutionCounters } from "../core/record/counters.ts";
import { readInput } from "../toolchain/loader.ts";
import {
  coverageOf,
  decodeCoverage,
  mergeCoverage,
  mergeTests,
  type TestCoverage,
} from "../trace/coverage/index.ts";
import {
  addCoverageOptions,
  COVERAGE_HELP,
  type CoverageOptions,
  checkCoverageOutputs,
  reportCoverage,
} from "./coverage-output.ts";
import { type CliIo, errorColors } from "./io.ts";
import { integerOption } from "./numbers.ts";
import {
  addProgramOptions,
  collect,
  PROGRAM_HELP,
  type ProgramOptions,
  prepareChip,
  readProgram,
} from "./program-options.ts";
import { printReport, reportRun } from "./run-report.ts";
import { seedListOption } from "./seed-list.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends ProgramOptions, CoverageOptions {
  readonly release?: true;
  readonly from?: readonly string[];
  readonly seeds?: readonly number[];
  readonly maxCycles: number;
  readonly json?: true;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;

const EXAMPLES = `${COVERAGE_HELP}
AssemblyScript is compiled as ppu build --debug does, because that keeps the code of a line together and knows inlined
functions; --release measures what ppu build makes without it.
${PROGRAM_HELP}
Examples:
  ppu coverage firmware/selftest.ts
  ppu coverage tests/*.elf --ppu both --seeds 0..9 --save coverage.json
  ppu coverage --from coverage.json --from ci.json --html coverage --lcov lcov.info
  ppu coverage --from coverage.json --why mailbox.ts:36     which tests run line 36
  ppu coverage relu.ts --show relu.ts                       the source with counts
  ppu coverage relu.ts --source firmware/lib --min-lines 90

Exit code: 0; 1 less than --min-…, or no test covers the line of --why; else that of the first program that failed
(as of ppu run); 127 unusable image or command line.
`;

/** Runs a program once for each seed; gives what it covered as one test a run. */
async function measure(
  io: CliIo,
  file: string,
  options: Options,
  done: () => void,
): Promise<readonly TestCoverage[]> {
  const image = await readProgram(file, { ...options, debug: !options.release });
  const tests: TestCoverage[] = [];
  for (const noiseSeed of options.seeds ?? [options.noiseSeed]) {
    const name = (options.seeds?.length ?? 1) > 1 ? `${file} (noise seed ${noiseSeed})` : file;
    const chip = await prepareChip(image, { ...options, noiseSeed });
    const counters = [new ExecutionCounters(), new ExecutionCounters()];
    [chip.ppus.top.counters, chip.ppus.bottom.counters] = counters;
    const report = reportRun(chip, image, options.ppu, chip.run({ maxCycles: options.maxCycles }));
    if (report.exitCode !== 0) {
      io.stderr(`ppu: ${errorColors(io).red(`${name} failed`)}\n`);
      printReport({ ...io, stdout: io.stderr }, report, options.ppu);
      io.exitCode ||= report.exitCode;
    }
    const parts = await Promise.all(counters.map((counts) => coverageOf(image, counts, { path: file })));
    tests.push({ name, coverage: mergeCoverage(parts) });
    done();
  }
  return tests;
}

async function run(io: CliIo, files: readonly string[], options: Options): Promise<void> {
  const { from = [], seeds } = options;
  if (files.length === 0 && from.length === 0) {
    throw new UsageError("coverage needs programs to run, or --from with files of --save");
  }
  checkCoverageOutputs(options);
  const tests = from.flatMap((path) => decodeCoverage(new TextDecoder().decode(readInput(path)), path));
  const total = files.length * (seeds?.length ?? 1);
  const bar =
    io.stderrIsTerminal && total > 1
      ? new cliProgress.SingleBar({
          ...{ format: "{bar} {value}/{total} runs, {eta_formatted} left", hideCursor: true },
          ...{ clearOnComplete: true, stream: process.stderr },
        })
      : undefined;
  bar?.start(total, 0);
  try {
    for (const file of files) tests.push(...(await measure(io, file, options, () => bar?.increment())));
  } finally {
    bar?.stop();
  }
  reportCoverage(io, mergeTests(tests), options);
}

export function coverageCommand(io: CliIo): Command {
  const command = new Command("coverage")
    .description("Runs programs and reports which lines, branches and functions of their sources ran")
    .argument("[images...]", "ELF files, .s, .ts or .bin; each is one test, or one for each seed");
  return addCoverageOptions(addProgramOptions(command))
    .option("--release", "of a .ts: measure the code that ppu build makes, not that of its debug build")
    .option("--from <file>", "add what --save wrote (repeatable)", collect)
    .option("--seeds <list>", "run each program with these noise seeds, e.g. 0..9", seedListOption("--seeds"))
    .option(
      "--max-cycles <n>",
      "stop a program after this many PPU cycles (250 are one microsecond)",
      integerOption("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULT_MAX_CYCLES,
    )
    .option("--json", "print shares and gaps as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action((files: string[], options: Options) => run(io, files, options));
}
