/** Matchers for runs of firmware; importing this file makes them known to vitest. */
import { expect, type MatcherResult, type MatcherState } from "vitest";
import { PPUS, type PpuName } from "../trace/model.ts";
import { endings, explainRun } from "./explain.ts";
import type { FirmwareRun } from "./firmware.ts";
import { type MatchTraceOptions, matchTrace } from "./match-trace.ts";
import { type RegisterExpectations, registerDifferences } from "./register-match.ts";

/** What `expect(run)` has beside vitest's own matchers. */
export interface FirmwareMatchers<R = unknown> {
  /** The program ended by itself, on every PPU that ran it, with this return code. */
  toHaltWith(code: number): R;
  /** The mailbox has this text in it, or matches the expression. */
  toPrint(text: string | RegExp): R;
  /** The PPU that ran longest took no more than so many cycles. */
  toTakeAtMost(cycles: number): R;
  /** Registers of a PPU (default: the one that ran, or top) have these values; others are not looked at. */
  toMatchRegisters(expected: RegisterExpectations, options?: { readonly ppu?: PpuName }): R;
  /**
   * The run, recorded with the option `trace`, does what a golden trace says; the path is relative to the test file. As with
   * vitest's snapshots, a missing one is written (not in CI), and `vitest -u` renews it. To be awaited.
   */
  toMatchTrace(golden: string | URL, options?: MatchTraceOptions): Promise<R>;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it
  interface Matchers<T = any> extends FirmwareMatchers<T> {}
}

function requireRun(received: unknown, matcher: string): asserts received is FirmwareRun {
  const isRun =
    typeof received === "object" && received !== null && "firmware" in received && "execution" in received;
  if (!isRun) throw new TypeError(`${matcher} is for what run(firmware) of ppu-emu/vitest returns`);
}

/** One line with what was expected, then how the run went. */
const failure = (line: string, run: FirmwareRun): string => `${line}\n\n${explainRun(run)}`;

function toHaltWith(this: MatcherState, received: unknown, code: number): MatcherResult {
  requireRun(received, "toHaltWith");
  const runs = received.execution.ppus;
  const pass =
    runs.every((ppu) => ppu.trap === undefined && ppu.returnCode === (code | 0)) &&
    received.reason === "finished";
  const { name } = received.firmware;
  return {
    pass,
    message: () =>
      failure(
        pass
          ? `expected ${name} not to halt with ${code}`
          : `expected ${name} to halt with ${code}: ${endings(received).join("; ")}`,
        received,
      ),
  };
}

function toPrint(this: MatcherState, received: unknown, text: string | RegExp): MatcherResult {
  requireRun(received, "toPrint");
  const { mailbox, firmware } = received;
  const pass =
    typeof text === "string"
      ? mailbox.includes(text)
      : new RegExp(text, text.flags.replace(/[gy]/g, "")).test(mailbox);
  const what = typeof text === "string" ? JSON.stringify(text) : String(text);
  return {
    pass,
    actual: mailbox,
    expected: typeof text === "string" ? text : undefined,
    message: () =>
      failure(
        `expected ${firmware.name} ${pass ? "not " : ""}to print ${what}${mailbox === "" ? ", but it printed nothing" : ""}`,
        received,
      ),
  };
}

function toTakeAtMost(this: MatcherState, received: unknown, cycles: number): MatcherResult {
  requireRun(received, "toTakeAtMost");
  const took = received.cycles;
  const pass = took <= cycles;
  const percent =
    cycles > 0
      ? `, ${((100 * Math.abs(took - cycles)) / cycles).toFixed(1)} % ${pass ? "less" : "more"}`
      : "";
  return {
    pass,
    message: () =>
      failure(
        `expected ${received.firmware.name} ${pass ? "not " : ""}to take at most ${cycles} cycles; it took ${took}${percent}`,
        received,
      ),
  };
}

function toMatchRegisters(
  this: MatcherState,
  received: unknown,
  expected: RegisterExpectations,
  options: { readonly ppu?: PpuName } = {},
): MatcherResult {
  requireRun(received, "toMatchRegisters");
  const ppu = options.ppu ?? PPUS.find((name) => received.ppus[name]) ?? "top";
  const differences = registerDifferences(received.chip, ppu, expected);
  const pass = differences.length === 0;
  const widths = [
    Math.max(...differences.map(({ register }) => register.length)),
    Math.max(...differences.map((difference) => difference.expected.length)),
  ];
  const table = differences.map(
    ({ register, expected: wanted, actual }) =>
      `  ${register.padEnd(widths[0])}  expected ${wanted.padEnd(widths[1])}  actual ${actual}`,
  );
  const { name } = received.firmware;
  return {
    pass,
    message: () =>
      pass
        ? failure(`expected registers of ${name} (${ppu}) not to be as given`, received)
        : failure([`registers of ${name} (${ppu}) differ:`, ...table].join("\n"), received),
  };
}

function toMatchTrace(
  this: MatcherState,
  received: unknown,
  golden: string | URL,
  options?: MatchTraceOptions,
): ReturnType<typeof matchTrace> {
  requireRun(received, "toMatchTrace");
  return matchTrace(this, received, golden, options);
}

expect.extend({ toHaltWith, toPrint, toTakeAtMost, toMatchRegisters, toMatchTrace });
