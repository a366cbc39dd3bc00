import { extname } from "node:path";
import { Command, Option } from "commander";
import type { AnalogPreset } from "../chip/analog/parameters.ts";
import type { ChipOptions, PpuSelection } from "../chip/chip.ts";
import type { Image } from "../toolchain/image.ts";
import { loadProgramFile, mailboxBase, memoryPieces } from "../toolchain/loader.ts";
import { findSymbol } from "../toolchain/symbols.ts";
import { calibratedSettings, calibrationOption } from "./calibration-option.ts";
import { chipKind, chipOption } from "./chip-kind.ts";
import { applySet, SET_HELP } from "./initial-state.ts";
import { type CliIo, printJson } from "./io.ts";
import { loadFile, readDump, writeDump } from "./memory-arguments.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";
import { printDiagnostics, printReport, reportRun } from "./run-report.ts";
import { UsageError } from "./usage-error.ts";

interface RunOptions {
  readonly ppu: PpuSelection;
  readonly maxCycles: number;
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly chip?: AnalogPreset;
  readonly calibration?: string;
  readonly ideal?: true;
  readonly analog?: string;
  readonly timing: string;
  readonly set?: readonly string[];
  readonly load?: readonly string[];
  readonly dump?: readonly string[];
  readonly strict?: true;
  readonly checks?: true;
  readonly allErrors?: true;
  readonly json?: true;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;

const EXAMPLES = `
IMAGE is an ELF file (made here or by the official toolchain), assembly (.s), AssemblyScript (.ts), or raw bytes
for the SRAM (.bin). The mailbox text goes to stdout, all else to stderr.

Names for --set (values decimal or 0x…, vectors and masks in hex):
  ${SET_HELP.join("\n  ")}
  top.r3=5 sets a register of the top PPU only.
ADDR is a data address (0x0 SRAM, 0x40000000 external memory, 0x50000000 DRAM) or a symbol, also symbol+0x10.
  0x8a000000 and 0x8e000000 are the SRAM of the top and of the bottom PPU.

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

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

async function makeChip(options: RunOptions) {
  const { Chip } = await import("../chip/chip.ts");
  const { parseTimingProfile } = await import("../core/timing-profile.ts");
  const chipOptions: ChipOptions = {
    chipSeed: options.chipSeed,
    noiseSeed: options.noiseSeed,
    chip: chipKind(options),
    ...(await calibratedSettings(options, chipKind(options))),
    timing: parseTimingProfile(options.timing),
    strict: options.strict ?? false,
  };
  if (options.analog === undefined) return new Chip(chipOptions);
  const { analogParameters, parseAnalogOverrides } = await import("../chip/analog/parameters.ts");
  return new Chip({
    ...chipOptions,
    analogParameters: analogParameters(chipKind(options), parseAnalogOverrides(options.analog)),
  });
}

/** End of the program's data, where the stack must not reach; undefined when the image does not say. */
const stackLimitOf = (image: Image): number | undefined =>
  (findSymbol(image, "stack_redzone") ?? findSymbol(image, "_int_end"))?.address;

async function run(io: CliIo, file: string, options: RunOptions): Promise<void> {
  io.allErrors = options.allErrors ?? false;
  if (options.checks && extname(file).toLowerCase() !== ".ts") {
    throw new UsageError(`--checks is for AssemblyScript (.ts); ${file} is not compiled here`);
  }
  const image = await loadProgramFile(file, { checks: options.checks ?? false });
  const pieces = memoryPieces(image);
  const dumps = (options.dump ?? []).map((text) => readDump(image, text));
  const chip = await makeChip(options);
  chip.mailboxBase = mailboxBase(image);
  chip.load(pieces, options.ppu);
  for (const text of options.load ?? []) loadFile(chip, image, options.ppu, text);
  chip.reset(options.ppu);
  for (const text of options.set ?? []) applySet(chip, image, options.ppu, text);
  for (const ppu of Object.values(chip.ppus)) ppu.stackLimit = stackLimitOf(image);
  const result = chip.run({ maxCycles: options.maxCycles });
  const report = reportRun(chip, image, options.ppu, result);
  for (const dump of dumps) writeDump(chip, options.ppu === "bottom" ? "bottom" : "top", dump);
  printDiagnostics(io, report);
  if (options.json) printJson(io, report);
  else printReport(io, report, options.ppu);
  io.exitCode = report.exitCode;
}

export function runCommand(io: CliIo): Command {
  const seed = (option: string) => integerOption(option, 0, MOST_SEED);
  return new Command("run")
    .description("Runs a program on the emulated chip until it has finished")
    .argument("<image>", "ELF file, .s, .ts or .bin")
    .addOption(
      new Option("--ppu <which>", "which PPU runs it").choices(["top", "bottom", "both"]).default("top"),
    )
    .option(
      "--max-cycles <n>",
      "stop after this many PPU cycles (250 are one microsecond)",
      integerOption("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULT_MAX_CYCLES,
    )
    .option("--chip-seed <n>", "which chip: draws the mismatch of its analog parts", seed("--chip-seed"), 0)
    .option("--noise-seed <n>", "which trial: draws the noise", seed("--noise-seed"), 0)
    .addOption(chipOption())
    .addOption(calibrationOption())
    .option("--ideal", "short for --chip ideal: no mismatch, no noise")
    .option("--analog <name=value,...>", "change parameters of the analog core, e.g. noise=0")
    .option(
      "--timing <profile>",
      "chip, or rtl[,branch-cache=16,data=1,vector=1,pio=1] (latencies in cycles)",
      "chip",
    )
    .option("--set <name=value>", "set a register before the start (repeatable)", collect)
    .option("--load <file@addr>", "put a file's bytes into a memory before the start (repeatable)", collect)
    .option("--dump <file@addr:len>", "write bytes of a memory to a file after the end (repeatable)", collect)
    .option("--strict", "stop at undefined opcodes, unmapped accesses, missing sync, stack overflow")
    .option("--checks", "of a .ts: check bounds of static arrays and assert; a failed check traps")
    .option("--all-errors", "print every problem of the source, one a line, not only the first")
    .option("--json", "print the final state as one JSON object")
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: RunOptions) => run(io, file, options));
}
