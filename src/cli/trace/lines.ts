/** Records as lines for people. */
import { type Command, Option } from "commander";
import type { Trace } from "../../trace/model.ts";
import { isRegisterName } from "../../trace/state.ts";
import { type SymbolsByPpu, symbolsOf } from "../../trace/symbols.ts";
import { RecordFormatter, type TextOptions, type TextStyle } from "../../trace/text/index.ts";
import { type CliIo, colors } from "../io.ts";
import { collect } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";

export interface LineOptions {
  readonly registers?: string;
  readonly full?: true;
  /** False with `--no-stalls`. */
  readonly stalls: boolean;
  readonly accesses: boolean;
  readonly symbolic?: true;
  readonly relative?: true;
  readonly sources?: readonly string[];
}

export function addLineOptions(command: Command): Command {
  return command
    .option("--registers <names>", "of the values written only those of these registers (r3,cr0,v5), or none")
    .option("--full", "vectors in full")
    .option("--no-stalls", "leave out why instructions waited")
    .option("--no-accesses", "leave out accesses to memory and devices")
    .addOption(new Option("--symbolic", "addresses inside symbols as symbol and offset only"))
    .addOption(new Option("--relative", "cycles behind the last instruction of the PPU"))
    .option("--sources <directory>", "where source files are looked for too (repeatable)", collect);
}

function registerSet(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  if (text === "none") return new Set();
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !isRegisterName(name) && name !== "cr");
  if (unknown !== undefined)
    throw new UsageError(`--registers: there is no register "${unknown}" (r3, cr0, lr, v5, acc, … or none)`);
  return new Set(
    names.flatMap((name) => (name === "cr" ? Array.from({ length: 8 }, (_, n) => `cr${n}`) : [name])),
  );
}

function styleOf(io: CliIo): TextStyle {
  const paint = colors(io);
  return {
    ppu: (text) => (text.startsWith("top") ? paint.cyan(text) : paint.magenta(text)),
    address: paint.dim,
    name: paint.blue,
    word: paint.dim,
    code: paint.bold,
    write: paint.green,
    access: paint.cyan,
    stall: paint.yellow,
    other: paint.red,
    source: paint.dim,
  };
}

export interface Lines {
  readonly symbols: SymbolsByPpu;
  readonly formatter: RecordFormatter;
}

/** `argument`: the path of the trace, beside which sources are looked for. */
export function linesOf(io: CliIo, trace: Trace, argument: string, options: LineOptions): Lines {
  const symbols = symbolsOf(trace, { path: argument, directories: options.sources ?? [] });
  const registers = registerSet(options.registers);
  const text: TextOptions = {
    ...{ names: symbols, short: !options.full, stalls: options.stalls, accesses: options.accesses },
    ...(registers && { registers }),
    ...(options.symbolic && { addresses: "symbolic" }),
    ...(options.relative && { cycles: "relative" }),
    ...(trace.header.has.words === false && { words: false }),
    style: styleOf(io),
  };
  const names = symbols.top.image || symbols.bottom.image ? text : { ...text, names: {} };
  return { symbols, formatter: new RecordFormatter(names) };
}
