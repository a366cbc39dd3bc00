/** A program and the chip it is tried on: options and preparation shared by the verbs that run or debug one. */
import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { Chip, ChipOptions, PpuSelection } from "../chip/chip.ts";
import { TRANSLATION_MODES, type TranslationMode } from "../core/translation/mode.ts";
import type { Image } from "../toolchain/image.ts";
import { loadProgramFile, mailboxBase, memoryPieces, stackLimit } from "../toolchain/loader.ts";
import { calibratedSettings, calibrationOption } from "./calibration-option.ts";
import { type ChipFlags, chipKind, chipOption } from "./chip-kind.ts";
import { applySet, SET_HELP } from "./initial-state.ts";
import { loadFile } from "./memory-arguments.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

/** What `addProgramOptions` reads from the command line. */
export interface ProgramOptions extends ChipFlags {
  readonly ppu: PpuSelection;
  readonly timing: string;
  readonly translation?: TranslationMode;
  readonly set?: readonly string[];
  readonly load?: readonly string[];
  readonly strict?: true;
  readonly checks?: true;
}

/** For the help text: kinds of programs, names of `--set`, addresses of `--load`. */
export const PROGRAM_HELP = `
IMAGE is an ELF file (made here or by the official toolchain), assembly (.s), AssemblyScript (.ts), or raw bytes
for the SRAM (.bin).

Names for --set (values decimal or 0x…, vectors and masks in hex):
  ${SET_HELP.join("\n  ")}
  top.r3=5 sets a register of the top PPU only.
ADDR is a data address (0x0 SRAM, 0x40000000 external memory, 0x50000000 DRAM) or a symbol, also symbol+0x10.
  0x8a000000 and 0x8e000000 are the SRAM of the top and of the bottom PPU.
`;

/** Reads an option that may be given several times. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];

/** Adds the options of `ProgramOptions` that are not about the chip. */
export function addStartOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--ppu <which>", "which PPU runs it").choices(["top", "bottom", "both"]).default("top"),
    )
    .option(
      "--timing <profile>",
      "chip, or rtl[,branch-cache=16,data=1,vector=1,pio=1] (latencies in cycles)",
      "chip",
    )
    .option("--set <name=value>", "set a register before the start (repeatable)", collect)
    .option("--load <file@addr>", "put a file's bytes into a memory before the start (repeatable)", collect)
    .option("--strict", "stop at undefined opcodes, unmapped accesses, missing sync, stack overflow")
    .option("--checks", "of a .ts: check bounds of static arrays and assert; a failed check traps");
}

/** Adds the options of `ProgramOptions`. */
export function addProgramOptions(command: Command): Command {
  const seed = (option: string) => integerOption(option, 0, MOST_SEED);
  return addStartOptions(command)
    .option("--chip-seed <n>", "which chip: draws the mismatch of its analog parts", seed("--chip-seed"), 0)
    .option("--noise-seed <n>", "which trial: draws the noise", seed("--noise-seed"), 0)
    .addOption(chipOption())
    .addOption(calibrationOption())
    .addOption(
      new Option(
        "--translation <mode>",
        "of scalar code that loops to WebAssembly; changes nothing but the speed",
      )
        .choices(TRANSLATION_MODES)
        .default("auto"),
    )
    .option("--ideal", "short for --chip ideal: no mismatch, no noise")
    .option("--analog <name=value,...>", "change parameters of the analog core, e.g. noise=0");
}

async function chipMaker(options: ProgramOptions): Promise<() => Chip> {
  const { Chip } = await import("../chip/chip.ts");
  const { parseTimingProfile } = await import("../core/timing-profile.ts");
  const chipOptions: ChipOptions = {
    chipSeed: options.chipSeed,
    noiseSeed: options.noiseSeed,
    chip: chipKind(options),
    ...(await calibratedSettings(options, chipKind(options))),
    timing: parseTimingProfile(options.timing),
    translation: options.translation,
    strict: options.strict ?? false,
  };
  if (options.analog === undefined) return () => new Chip(chipOptions);
  const { analogParameters, parseAnalogOverrides } = await import("../chip/analog/parameters.ts");
  const parameters = analogParameters(chipKind(options), parseAnalogOverrides(options.analog));
  return () => new Chip({ ...chipOptions, analogParameters: parameters });
}

/**
 * Reads or compiles the program of a verb, with `debug` so that a debugger sees variables; throws one clear line when
 * that can't be done.
 */
export async function readProgram(
  file: string,
  options: Pick<ProgramOptions, "checks"> & { readonly debug?: boolean },
): Promise<Image> {
  if (options.checks && extname(file).toLowerCase() !== ".ts") {
    throw new UsageError(`--checks is for AssemblyScript (.ts); ${file} is not compiled here`);
  }
  return loadProgramFile(file, { checks: options.checks ?? false, debug: options.debug ?? false });
}

/**
 * Makes chips with the program in the SRAM of the chosen PPUs, released from reset, `--load` and `--set` carried out. All
 * are alike, and the first one tells whether the options can be used.
 */
export async function chipFactory(image: Image, options: ProgramOptions): Promise<() => Chip> {
  const pieces = memoryPieces(image);
  const makeChip = await chipMaker(options);
  return () => {
    const chip = makeChip();
    chip.mailboxBase = mailboxBase(image);
    chip.load(pieces, options.ppu);
    for (const text of options.load ?? []) loadFile(chip, image, options.ppu, text);
    chip.reset(options.ppu);
    for (const text of options.set ?? []) applySet(chip, image, options.ppu, text);
    for (const ppu of Object.values(chip.ppus)) ppu.stackLimit = stackLimit(image);
    return chip;
  };
}

/** One such chip. */
export const prepareChip = async (image: Image, options: ProgramOptions): Promise<Chip> =>
  (await chipFactory(image, options))();
