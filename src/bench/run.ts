/** Running suites, and finding them by name. */
import { availableParallelism } from "node:os";
import { packageVersion } from "../package-root.ts";
import { SUITES } from "./suites.ts";
import { timed } from "./turns.ts";
import type { BenchReport, Suite, SuiteResult } from "./types.ts";

/** A name that no suite has. */
export class SuiteError extends Error {
  override readonly name = "SuiteError";
}

/** The suites with these names, in the order of the list; all without names. Throws SuiteError. */
export function findSuites(names: readonly string[]): readonly Suite[] {
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    const known = SUITES.map(({ name }) => name).join(", ");
    throw new SuiteError(`no suite '${unknown}'; there are ${known}`);
  }
  return names.length === 0 ? SUITES : SUITES.filter(({ name }) => names.includes(name));
}

/** Six significant digits. */
const rounded = (value: number) => Number(value.toPrecision(6));

/** Runs suites one after the other in this process; `onSuite` sees each as soon as it is done. */
export async function runSuites(
  suites: readonly Suite[],
  long: boolean,
  onSuite: (result: SuiteResult) => void = () => {},
): Promise<BenchReport> {
  const results: SuiteResult[] = [];
  for (const { name, run } of suites) {
    const notes: string[] = [];
    const { seconds, result } = await timed(() => run({ long, note: (text) => notes.push(text) }));
    const rows = result.map((row) => ({ ...row, value: rounded(row.value) }));
    results.push({ name, seconds: rounded(seconds), notes, rows });
    onSuite(results[results.length - 1]);
  }
  return {
    version: packageVersion(),
    node: process.version,
    cpus: availableParallelism(),
    form: long ? "long" : "short",
    suites: results,
  };
}
