/** Computes one cell in a thread of its own; posts lines of its report, or the error that ended it. */
import { parentPort, workerData } from "node:worker_threads";
import { CellStore } from "./cells.ts";
import { Laboratory } from "./laboratory.ts";
import type { ExperimentOptions, Task } from "./tasks.ts";

export interface WorkerTask {
  readonly task: Task;
  readonly options: ExperimentOptions;
  readonly directory: string;
  readonly program: string;
}
export type WorkerMessage = string | { readonly name: string; readonly message: string };

const { task, options, directory, program } = workerData as WorkerTask;
const post = (message: WorkerMessage) => parentPort?.postMessage(message);
try {
  await new Laboratory(new CellStore(directory), options, program, post).run(task);
} catch (error) {
  const { name, message } = error as Error;
  post({ name, message });
}
