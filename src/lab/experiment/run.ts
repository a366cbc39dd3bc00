/** Runs the cells of an experiment, in this process or in workers, and collects their results. */
import { Worker } from "node:worker_threads";
import { type Cell, CellStore } from "./cells.ts";
import {
  type AccuracyResult,
  CHIP_ROWS,
  type ChipRow,
  type CurveResult,
  type ExperimentOptions,
  type FloatResult,
  inputsOf,
  Laboratory,
  needsOf,
  planTasks,
  type Task,
  type TrainingResult,
  type TransferResult,
  taskKeyOf,
} from "./tasks.ts";

export interface ExperimentResults {
  readonly options: ExperimentOptions;
  readonly float: FloatResult;
  readonly ideal: AccuracyResult;
  /** By row, one a chip. */
  readonly rows: Readonly<Record<ChipRow, readonly AccuracyResult[]>>;
  readonly training: readonly TrainingResult[];
  readonly noise: readonly CurveResult[];
  readonly mismatch: readonly CurveResult[];
  readonly temperature: readonly CurveResult[];
  readonly transfer: readonly TransferResult[];
  /** Wall time of all cells, seconds; those of earlier runs included. */
  readonly seconds: number;
}

export interface RunOptions {
  /** Cells at a time; 1 computes in this process. */
  readonly jobs: number;
  readonly report: (line: string) => void;
}

/** Computes what is missing in the directory. */
export async function runExperiment(
  options: ExperimentOptions,
  directory: string,
  { jobs, report }: RunOptions,
): Promise<ExperimentResults> {
  const store = new CellStore(directory);
  const tasks = planTasks(options);
  const find = (task: Task) => store.read<unknown>(taskKeyOf(task), inputsOf(task, options));
  const done = new Set(tasks.filter((task) => find(task) !== undefined).map(taskKeyOf));
  // A result rests on others: without them it is computed again as well.
  for (const task of tasks)
    if (needsOf(task, options).some((key) => !done.has(key))) done.delete(taskKeyOf(task));
  if (done.size > 0) report(`${done.size} of ${tasks.length} results are there already`);
  const waiting = tasks.filter((task) => !done.has(taskKeyOf(task)));
  const local = new Laboratory(store, options, report);
  const next = (): Task | undefined => {
    const index = waiting.findIndex((task) => needsOf(task, options).every((key) => done.has(key)));
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  };
  const running = new Map<Promise<void>, string>();
  while (waiting.length > 0 || running.size > 0) {
    const task = running.size < jobs ? next() : undefined;
    if (task === undefined) {
      await Promise.race(running.keys());
      continue;
    }
    const key = taskKeyOf(task);
    const work = (jobs === 1 ? local.run(task) : inWorker(task, options, directory, report)).then(() => {
      done.add(key);
      running.delete(work);
      report(`[${done.size}/${tasks.length}] ${describe(task, find(task))}`);
    });
    running.set(work, key);
  }
  return collect(options, store);
}

function describe(task: Task, cell: Cell<unknown> | undefined): string {
  const { accuracy } = (cell?.result ?? {}) as { accuracy?: number };
  const figure = accuracy === undefined ? "" : `: ${(100 * accuracy).toFixed(2)} %`;
  return `${taskKeyOf(task)}${figure} (${(cell?.seconds ?? 0).toFixed(0)} s)`;
}

function inWorker(
  task: Task,
  options: ExperimentOptions,
  directory: string,
  report: (line: string) => void,
): Promise<void> {
  const file = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: { task, options, directory } });
    worker.on("message", report);
    worker.on("error", reject);
    worker.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`)),
    );
  });
}

function collect(options: ExperimentOptions, store: CellStore): ExperimentResults {
  let seconds = 0;
  const result = <Result>(task: Task): Result => {
    const cell = store.read<Result>(taskKeyOf(task), inputsOf(task, options));
    if (cell === undefined) throw new Error(`the result of ${taskKeyOf(task)} is missing`);
    seconds += cell.seconds;
    return cell.result;
  };
  const chips = Array.from({ length: options.chips }, (_, n) => n + 1);
  const byChip = <Result>(kind: "training" | "noise" | "mismatch" | "temperature") =>
    chips.map((chip) => result<Result>({ kind, chip }));
  const rows = Object.fromEntries(
    CHIP_ROWS.map((row) => [
      row,
      chips.map((chip) => result<AccuracyResult>({ kind: "accuracy", row, chip })),
    ]),
  ) as Record<ChipRow, AccuracyResult[]>;
  const results = {
    options,
    float: result<FloatResult>({ kind: "float" }),
    ideal: result<AccuracyResult>({ kind: "ideal" }),
    rows,
    training: byChip<TrainingResult>("training"),
    noise: byChip<CurveResult>("noise"),
    mismatch: byChip<CurveResult>("mismatch"),
    temperature: byChip<CurveResult>("temperature"),
    transfer: chips.map((from) => result<TransferResult>({ kind: "transfer", from })),
  };
  const all = { ...results, seconds };
  store.writeFile("results.json", `${JSON.stringify(all, null, 2)}\n`);
  return all;
}
