/**
 * Around a test run: collects what the spec files executed, prints it, and fails a run of the whole suite in which a
 * row of the instruction set was never executed.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { TestProject } from "vitest/node";
import { DETAIL_FILE } from "./detail-file.ts";
import { missingRows, reportText, type SpecNote, specsByVariant } from "./report.ts";

declare module "vitest" {
  export interface ProvidedContext {
    isaCoverage: string;
  }
}

/** Whether every spec file was run with all of its tests. */
async function isWhole(project: TestProject): Promise<boolean> {
  const { testFiles } = await project.globTestFiles();
  const run = new Set(project.vitest.state.getFiles().map(({ filepath }) => filepath));
  const { testNamePattern, shard, dir, root } = project.vitest.config;
  const isPart = testNamePattern || shard || (dir !== undefined && relative(root, dir) !== "");
  return !isPart && testFiles.every((file) => run.has(file));
}

function readNotes(directory: string, root: string): SpecNote[] {
  return readdirSync(directory).map((name) => {
    const note = JSON.parse(readFileSync(join(directory, name), "utf8")) as SpecNote;
    return { ...note, spec: relative(root, note.spec).replaceAll("\\", "/") };
  });
}

export default function setup(project: TestProject): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "ppu-isa-coverage-"));
  project.provide("isaCoverage", directory);
  return async () => {
    const specs = specsByVariant(readNotes(directory, project.config.root));
    rmSync(directory, { recursive: true });
    if (!(await isWhole(project))) return;
    mkdirSync(dirname(DETAIL_FILE), { recursive: true });
    writeFileSync(DETAIL_FILE, `${JSON.stringify(specs, null, 1)}\n`);
    process.stdout.write(`\n${reportText(specs)}`);
    const missing = missingRows(specs);
    if (missing.length === 0) return;
    process.stderr.write(`Instructions that no test executes: ${missing.join(", ")}\n`);
    process.exitCode = 1;
  };
}
