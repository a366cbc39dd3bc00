import { Command, Option } from "commander";
import type { AnalogPreset } from "../chip/analog/parameters.ts";
import type { PpuSelection } from "../chip/index.ts";
import { parseTimingProfile } from "../core/timing-profile.ts";
import {
  CoverageCollector,
  discoverTests,
  fullName,
  isBroken,
  JsonReporter,
  JunitReporter,
  listTests,
  openPool,
  runTests,
  TerminalReport,
  type TestEvent,
  type TestPool,
  type TestRun,
  type TestTotals,
  type WatchControl,
} from "../testing/index.ts";
import { escapeControls } from "../text.ts";
import { chipOption } from "./chip-kind.ts";
import {
  addCoverageOptions,
  type CoverageOptions,
  checkCoverageOutputs,
  reportCoverage,
} from "./coverage-output.ts";
import { type CliIo, colors, EXIT, printJson } from "./io.ts";
import { integerOption } from "./numbers.ts";
import { checkOutputs, writeOutput } from "./outputs.ts";
import { seedListOption } from "./seed-list.ts";
import { UsageError } from "./usage-error.ts";
import { workersOption } from "./workers-option.ts";

interface TestOptions extends CoverageOptions {
  readonly coverage?: "debug" | "release";
  readonly name?: string;
  readonly list?: true;
  readonly ppu: PpuSelection;
  readonly chip?: AnalogPreset;
  readonly timing: string;
  readonly chipSeed?: readonly number[];
  readonly noiseSeed?: readonly number[];
  readonly seeds?: readonly number[];
  readonly maxCycles: number;
  readonly strict?: boolean;
  readonly checks?: true;
  readonly bail?: number;
  readonly reporter: "default" | "json" | "junit";
  readonly output?: string;
  readonly watch?: true;
  readonly workers: number;
}

/** 40 ms of the chip's time: enough for a test, and soon over for one that does not end. */
const DEFAULT_MAX_CYCLES = 10_000_000;

/** A terminal that gives single keys gives also this one. */
const CTRL_C = "\u0003";

/** Exit code when a test has failed. */
const TEST_FAILED = 1;

const EXAMPLES = `
FILES are files, directories or patterns; default firmware/**/*.test.ts. A .test.ts declares tests with test("name", () => {…})
of ppu/testing; each runs on a chip of its own. Other programs, such as ELF images of the official unit tests, run as a
whole: the cases that their texts tell count as tests, and so does their return code.
In a directory: *.test.ts and *.elf.

Examples:
  ppu test                                    all tests below firmware/
  ppu test filter.test.ts -t "saturat"        tests whose names match
  ppu test --seeds 1..20 --bail               each test with 20 noise seeds, up to the first failure
  ppu test --watch                            again whenever a source changes
  ppu test --reporter junit --output tests.xml
  ppu test build/test_*.elf --ppu both        images of the official toolchain
  ppu test --coverage --html coverage --min-lines 90

Exit code: 0 all tests passed, 1 a test failed or a file does not compile, 127 no tests, or an unusable command line.
`;

function selection(pattern: string | undefined): ((name: string) => boolean) | undefined {
  if (pattern === undefined) return undefined;
  try {
    const expression = new RegExp(pattern, "u");
    return (name) => expression.test(name);
  } catch {
    throw new UsageError(`--name needs a regular expression, got "${pattern}"`);
  }
}

function makeRun(files: readonly string[], options: TestOptions): TestRun {
  const { noiseSeed, seeds, chipSeed = [0], strict, bail } = options;
  if (noiseSeed && seeds) throw new UsageError("--seeds is short for --noise-seed; give one of them");
  parseTimingProfile(options.timing);
  const select = selection(options.name);
  return {
    files,
    checks: options.checks ?? false,
    settings: {
      ppus: options.ppu,
      chip: options.chip ?? "calibrated",
      timing: options.timing,
      maxCycles: options.maxCycles,
      ...(strict !== undefined && { strict }),
      counters: options.coverage !== undefined,
    },
    debug: options.coverage === "debug",
    chipSeeds: chipSeed,
    noiseSeeds: noiseSeed ?? seeds ?? [0],
    ...(select && { select }),
    ...(bail !== undefined && { bail }),
  };
}

interface Reporter {
  tell(event: TestEvent): void;
  /** Of reporters that write one at the end. */
  readonly document?: string;
}

/** The reporters of a run, and what is to be done with their documents at its end. */
function makeReporters(
  io: CliIo,
  run: TestRun,
  options: TestOptions,
): { reporters: Reporter[]; finish: () => void } {
  const namesSeeds = run.chipSeeds.length * run.noiseSeeds.length > 1;
  const seeds = { chip: run.chipSeeds[0], noise: run.noiseSeeds[0] };
  const terminal = () => new TerminalReport({ write: io.stdout, paint: colors(io), namesSeeds, seeds });
  const { reporter, output } = options;
  if (reporter === "default") return { reporters: [terminal()], finish() {} };
  const machine = reporter === "json" ? new JsonReporter() : new JunitReporter({ namesSeeds });
  if (output === undefined) return { reporters: [machine], finish: () => io.stdout(machine.document) };
  return { reporters: [terminal(), machine], finish: () => writeOutput(output, machine.document) };
}

/** Runs the tests once. Returns whether all passed. */
async function runOnce(
  io: CliIo,
  run: TestRun,
  options: TestOptions,
  pool: TestPool,
  signal: AbortSignal,
): Promise<boolean> {
  const { reporters, finish } = makeReporters(io, run, options);
  const builds = run.builds ?? new Map();
  const coverage = options.coverage ? new CoverageCollector(builds) : undefined;
  let totals: TestTotals | undefined;
  for await (const event of runTests({ ...run, builds }, pool, signal)) {
    if (event.kind === "end") {
      totals = event.totals;
      if (totals.tests + totals.broken === 0) {
        throw new UsageError(`no test matches --name "${options.name}"; ppu test --list shows their names`);
      }
    }
    for (const reporter of reporters) reporter.tell(event);
    coverage?.tell(event);
  }
  finish();
  if (coverage) {
    const target = coverageIo(io, options);
    reportCoverage(target, await coverage.finish(), options);
    io.exitCode ||= target.exitCode;
  }
  return totals !== undefined && totals.failed + totals.broken === 0;
}

/** Its table does not go into a report for machines. */
function coverageIo(io: CliIo, { reporter, output }: TestOptions): CliIo {
  if (reporter === "default" || output !== undefined) return io;
  return { ...io, stdout: io.stderr, isTerminal: io.stderrIsTerminal ?? false };
}

async function list(
  io: CliIo,
  run: TestRun,
  options: TestOptions,
  pool: TestPool,
  signal: AbortSignal,
): Promise<boolean> {
  const files = [];
  let complete = true;
  for await (const built of listTests(run, pool, signal)) {
    if (isBroken(built)) {
      complete = false;
      for (const line of built.problems) io.stderr(`ppu: ${escapeControls(line)}\n`);
      continue;
    }
    const tests = built.tests?.map(({ name, location }) => ({ name, ...(location && { location }) }));
    const chosen = tests?.filter(({ name }) => run.select?.(fullName(name)) ?? true);
    files.push({ file: built.file, tests: chosen ?? null });
    if (options.reporter === "json") continue;
    for (const { name } of chosen ?? [])
      io.stdout(`${escapeControls(`${built.file} > ${fullName(name)}`)}\n`);
    if (!chosen) io.stdout(`${escapeControls(built.file)} (runs as a whole; tells its cases then)\n`);
  }
  if (options.reporter === "json") printJson(io, { files });
  return complete;
}

/** Runs again after each change, until somebody quits. */
async function watchOver(
  io: CliIo,
  patterns: readonly string[],
  run: TestRun,
  options: TestOptions,
  pool: TestPool,
  signal: AbortSignal,
): Promise<void> {
  const { watchTests } = await import("../testing/watch.ts");
  const control = await watchTests({
    patterns,
    run,
    signal,
    async runOnce(next, stop) {
      try {
        io.exitCode = (await runOnce(io, next, options, pool, stop)) ? 0 : TEST_FAILED;
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        io.stderr(`ppu: ${error.message}\n`);
      }
    },
    onIdle: (watched) =>
      io.stdout(`\n${colors(io).dim(`watching ${watched} files; enter runs all tests, q quits`)}\n`),
  });
  const stopListening = listenToKeys(io, control);
  try {
    await control.finished;
  } finally {
    stopListening();
  }
}

/** Enter and q, with or without a terminal that gives single keys. */
function listenToKeys({ input }: CliIo, control: WatchControl): () => void {
  if (!input) return () => {};
  const terminal = input === process.stdin && process.stdin.isTTY ? process.stdin : undefined;
  const onKeys = (chunk: Buffer | string) => {
    for (const key of chunk.toString()) {
      if (key === "q" || key === CTRL_C) control.quit();
      else if (key === "\r" || key === "\n") control.runAll();
    }
  };
  terminal?.setRawMode(true);
  input.on("data", onKeys);
  return () => {
    input.off("data", onKeys);
    input.pause();
    terminal?.setRawMode(false);
  };
}

async function test(io: CliIo, patterns: readonly string[], options: TestOptions): Promise<void> {
  if (options.output !== undefined && options.reporter === "default") {
    throw new UsageError("--output is for --reporter json or junit; add one of them");
  }
  const measures = addCoverageOptions(new Command()).options.map((option) => option.attributeName());
  const asked = measures.find((name) => options[name as keyof CoverageOptions] !== undefined);
  if (asked !== undefined && !options.coverage) {
    throw new UsageError("options of coverage need --coverage");
  }
  if (options.list && options.reporter === "junit") {
    throw new UsageError("--list is for the default reporter and json");
  }
  const run = makeRun(await discoverTests(patterns), options);
  if (options.coverage) checkCoverageOutputs(options);
  if (options.output !== undefined) checkOutputs(options.output);
  const pool = openPool(options.workers);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  try {
    if (options.watch) {
      await watchOver(io, patterns, run, options, pool, interrupt.signal);
      return;
    }
    const action = options.list ? list : runOnce;
    const passed = await action(io, run, options, pool, interrupt.signal);
    if (!passed) io.exitCode = TEST_FAILED;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    io.stderr("ppu: interrupted\n");
    io.exitCode = EXIT.interrupted;
  } finally {
    process.off("SIGINT", onInterrupt);
    await pool.close();
  }
}

export function testCommand(io: CliIo): Command {
  const integer = (option: string, least: number, most: number) => integerOption(option, least, most);
  const command = new Command("test")
    .description("Builds and runs tests of firmware, each on an emulated chip of its own")
    .argument("[files...]", "files, directories or patterns of tests (default: firmware/**/*.test.ts)")
    .option("-t, --name <pattern>", "only tests whose name, groups included, matches this regular expression")
    .option("--list", "print the names of the tests instead of running them")
    .addOption(
      new Option("--ppu <which>", "which PPU runs a test that does not ask for both")
        .choices(["top", "bottom", "both"])
        .default("top"),
    )
    .addOption(chipOption())
    .option(
      "--timing <profile>",
      "chip, or rtl[,branch-cache=16,data=1,vector=1,pio=1] (latencies in cycles)",
      "chip",
    )
    .option(
      "--chip-seed <list>",
      "run each test on these chips, e.g. 1..5 (default: 0)",
      seedListOption("--chip-seed"),
    )
    .option(
      "--noise-seed <list>",
      "run each test with these noise seeds (default: 0)",
      seedListOption("--noise-seed"),
    )
    .option("--seeds <list>", "short for --noise-seed", seedListOption("--seeds"))
    .option(
      "--max-cycles <n>",
      "a test that takes more PPU cycles fails (250 are one microsecond)",
      integer("--max-cycles", 1, 0xffff_ffff),
      DEFAULT_MAX_CYCLES,
    )
    .option(
      "--strict",
      "findings fail a test (default for ppu/testing): undefined opcodes, unmapped accesses, missing sync, …",
    )
    .option("--no-strict", "findings do not fail a test (default for other programs)")
    .option("--checks", "compile with checks of bounds and assert; a failed check traps")
    .addOption(
      new Option("--bail [n]", "stop after n failures")
        .preset("1")
        .argParser(integer("--bail", 1, 0xffff_ffff)),
    )
    .addOption(
      new Option("--reporter <kind>", "how results are told")
        .choices(["default", "json", "junit"])
        .default("default"),
    )
    .option(
      "-o, --output <file>",
      "write the json or junit report to a file; the default one stays on the terminal",
    )
    .addOption(
      new Option(
        "--coverage [build]",
        "measure which lines, branches and functions of the sources run, in debug builds unless it is release",
      )
        .choices(["debug", "release"])
        .preset("debug"),
    )
    .option("--watch", "run again what a change of a source affects; enter runs all, q quits")
    .addOption(workersOption("threads that build and run; 1 works without further threads"))
    .addHelpText("after", EXAMPLES);
  return addCoverageOptions(command).action((patterns: string[], options: TestOptions) =>
    test(io, patterns, options),
  );
}
