/** Which files are tests. */
import { statSync } from "node:fs";
import { relative } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";

/** Where tests are looked for by default. */
export const DEFAULT_PATTERN = "firmware/**/*.test.ts";

/** What counts as a test in a directory: sources by name, and images, which the official toolchain makes. */
const IN_DIRECTORY = "**/*.{test.ts,elf}";

/** A name or pattern that leads to no test. */
export class DiscoveryError extends Error {
  override readonly name = "DiscoveryError";
}

async function filesOf(pattern: string): Promise<string[]> {
  const found = statSync(pattern, { throwIfNoEntry: false });
  if (found?.isFile()) return [pattern];
  if (found?.isDirectory()) return expand(IN_DIRECTORY, pattern);
  if (isDynamicPattern(pattern)) return expand(pattern, ".");
  throw new DiscoveryError(`${pattern}: no such file or directory`);
}

async function expand(pattern: string, directory: string): Promise<string[]> {
  const options = {
    cwd: directory,
    ignore: ["**/node_modules/**"],
    absolute: true,
    expandDirectories: false,
  };
  const paths = await glob(pattern, options);
  return paths.map((path) => relative(process.cwd(), path)).sort();
}

/**
 * Paths of the test files for names of files and directories and patterns, each once, in the order of the arguments and
 * sorted within one. Throws DiscoveryError for one that leads nowhere.
 */
export async function discoverTests(patterns: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of patterns.length > 0 ? patterns : [DEFAULT_PATTERN]) {
    const found = await filesOf(pattern);
    if (found.length === 0) throw new DiscoveryError(`${pattern}: no tests there (*.test.ts or *.elf)`);
    for (const file of found) files.add(file);
  }
  return [...files];
}
