/** Computes cells on threads. Each takes the next cell when it is done with one, so that all are busy to the end. */
import { Piscina } from "piscina";
import type { ThreadModule } from "../../thread-module.ts";
import type { Cell } from "./grid.ts";
import type { CellResult } from "./journal.ts";
import { SweepError } from "./plan.ts";

/** What computes cells: a module whose default export takes a `Cell` and gives its `CellResult`, and what it needs. */
export interface SweepWork {
  readonly module: ThreadModule;
  /** Handed to each thread once, as `workerData`. */
  readonly data: unknown;
}

export interface RunCellsOptions {
  readonly workers: number;
  /** Ends it; cells under way are dropped. */
  readonly signal?: AbortSignal;
  /** In the order in which they are done; what it throws ends the run. */
  readonly onResult: (cell: Cell, result: CellResult) => void;
}

/** Handed out ahead for each thread, so that none waits for this one. */
const CELLS_A_WORKER = 2;

/** Computes cells in any order. Resolves when all are done, or after `signal`. */
export async function runCells(
  cells: readonly Cell[],
  { module, data }: SweepWork,
  { workers, signal, onResult }: RunCellsOptions,
): Promise<void> {
  const threads = Math.min(workers, cells.length);
  if (threads === 0) return;
  const pool = new Piscina({ ...module, minThreads: threads, maxThreads: threads, workerData: data });
  const isStopped = () => signal?.aborted ?? false;
  const stop = () => void pool.destroy();
  signal?.addEventListener("abort", stop);
  let next = 0;
  const lane = async () => {
    while (next < cells.length && !isStopped()) {
      const cell = cells[next++];
      const result: CellResult = await pool.run(cell);
      if (!isStopped()) onResult(cell, result);
    }
  };
  try {
    await Promise.all(Array.from({ length: CELLS_A_WORKER * threads }, lane));
  } catch (error) {
    if (isStopped()) return;
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY") {
      throw new SweepError("a thread ran out of memory; give fewer --workers");
    }
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await pool.destroy();
  }
}
