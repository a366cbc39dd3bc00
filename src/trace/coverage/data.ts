/** What ran of source files: plain objects that pass between threads and through JSON. Sums of counts merge them. */

export interface FunctionCoverage {
  readonly calls: number;
  /** False: the source text declares it, and no program had code of it. */
  readonly compiled: boolean;
}

/** Coverage of a source file. */
export interface FileCoverage {
  /** How often each line ran, by number from 1. Lines without code are not in it. */
  readonly lines: Readonly<Record<number, number>>;
  /** By the place `line:column` of a decision: how often it went which way. Ways are named in `decisions.ts`. */
  readonly branches: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By `line:name`. */
  readonly functions: Readonly<Record<string, FunctionCoverage>>;
}

/** By path of the source file as the program's debug information names it, below the working directory without that. */
export type CoverageData = Readonly<Record<string, FileCoverage>>;

/** Adds numbers by key into `sums`. */
export function addCounts(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(counts)) sums.set(key, (sums.get(key) ?? 0) + count);
}

/** Keys without a line come last. */
function numberOf(key: string): number {
  const line = Number.parseInt(key, 10);
  return Number.isNaN(line) ? Number.MAX_SAFE_INTEGER : line;
}
const columnOf = (key: string): number => Number.parseInt(key.slice(key.indexOf(":") + 1), 10) || 0;

/** Keys that begin with a line, and maybe `:column`, in the order of the text. */
export const byPlace = (a: string, b: string): number =>
  numberOf(a) - numberOf(b) || columnOf(a) - columnOf(b) || (a < b ? -1 : a > b ? 1 : 0);

/** Keys in the order of the text, so that equal coverage is equal text. */
export const inOrder = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => byPlace(a, b)));

class FileSum {
  readonly #lines = new Map<string, number>();
  readonly #branches = new Map<string, Map<string, number>>();
  readonly #functions = new Map<string, FunctionCoverage>();

  add(file: FileCoverage): void {
    addCounts(this.#lines, file.lines);
    for (const [place, ways] of Object.entries(file.branches)) {
      const sums = this.#branches.get(place) ?? new Map<string, number>();
      this.#branches.set(place, sums);
      addCounts(sums, ways);
    }
    for (const [key, { calls, compiled }] of Object.entries(file.functions)) {
      const before = this.#functions.get(key);
      this.#functions.set(key, {
        calls: calls + (before?.calls ?? 0),
        compiled: compiled || (before?.compiled ?? false),
      });
    }
  }

  coverage(): FileCoverage {
    const branches = [...this.#branches].map(([place, ways]) => [place, inOrder(ways)] as const);
    return {
      lines: inOrder(this.#lines),
      branches: inOrder(branches),
      functions: inOrder(this.#functions),
    };
  }
}

/**
 * Coverage of several programs, tests, seeds or PPUs together: code of any of them counts, and counts add up. The order
 * does not matter.
 */
export function mergeCoverage(parts: Iterable<CoverageData>): CoverageData {
  const files = new Map<string, FileSum>();
  for (const part of parts) {
    for (const [name, file] of Object.entries(part)) {
      const sum = files.get(name) ?? new FileSum();
      files.set(name, sum);
      sum.add(file);
    }
  }
  const names = [...files.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, files.get(name)!.coverage()]));
}
