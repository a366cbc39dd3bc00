/** What a thread of the pool does. Each has its own compiler, chips and programs. */
import { type BuildOptions, buildFile, problemLines } from "./build.ts";
import { ChipStore } from "./execution.ts";
import type { BrokenFile, BuiltFile } from "./model.ts";
import { ImageStore, runTask, type TaskResult, type TestTask } from "./run-test.ts";

const chips = new ChipStore();
const images = new ImageStore();

export interface BuildTask {
  readonly file: string;
  readonly options: BuildOptions;
}

export const build = ({ file, options }: BuildTask): Promise<BuiltFile | BrokenFile> =>
  buildFile(file, options, chips);

export interface RunFailure {
  /** Why the test could not be run at all. */
  readonly problems: readonly string[];
}

export function run(task: TestTask): TaskResult | RunFailure {
  try {
    return runTask(task, images, chips);
  } catch (error) {
    const problems = problemLines(error);
    if (!problems) throw error;
    return { problems };
  }
}
