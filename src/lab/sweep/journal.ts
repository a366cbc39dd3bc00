/**
 * Results as they come: files of JSON lines in a directory, one a shard. The first line is the plan, every other one a cell,
 * written as a whole. What a kill has torn is the end of the file, and is cut off when it is continued.
 */
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeErrorReason } from "../output-directory.ts";
import { type Cell, cellAt, cellCount, cellText, type Shard } from "./grid.ts";
import { planDifference, SWEEP_FORMAT, SweepError, type SweepPlan } from "./plan.ts";

/** What a cell gave, by column; null: nothing to tell. `error` where it could not be computed to its end. */
export type CellResult = Readonly<Record<string, number | string | null>>;

interface Line {
  readonly cell: number;
  readonly settings: Cell["settings"];
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly result: CellResult;
}

const JOURNAL = /^cells(-\d+-of-\d+)?\.jsonl$/;

export const journalName = (shard?: Shard): string =>
  shard ? `cells-${shard.number}-of-${shard.of}.jsonl` : "cells.jsonl";

const lineOf = ({ index, settings, chipSeed, noiseSeed }: Cell, result: CellResult): string =>
  `${JSON.stringify({ cell: index, settings, chipSeed, noiseSeed, result } satisfies Line)}\n`;

/** Results of the cells of a plan. */
export class SweepResults {
  readonly plan: SweepPlan;
  readonly #results = new Map<number, CellResult>();

  constructor(plan: SweepPlan) {
    this.plan = plan;
  }

  get count(): number {
    return this.#results.size;
  }

  get missing(): number {
    return cellCount(this.plan.grid) - this.count;
  }

  get(index: number): CellResult | undefined {
    return this.#results.get(index);
  }

  set(index: number, result: CellResult): void {
    this.#results.set(index, result);
  }

  /** Those that are there, in grid order. */
  *entries(): Generator<{ readonly cell: Cell; readonly result: CellResult }> {
    for (let index = 0; index < cellCount(this.plan.grid); index++) {
      const result = this.#results.get(index);
      if (result) yield { cell: cellAt(this.plan.grid, index), result };
    }
  }
}

interface JournalFile {
  readonly path: string;
  readonly plan: SweepPlan;
  readonly lines: readonly string[];
  /** Bytes up to the end of the last whole line. */
  readonly bytes: number;
}

function parseHead(text: string, path: string): SweepPlan {
  try {
    const plan = JSON.parse(text) as SweepPlan;
    if (plan.format === SWEEP_FORMAT) return plan;
  } catch {}
  throw new SweepError(`${path} does not begin like the results of a sweep; move it away`);
}

/** undefined: not even the first line is whole. */
function readJournal(path: string): JournalFile | undefined {
  const contents = readFileSync(path);
  const bytes = contents.lastIndexOf(0x0a) + 1;
  const [head, ...lines] = contents.subarray(0, bytes).toString("utf8").split("\n").slice(0, -1);
  return head === undefined ? undefined : { path, plan: parseHead(head, path), lines, bytes };
}

function parseLine(text: string, plan: SweepPlan): { cell: Cell; result: CellResult } | undefined {
  try {
    const { cell: index, result, ...rest } = JSON.parse(text) as Line;
    if (!Number.isInteger(index) || index < 0 || index >= cellCount(plan.grid)) return undefined;
    const cell = cellAt(plan.grid, index);
    const isSame = lineOf(cell, result) === lineOf({ index, ...rest }, result);
    return isSame && typeof result === "object" ? { cell, result } : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the cells of a file over. Throws SweepError for damaged lines, and for cells that are known with other results. */
function takeOver({ path, lines }: JournalFile, results: SweepResults): void {
  for (const [n, text] of lines.entries()) {
    const line = parseLine(text, results.plan);
    if (!line) {
      throw new SweepError(`${path}:${n + 2} is damaged; delete this line, its cell is computed again`);
    }
    const { cell, result } = line;
    const known = results.get(cell.index);
    if (known && JSON.stringify(known) !== JSON.stringify(result)) {
      throw new SweepError(
        `${path}:${n + 2}: another result for ${cellText(cell)} than before; one of the two is wrong, delete its file`,
      );
    }
    results.set(cell.index, result);
  }
}

function findJournals(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw new SweepError(`cannot read ${directory}: ${writeErrorReason(error as NodeJS.ErrnoException)}`);
  }
  return names
    .filter((name) => JOURNAL.test(name))
    .sort()
    .map((name) => join(directory, name));
}

/** The results in directories. Throws SweepError when there are none, and when they are not of one sweep. */
export function readSweep(directories: readonly string[]): SweepResults {
  let results: SweepResults | undefined;
  let first = "";
  for (const directory of directories) {
    const files = findJournals(directory).map(readJournal);
    const whole = files.filter((file) => file !== undefined);
    if (whole.length === 0) throw new SweepError(`${directory} holds no results of a sweep`);
    for (const file of whole) {
      if (!results) {
        results = new SweepResults(file.plan);
        first = file.path;
      }
      const difference = planDifference(file.plan, results.plan);
      if (difference) {
        throw new SweepError(`${file.path} and ${first} are of different sweeps (${difference})`);
      }
      takeOver(file, results);
    }
  }
  if (!results) throw new SweepError("no directory with results was given");
  return results;
}

/** Results of a sweep that go on: those in its directory, and a file that takes more. */
export class SweepJournal {
  readonly results: SweepResults;
  readonly #path: string;

  /**
   * Reads what is in the directory, which must exist, and begins or continues the file of the shard. Throws SweepError when
   * another sweep has left its results there.
   */
  constructor(directory: string, plan: SweepPlan, shard?: Shard) {
    this.results = new SweepResults(plan);
    this.#path = join(directory, journalName(shard));
    let own: JournalFile | undefined;
    for (const path of findJournals(directory)) {
      const file = readJournal(path);
      if (!file) continue;
      const difference = planDifference(file.plan, plan);
      if (difference) {
        throw new SweepError(
          `${directory} holds another sweep (${difference}); give another directory with --output, or delete it`,
        );
      }
      takeOver(file, this.results);
      if (path === this.#path) own = file;
    }
    this.#write(() => {
      if (own) truncateSync(this.#path, own.bytes);
      else writeFileSync(this.#path, `${JSON.stringify(plan)}\n`);
    });
  }

  append(cell: Cell, result: CellResult): void {
    this.#write(() => appendFileSync(this.#path, lineOf(cell, result)));
    this.results.set(cell.index, result);
  }

  #write(action: () => void): void {
    try {
      action();
    } catch (error) {
      const reason = writeErrorReason(error as NodeJS.ErrnoException);
      throw new SweepError(`cannot write ${this.#path}: ${reason}; the same command goes on from there`);
    }
  }
}
