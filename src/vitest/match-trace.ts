/** Golden traces: compared with a run, made and renewed as vitest's own snapshots are. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { MatcherResult, MatcherState } from "vitest";
import { type CompareOptions, type Found, TraceComparison } from "../trace/compare/comparison.ts";
import { DifferenceReport, positionText } from "../trace/compare/report/index.ts";
import type { Trace } from "../trace/model.ts";
import { openTrace } from "../trace/open.ts";
import { traceText } from "../trace/text/index.ts";
import type { FirmwareRun } from "./firmware.ts";

/**
 * How the run is compared with the golden trace. By default cycles, stalls and addresses are ignored, so that neither timing nor
 * a function that was added or moved makes a difference; `{ ignore: [] }` compares everything.
 */
export type MatchTraceOptions = Pick<CompareOptions, "ignore" | "only" | "results" | "ppu">;

const DEFAULTS: MatchTraceOptions = { ignore: ["cycles", "stalls", "addresses"] };

type Result = Exclude<MatcherResult, PromiseLike<unknown>>;

/** `all`: vitest -u; `new`: golden traces that are missing are written; `none`: nothing is written, as in CI. */
type Update = "all" | "new" | "none";

const updateOf = ({ snapshotState }: MatcherState): Update =>
  (snapshotState as { readonly snapshotUpdateState?: Update } | undefined)?.snapshotUpdateState ?? "none";

function pathOf(golden: string | URL, { testPath }: MatcherState): string {
  if (golden instanceof URL) return fileURLToPath(golden);
  return resolve(testPath === undefined ? "." : dirname(testPath), golden);
}

function firstDifference(golden: Trace, trace: Trace, options: CompareOptions): string[] | undefined {
  const comparison = new TraceComparison(golden, trace, options);
  const found: Found | undefined = comparison.differences().next().value;
  if (!found) return undefined;
  const report = new DifferenceReport([golden, trace], comparison);
  return [
    `A is the golden trace, B the run. First difference at ${positionText(found.difference)}:`,
    ...report.lines(found),
  ];
}

function write(path: string, trace: Trace): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, traceText(trace, { addresses: "symbolic", cycles: "relative" }));
}

/** The matcher; see `FirmwareMatchers.toMatchTrace`. */
export async function matchTrace(
  state: MatcherState,
  run: FirmwareRun,
  golden: string | URL,
  options: MatchTraceOptions = DEFAULTS,
): Promise<Result> {
  const { trace, firmware } = run;
  if (!trace) {
    throw new TypeError("toMatchTrace needs a recorded run: run(firmware, { trace: true })");
  }
  const path = pathOf(golden, state);
  const shown = relative(process.cwd(), path);
  const update = updateOf(state);
  if (!existsSync(path)) {
    if (update !== "none" && !state.isNot) {
      write(path, trace);
      return { pass: true, message: () => `${shown} was written` };
    }
    return {
      pass: state.isNot,
      message: () => `there is no golden trace ${shown}; run vitest -u to write it`,
    };
  }
  const difference = firstDifference(await openTrace(path), trace, options);
  if (difference && update === "all" && !state.isNot) {
    write(path, trace);
    return { pass: true, message: () => `${shown} was renewed` };
  }
  return {
    pass: difference === undefined,
    message: () =>
      difference
        ? [
            `${firmware.name} does not run as ${shown} says; run vitest -u to renew it`,
            "",
            ...difference,
          ].join("\n")
        : `expected ${firmware.name} not to run as ${shown} says`,
  };
}
