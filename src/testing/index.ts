/** Tests of firmware: finding, building, running and reporting them. */
export { CoverageCollector } from "./coverage.ts";
export { DEFAULT_PATTERN, discoverTests } from "./discover.ts";
export {
  type BrokenFile,
  type BuiltFile,
  fullName,
  type ListedTest,
  type RunSettings,
  type TestFailure,
  type TestResult,
} from "./model.ts";
export { openPool, type TestPool } from "./pool.ts";
export { type JsonReport, JsonReporter } from "./report/json.ts";
export { JunitReporter } from "./report/junit.ts";
export { TerminalReport } from "./report/terminal.ts";
export { isBroken, listTests, runTests, type TestEvent, type TestRun, type TestTotals } from "./runner.ts";
export type { WatchControl, WatchOptions } from "./watch.ts";
