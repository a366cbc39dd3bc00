/** Reports of coverage and the options that ask for them: shared by the verbs that measure it. */
import Table from "cli-table3";
import type { Command } from "commander";
import { SourceFiles } from "../debug/symbols/sources.ts";
import { packageVersion } from "../package-root.ts";
import { escapeControls } from "../text.ts";
import {
  annotated,
  type CoverageData,
  coverageMatrix,
  encodeCoverage,
  type FileCoverage,
  findFile,
  istanbulData,
  KINDS,
  lcovText,
  lineRanges,
  mergeCoverage,
  missedFunctions,
  missedWays,
  percentOf,
  percentText,
  type SourceText,
  type Summary,
  summaryOf,
  type TestCoverage,
  totalOf,
  whyCovered,
  writeHtml,
} from "../trace/coverage/index.ts";
import { type CliIo, colors, printJson } from "./io.ts";
import { percentOption } from "./numbers.ts";
import { checkOutputs, makeOutputDirectory, writeOutput } from "./outputs.ts";
import { collect } from "./program-options.ts";
import { UsageError } from "./usage-error.ts";

export interface CoverageOptions {
  readonly source?: readonly string[];
  readonly excludeSource?: readonly string[];
  readonly save?: string;
  readonly lcov?: string;
  readonly istanbul?: string;
  readonly html?: string;
  readonly matrix?: string;
  readonly show?: readonly string[];
  readonly why?: string;
  readonly minLines?: number;
  readonly minBranches?: number;
  readonly minFunctions?: number;
  readonly perFile?: true;
}

/** Exit code when coverage is below what was asked for, or no test covers the line asked for. */
const NOT_COVERED = 1;

/** Adds the options of `CoverageOptions`. */
export const addCoverageOptions = (command: Command): Command =>
  command
    .option("--source <path>", "report only this source file or directory (repeatable)", collect)
    .option("--exclude-source <path>", "leave this source file or directory out (repeatable)", collect)
    .option("--lcov <file>", "write an lcov tracefile, for genhtml and editors")
    .option("--istanbul <file>", "write istanbul's coverage-final.json")
    .option("--html <directory>", "write an HTML report")
    .option("--matrix <file>", "write which test covers which line, and which lines a test covers (JSON)")
    .option("--save <file>", "write all that was measured, for --from of ppu coverage")
    .option("--show <source>", "print this source with counts beside its lines (repeatable)", collect)
    .option("--why <source:line>", "print which tests cover a line")
    .option("--min-lines <percent>", "exit with 1 when fewer lines are covered", percentOption("--min-lines"))
    .option("--min-branches <percent>", "the same for branches", percentOption("--min-branches"))
    .option("--min-functions <percent>", "the same for functions", percentOption("--min-functions"))
    .option("--per-file", "the minimum holds for each file, not for all together");

/** For the help text. */
export const COVERAGE_HELP = `
Lines are those with code: what the compiler left out counts neither way. Branches are the ways that conditional
branches may go, copies of one by inlining and the like together. Functions that no program has code of count as not
covered. Lines that are not covered stand in the table; "13>15" is a branch of line 13 that never went to line 15,
"13>end" one that never left the function there.
`;

/** To be called before long work: throws UsageError unless all that was asked for can be written. */
export function checkCoverageOutputs({ save, lcov, istanbul, matrix, html }: CoverageOptions): void {
  checkOutputs(...[save, lcov, istanbul, matrix].filter((path) => path !== undefined));
  if (html !== undefined) makeOutputDirectory(html);
}

/** The tests with the source files that were asked for. */
function selected(tests: readonly TestCoverage[], options: CoverageOptions): readonly TestCoverage[] {
  const { source, excludeSource = [] } = options;
  const isUnder = (file: string, path: string): boolean => {
    const plain = path.replace(/^\.\//, "").replace(/\/+$/, "");
    return plain === "." || `/${file}/`.includes(`/${plain}/`);
  };
  const isWanted = (file: string): boolean =>
    (source === undefined || source.some((path) => isUnder(file, path))) &&
    !excludeSource.some((path) => isUnder(file, path));
  return tests.map(({ name, coverage }) => ({
    name,
    coverage: Object.fromEntries(Object.entries(coverage).filter(([file]) => isWanted(file))),
  }));
}

/** `12>15` for a way that was never gone. */
function missedText({ place, way }: { readonly place: string; readonly way: string }): string {
  return `${Number.parseInt(place, 10)}>${way.replace(/(?<=\d):\d+$| (?:not )?taken$/, "")}`;
}

const WIDEST_GAPS = 40;

function gapsOf(file: FileCoverage): string {
  const text = [lineRanges(file, (count) => count === 0), ...new Set(missedWays(file).map(missedText))]
    .filter((part) => part !== "")
    .join(", ");
  return text.length > WIDEST_GAPS ? `${text.slice(0, WIDEST_GAPS - 4)} ...` : text;
}

function tableText(io: CliIo, data: CoverageData): string {
  const paint = colors(io);
  const table = new Table({
    head: ["source", "lines %", "branches %", "functions %", "not covered"],
    colAligns: ["left", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  const cells = (summary: Summary) =>
    KINDS.map((kind) => {
      const share = summary[kind];
      const color =
        share.covered === share.total ? paint.green : percentOf(share) < 50 ? paint.red : paint.yellow;
      return share.total === 0 ? "-" : color(percentText(share));
    });
  for (const [name, file] of Object.entries(data)) {
    table.push([escapeControls(name), ...cells(summaryOf(file)), gapsOf(file)]);
  }
  table.push(["all", ...cells(totalOf(data)), ""]);
  return `${table.toString()}\n`;
}

function showSource(io: CliIo, data: CoverageData, path: string, source: SourceText): void {
  const name = findFile(data, path);
  const text = source(name);
  if (!text) throw new UsageError(`--show: the source of ${name} was not found; run from where it was built`);
  const paint = colors(io);
  const painters = { covered: paint.green, missed: paint.red, none: (s: string) => s, note: paint.yellow };
  io.stdout(`\n${escapeControls(name)}\n`);
  for (const { text: line, kind } of annotated(data[name], text)) {
    io.stdout(`${painters[kind](line.replaceAll("\r", ""))}\n`);
  }
}

function answerWhy(io: CliIo, tests: readonly TestCoverage[], question: string): void {
  const { file, line, count, tests: covering, neighbours } = whyCovered(tests, question);
  const place = escapeControls(`${file}:${line}`);
  if (count === undefined) {
    io.stdout(`${place} has no code in any program; lines with code beside it: ${neighbours.join(", ")}\n`);
  } else if (covering.length === 0) io.stdout(`${place} is not covered by any test\n`);
  for (const test of covering) io.stdout(`${place} ${escapeControls(test.name)}: ${test.count} times\n`);
  if (covering.length === 0) io.exitCode = NOT_COVERED;
}

function checkMinimum(io: CliIo, data: CoverageData, options: CoverageOptions): void {
  const { minLines: lines, minBranches: branches, minFunctions: functions } = options;
  const minimum: Partial<Record<keyof Summary, number>> = { lines, branches, functions };
  const parts: [string, Summary][] = options.perFile
    ? Object.entries(data).map(([name, file]) => [name, summaryOf(file)])
    : [["all files", totalOf(data)]];
  for (const [name, summary] of parts) {
    for (const kind of KINDS) {
      const least = minimum[kind];
      if (least === undefined || percentOf(summary[kind]) >= least) continue;
      const { covered, total } = summary[kind];
      io.stderr(
        `ppu: ${escapeControls(name)}: ${percentText(summary[kind])} % of ${kind} are covered (${covered} of ${total}), less than ${least} %\n`,
      );
      io.exitCode = NOT_COVERED;
    }
  }
}

/** What `--json` prints. */
function jsonReport(data: CoverageData) {
  const shares = (summary: Summary) =>
    Object.fromEntries(KINDS.map((kind) => [kind, { ...summary[kind], percent: percentOf(summary[kind]) }]));
  const files = Object.entries(data).map(([name, file]) => [
    name,
    {
      ...shares(summaryOf(file)),
      uncoveredLines: Object.keys(file.lines)
        .map(Number)
        .filter((line) => file.lines[line] === 0),
      uncoveredBranches: missedWays(file),
      uncoveredFunctions: missedFunctions(file),
    },
  ]);
  return { total: shares(totalOf(data)), files: Object.fromEntries(files) };
}

/** Writes and prints all that was asked for, and sets the exit code when it is too little. */
export function reportCoverage(
  io: CliIo,
  all: readonly TestCoverage[],
  options: CoverageOptions & { readonly json?: true },
  directories: readonly string[] = [],
): void {
  const tests = selected(all, options);
  const data = mergeCoverage(tests.map(({ coverage }) => coverage));
  const files = new SourceFiles(directories, undefined);
  const source: SourceText = (file) => files.lines(file, file);
  const { save, lcov, istanbul, html, matrix } = options;
  if (save !== undefined) writeOutput(save, encodeCoverage(tests));
  if (lcov !== undefined) writeOutput(lcov, lcovText(data));
  if (istanbul !== undefined) {
    writeOutput(istanbul, `${JSON.stringify(istanbulData(data, source), null, 1)}\n`);
  }
  if (matrix !== undefined) writeOutput(matrix, `${JSON.stringify(coverageMatrix(tests), null, 1)}\n`);
  if (html !== undefined) writeHtml(data, source, html, packageVersion());
  if (options.json) printJson(io, jsonReport(data));
  else if (options.why !== undefined) answerWhy(io, tests, options.why);
  else if (options.show) for (const path of options.show) showSource(io, data, path, source);
  else io.stdout(tableText(io, data));
  checkMinimum(io, data, options);
}
