/** What the commands that read one trace have in common: the argument, the part of it that is wanted, and output in pieces. */

import { setImmediate as pause } from "node:timers/promises";
import cliProgress from "cli-progress";
import type { Command } from "commander";
import { ppusOf } from "../../chip/checks.ts";
import { escapeControls } from "../../text.ts";
import type { PpuName, Trace, TraceRecord } from "../../trace/model.ts";
import { isProgram, TRACE_KINDS } from "../../trace/open.ts";
import { withProgram } from "../../trace/readers/with-program.ts";
import { windowOf } from "../../trace/window.ts";
import { type CliIo, errorColors } from "../io.ts";
import { integerOption } from "../numbers.ts";
import { addProgramOptions, PROGRAM_HELP, type ProgramOptions, readProgram } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";
import { openArgument } from "./open-argument.ts";

export interface ViewOptions extends ProgramOptions {
  readonly from?: number;
  readonly to?: number;
  readonly program?: string;
  readonly maxCycles: number;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;
/** Options of programs that also mean something for a recorded trace. */
const FOR_BOTH: ReadonlySet<string> = new Set(["ppu", "maxCycles"]);

export const VIEW_HELP = `
TRACE is one of
${TRACE_KINDS}
--ppu chooses the PPUs of a program that run it, of a trace those whose records are wanted (default: all).
`;

export { PROGRAM_HELP };

/** Adds the options of `ViewOptions`. */
export function addViewOptions(command: Command): Command {
  const cycle = (option: string) => integerOption(option, 0, Number.MAX_SAFE_INTEGER);
  return addProgramOptions(command)
    .option("--from <cycle>", "only records from this cycle of the chip on", cycle("--from"))
    .option("--to <cycle>", "only records before this cycle", cycle("--to"))
    .option("--program <image>", "the program of a trace that does not hold it: symbols, sources, words")
    .option(
      "--max-cycles <n>",
      "of a program that is run: stop after so many cycles",
      cycle("--max-cycles"),
      DEFAULT_MAX_CYCLES,
    );
}

/** Opens the argument of a command with the options of `addViewOptions`. Throws in one line. */
export async function openView(
  argument: string,
  command: Command,
  last?: number,
): Promise<{ readonly trace: Trace; readonly isProgram: boolean }> {
  const options = command.opts<ViewOptions>();
  const { from, to } = options;
  if (from !== undefined && to !== undefined && to <= from)
    throw new UsageError(`--to ${to} is not behind --from ${from}`);
  const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
  const runs = isProgram(argument);
  if (!runs) {
    const own = addProgramOptions(command.createCommand("")).options;
    const given = own.find(
      (option) => isGiven(option.attributeName()) && !FOR_BOTH.has(option.attributeName()),
    );
    if (given) throw new UsageError(`${given.long} is for a program that is run; ${argument} is a trace`);
  } else if (options.program !== undefined)
    throw new UsageError(`--program is for a trace; ${argument} is a program itself`);
  const opened = await openArgument(argument, options, options.maxCycles);
  const whole =
    options.program === undefined ? opened : withProgram(opened, await readProgram(options.program, options));
  const ppus: readonly PpuName[] = runs || !isGiven("ppu") ? whole.header.ppus : ppusOf(options.ppu);
  const missing = ppus.find((ppu) => !whole.header.ppus.includes(ppu));
  if (missing) throw new UsageError(`${argument} has no records of the ${missing} PPU`);
  const isWhole =
    from === undefined && to === undefined && last === undefined && ppus.length === whole.header.ppus.length;
  const trace = isWhole ? whole : windowOf(whole, { from, to, ppus, last });
  return { trace, isProgram: runs };
}

/** Says on stderr what of a trace could not be read. */
export function printProblems(io: CliIo, trace: Trace): void {
  const paint = errorColors(io);
  for (const problem of trace.problems) io.stderr(`ppu: ${paint.yellow(escapeControls(problem))}\n`);
}

const PIECE_CHARACTERS = 0x8000;

/** Text for stdout in larger pieces; between them others get a turn, such as a reader who has gone away. */
export class Output {
  readonly #write: (text: string) => void;
  #piece = "";

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** True: `turn` should be awaited. */
  add(text: string): boolean {
    this.#piece += text;
    return this.#piece.length >= PIECE_CHARACTERS;
  }

  async turn(): Promise<void> {
    this.flush();
    await pause();
  }

  flush(): void {
    if (this.#piece !== "") this.#write(this.#piece);
    this.#piece = "";
  }
}

const COUNTED = 0x4000;

/** A trace whose records are counted on the terminal while somebody reads them; `stop` when that is done. */
export function withProgress(
  io: CliIo,
  verb: string,
  trace: Trace,
): { readonly trace: Trace; readonly stop: () => void } {
  if (!io.stderrIsTerminal) return { trace, stop: () => {} };
  const bar = new cliProgress.SingleBar({ format: `${verb}: {records} records`, clearOnComplete: true });
  bar.start(1, 0, { records: 0 });
  let records = 0;
  function* counted(list: Iterable<TraceRecord>): Generator<TraceRecord> {
    for (const record of list) {
      if (++records % COUNTED === 0) bar.update(0, { records });
      yield record;
    }
  }
  const watched: Trace = {
    header: trace.header,
    image: (ppu) => trace.image(ppu),
    records: (ppu) => counted(trace.records(ppu)),
    initialState: (ppu) => trace.initialState(ppu),
    end: () => trace.end(),
    get problems() {
      return trace.problems;
    },
  };
  return { trace: watched, stop: () => bar.stop() };
}
