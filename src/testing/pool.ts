/** Threads that build and run tests. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Piscina } from "piscina";
import { threadModule } from "../thread-module.ts";
import type { BrokenFile, BuiltFile } from "./model.ts";
import type { TaskResult, TestTask } from "./run-test.ts";
import type { BuildTask, RunFailure } from "./worker.ts";

/** Builds and runs. */
export interface TestPool {
  build(task: BuildTask, signal: AbortSignal): Promise<BuiltFile | BrokenFile>;
  run(task: TestTask, signal: AbortSignal): Promise<TaskResult | RunFailure>;
  /** Ends all threads, those at work included. */
  close(): Promise<void>;
}

/** Several threads; they start when they are needed. */
class ThreadPool implements TestPool {
  readonly #threads: Piscina;

  constructor(workers: number) {
    this.#threads = new Piscina({
      ...threadModule("testing/worker"),
      minThreads: 0,
      maxThreads: workers,
      idleTimeout: 60_000,
    });
  }

  build(task: BuildTask, signal: AbortSignal): Promise<BuiltFile | BrokenFile> {
    return this.#threads.run(task, { name: "build", signal });
  }

  run(task: TestTask, signal: AbortSignal): Promise<TaskResult | RunFailure> {
    return this.#threads.run(task, { name: "run", signal });
  }

  close(): Promise<void> {
    return this.#threads.destroy();
  }
}

/** This thread, which does one thing after the other and lets others have their turn in between. */
class ThisThread implements TestPool {
  #last: Promise<unknown> = Promise.resolve();

  build(task: BuildTask, signal: AbortSignal): Promise<BuiltFile | BrokenFile> {
    return this.#queue(signal, async () => (await import("./worker.ts")).build(task));
  }

  run(task: TestTask, signal: AbortSignal): Promise<TaskResult | RunFailure> {
    return this.#queue(signal, async () => (await import("./worker.ts")).run(task));
  }

  async close(): Promise<void> {}

  #queue<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      await nextTurn();
      signal.throwIfAborted();
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** A pool with so many threads; with one, everything is done in this thread. */
export const openPool = (workers: number): TestPool =>
  workers > 1 ? new ThreadPool(workers) : new ThisThread();
