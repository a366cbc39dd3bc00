import { Command } from "commander";
import { recordJson } from "../../trace/json.ts";
import { mergedRecords, type TraceRecord } from "../../trace/model.ts";
import { compileQuery, PREDICATES } from "../../trace/query/index.ts";
import { type CliIo, colors, printJson } from "../io.ts";
import { integerOption } from "../numbers.ts";
import { addLineOptions, type LineOptions, linesOf } from "./lines.ts";
import {
  addViewOptions,
  Output,
  openView,
  PROGRAM_HELP,
  printProblems,
  VIEW_HELP,
  type ViewOptions,
} from "./view.ts";

interface GrepOptions extends ViewOptions, LineOptions {
  readonly context: number;
  readonly count?: true;
  readonly maxCount?: number;
  readonly json?: true;
}

/** As grep says it. */
const NOTHING_FOUND = 1;
const MOST_CONTEXT = 100_000;

const predicateHelp = (): string =>
  Object.values(PREDICATES)
    .map(({ usage, help }) => `  ${usage}\n      ${help}`)
    .join("\n");

const help = () => `
EXPRESSION is one or more of these predicates, combined by and, or, not and parentheses; side by side they mean and:
${predicateHelp()}
  r3=0x10, r3>5, cr0=eq, v1=0005*64
      writes this value to a register (v, acc, vcr as ppu trace show --full prints them)
  hello.ts:12
      source lines
${VIEW_HELP}${PROGRAM_HELP}
Examples:
  ppu trace grep "mem=0x4000..0x40ff and write" run.trace -C 3
  ppu trace grep "stall>10 class=load" run.trace --count
  ppu trace grep "r3=0 and symbol=convolve" run.trace
  ppu trace grep "device=cadc or event" vmm.ts --ppu both
  ppu trace grep "hello.ts:12 and not mnemonic=nop" hello.ts --json

Exit code: 0 found, 1 nothing found, 127 unusable trace, program, expression or command line.
`;

/** Lines with context, and a mark between those that are not neighbours. */
class Context {
  readonly #lines: number;
  readonly #before: { readonly index: number; readonly record: TraceRecord }[] = [];
  #after = 0;
  #last = -1;

  constructor(lines: number) {
    this.#lines = lines;
  }

  /** What is printed when this record has come: pairs of a record and whether something was left out in front of it. */
  *push(
    index: number,
    record: TraceRecord,
    isMatch: boolean,
  ): Generator<{ record: TraceRecord; isBreak: boolean }> {
    if (isMatch) {
      for (const earlier of this.#before.splice(0)) yield this.#emit(earlier.index, earlier.record);
      yield this.#emit(index, record);
      this.#after = this.#lines;
    } else if (this.#after > 0) {
      this.#after--;
      yield this.#emit(index, record);
    } else if (this.#lines > 0) {
      this.#before.push({ index, record });
      if (this.#before.length > this.#lines) this.#before.shift();
    }
  }

  #emit(index: number, record: TraceRecord) {
    const isBreak = this.#lines > 0 && this.#last >= 0 && index !== this.#last + 1;
    this.#last = index;
    return { record, isBreak };
  }
}

async function grep(
  io: CliIo,
  expression: string,
  argument: string,
  options: GrepOptions,
  command: Command,
): Promise<void> {
  const { trace } = await openView(argument, command);
  const { symbols, formatter } = linesOf(io, trace, argument, options);
  const matches = compileQuery(expression, trace, symbols);
  const output = new Output(io.stdout);
  const separator = `${colors(io).dim("--")}\n`;
  const context = new Context(options.context);
  const line = (record: TraceRecord) =>
    options.json ? JSON.stringify(recordJson(record, symbols[record.ppu])) : formatter.line(record);
  let index = 0;
  let found = 0;
  let left = Number.POSITIVE_INFINITY;
  for (const record of mergedRecords(trace)) {
    const isMatch = found !== options.maxCount && matches(record);
    if (isMatch && ++found === options.maxCount) left = options.context + 1;
    if (!options.count) {
      for (const { record: shown, isBreak } of context.push(index, record, isMatch)) {
        if (output.add(`${isBreak && !options.json ? separator : ""}${line(shown)}\n`)) await output.turn();
      }
    }
    index++;
    if (--left <= 0) break;
  }
  output.flush();
  if (options.count) {
    if (options.json) printJson(io, { matches: found, records: index });
    else io.stdout(`${found}\n`);
  }
  printProblems(io, trace);
  io.exitCode = found > 0 ? 0 : NOTHING_FOUND;
}

export function grepCommand(io: CliIo): Command {
  const number = (option: string, least: number, most = Number.MAX_SAFE_INTEGER) =>
    integerOption(option, least, most);
  const command = addViewOptions(
    new Command("grep")
      .description("Prints the records of a trace that fulfil a condition")
      .argument("<expression>", "predicates such as mnemonic=fxvmtach or mem=0x4000")
      .argument("<trace>", "trace, or a program to run"),
  )
    .option(
      "-C, --context <n>",
      "so many records around each one found",
      number("--context", 0, MOST_CONTEXT),
      0,
    )
    .option("-c, --count", "only how many")
    .option("-m, --max-count <n>", "stop after n of them", number("--max-count", 1));
  return addLineOptions(command)
    .option("--json", "a JSON object a line")
    .addHelpText("after", help)
    .action((expression: string, argument: string, options: GrepOptions) =>
      grep(io, expression, argument, options, command),
    );
}
