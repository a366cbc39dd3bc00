import { Command } from "commander";
import { ppusOf } from "../chip/checks.ts";
import { ExecutionCounters, HISTORY_LENGTH } from "../core/record/counters.ts";
import { type CliIo, printJson } from "./io.ts";
import { readDump, writeDump } from "./memory-arguments.ts";
import { integerOption } from "./numbers.ts";
import {
  addProgramOptions,
  collect,
  PROGRAM_HELP,
  type ProgramOptions,
  prepareChip,
  readProgram,
} from "./program-options.ts";
import { printDiagnostics, printHistory, printReport, reportRun, withHistory } from "./run-report.ts";

interface RunOptions extends ProgramOptions {
  readonly maxCycles: number;
  readonly history: number;
  readonly dump?: readonly string[];
  readonly allErrors?: true;
  readonly json?: true;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;

const EXAMPLES = `
The mailbox text goes to stdout, all else to stderr.
${PROGRAM_HELP}
Examples:
  ppu run hello.elf
  ppu run kernel.s --set r3=5 --json
  ppu run filter.elf --load input.bin@0x40000000 --dump output.bin@result:256
  ppu run test.elf --timing rtl,branch-cache=0,data=2 --max-cycles 100000
  ppu run noisy.ts --chip-seed 3 --noise-seed 1 --strict

Exit code: the firmware's return code (0..125; others are folded to 1..125),
125 a finding in strict mode, or asleep with interrupts enabled and nothing left to wake it (rfi returns to the wait),
126 cycle limit, 127 unusable image or command line, or output that cannot be written.
`;

async function run(io: CliIo, file: string, options: RunOptions): Promise<void> {
  io.allErrors = options.allErrors ?? false;
  const image = await readProgram(file, options);
  const dumps = (options.dump ?? []).map((text) => readDump(image, text));
  const chip = await prepareChip(image, options);
  if (options.history > 0)
    for (const ppu of ppusOf(options.ppu)) chip.ppus[ppu].counters = new ExecutionCounters();
  const result = chip.run({ maxCycles: options.maxCycles });
  const report = await withHistory(reportRun(chip, image, options.ppu, result), chip, image, options.history);
  for (const dump of dumps) writeDump(chip, options.ppu === "bottom" ? "bottom" : "top", dump);
  printDiagnostics(io, report);
  if (options.json) printJson(io, report);
  else {
    printReport(io, report, options.ppu);
    await printHistory(io, report);
  }
  io.exitCode = report.exitCode;
}

export function runCommand(io: CliIo): Command {
  const command = new Command("run")
    .description("Runs a program on the emulated chip until it has finished")
    .argument("<image>", "ELF file, .s, .ts or .bin");
  return addProgramOptions(command)
    .option(
      "--max-cycles <n>",
      "stop after this many PPU cycles (250 are one microsecond)",
      integerOption("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULT_MAX_CYCLES,
    )
    .option(
      "--history <n>",
      "when it ends badly, show the last n instructions (0..65536)",
      integerOption("--history", 0, HISTORY_LENGTH),
      8,
    )
    .option("--dump <file@addr:len>", "write bytes of a memory to a file after the end (repeatable)", collect)
    .option("--all-errors", "print every problem of the source, one a line, not only the first")
    .option("--json", "print the final state as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: RunOptions) => run(io, file, options));
}
