/** Threads that build and run tests. */
import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Piscina } from "piscina";
import type { BrokenFile, BuiltFile } from "./model.ts";
import type { TaskResult, TestTask } from "./run-test.ts";
import type { BuildTask, RunFailure } from "./worker.ts";

const isSource = import.meta.url.endsWith(".ts");

/**
 * From TypeScript sources a thread has to learn to load them. Only them: a loader for everything would also translate the
 * compiler and its libraries, which takes far longer than loading them.
 */
function sourceLoader(): string[] {
  // That of tsx, which is only there where the sources are.
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const esbuild = pathToFileURL(createRequire(tsx).resolve("esbuild")).href;
  const hooks = `
    import { readFile } from "node:fs/promises";
    import { fileURLToPath } from "node:url";
    import esbuild from ${JSON.stringify(esbuild)};
    export async function load(url, context, next) {
      if (!url.startsWith("file:") || !/\\.ts$/.test(url)) return next(url, context);
      const text = await readFile(fileURLToPath(url), "utf8");
      const { code } = await esbuild.transform(text, { loader: "ts", format: "esm", target: "node20" });
      return { format: "module", source: code, shortCircuit: true };
    }`;
  const url = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(url(hooks))});`;
  return ["--import", url(register)];
}

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
    const file = new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url);
    this.#threads = new Piscina({
      filename: fileURLToPath(file),
      minThreads: 0,
      maxThreads: workers,
      idleTimeout: 60_000,
      execArgv: isSource ? sourceLoader() : [],
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
