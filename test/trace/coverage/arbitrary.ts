/** Random coverage data. */
import fc from "fast-check";
import type { CoverageData, FileCoverage } from "../../../src/trace/coverage/index.ts";

const count = fc.integer({ min: 0, max: 5 });
const line = fc.integer({ min: 1, max: 30 }).map(String);
const way = fc.constantFrom("3", "7", "12", "7:5", "end", "again", "end taken", "end not taken");
const name = fc.constantFrom("main", "filter", "Filter.step", "operator,2");

const fileCoverage: fc.Arbitrary<FileCoverage> = fc.record({
  lines: fc.dictionary(line, count),
  branches: fc.dictionary(
    fc.tuple(line, fc.integer({ min: 0, max: 9 })).map(([at, column]) => `${at}:${column}`),
    fc.dictionary(way, count, { minKeys: 2, maxKeys: 4 }),
  ),
  functions: fc.dictionary(
    fc.tuple(line, name).map(([at, f]) => `${at}:${f}`),
    fc.record({ calls: count, compiled: fc.boolean() }),
  ),
});

export const coverageData: fc.Arbitrary<CoverageData> = fc.dictionary(
  fc.constantFrom("a.ts", "lib/b.ts", "lib/inner/c d.ts", "main.s"),
  fileCoverage,
);
