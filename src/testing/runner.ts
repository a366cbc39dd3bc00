/** Runs the tests of files on a pool of threads and tells what happens in the order of the files and their tests. */
import { setMaxListeners } from "node:events";
import {
  type BrokenFile,
  type BuiltFile,
  fullName,
  type ListedTest,
  type PpuOutcome,
  type RunSettings,
  type Seeds,
  type TestResult,
} from "./model.ts";
import type { TestPool } from "./pool.ts";
import type { TaskResult, TestTask } from "./run-test.ts";
import type { RunFailure } from "./worker.ts";

export interface TestRun {
  /** In the order in which they are reported. */
  readonly files: readonly string[];
  /** Check bounds and `assert` in AssemblyScript. */
  readonly checks: boolean;
  /** Build AssemblyScript as for a debugger, which keeps the code of a line together; default: no. */
  readonly debug?: boolean;
  readonly settings: RunSettings;
  /** Each test is run with every pair of these, unless it asks for its own. Not empty. */
  readonly chipSeeds: readonly number[];
  readonly noiseSeeds: readonly number[];
  /** Which tests, by full name; default: all. */
  readonly select?: (name: string) => boolean;
  /** Stop after so many failed tests and broken files; default: never. */
  readonly bail?: number;
  /** Files that need not be built again; new ones are added. */
  readonly builds?: Map<string, BuiltFile | BrokenFile>;
}

export interface TestTotals {
  readonly files: number;
  readonly failedFiles: number;
  readonly tests: number;
  readonly failed: number;
  /** Files whose tests could not be run. */
  readonly broken: number;
  readonly cycles: number;
  readonly instructions: number;
  /** `bail` has ended the run. */
  readonly bailed: boolean;
}

export type TestEvent =
  /** The results of a file follow. `tests`: how many; undefined where only the program itself knows. */
  | { readonly kind: "file"; readonly file: string; readonly tests: number | undefined }
  | { readonly kind: "broken"; readonly file: string; readonly problems: readonly string[] }
  | { readonly kind: "test"; readonly result: TestResult }
  /** A program was run as a whole; its cases, told before, say nothing about its PPUs. */
  | {
      readonly kind: "program";
      readonly file: string;
      readonly seeds: Seeds;
      readonly ppus: readonly PpuOutcome[];
    }
  | { readonly kind: "end"; readonly totals: TestTotals };

type Built = BuiltFile | BrokenFile;

export const isBroken = (file: Built): file is BrokenFile => "problems" in file;

/** A promise whose failure is nobody's concern until it is awaited. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Files built, in the order given; `run.builds` is used and filled. */
function startBuilds(run: TestRun, pool: TestPool, signal: AbortSignal): Promise<Built>[] {
  const { builds, checks, debug = false, settings } = run;
  return run.files.map((file) => {
    const known = builds?.get(file);
    if (known) return Promise.resolve(known);
    const building = pool.build({ file, options: { checks, debug, settings } }, signal).then((built) => {
      builds?.set(file, built);
      return built;
    });
    return quiet(building);
  });
}

/** Builds files without running anything. */
export async function* listTests(run: TestRun, pool: TestPool, signal: AbortSignal): AsyncGenerator<Built> {
  for (const built of startBuilds(run, pool, signal)) yield await built;
}

/** The seeds that a test runs with. */
function seedsOf(run: TestRun, test?: ListedTest): Seeds[] {
  const { chipSeed, noiseSeeds = run.noiseSeeds } = test?.demands ?? {};
  const chips = chipSeed === undefined ? run.chipSeeds : [chipSeed];
  return chips.flatMap((chip) => noiseSeeds.map((noise) => ({ chip, noise })));
}

/** What there is to do for a file, in order. */
function tasksOf(run: TestRun, built: BuiltFile): TestTask[] {
  const { settings, select } = run;
  const program = { file: built.file, id: built.id, elf: built.elf };
  if (!built.tests) return seedsOf(run).map((seeds) => ({ built: program, seeds, settings }));
  return built.tests
    .map((test, number) => ({ ...test, number }))
    .filter(({ name }) => select?.(fullName(name)) ?? true)
    .flatMap((test) => seedsOf(run, test).map((seeds) => ({ built: program, test, seeds, settings })));
}

interface Started {
  readonly built: Built;
  readonly tests: number | undefined;
  readonly results: readonly Promise<TaskResult | RunFailure>[];
}

class Totals {
  files = 0;
  failedFiles = 0;
  tests = 0;
  failed = 0;
  broken = 0;
  cycles = 0;
  instructions = 0;
  bailed = false;

  count({ passed }: TestResult, bail: number): void {
    this.tests++;
    if (!passed) this.failed++;
    this.bailed = this.failed + this.broken >= bail;
  }

  countBroken(bail: number): void {
    this.broken++;
    this.bailed = this.failed + this.broken >= bail;
  }

  /** Time of the PPU that took longest. */
  countTime(ppus: readonly PpuOutcome[]): void {
    this.cycles += Math.max(...ppus.map(({ cycles }) => cycles));
    this.instructions += Math.max(...ppus.map(({ instructions }) => instructions));
  }
}

/**
 * Builds the files and runs their tests. Leaving the generator early, or the signal, ends what is under way. The last event
 * is `end`; files without a selected test are not mentioned.
 */
export async function* runTests(
  run: TestRun,
  pool: TestPool,
  signal?: AbortSignal,
): AsyncGenerator<TestEvent> {
  const own = new AbortController();
  const stop = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  // Every task listens.
  setMaxListeners(0, stop);
  const totals = new Totals();
  try {
    const started = startBuilds(run, pool, stop).map((building) =>
      quiet(
        building.then((built): Started => {
          if (isBroken(built)) return { built, tests: 0, results: [] };
          const tasks = tasksOf(run, built);
          return {
            built,
            tests: built.tests ? tasks.length : undefined,
            results: tasks.map((task) => quiet(pool.run(task, stop))),
          };
        }),
      ),
    );
    for (const file of started) {
      yield* fileEvents(run, await file, totals);
      if (totals.bailed) break;
    }
    yield { kind: "end", totals: { ...totals } };
  } finally {
    own.abort();
  }
}

async function* fileEvents(
  { select, bail = Number.POSITIVE_INFINITY }: TestRun,
  { built, tests, results }: Started,
  totals: Totals,
): AsyncGenerator<TestEvent> {
  const { file } = built;
  if (isBroken(built)) {
    totals.files++;
    totals.failedFiles++;
    totals.countBroken(bail);
    yield { kind: "broken", file, problems: built.problems };
    return;
  }
  if (tests === 0) return;
  totals.files++;
  const before = totals.failed;
  yield { kind: "file", file, tests };
  for (const pending of results) {
    const outcome = await pending;
    if ("problems" in outcome) {
      totals.countBroken(bail);
      yield { kind: "broken", file, problems: outcome.problems };
      break;
    }
    for (const result of outcome.results) {
      // A program that runs as a whole tells its cases only now.
      if (tests === undefined && select?.(fullName(result.name)) === false) continue;
      totals.count(result, bail);
      if (!outcome.program) totals.countTime(result.ppus);
      yield { kind: "test", result };
    }
    if (outcome.program) {
      const [{ seeds }] = outcome.results;
      totals.countTime(outcome.program);
      yield { kind: "program", file, seeds, ppus: outcome.program };
    }
    if (totals.bailed) break;
  }
  if (totals.failed > before) totals.failedFiles++;
}
