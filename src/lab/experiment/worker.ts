/** Computes one cell in a thread of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { CellStore } from "./cells.ts";
import { type ExperimentOptions, Laboratory, type Task } from "./tasks.ts";

const { task, options, directory } = workerData as {
  readonly task: Task;
  readonly options: ExperimentOptions;
  readonly directory: string;
};
const laboratory = new Laboratory(new CellStore(directory), options, (line) => parentPort?.postMessage(line));
await laboratory.run(task);
