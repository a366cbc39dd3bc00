import cliProgress from "cli-progress";
import { Command } from "commander";
import {
  type CompareOptions,
  type Found,
  type Total,
  TraceComparison,
} from "../../trace/compare/comparison.ts";
import { DifferenceReport, positionText, type ReportStyle } from "../../trace/compare/report/index.ts";
import { SELECTION_HELP } from "../../trace/compare/select.ts";
import { type Both, type Difference, SIDE_NAMES } from "../../trace/compare/types.ts";
import type { Trace } from "../../trace/model.ts";
import { isProgram, TRACE_KINDS } from "../../trace/open.ts";
import { withProgram } from "../../trace/readers/with-program.ts";
import { type CliIo, colors, errorColors, printJson } from "../io.ts";
import { addProgramOptions, PROGRAM_HELP, readProgram } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";
import { addDiffOptions, type DiffOptions } from "./diff-options.ts";
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
/** Places of differences that are remembered to tell repetitions. */
const MOST_PLACES = 10_000;

const HELP = `
A and B are each one of
${TRACE_KINDS}
Without B, A is compared with itself under other options: --a-ppu and --b-ppu, or --b-options.
A program that is compared with a trace runs as that was recorded (PPUs, chip, seeds, timing), unless options say otherwise. It runs
only as far as it is compared: up to the first difference.

By default everything that both traces have is compared: addresses, words, registers, accesses, cycles, stalls, events, conversions.
--ignore addresses compares functions and objects by name and offset, so that a moved or an added function is no difference: addresses in
instructions, registers, memory and return addresses count as equal when they are the same place of the same symbol. Stack and devices keep
their addresses.
--only takes, separated by commas:
${SELECTION_HELP}

After a difference the traces are aligned again: what is "only in A" or "only in B" was left out or added, "replaced" is something else in the same
place, "changed" the same instruction with other values. "How it came about" goes back from the first value that differs to who wrote it,
as long as the operands differ too.
${PROGRAM_HELP}
Examples:
  ppu trace diff before.trace after.trace
  ppu trace diff golden.trace main.ts                      a recorded trace with a run
  ppu trace diff golden.trace main.ts --ignore addresses,cycles,stalls
  ppu trace diff vmm.ts --b-options "--noise-seed 2"       two runs of a program
  ppu trace diff run.trace --a-ppu top --b-ppu bottom      the PPUs of one run
  ppu trace diff old.elf new.elf --only memory,r3 --count 5
  ppu trace diff qemu.log test.elf --results --prefix      qemu-ppc -d in_asm,cpu -singlestep -D qemu.log test.elf
  ppu trace diff "p02_branches.json#branch-cache=0" p02_branches.bin

Exit code: 0 equal, 1 different, 127 unusable trace, program or command line.
`;

interface Opened {
  readonly trace: Trace;
  /** For the report. */
  readonly name: string;
}

/** Both traces; programs get what was not given on the command line from a recorded trace. */
async function openBoth(
  names: Both<string>,
  given: GivenOptions,
  options: DiffOptions,
): Promise<Both<Opened>> {
  const texts = [options.aOptions, options.bOptions] as const;
  const own = texts.map((text, side) => withOptions(given, text, ["--a-options", "--b-options"][side]));
  const opened: (Opened | undefined)[] = [undefined, undefined];
  const arePrograms = names.map(isProgram);
  for (const side of [0, 1]) {
    if (arePrograms[side] && texts[side] === undefined) continue;
    if (!arePrograms[side] && texts[side] !== undefined) {
      throw new UsageError(`--${"ab"[side]}-options are for a program; ${names[side]} is none`);
    }
  }
  for (const side of [
    ...[0, 1].filter((index) => !arePrograms[index]),
    ...[0, 1].filter((index) => arePrograms[index]),
  ]) {
    const other = arePrograms[1 - side] ? undefined : opened[1 - side]?.trace.header;
    const program = arePrograms[side] && other ? asRecorded(own[side], other) : own[side].options;
    const trace = await openArgument(names[side], program, options.maxCycles);
    const file = [options.aProgram, options.bProgram][side];
    opened[side] = {
      trace: file === undefined ? trace : withProgram(trace, await readProgram(file, program)),
      name: arePrograms[side] ? runText(names[side], program) : names[side],
    };
  }
  return opened as unknown as Both<Opened>;
}

const counted = (value: number, thing: string): string => `${value} ${thing}${value === 1 ? "" : "s"}`;

function equalText(totals: readonly Total[]): string {
  const texts = totals.map(({ ppus: [a, b], instructions: [count, other] }) => {
    const where = a === b ? a : `${a} and ${b}`;
    return count === other
      ? `${counted(count, "instruction")} of ${where}`
      : `${count} | ${other} instructions of ${where}`;
  });
  const isPartial = totals.some(({ missing }) => missing.some((list) => list.length > 0));
  return `equal${isPartial ? " as far as both have records" : ""}: ${texts.join(", ")}`;
}

/** What is missing in the traces, a line each. */
function missingNotes(totals: readonly Total[]): string[] {
  return totals.flatMap(({ ppus, missing }) =>
    SIDE_NAMES.flatMap((name, side) =>
      missing[side]
        .filter(({ instructions }) => instructions !== 0)
        .map(({ reason, gaps, instructions }) => {
          const what =
            instructions === undefined
              ? "an unknown number of instructions"
              : counted(instructions, "instruction");
          return `${name} lacks ${what} of ${ppus[side]} in ${counted(gaps, "gap")} (${reason}): skipped in ${SIDE_NAMES[1 - side]} too`;
        }),
    ),
  );
}

/** Differences at the same instructions in the same fields. */
class Repetitions {
  readonly #places = new Map<string, { readonly summary: string; count: number }>();

  /** True the first time. */
  isNew({ kind, records, fields, ppus }: Difference, summary: () => string): boolean {
    const places = records.map(([first]) => {
      const record = first?.record;
      return record?.kind === "instruction" ? record.pc : (record?.kind ?? "");
    });
    const key = [kind, ...ppus, ...places, ...fields.map(({ field }) => field)].join(" ");
    const known = this.#places.get(key);
    if (known) {
      known.count++;
      return false;
    }
    if (this.#places.size < MOST_PLACES) this.#places.set(key, { summary: summary(), count: 0 });
    return true;
  }

  get repeated(): { readonly summary: string; readonly count: number }[] {
    return [...this.#places.values()].filter(({ count }) => count > 0);
  }
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

function printDifference(
  io: CliIo,
  found: Found,
  number: number,
  head: readonly string[],
  report: DifferenceReport,
): void {
  const paint = colors(io);
  const { difference } = found;
  const title = number === 1 ? "first difference" : `difference ${number}`;
  if (number > 1) io.stdout("\n");
  io.stdout(`${paint.bold(`${title} at ${positionText(difference)}`)}\n`);
  for (const line of head) io.stdout(`${paint.dim(line)}\n`);
  for (const line of report.lines(found)) io.stdout(`${line}\n`);
}

interface Ending {
  readonly number: number;
  readonly totals: readonly Total[];
  /** What has not been said yet. */
  readonly head: readonly string[];
  readonly problems: readonly string[];
  readonly repeated: Repetitions["repeated"];
}

function printEnd(io: CliIo, { number, totals, head, problems, repeated }: Ending): void {
  const paint = colors(io);
  if (number === 0) io.stdout(`${paint.bold(equalText(totals))}\n`);
  else if (head.length > 0 || number > 1) io.stdout("\n");
  for (const line of head) io.stdout(`${paint.dim(line)}\n`);
  for (const { summary, count } of repeated) io.stdout(`again ${count} times: ${summary}\n`);
  if (number > 1) io.stdout(`${number} differences\n`);
  for (const problem of problems) io.stderr(`ppu: ${errorColors(io).yellow(problem)}\n`);
}

export function diffCommand(io: CliIo): Command {
  const command = new Command("diff")
    .description("Compares two traces, or runs, and explains their first difference")
    .argument("<a>", "a trace, a program, a log of qemu-ppc, or a list of cycles and addresses")
    .argument("[b]", "what it is compared with; default: A under other options");
  return addProgramOptions(addDiffOptions(command))
    .addHelpText("after", HELP)
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
