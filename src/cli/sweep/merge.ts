import { Command } from "commander";
import { cellAt, cellCount, cellText } from "../../lab/sweep/grid.ts";
import { readSweep, type SweepResults } from "../../lab/sweep/journal.ts";
import type { CliIo } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import { deliver, prepareOutputs } from "./conduct.ts";
import { addResultOptions, type ResultFlags } from "./options.ts";

interface MergeFlags extends ResultFlags {
  readonly output?: string;
  readonly partial?: true;
}

const EXAMPLES = `
DIRECTORIES are those of --output: one that all shards have written to, or several. The results are the same bytes as those of
one sweep without shards.

Examples:
  ppu sweep merge sweep-mnist                              all shards have used one directory
  ppu sweep merge node1/sweep node2/sweep -o everything    from machines without a common file system
  ppu sweep merge sweep-mnist --partial                    a look at a sweep that is under way
`;

function checkComplete(results: SweepResults): void {
  if (results.missing === 0) return;
  const { grid } = results.plan;
  const total = cellCount(grid);
  const first = Array.from({ length: total }, (_, index) => index).find((index) => !results.get(index))!;
  throw new UsageError(
    `${results.missing} of ${total} cells are missing, the first is ${cellText(cellAt(grid, first))}; run their shards, or look at the others with --partial`,
  );
}

function merge(io: CliIo, directories: readonly string[], flags: MergeFlags): void {
  const results = readSweep(directories);
  if (!flags.partial) checkComplete(results);
  const output = flags.output ?? directories[0];
  prepareOutputs(flags, output);
  if (results.missing > 0) io.stderr(`ppu: ${results.missing} cells are missing\n`);
  deliver(io, results, output, flags);
}

/** The command `sweep merge`: joins shards. */
export function mergeCommand(io: CliIo): Command {
  const command = new Command("merge")
    .description("Joins the shards of a sweep and shows its results")
    .summary("join shards, or show a sweep")
    .argument("<directories...>", "directories with results")
    .option("-o, --output <directory>", "where the joined results go (the first directory)")
    .option("--partial", "cells may be missing");
  return addResultOptions(command)
    .addHelpText("after", EXAMPLES)
    .action((directories: string[], flags: MergeFlags) => merge(io, directories, flags));
}
