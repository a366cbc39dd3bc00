/** Options of `ppu trace diff` beyond those of programs. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { IGNORABLE, type Ignorable } from "../../trace/compare/mode.ts";
import type { PpuName } from "../../trace/model.ts";
import { integerOption } from "../numbers.ts";
import type { ProgramOptions } from "../program-options.ts";

export interface DiffOptions extends ProgramOptions {
  readonly ignore?: readonly Ignorable[];
  readonly results?: true;
  readonly only?: readonly string[];
  readonly prefix?: true;
  readonly aPpu?: PpuName;
  readonly bPpu?: PpuName;
  readonly aOptions?: string;
  readonly bOptions?: string;
  readonly aProgram?: string;
  readonly bProgram?: string;
  readonly count: number;
  readonly all?: true;
  readonly context: number;
  readonly registers?: true;
  readonly sideBySide?: true;
  readonly window: number;
  readonly history: number;
  readonly maxCycles: number;
  readonly json?: true;
}

const DEFAULTS = { count: 1, context: 5, window: 16_384, history: 65_536, maxCycles: 250_000_000 } as const;
const MOST_WINDOW = 1 << 20;
const MOST_HISTORY = 1 << 22;

const parts = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

/** Lists with commas, repeatable. */
const listed = (text: string, previous: readonly string[] = []): string[] => [...previous, ...parts(text)];

function ignorable(text: string, previous: readonly Ignorable[] = []): Ignorable[] {
  const unknown = parts(text).find((part) => !IGNORABLE.some((known) => known === part));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is none of ${IGNORABLE.join(", ")}.`);
  return [...previous, ...(parts(text) as Ignorable[])];
}

export function addDiffOptions(command: Command): Command {
  const ppu = (flags: string, text: string) => new Option(flags, text).choices(["top", "bottom"]);
  const number = (name: string, least: number, most: number) => integerOption(name, least, most);
  return command
    .option(
      "--ignore <what,...>",
      `do not compare ${IGNORABLE.join(", ")}; addresses: by symbol and offset instead`,
      ignorable,
    )
    .option("--results", "only what instructions do: no cycles, stalls, events and conversions")
    .option("--only <what,...>", "only these registers, places and devices, as sequences of values", listed)
    .option("--prefix", "that one trace ends earlier is no difference")
    .addOption(ppu("--a-ppu <ppu>", "compare this PPU of A with --b-ppu"))
    .addOption(ppu("--b-ppu <ppu>", "compare this PPU of B with --a-ppu"))
    .option("--a-options <text>", 'options of a program for A only, e.g. "--noise-seed 2"')
    .option("--b-options <text>", "options of a program for B only")
    .option("--a-program <file>", "the program of A, for symbols and words that the trace does not hold")
    .option("--b-program <file>", "the program of B")
    .option("--count <n>", "report so many differences", number("--count", 1, 1_000_000), DEFAULTS.count)
    .option("--all", "report all differences; those that come again at the same place once")
    .option(
      "--context <n>",
      "records before and behind a difference",
      number("--context", 0, 1000),
      DEFAULTS.context,
    )
    .option("--registers", "all registers before the difference, not only those that differ")
    .option("--side-by-side", "A and B in two columns")
    .option(
      "--window <n>",
      "records within which traces that have parted are looked for to meet again",
      number("--window", 16, MOST_WINDOW),
      DEFAULTS.window,
    )
    .option(
      "--history <n>",
      "records of the past in which the causes of a difference are looked for",
      number("--history", 16, MOST_HISTORY),
      DEFAULTS.history,
    )
    .option(
      "--max-cycles <n>",
      "stop running programs after this many PPU cycles (250 are one microsecond)",
      number("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULTS.maxCycles,
    )
    .option("--json", "print the result as one JSON object");
}
