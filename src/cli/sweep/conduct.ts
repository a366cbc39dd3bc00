/** Runs what is missing of a sweep and hands out its results. */
import { randomUUID } from "node:crypto";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { counted } from "../../lab/counted.ts";
import { svgFile } from "../../lab/plot/svg.ts";
import { sweepCsv, sweepJson } from "../../lab/sweep/documents.ts";
import { type Cell, cellAt, cellCount, indicesOf } from "../../lab/sweep/grid.ts";
import { type CellResult, readSweep, SweepJournal, type SweepResults } from "../../lab/sweep/journal.ts";
import { measureText, sweepPicture } from "../../lab/sweep/picture.ts";
import type { SweepPlan } from "../../lab/sweep/plan.ts";
import { runCells, type SweepWork } from "../../lab/sweep/run.ts";
import { failedCells, summariseSweep } from "../../lab/sweep/summary.ts";
import { type CliIo, colors, EXIT } from "../io.ts";
import { checkOutputs, makeOutputDirectory, writeOutput } from "../outputs.ts";
import { UsageError } from "../usage-error.ts";
import type { ResultFlags, SweepFlags } from "./options.ts";
import { sweepProgress } from "./progress.ts";
import { measureHeading, sweepNotes, sweepTable } from "./table.ts";

/** Exit code when a cell has failed. */
const CELL_FAILED = 1;
/** As shells say it of SIGTERM, which schedulers send at the end of the time. */
const TERMINATED = 143;

/** Directory of the flags, made and found writable; other outputs are tried as well. To be called before long work. */
export function prepareOutputs(flags: ResultFlags & Pick<SweepFlags, "shard">, directory: string): void {
  const { csv, plot, json, shard } = flags;
  if (shard && (csv !== undefined || plot !== undefined || json)) {
    throw new UsageError("--csv, --plot and --json are for the whole sweep; give them to ppu sweep merge");
  }
  makeOutputDirectory(directory);
  checkOutputs(...[csv, plot].filter((path) => path !== undefined));
}

/** A file appears as a whole: others may finish the same sweep at the same time. */
function replaceFile(path: string, contents: string): void {
  const draft = `${path}.${randomUUID()}`;
  writeOutput(draft, contents);
  renameSync(draft, path);
}

/** Writes and prints results; sets the exit code when cells failed. */
export function deliver(io: CliIo, results: SweepResults, directory: string, flags: ResultFlags): void {
  const csv = sweepCsv(results);
  const json = sweepJson(results);
  const picture = sweepPicture(results);
  const svg = picture && svgFile(picture);
  const files = { "results.csv": csv, "results.json": json, ...(svg && { "sweep.svg": svg }) };
  for (const [name, contents] of Object.entries(files)) replaceFile(join(directory, name), contents);
  if (flags.csv !== undefined) writeOutput(flags.csv, csv);
  if (flags.plot !== undefined) {
    if (!svg) throw new UsageError("--plot: no cell has a value that could be drawn");
    writeOutput(flags.plot, svg);
  }
  if (failedCells(summariseSweep(results)) > 0) io.exitCode = CELL_FAILED;
  if (flags.json) {
    io.stdout(json);
    return;
  }
  io.stdout(`\n${colors(io).bold(measureHeading(results.plan.measure))}\n`);
  io.stdout(sweepTable(results) + sweepNotes(results));
  io.stdout(`Wrote ${Object.keys(files).join(", ")} to ${directory}\n`);
}

/** Mean of the measure so far. */
function runningNote({ measure }: SweepPlan): (result: CellResult) => string {
  let [sum, count] = [0, 0];
  return (result) => {
    const value = result[measure.column];
    if (typeof value === "number") [sum, count] = [sum + value, count + 1];
    return count === 0 ? "" : `${measure.label} ${measureText(measure, sum / count, 0)}`;
  };
}

/**
 * Computes the cells that the directory does not hold yet. `prepareOutputs` has been called. Throws SweepError when the
 * directory holds another sweep.
 */
export async function conductSweep(
  io: CliIo,
  plan: SweepPlan,
  work: SweepWork,
  directory: string,
  flags: SweepFlags,
): Promise<void> {
  const { shard, workers } = flags;
  const say = (line: string) => {
    if (!flags.json) io.stdout(`${line}\n`);
  };
  const journal = new SweepJournal(directory, plan, shard);
  const { results } = journal;
  const indices = indicesOf(plan.grid, shard);
  const waiting = indices.filter((index) => !results.get(index)).map((index) => cellAt(plan.grid, index));
  const known = indices.length - waiting.length;
  if (known > 0) say(`${known} of ${counted(indices.length, "cell")} are in ${directory} already.`);

  const stop = new AbortController();
  let code: number = EXIT.interrupted;
  const onInterrupt = () => stop.abort();
  const onTerminate = () => {
    code = TERMINATED;
    stop.abort();
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onTerminate);
  const progress = sweepProgress(io, known, indices.length);
  const note = runningNote(plan);
  const begin = process.hrtime.bigint();
  try {
    const onResult = (cell: Cell, result: CellResult) => {
      journal.append(cell, result);
      progress.step(note(result));
    };
    await runCells(waiting, work, { workers, signal: stop.signal, onResult });
  } finally {
    progress.stop();
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
  }
  if (stop.signal.aborted) {
    const done = indices.filter((index) => results.get(index)).length;
    io.stderr(`ppu: interrupted; ${done} of ${counted(indices.length, "cell")} are in ${directory}, `);
    io.stderr("the same command goes on from there\n");
    io.exitCode = code;
    return;
  }
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const threads = Math.min(workers, waiting.length);
  if (threads > 0) {
    const rate = (waiting.length / seconds).toFixed(1);
    say(
      `${counted(waiting.length, "cell")} in ${seconds.toFixed(1)} s on ${counted(threads, "thread")}, ${rate} a second.`,
    );
  }
  // Other shards may have become ready meanwhile.
  const all = results.missing === 0 ? results : readSweep([directory]);
  if (all.missing === 0) deliver(io, all, directory, flags);
  else say(shardText(all, directory, shard));
}

function shardText(results: SweepResults, directory: string, shard: SweepFlags["shard"]): string {
  const total = cellCount(results.plan.grid);
  const part = shard ? `Shard ${shard.number} of ${shard.of} is done` : "Done";
  return `${part}; ${directory} holds ${results.count} of ${total} cells. When all shards are done: ppu sweep merge ${directory}`;
}
