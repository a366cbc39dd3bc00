import { basename, extname } from "node:path";
import { Command, Option } from "commander";
import { ppusOf } from "../chip/checks.ts";
import type { ChipStopReason } from "../chip/index.ts";
import { packageVersion } from "../package-root.ts";
import type { Image } from "../toolchain/image.ts";
import { HeatCollector, heatPng } from "../trace/heat/index.ts";
import type { PpuName } from "../trace/model.ts";
import { openTrace } from "../trace/open.ts";
import {
  collapsedText,
  type FrameNode,
  flatProfile,
  flatText,
  type Listener,
  type Profile,
  pprofFile,
  profileRun,
  profileTrace,
  speedscopeDocument,
  treesOf,
  treeText,
} from "../trace/profile/index.ts";
import { type CliIo, colors, errorColors } from "./io.ts";
import { integerOption, percentOption } from "./numbers.ts";
import { checkOutputs, writeOutput } from "./outputs.ts";
import {
  addProgramOptions,
  PROGRAM_HELP,
  type ProgramOptions,
  prepareChip,
  readProgram,
} from "./program-options.ts";
import { printReport, reportRun } from "./run-report.ts";
import { UsageError } from "./usage-error.ts";

type Format = "tree" | "flat" | "pprof" | "collapsed" | "speedscope" | "json";
const FORMATS: readonly Format[] = ["tree", "flat", "pprof", "collapsed", "speedscope", "json"];

interface Options extends ProgramOptions {
  readonly trace?: string;
  readonly debug?: true;
  readonly format: Format;
  readonly output?: string;
  readonly lines?: true;
  readonly causes?: true;
  readonly min: number;
  readonly heat?: string;
  readonly maxCycles: number;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;
/** In percent. */
const DEFAULT_LEAST = 0.5;

const EXAMPLES = `
Every cycle of every PPU is counted, nothing is sampled; a line tells the share of all cycles, sleep included. Functions
that were inlined are frames too: in debug builds all of them, in release builds of AssemblyScript the innermost.
AssemblyScript is compiled as ppu build does, because that is the code whose time matters; --debug profiles
the debug build, which is slower.

Formats: tree and flat are text; pprof for "go tool pprof" and pprof viewers; collapsed for flamegraph.pl and speedscope;
speedscope for https://www.speedscope.app; json is the tree.
${PROGRAM_HELP}
Examples:
  ppu profile firmware/relu.ts
  ppu profile main.ts --ppu both --lines --min 2
  ppu profile main.ts --format flat --causes             why cycles were waited
  ppu profile main.elf --format pprof -o main.pb.gz      then: go tool pprof -top main.pb.gz
  ppu profile --trace run.trace --format collapsed -o run.txt
  ppu profile main.ts --heat memory.png                  what of the SRAM was read, written and executed

Exit code: that of the firmware as of ppu run, 0 for a trace, 127 unusable program, trace or command line.
`;

function paintOf(io: CliIo): (kind: FrameNode["kind"], text: string) => string {
  const paint = colors(io);
  const painters: Partial<Record<FrameNode["kind"], (text: string) => string>> = {
    cause: paint.dim,
    line: paint.cyan,
    inlined: paint.yellow,
    interrupt: paint.magenta,
  };
  return (kind, text) => painters[kind]?.(text) ?? text;
}

function document(io: CliIo, profile: Profile, program: string, options: Options): string | Uint8Array {
  const { format, lines = false, causes = false, min: least, output } = options;
  if (format === "pprof") return pprofFile(profile, program);
  const trees = treesOf(profile, { lines, causes });
  const text = output === undefined ? { least, paint: paintOf(io) } : { least };
  switch (format) {
    case "tree":
      return trees.map((tree) => treeText(tree, text)).join("\n");
    case "flat": {
      const whole = trees.reduce((sum, { total }) => sum + total, 0);
      return flatText(flatProfile(trees), whole, text);
    }
    case "collapsed":
      return collapsedText(trees);
    case "speedscope":
      return `${JSON.stringify(speedscopeDocument(trees, program, `ppu-emu ${packageVersion()}`))}\n`;
    case "json":
      return `${JSON.stringify(trees.map(plainNode), null, 2)}\n`;
  }
}

function plainNode({ name, kind, place, calls, self, total, instructions, children }: FrameNode): object {
  const rest = { ...(place !== undefined && { place }), ...(calls !== undefined && { calls }) };
  return { name, kind, ...rest, self, total, instructions, children: [...children.values()].map(plainNode) };
}

interface Measured {
  readonly profile: Profile;
  readonly program: string;
  readonly ppus: readonly PpuName[];
  readonly image: (ppu: PpuName) => Image | undefined;
}

/** Where the profile comes from; sets the exit code as the program says. */
async function measure(
  io: CliIo,
  file: string | undefined,
  options: Options,
  listener: Listener | undefined,
): Promise<Measured> {
  if (options.trace !== undefined) {
    if (file !== undefined) throw new UsageError("give a program or --trace, not both");
    const trace = await openTrace(options.trace);
    if (!trace.header.has.cycles) throw new UsageError(`${options.trace} has no cycles; nothing to profile`);
    const profile = await profileTrace(trace, listener);
    const { program, ppus } = trace.header;
    for (const problem of trace.problems) io.stderr(`ppu: ${problem}\n`);
    return { profile, program, ppus, image: (ppu) => trace.image(ppu) };
  }
  if (file === undefined) throw new UsageError("profile needs a program, or --trace with a recorded trace");
  const { maxCycles, ppu } = options;
  const image = await readProgram(file, options);
  const chip = await prepareChip(image, options);
  const ppus = ppusOf(ppu);
  const { profile, end } = await profileRun({ chip, image, ppus, maxCycles, ...(listener && { listener }) });
  const reason = end.reason as ChipStopReason;
  const report = reportRun(chip, image, ppu, { reason, cycle: end.cycle });
  if (report.exitCode !== 0) printReport({ ...io, stdout: io.stderr }, report, ppu);
  io.exitCode = report.exitCode;
  return { profile, program: basename(file), ppus, image: () => image };
}

async function run(io: CliIo, file: string | undefined, options: Options): Promise<void> {
  const { output, format, trace, debug, heat } = options;
  if (format === "pprof" && output === undefined) {
    throw new UsageError("--format pprof is binary; give its file with -o, e.g. -o profile.pb.gz");
  }
  checkOutputs(...[output, heat].filter((path) => path !== undefined));
  const collector = heat === undefined ? undefined : new HeatCollector();
  const measured = await measure(io, file, options, collector && ((record) => collector.push(record)));
  const { profile, program, ppus, image } = measured;
  if (trace === undefined && extname(file ?? "").toLowerCase() === ".ts") {
    io.stderr(errorColors(io).dim(`${debug ? "debug" : "release"} build of ${file}\n`));
  }
  if (collector) writeOutput(heat!, heatPng({ program, heat: collector.heat, ppus, image }));
  const made = document(io, profile, program, options);
  if (output !== undefined) writeOutput(output, made);
  else io.stdout(made as string);
}

export function profileCommand(io: CliIo): Command {
  const command = new Command("profile")
    .description("Runs a program and tells where its cycles went, exactly, with the calls that led there")
    .argument("[image]", "ELF file, .s, .ts or .bin");
  return addProgramOptions(command)
    .option("--trace <file>", "profile a recorded trace instead of running a program")
    .option("--debug", "of a .ts: profile the debug build, which knows all inlined calls but is slower")
    .addOption(new Option("--format <name>", "what to print").choices([...FORMATS]).default("tree"))
    .option("-o, --output <file>", "write it to a file")
    .option("--lines", "frames for the lines of the source as well")
    .option("--causes", "frames for the causes of waiting as well: stalls, divisions, branches, …")
    .option(
      "--min <percent>",
      "leave out of tree and flat what has a smaller share",
      percentOption("--min"),
      DEFAULT_LEAST,
    )
    .option("--heat <file.png>", "draw what of the SRAM was read, written and executed")
    .option(
      "--max-cycles <n>",
      "stop after this many PPU cycles (250 are one microsecond)",
      integerOption("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULT_MAX_CYCLES,
    )
    .addHelpText("after", EXAMPLES)
    .action((image: string | undefined, options: Options) => run(io, image, options));
}
