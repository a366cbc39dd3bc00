/** What a run says about a test: passed, or why not. */
import type { PpuName } from "../chip/index.ts";
import type { SourceLocation } from "../toolchain/image.ts";
import type { AddressIndex } from "../toolchain/symbols.ts";
import { TRAP_WORDS } from "../toolchain/trap.ts";
import { lastInstructions } from "../trace/history.ts";
import type { Execution, PpuExecution } from "./execution.ts";
import type { CounterTable, Finding, PpuOutcome, TestFailure } from "./model.ts";
import { describeCheck, type FailedCheck, type ReportedTexts, readTexts } from "./texts.ts";

/** Instructions that a failure shows. */
const HISTORY_LINES = 12;

/** Where a place in a program is called and found in the sources. */
export interface Place {
  readonly symbol?: string;
  readonly source?: SourceLocation;
}

export function placeOf(index: AddressIndex, pc: number): Place {
  const symbol = index.nameOf(pc);
  const source = index.sourceAt(pc);
  return { ...(symbol !== undefined && { symbol }), ...(source && { source }) };
}

export function findingsOf({ findings }: Execution, index: AddressIndex): Finding[] {
  return findings.map(({ ppu, message, count, cycle, pc }) => ({
    ...{ ppu, message, count, cycle },
    ...placeOf(index, pc),
  }));
}

/** A failed check; `inWords` if the meaning of its text is known. */
export function checkFailure(check: FailedCheck, ppu: PpuName, inWords: boolean): TestFailure {
  return {
    kind: "check",
    ppu,
    message: inWords ? describeCheck(check) : check.text,
    location: { file: check.file, line: check.line, column: 0 },
  };
}

/** How a program was ended before it returned; undefined if it did return. */
export function stopFailure(
  execution: Execution,
  ppu: PpuExecution,
  index: AddressIndex,
): TestFailure | undefined {
  const { chip, result, findings } = execution;
  const { name } = ppu;
  const at = (pc: number, fault?: number) => {
    const { source } = placeOf(index, pc);
    const history = lastInstructions(chip, name, execution.image, HISTORY_LINES, fault);
    // What led to the call of a test's body says nothing about it.
    const own = ppu.begun ? history.filter(({ cycle }) => cycle >= ppu.since) : history;
    return { ppu: name, ...(source && { location: source }), history: own };
  };
  const { pc } = chip.ppus[name];
  if (ppu.trap) {
    return { kind: "trap", message: TRAP_WORDS[ppu.trap.kind], ...at(ppu.trap.pc, ppu.trap.pc) };
  }
  switch (result.reason) {
    case "finished":
      return undefined;
    case "cycles":
      if (chip.ppus[name].finished) return undefined;
      return {
        kind: "timeout",
        message: `still running after ${ppu.begun ? ppu.cycles : chip.ppuCycle(name)} cycles`,
        ...at(pc),
      };
    case "strict": {
      const finding = findings.findLast((candidate) => candidate.ppu === name);
      if (result.ppu !== name) return undefined;
      return { kind: "finding", message: finding?.message ?? "a finding", ...at(finding?.pc ?? pc) };
    }
    case "asleep":
      if (chip.ppus[name].finished) return undefined;
      return {
        kind: "asleep",
        message: "asleep with interrupts enabled, nothing left to wake it",
        ...at(pc),
      };
    default:
      return { kind: "return", message: `stopped: ${result.reason}`, ...at(pc) };
  }
}

/** Why a test of `ppu/testing` fails on one PPU; empty: it passes there. */
export function testFailures(
  execution: Execution,
  ppu: PpuExecution,
  index: AddressIndex,
  { expects, maxCycles }: { readonly expects: "return" | "trap" | "timeout"; readonly maxCycles: number },
): TestFailure[] {
  const texts = readTexts(ppu.mailbox);
  const checks = [...texts.checks, ...texts.cases.flatMap((one) => one.checks)];
  const failures = checks.map((check) => checkFailure(check, ppu.name, true));
  const stop = stopFailure(execution, ppu, index);
  const wrong = (message: string): void => {
    failures.push({ kind: "return", ppu: ppu.name, message });
  };
  if (stop && (stop.kind !== expects || !ppu.begun)) failures.push(stop);
  else if (!stop && execution.result.reason === "finished") {
    const code = ppu.returnCode ?? 0;
    if (!ppu.begun) wrong(`the program ended before the test began, with return code ${code}`);
    else if (!ppu.ended) wrong(`the program ended within the test, with return code ${code}`);
    else if (expects !== "return") wrong(`expected a ${expects}, but the test returned`);
    else if (code !== 0 && failures.length === 0) wrong(lostChecks(code, texts));
    else if (ppu.cycles > maxCycles) {
      failures.push({
        kind: "timeout",
        ppu: ppu.name,
        message: `took ${ppu.cycles} cycles, more than ${maxCycles}`,
      });
    }
  }
  return failures;
}

function lostChecks(code: number, { cases }: ReportedTexts): string {
  const isCut = cases.length === 0 || cases.some(({ status }) => status === "open");
  return isCut
    ? "a check failed, and the mailbox was full before it could be told; print less"
    : `return code ${code} although no check failed`;
}

/** Counts of a PPU as a table. */
export function counterTable({ counters }: PpuExecution): CounterTable {
  const inside = Array.from(counters.executed.keys()).filter((word) => counters.executed[word] > 0);
  const addresses = [
    ...inside.map((word) => word * 4),
    ...[...counters.outside.keys()].sort((a, b) => a - b),
  ];
  const counts = addresses.map((pc) => counters.at(pc));
  return {
    pc: Uint32Array.from(addresses),
    executed: Float64Array.from(counts, ({ executed }) => executed),
    taken: Float64Array.from(counts, ({ taken }) => taken),
    cycles: Float64Array.from(counts, ({ cycles }) => cycles),
  };
}

export function outcomeOf(ppu: PpuExecution, withCounters: boolean): PpuOutcome {
  const { name, mailbox, returnCode, cycles, instructions } = ppu;
  return {
    ...{ ppu: name, mailbox, cycles, instructions },
    ...(returnCode !== undefined && { returnCode }),
    ...(withCounters && { counters: counterTable(ppu) }),
  };
}
