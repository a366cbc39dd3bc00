/** Tests of firmware that fail in every way, and what is needed to run them here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { buildFile } from "../../src/testing/build.ts";
import { ChipStore } from "../../src/testing/execution.ts";
import type { BuiltFile, RunSettings, TestResult } from "../../src/testing/model.ts";
import { ImageStore, runTask } from "../../src/testing/run-test.ts";

export const SETTINGS: RunSettings = {
  ppus: "top",
  chip: "ideal",
  timing: "chip",
  maxCycles: 200_000,
  counters: false,
};

/** A temporary directory as working directory, so that names of files in reports are always the same. */
export function inDirectory(): (name: string, text: string | Uint8Array) => string {
  const before = process.cwd();
  const directory = mkdtempSync(join(tmpdir(), "ppu-test-"));
  process.chdir(directory);
  afterAll(() => {
    process.chdir(before);
    rmSync(directory, { recursive: true });
  });
  return (name, text) => {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, text);
    return name;
  };
}

const chips = new ChipStore();
const images = new ImageStore();

export async function build(file: string, settings: Partial<RunSettings> = {}): Promise<BuiltFile> {
  const built = await buildFile(
    file,
    { checks: false, debug: false, settings: { ...SETTINGS, ...settings } },
    chips,
  );
  if ("problems" in built) throw new Error(built.problems.join("\n"));
  return built;
}

/** Runs all tests of a file in this thread, with the first of their seeds. */
export async function runFile(file: string, settings: Partial<RunSettings> = {}): Promise<TestResult[]> {
  const built = await build(file, settings);
  const tests = built.tests?.map((test, number) => ({ ...test, number })) ?? [undefined];
  return tests.flatMap((test) => {
    const { chipSeed = 0, noiseSeeds = [0] } = test?.demands ?? {};
    const seeds = { chip: chipSeed, noise: noiseSeeds[0] };
    const task = { built, ...(test && { test }), seeds, settings: { ...SETTINGS, ...settings } };
    return runTask(task, images, chips).results;
  });
}
