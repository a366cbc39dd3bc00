/** Runs the cells of an experiment, in this process or in workers, and collects their results. */
import { Worker } from "node:worker_threads";
import { isSource, packageModule } from "../../package-root.ts";
import { dataSet } from "../data-sets.ts";
import { type Cell, CellError, CellStore } from "./cells.ts";
import { Laboratory } from "./laboratory.ts";
import { programHash } from "./program-hash.ts";
import type { AccuracyResult, CurveResult, HostResult, TrainingResult, TransferResult } from "./results.ts";
import {
  CHIP_ROW_NAMES,
  type ChipRow,
  type Curve,
  chipsOf,
  type ExperimentOptions,
  inputsOf,
  needsOf,
  planTasks,
  STARTS,
  type Start,
  type Task,
  taskKeyOf,
} from "./tasks.ts";
import type { WorkerMessage, WorkerTask } from "./worker.ts";

export interface ExperimentResults extends Readonly<Record<Curve, readonly CurveResult[]>> {
  readonly options: ExperimentOptions;
  readonly host: HostResult;
  readonly ideal: AccuracyResult;
  /** By row, one a chip. */
  readonly rows: Readonly<Record<ChipRow, readonly AccuracyResult[]>>;
  /** By the network that training begins with, one a chip. */
  readonly training: Readonly<Record<Start, readonly TrainingResult[]>>;
  readonly transfer: readonly TransferResult[];
  /** Wall time of the cells by their kind, seconds; those of earlier runs included. */
  readonly seconds: Readonly<Partial<Record<Task["kind"], number>>>;
}

export interface RunOptions {
  /** Cells at a time; 1 computes in this process. */
  readonly jobs: number;
  readonly report: (line: string) => void;
  /** Hash of the program as it is now, default `programHash`. */
  readonly hash?: () => string;
}

/**
 * Computes what is missing in the directory. Throws DataError when the package of the data set is not installed, and
 * CellError when the directory can't be used or the program is changed meanwhile.
 */
export async function runExperiment(
  options: ExperimentOptions,
  directory: string,
  { jobs, report, hash = programHash }: RunOptions,
): Promise<ExperimentResults> {
  dataSet(options.data).directory();
  const store = new CellStore(directory);
  const program = hash();
  const tasks = planTasks(options);
  const find = (task: Task) => store.read<unknown>(taskKeyOf(task), inputsOf(task, options, program));
  const done = new Set(tasks.filter((task) => find(task) !== undefined).map(taskKeyOf));
  const isReady = (task: Task) => needsOf(task, options).every((need) => done.has(taskKeyOf(need)));
  // A result rests on others: without them it is computed again as well. Needs stand before what needs them.
  for (const task of tasks) if (!isReady(task)) done.delete(taskKeyOf(task));
  if (done.size > 0) report(`${done.size} of ${tasks.length} results are there already`);
  const waiting = tasks.filter((task) => !done.has(taskKeyOf(task)));
  const local = new Laboratory(store, options, program, report);
  const compute = (task: Task) =>
    jobs === 1 ? local.run(task) : inWorker({ task, options, directory, program }, report);
  const next = (): Task | undefined => {
    const index = waiting.findIndex(isReady);
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  };
  const running = new Set<Promise<void>>();
  while (waiting.length > 0 || running.size > 0) {
    const task = running.size < jobs ? next() : undefined;
    if (task === undefined) {
      await Promise.race(running);
      continue;
    }
    // What is loaded from now on, in this cell or by its worker, would be another program.
    if (hash() !== program) {
      await Promise.allSettled(running);
      throw new CellError("the program was changed while the experiment ran; start it again, from a copy");
    }
    const work = compute(task).then(() => {
      done.add(taskKeyOf(task));
      running.delete(work);
      report(`[${done.size}/${tasks.length}] ${describe(task, find(task))}`);
    });
    running.add(work);
  }
  return collect(options, store, program);
}

function describe(task: Task, cell: Cell<unknown> | undefined): string {
  const { accuracy } = (cell?.result ?? {}) as { accuracy?: number };
  const figure = accuracy === undefined ? "" : `: ${(100 * accuracy).toFixed(2)} %`;
  return `${taskKeyOf(task)}${figure} (${(cell?.seconds ?? 0).toFixed(0)} s)`;
}

/** From TypeScript sources, a thread has to be taught by tsx to load them; options of the process don't reach it. */
function startWorker(workerData: WorkerTask): Worker {
  const file = packageModule("lab/experiment/worker");
  if (!isSource()) return new Worker(file, { workerData });
  const load = `import("tsx/esm/api").then(({ register }) => (register(), import("${file}")))`;
  return new Worker(load, { eval: true, workerData });
}

function inWorker(workerData: WorkerTask, report: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = startWorker(workerData);
    worker.on("message", (message: WorkerMessage) => {
      if (typeof message === "string") report(message);
      else reject(Object.assign(new Error(message.message), { name: message.name }));
    });
    worker.on("error", reject);
    worker.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`)),
    );
  });
}

function collect(options: ExperimentOptions, store: CellStore, program: string): ExperimentResults {
  const result = <Result>(task: Task): Result => {
    const cell = store.read<Result>(taskKeyOf(task), inputsOf(task, options, program));
    if (cell === undefined) throw new Error(`the result of ${taskKeyOf(task)} is missing`);
    return cell.result;
  };
  const byChip = <Result>(taskOf: (chip: number) => Task) =>
    chipsOf(options).map((chip) => result<Result>(taskOf(chip)));
  const curves = (kind: Curve) => byChip<CurveResult>((chip) => ({ kind, chip }));
  const seconds: Partial<Record<Task["kind"], number>> = {};
  for (const task of planTasks(options)) {
    const cell = store.read(taskKeyOf(task), inputsOf(task, options, program));
    seconds[task.kind] = (seconds[task.kind] ?? 0) + (cell?.seconds ?? 0);
  }
  const results: ExperimentResults = {
    options,
    host: result<HostResult>({ kind: "host" }),
    ideal: result<AccuracyResult>({ kind: "ideal" }),
    rows: Object.fromEntries(
      CHIP_ROW_NAMES.map((row) => [row, byChip((chip) => ({ kind: "accuracy", row, chip }))]),
    ) as Record<ChipRow, AccuracyResult[]>,
    training: Object.fromEntries(
      STARTS.map((start) => [start, byChip((chip) => ({ kind: "training", start, chip }))]),
    ) as Record<Start, TrainingResult[]>,
    noise: curves("noise"),
    mismatch: curves("mismatch"),
    temperature: curves("temperature"),
    transfer: byChip<TransferResult>((chip) => ({ kind: "transfer", chip })),
    seconds,
  };
  store.writeFile("results.json", `${JSON.stringify(results, null, 2)}\n`);
  return results;
}
