/** Runs tests again when their sources change. */
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { watch } from "chokidar";
import { isDynamicPattern } from "tinyglobby";
import { DEFAULT_PATTERN, discoverTests } from "./discover.ts";
import type { BrokenFile, BuiltFile } from "./model.ts";
import type { TestRun } from "./runner.ts";

export interface WatchOptions {
  /** As for `discoverTests`; asked again after each change, so that new files are found. */
  readonly patterns: readonly string[];
  /** Its files are replaced. */
  readonly run: TestRun;
  /** Runs tests and reports them; is aborted by a change. Throws only for what ends the watch. */
  readonly runOnce: (run: TestRun, signal: AbortSignal) => Promise<void>;
  /** Called when everything asked for has been run and reported, with the number of files that are watched. */
  readonly onIdle: (watched: number) => void;
  readonly signal: AbortSignal;
}

/** What the user asks for while tests are watched. */
export interface WatchControl {
  /** Ends when the signal does, or after `quit`. */
  readonly finished: Promise<void>;
  /** Runs all files again, built anew. */
  runAll(): void;
  quit(): void;
}

/** Editors write files in several steps. */
const SETTLE_MILLISECONDS = 80;

/** The fixed part of a pattern, where new files may appear. */
function directoryOf(pattern: string): string {
  if (!isDynamicPattern(pattern)) return pattern;
  const parts = pattern.split("/");
  return (
    parts
      .slice(
        0,
        parts.findIndex((part) => isDynamicPattern(part)),
      )
      .join("/") || "."
  );
}

/** Begins with a run of all files. Throws DiscoveryError when there are none. */
export async function watchTests({
  patterns,
  run,
  runOnce,
  onIdle,
  signal,
}: WatchOptions): Promise<WatchControl> {
  const builds = new Map<string, BuiltFile | BrokenFile>();
  const changed = new Set<string>();
  const end = new AbortController();
  const over = AbortSignal.any([signal, end.signal]);
  let interrupt = new AbortController();
  let wake = () => {};
  let isAllWanted = false;
  let wanted = await discoverTests(patterns);

  const watcher = watch((patterns.length > 0 ? patterns : [DEFAULT_PATTERN]).map(directoryOf), {
    ignoreInitial: true,
    ignored: (path) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path),
  });
  const isOfInterest = (path: string): boolean =>
    /\.(test\.ts|elf)$/.test(path) || [...builds.values()].some(({ sources }) => sources.includes(path));
  const request = (): void => {
    interrupt.abort();
    wake();
  };
  watcher.on("all", (_event, path) => {
    if (!isOfInterest(resolve(path))) return;
    changed.add(resolve(path));
    request();
  });
  over.addEventListener("abort", () => wake());

  /** Files that a change concerns; they are built anew. */
  async function affected(): Promise<string[]> {
    const files = await discoverTests(patterns).catch((): string[] => []);
    for (const file of [...builds.keys()]) {
      const { sources } = builds.get(file)!;
      if (isAllWanted || !files.includes(file) || sources.some((path) => changed.has(path)))
        builds.delete(file);
    }
    isAllWanted = false;
    changed.clear();
    return files.filter((file) => !builds.has(file));
  }

  async function loop(): Promise<void> {
    while (!over.aborted) {
      interrupt = new AbortController();
      const files = wanted;
      let isComplete = false;
      try {
        if (files.length > 0)
          await runOnce({ ...run, files, builds }, AbortSignal.any([over, interrupt.signal]));
        isComplete = true;
      } catch (error) {
        if (!over.aborted && !interrupt.signal.aborted) throw error;
      }
      if (over.aborted) return;
      const sources = new Set([...builds.values()].flatMap((built) => built.sources));
      watcher.add([...sources]);
      if (!interrupt.signal.aborted) {
        onIdle(sources.size);
        await new Promise<void>((resume) => {
          wake = resume;
          if (over.aborted || changed.size > 0 || isAllWanted) resume();
        });
      }
      if (over.aborted) return;
      await delay(SETTLE_MILLISECONDS);
      const unfinished = isComplete ? [] : files;
      wanted = [...new Set([...unfinished, ...(await affected())])];
    }
  }

  return {
    finished: loop().finally(() => watcher.close()),
    runAll() {
      isAllWanted = true;
      request();
    },
    quit: () => end.abort(),
  };
}
