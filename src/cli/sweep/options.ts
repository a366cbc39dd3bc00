/** Options that all sweeps share. */
import { type Command, Option } from "commander";
import type { AnalogPreset } from "../../chip/analog/parameters.ts";
import { type Axis, type Shard, seedsText } from "../../lab/sweep/grid.ts";
import { seedListOption } from "../seed-list.ts";
import { workersOption } from "../workers-option.ts";
import { parseAxis, parsePresets, parseShard } from "./axis-options.ts";

/** Where the results go besides the directory. */
export interface ResultFlags {
  readonly csv?: string;
  readonly plot?: string;
  readonly json?: true;
}

export interface SweepFlags extends ResultFlags {
  readonly chipSeeds: readonly number[];
  readonly noiseSeeds: readonly number[];
  readonly chip?: readonly AnalogPreset[];
  readonly vary?: readonly Axis[];
  readonly analog?: string;
  readonly calibration?: string;
  readonly timing: string;
  readonly workers: number;
  readonly shard?: Shard;
  readonly output?: string;
}

const FIRST_CHIPS = Array.from({ length: 10 }, (_, n) => n + 1);

/** For the help texts. */
export const SWEEP_HELP = `
One cell is one chip seed with one noise seed and one value of every --vary and --chip. Cells are computed on --workers threads;
each is a line in the output directory, so that the same command goes on after Ctrl-C, a kill or a crash. Other options need
another directory. Results are the same bytes for any number of threads, interruptions and shards: results.csv, results.json
and sweep.svg (a histogram over the chips, or a curve over the --vary with most values).
`;

export function addResultOptions(command: Command): Command {
  return command
    .option("--csv <file>", "write the table of all cells there too")
    .option("--plot <file>", "write the picture there too, an SVG file")
    .option("--json", "print everything as JSON");
}

/** Options of `SweepFlags`, without `timing`; `directory`: the default of `--output`, for the help. */
export function addSweepOptions(command: Command, directory: string): Command {
  const more = <T>(read: (text: string) => T) => {
    return (text: string, previous: readonly T[] = []) => [...previous, read(text)];
  };
  return addResultOptions(
    command
      .addOption(
        new Option("--chip-seeds <list>", "which chips, such as 1..1000 or 1,2,10..20")
          .argParser(seedListOption("--chip-seeds"))
          .default(FIRST_CHIPS, seedsText(FIRST_CHIPS)),
      )
      .addOption(
        new Option("--noise-seeds <list>", "which trials of each chip")
          .argParser(seedListOption("--noise-seeds"))
          .default([1], "1"),
      )
      .option("--chip <kinds>", "raw, calibrated (default), ideal, or several of them", parsePresets)
      .option(
        "--vary <name=values>",
        "values of an analog parameter, noise or mismatch: noise=0,0.5,1 or temperature=40..90:10 (repeatable)",
        more(parseAxis),
      )
      .option(
        "--analog <name=value,...>",
        "parameters of the analog core that all chips have, e.g. sigmaRead=3",
      )
      .option("--calibration <file>", "settings of ppu calibrate, {seed} for the chip seed; needs --chip raw")
      .addOption(workersOption("threads"))
      .option(
        "--shard <i/n>",
        "only part i of n, for other processes or machines; then ppu sweep merge",
        parseShard,
      )
      .option("-o, --output <directory>", `where results are kept (${directory})`),
  );
}
