import { Command, Option } from "commander";
import { escapeControls } from "../../text.ts";
import { type CallChange, CallTracker } from "../../trace/calls.ts";
import { exceptionName } from "../../trace/exception-name.ts";
import { recordJson } from "../../trace/json.ts";
import { mergedRecords, type PpuName, type Trace, type TraceRecord } from "../../trace/model.ts";
import { compileQuery } from "../../trace/query/index.ts";
import type { SymbolsByPpu } from "../../trace/symbols.ts";
import { type CliIo, colors } from "../io.ts";
import { integerOption } from "../numbers.ts";
import { UsageError } from "../usage-error.ts";
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

interface ShowOptions extends ViewOptions, LineOptions {
  readonly instructions?: number;
  readonly last?: number;
  readonly symbol?: string;
  readonly source?: true;
  readonly only?: keyof typeof KINDS;
  readonly calls?: true;
  readonly json?: true;
}

const KINDS = {
  instructions: ["instruction"],
  events: ["event"],
  conversions: ["conversion"],
  exceptions: ["exception"],
  gaps: ["gap", "reset"],
} as const satisfies Record<string, readonly TraceRecord["kind"][]>;

const EXAMPLES = `
One line a record: PPU, cycle of the chip, address <symbol+offset>, word, instruction; behind ";" registers=values,
[address]->read and [address]<-written (vector[…], parallel[…] on those ports), +cycles of waiting with cause and register.
docs/tracing.md explains all of it. Vectors are shortened; nothing is lost in the text of ppu trace export.
${VIEW_HELP}${PROGRAM_HELP}
Examples:
  ppu trace show run.trace
  ppu trace show hello.ts --last 20                     runs the program, shows its end
  ppu trace show run.trace --source --symbol convolve   with source lines
  ppu trace show run.trace --calls --ppu bottom         functions entered and left
  ppu trace show run.trace --from 5000 --to 5200 --registers r3,cr0 --no-accesses
  ppu trace show run.trace --only events
  ppu trace show run.trace --json | jq .text
`;

/** Whether a record is shown; what is no instruction goes with the one in front of it. */
function selection(
  trace: Trace,
  symbols: SymbolsByPpu,
  { symbol, only }: ShowOptions,
): (record: TraceRecord) => boolean {
  const kinds: readonly string[] | undefined = only && KINDS[only];
  const isThere =
    symbol === undefined ? undefined : compileQuery(`symbol="${symbol.replaceAll('"', "")}"`, trace, symbols);
  const inside: Record<PpuName, boolean> = { top: isThere === undefined, bottom: isThere === undefined };
  return (record) => {
    if (isThere && record.kind === "instruction") inside[record.ppu] = isThere(record);
    return inside[record.ppu] && (kinds === undefined || kinds.includes(record.kind));
  };
}

/** The source line of a record where it is another one than before, as a line of its own. */
class SourceLines {
  readonly #symbols: SymbolsByPpu;
  readonly #paint: (text: string) => string;
  readonly #last: Partial<Record<PpuName, string>> = {};

  constructor(io: CliIo, symbols: SymbolsByPpu) {
    this.#symbols = symbols;
    this.#paint = colors(io).dim;
  }

  before(record: TraceRecord): string {
    if (record.kind !== "instruction") return "";
    const { ppu, pc } = record;
    const source = this.#symbols[ppu].sourceAt(pc);
    const place = source ? `${source.file}:${source.line}` : "";
    if (!source || place === this.#last[ppu]) return "";
    this.#last[ppu] = place;
    const text = this.#symbols[ppu].program?.sourceText(source.file)?.[source.line - 1];
    return `${this.#paint(escapeControls(`${ppu.padEnd(6)} ${place}${text === undefined ? "" : `: ${text.trim()}`}`))}\n`;
  }
}

/** Functions entered and left. */
class CallLines {
  readonly #io: CliIo;
  readonly #symbols: SymbolsByPpu;
  readonly #json: boolean;
  readonly #trackers: Readonly<Record<PpuName, CallTracker>>;
  readonly #depth = { top: 0, bottom: 0 };

  constructor(io: CliIo, symbols: SymbolsByPpu, json: boolean) {
    this.#io = io;
    this.#symbols = symbols;
    this.#json = json;
    const tracker = (ppu: PpuName) => new CallTracker(ppu, symbols[ppu].functionAt);
    this.#trackers = { top: tracker("top"), bottom: tracker("bottom") };
  }

  push(record: TraceRecord): string {
    const { ppu } = record;
    return this.#trackers[ppu]
      .push(record)
      .map((change) => this.#line(ppu, change))
      .join("");
  }

  #line(ppu: PpuName, { kind, frame, cycle }: CallChange): string {
    if (kind === "leave") this.#depth[ppu]--;
    const depth = this.#depth[ppu];
    if (kind === "enter") this.#depth[ppu]++;
    const {
      vector,
      callSite,
      function: { name },
    } = frame;
    const took = cycle - frame.cycle;
    const from =
      callSite === undefined
        ? undefined
        : (this.#symbols[ppu].nameOf(callSite) ?? `0x${callSite.toString(16)}`);
    const exception = frame.kind === "interrupt" && vector !== undefined ? exceptionName(vector) : undefined;
    if (this.#json) {
      const how =
        kind === "enter"
          ? { entered: frame.kind, from: from ?? null, exception: exception ?? null }
          : { cycles: took };
      return `${JSON.stringify({ kind, ppu, cycle, function: name, depth, ...how })}\n`;
    }
    const paint = colors(this.#io);
    const why = exception ?? (frame.kind === "tail" ? `jump from ${from}` : (from ?? ""));
    const note = kind === "enter" ? why : `${took} cycles`;
    const arrow = kind === "enter" ? paint.green("->") : paint.red("<-");
    const head = `${ppu.padEnd(6)} ${String(cycle).padStart(9)}  ${"  ".repeat(depth)}`;
    return `${head}${arrow} ${paint.bold(escapeControls(name))}${note === "" ? "" : paint.dim(`  ${escapeControls(note)}`)}\n`;
  }
}

/** Text of a record; empty: it is not shown. */
function printer(
  io: CliIo,
  trace: Trace,
  argument: string,
  options: ShowOptions,
): (record: TraceRecord) => string {
  const { symbols, formatter } = linesOf(io, trace, argument, options);
  if (options.calls) {
    const calls = new CallLines(io, symbols, options.json ?? false);
    return (record) => calls.push(record);
  }
  const isShown = selection(trace, symbols, options);
  if (options.json) {
    return (record) =>
      isShown(record) ? `${JSON.stringify(recordJson(record, symbols[record.ppu]))}\n` : "";
  }
  const sources = options.source ? new SourceLines(io, symbols) : undefined;
  return (record) => (isShown(record) ? `${sources?.before(record) ?? ""}${formatter.line(record)}\n` : "");
}

/** The gap in front of a window says nothing that its options do not. */
const isBeginOfWindow = (record: TraceRecord, from: number | undefined): boolean =>
  from !== undefined &&
  record.kind === "gap" &&
  record.reason === "filter" &&
  record.instructions === undefined;

async function show(io: CliIo, argument: string, options: ShowOptions, command: Command): Promise<void> {
  const { instructions, last } = options;
  if (instructions !== undefined && last !== undefined)
    throw new UsageError("give --instructions or --last, not both");
  if (options.calls && options.only)
    throw new UsageError("--calls shows functions, --only records: give one of them");
  const isPlain = options.to === undefined && options.symbol === undefined && !options.only && !options.calls;
  const { trace } = await openView(argument, command, isPlain ? last : undefined);
  const print = printer(io, trace, argument, options);
  const output = new Output(io.stdout);
  const kept: string[] = [];
  let shown = 0;
  for (const record of mergedRecords(trace)) {
    if (isBeginOfWindow(record, options.from ?? last)) continue;
    const text = print(record);
    if (text === "") continue;
    if (last !== undefined) {
      kept.push(text);
      if (kept.length >= 2 * last) kept.splice(0, kept.length - last);
    } else if (output.add(text)) await output.turn();
    if (++shown === instructions) break;
  }
  for (const text of last === undefined ? [] : kept.slice(-last)) if (output.add(text)) await output.turn();
  output.flush();
  printProblems(io, trace);
}

export function showCommand(io: CliIo): Command {
  const count = (option: string) => integerOption(option, 1, Number.MAX_SAFE_INTEGER);
  const command = addViewOptions(
    new Command("show")
      .description("Prints a trace, a line for each instruction")
      .argument("<trace>", "trace, or a program to run"),
  )
    .option("--instructions <n>", "only the first n records that are shown", count("--instructions"))
    .option("--last <n>", "only the last n records that are shown", count("--last"))
    .option("--symbol <name>", "only instructions of a function or label, * for anything")
    .option("--source", "source lines in front of the instructions made from them")
    .addOption(new Option("--only <kind>", "only records of a kind").choices(Object.keys(KINDS)))
    .option("--calls", "functions entered and left instead of instructions");
  return addLineOptions(command)
    .option("--json", "a JSON object a line")
    .addHelpText("after", EXAMPLES)
    .action((argument: string, options: ShowOptions) => show(io, argument, options, command));
}
