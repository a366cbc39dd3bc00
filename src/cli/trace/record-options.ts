/** Options of `ppu trace record` beyond those of the program. */
import { type Command, Option } from "commander";
import type { PpuSelection } from "../../chip/chip.ts";
import { CLASS_HELP } from "../../trace/recording/classes.ts";
import { optionWords } from "../../trace/recording/option-words.ts";
import { integerOption } from "../numbers.ts";
import { collect, type ProgramOptions } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";

export interface RecordOptions extends ProgramOptions {
  readonly output?: string;
  readonly of?: PpuSelection;
  readonly range?: readonly string[];
  readonly symbol?: readonly string[];
  readonly class?: readonly string[];
  readonly device?: readonly string[];
  /** False with `--no-vectors`. */
  readonly vectors: boolean;
  readonly stalls: boolean;
  readonly start?: string;
  readonly stop?: string;
  readonly ring?: number;
  readonly maxSize?: number;
  readonly maxInstructions?: number;
  readonly visits?: number;
  readonly maxCycles: number;
  readonly allErrors?: true;
  readonly json?: true;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;
const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `100M`: a number of bytes, with K, M, G in powers of 1024. */
function sizeOption(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]?)i?b?$/i.exec(text.trim()) ?? [];
  const bytes = digits === undefined ? Number.NaN : Math.floor(Number(digits) * UNITS[unit.toLowerCase()]);
  if (!(bytes >= 1) || !Number.isSafeInteger(bytes)) {
    throw new UsageError(`--max-size needs a number of bytes like 100M, got "${text}"`);
  }
  return bytes;
}

export const RECORD_HELP = `
Filters: several of one kind mean any of them, several kinds mean all. What is left out shows as a gap with its number of
instructions. Events, conversions, exceptions and stalls stay with the instruction in front of them.
--range takes addresses or symbols: 0x100-0x1ff, main, main..exit. --symbol takes functions and labels, inlined calls too,
with * for anything, also source files and lines: filter.ts, filter.ts:12..20.
Classes:
  ${CLASS_HELP.join("\n  ")}
Devices: memory, synapses, cadc, array, registers; sram, peerSram, externalMemory, dram; weights, causal and other regions of
vector IO; registers as in ppu regs, e.g. padiTrigger.

Triggers: LOCATION is an address, a symbol or file:line as in ppu debug, with a condition behind "if" if you like: recording
begins, or ends, before the instruction there, on both PPUs, and may begin again. cycle:N is rounded up to the next window of 20
cycles of the chip; instruction:N counts those of the PPU that runs (top, if both do).
`;

export function addRecordOptions(command: Command): Command {
  const count = (option: string) => integerOption(option, 1, Number.MAX_SAFE_INTEGER);
  return command
    .option("-o, --output <file>", "trace file to write; default: the program's name with .trace")
    .addOption(
      new Option("--of <which>", "PPUs that are recorded; default: those of --ppu").choices([
        "top",
        "bottom",
        "both",
      ]),
    )
    .option("--range <low-high>", "only instructions at these addresses (repeatable)", collect)
    .option("--symbol <name>", "only these functions, labels or source files (repeatable)", collect)
    .option("--class <name>", "only instructions of a class (repeatable)", collect)
    .option("--device <name>", "only instructions that access a device (repeatable)", collect)
    .option("--visits <n>", "only the first n executions of each instruction", count("--visits"))
    .option("--no-vectors", "leave out the values of vectors, accumulators and vector conditions")
    .option("--no-stalls", "leave out why instructions waited")
    .option("--start <trigger>", 'begin there: "LOCATION [if EXPRESSION]", cycle:N, instruction:N')
    .option("--stop <trigger>", "end there")
    .option("--ring <n>", "keep only the last n instructions of each PPU", count("--ring"))
    .option("--max-size <bytes>", "end before the file becomes larger, e.g. 100M", sizeOption)
    .option(
      "--max-instructions <n>",
      "record at most n instructions of each PPU",
      count("--max-instructions"),
    )
    .option(
      "--max-cycles <n>",
      "stop after this many PPU cycles (250 are one microsecond)",
      integerOption("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULT_MAX_CYCLES,
    )
    .option("--all-errors", "print every problem of the source, one a line, not only the first")
    .option("--json", "print the summary and the final state as one JSON object");
}

/** The filters as words of the command line, for the header. */
export const filterWords = (options: RecordOptions): string[] =>
  optionWords({
    range: options.range,
    symbol: options.symbol,
    class: options.class,
    device: options.device,
    "no-vectors": !options.vectors,
    "no-stalls": !options.stalls,
    start: options.start,
    stop: options.stop,
    ring: options.ring,
    "max-size": options.maxSize,
    "max-instructions": options.maxInstructions,
    visits: options.visits,
  });
