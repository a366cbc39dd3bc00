import cliProgress from "cli-progress";
import { Command } from "commander";
import { type CompareOptions, type Found, TraceComparison } from "../../trace/compare/comparison.ts";
import { DifferenceReport, type ReportStyle } from "../../trace/compare/report/index.ts";
import type { Both } from "../../trace/compare/types.ts";
import type { Trace, TraceHeader } from "../../trace/model.ts";
import { isProgram } from "../../trace/open.ts";
import { withProgram } from "../../trace/readers/with-program.ts";
import { type CliIo, colors, printJson } from "../io.ts";
import { addProgramOptions, readProgram } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";
import { DIFF_HELP } from "./diff-help.ts";
import { addDiffOptions, type DiffOptions } from "./diff-options.ts";
import { missingNotes, printDifference, printEnd, Repetitions } from "./diff-print.ts";
import {
  asRecorded,
  type GivenOptions,
  givenOptions,
  openArgument,
  runText,
  withOptions,
} from "./open-argument.ts";

/** Exit code where the traces differ. */
const DIFFERENT = 1;

interface Opened {
  readonly trace: Trace;
  /** For the report. */
  readonly name: string;
}

/** One of the two arguments, with the options that belong to it. */
interface Side {
  readonly argument: string;
  readonly isProgram: boolean;
  readonly own: GivenOptions;
  /** The program of a trace that does not hold it. */
  readonly program: string | undefined;
}

function sideOf(letter: "a" | "b", argument: string, given: GivenOptions, options: DiffOptions): Side {
  const text = options[`${letter}Options`];
  const isRun = isProgram(argument);
  if (text !== undefined && !isRun) {
    throw new UsageError(`--${letter}-options are for a program; ${argument} is none`);
  }
  const own = withOptions(given, text, `--${letter}-options`);
  return { argument, isProgram: isRun, own, program: options[`${letter}Program`] };
}

/** `other`: a recorded trace, as which a program runs where options do not say otherwise. */
async function openSide(side: Side, maxCycles: number, other: TraceHeader | undefined): Promise<Opened> {
  const options = side.isProgram && other ? asRecorded(side.own, other) : side.own.options;
  const trace = await openArgument(side.argument, options, maxCycles);
  return {
    trace: side.program === undefined ? trace : withProgram(trace, await readProgram(side.program, options)),
    name: side.isProgram ? runText(side.argument, options) : side.argument,
  };
}

async function openBoth(
  [a, b]: Both<string>,
  given: GivenOptions,
  options: DiffOptions,
): Promise<Both<Opened>> {
  const [sideA, sideB] = [sideOf("a", a, given, options), sideOf("b", b, given, options)];
  const { maxCycles } = options;
  if (sideA.isProgram && !sideB.isProgram) {
    const recorded = await openSide(sideB, maxCycles, undefined);
    return [await openSide(sideA, maxCycles, recorded.trace.header), recorded];
  }
  const first = await openSide(sideA, maxCycles, undefined);
  return [first, await openSide(sideB, maxCycles, sideA.isProgram ? undefined : first.trace.header)];
}

/** A bar on a terminal; nothing elsewhere. */
function progress(io: CliIo): { readonly update: (instructions: number) => void; readonly stop: () => void } {
  if (!io.stderrIsTerminal) return { update: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    format: "comparing: {instructions} instructions",
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1, 0, { instructions: 0 });
  return { update: (instructions) => bar.update(0, { instructions }), stop: () => bar.stop() };
}

function compareOptions(
  options: DiffOptions,
  given: GivenOptions,
  onProgress: (instructions: number) => void,
): CompareOptions {
  const { ignore, results, only, prefix, aPpu, bPpu, ppu, window, history } = options;
  const isChosen = given.given.has("ppu") && ppu !== "both" && aPpu === undefined && bPpu === undefined;
  return {
    ...(ignore && { ignore }),
    ...(results && { results }),
    ...(only && { only }),
    ...(prefix && { prefix }),
    ...(aPpu && { a: aPpu }),
    ...(bPpu && { b: bPpu }),
    ...(isChosen && { ppu: ppu as "top" | "bottom" }),
    ...{ window, history, onProgress },
  };
}

function stylesOf(io: CliIo): ReportStyle {
  const paint = colors(io);
  return { a: paint.red, b: paint.green, dim: paint.dim, strong: paint.yellow };
}

interface Course {
  readonly comparison: TraceComparison;
  readonly report: DifferenceReport;
  readonly most: number;
  readonly isAll: boolean;
}

/** Looks for differences and hands each on that is new. Returns how many there were. */
function findDifferences(
  { comparison, report, most, isAll }: Course,
  repetitions: Repetitions,
  each: (found: Found, number: number) => void,
): number {
  let number = 0;
  let shown = 0;
  for (const found of comparison.differences()) {
    number++;
    if (isAll && !repetitions.isNew(found.difference, () => report.summary(found.difference))) continue;
    each(found, number);
    if (++shown >= most) break;
  }
  return number;
}

async function diff(
  io: CliIo,
  names: Both<string>,
  options: DiffOptions,
  given: GivenOptions,
): Promise<void> {
  const [a, b] = await openBoth(names, given, options);
  const bar = progress(io);
  const comparison = new TraceComparison(a.trace, b.trace, compareOptions(options, given, bar.update));
  const report = new DifferenceReport([a.trace, b.trace], comparison, {
    context: options.context,
    registers: options.registers ?? false,
    sideBySide: options.sideBySide ?? false,
    width: io.isTerminal ? process.stdout.columns : undefined,
    style: stylesOf(io),
  });
  const course = {
    comparison,
    report,
    isAll: options.all ?? false,
    most: options.all ? Number.POSITIVE_INFINITY : options.count,
  };
  const repetitions = new Repetitions();
  const json: unknown[] = [];
  let head = [`A  ${a.name}`, `B  ${b.name}`, ...comparison.notes];
  const number = findDifferences(course, repetitions, (found, index) => {
    bar.stop();
    if (options.json) json.push(report.json(found));
    else {
      printDifference(io, found, index, head, report);
      head = [];
    }
  });
  bar.stop();
  const { totals, problems } = comparison;
  const notes = [...comparison.notes, ...missingNotes(totals)];
  if (options.json) {
    printJson(io, {
      equal: number === 0,
      a: a.name,
      b: b.name,
      notes,
      problems,
      ppus: totals,
      differences: json,
      repeated: repetitions.repeated,
    });
  } else {
    printEnd(io, {
      number,
      totals,
      head: [...head, ...missingNotes(totals)],
      problems,
      repeated: repetitions.repeated,
    });
  }
  io.exitCode = number === 0 ? 0 : DIFFERENT;
}

export function diffCommand(io: CliIo): Command {
  const command = new Command("diff")
    .description("Compares two traces, or runs, and explains their first difference")
    .argument("<a>", "a trace, a program, a log of qemu-ppc, or a list of cycles and addresses")
    .argument("[b]", "what it is compared with; default: A under other options");
  return addProgramOptions(addDiffOptions(command))
    .addHelpText("after", DIFF_HELP)
    .action(async (a: string, b: string | undefined, options: DiffOptions) => {
      const isOther =
        options.aPpu !== undefined ||
        options.bPpu !== undefined ||
        options.bOptions !== undefined ||
        options.aOptions !== undefined;
      if (b === undefined && !isOther)
        throw new UsageError("name a second trace, or how A differs: --b-options, --a-ppu and --b-ppu");
      await diff(io, [a, b ?? a], options, givenOptions(command));
    });
}
