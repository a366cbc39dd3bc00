/** Runs tests again when their sources change. */
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { watch } from "chokidar";
import { isDynamicPattern } from "tinyglobby";
import { stampOf } from "./build.ts";
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
  const first = parts.findIndex((part) => isDynamicPattern(part));
  return parts.slice(0, first).join("/") || ".";
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
    ignored: (path) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path),
  });
  /** As of the last run; a test file that nobody knows yet is none of them. */
  const stamps = new Map(wanted.map((file) => [resolve(file), stampOf(file)]));
  const request = (): void => {
    interrupt.abort();
    wake();
  };
  // Also told of files as they are when it begins to watch them: what has changed since they were read is not lost.
  watcher.on("all", (_event, path) => {
    const full = resolve(path);
    const isSource = stamps.has(full) || /\.(test\.ts|elf)$/.test(full);
    if (!isSource || stamps.get(full) === stampOf(full)) return;
    stamps.set(full, stampOf(full));
    changed.add(full);
    request();
  });
  over.addEventListener("abort", () => wake());
  // A file that appears before its directory is watched would be missed.
  await new Promise<void>((resume) => {
    watcher.once("ready", resume);
  });

  /** Files that a change concerns; they are built anew. */
  async function affected(): Promise<string[]> {
    const files = await discoverTests(patterns).catch((): string[] => []);
    for (const file of [...builds.keys()]) {
      const { sources } = builds.get(file)!;
      if (isAllWanted || !files.includes(file) || Object.keys(sources).some((path) => changed.has(path)))
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
      for (const { sources } of builds.values()) {
        for (const [path, stamp] of Object.entries(sources)) {
          // A change that came meanwhile is known already.
          if (!changed.has(path)) stamps.set(path, stamp);
        }
      }
      watcher.add([...stamps.keys()]);
      if (!interrupt.signal.aborted) {
        onIdle(stamps.size);
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
