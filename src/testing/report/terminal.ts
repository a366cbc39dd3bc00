/** Reports tests for people, as they are run. */
import type { createColors } from "picocolors";
import { escapeControls } from "../../text.ts";
import { fullName, type Seeds, type TestFailure, type TestResult } from "../model.ts";
import type { TestEvent, TestTotals } from "../runner.ts";
import { Excerpts, failureLine, findingLine, historyLines, printedLines, seedText } from "./printed.ts";

export interface TerminalReportOptions {
  readonly write: (text: string) => void;
  readonly paint: ReturnType<typeof createColors>;
  /** Name seeds with every test: they differ. */
  readonly namesSeeds: boolean;
  /** Of the tests that do not ask for their own. */
  readonly seeds: Seeds;
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, " ");
export const count = (value: number, noun: string): string =>
  `${grouped(value)} ${noun}${value === 1 ? "" : "s"}`;

const indented = (lines: readonly string[], by: number): string =>
  lines.map((line) => `${line === "" ? "" : " ".repeat(by)}${line}\n`).join("");

/** Prints each test when it is over, and what is known of failures at the end. */
export class TerminalReport {
  readonly #options: TerminalReportOptions;
  readonly #excerpts = new Excerpts();
  readonly #failed: TestResult[] = [];
  readonly #broken: { readonly file: string; readonly problems: readonly string[] }[] = [];

  constructor(options: TerminalReportOptions) {
    this.#options = options;
  }

  tell(event: TestEvent): void {
    const { write, paint } = this.#options;
    switch (event.kind) {
      case "file":
        write(`${escapeControls(event.file)}\n`);
        break;
      case "broken":
        this.#broken.push(event);
        write(`${escapeControls(event.file)}\n  ${paint.red("✗")} cannot be run\n`);
        break;
      case "test":
        this.#test(event.result);
        break;
      case "program": {
        const times = event.ppus.map(
          ({ ppu, cycles, instructions }) => `${ppu} ${time(cycles, instructions)}`,
        );
        write(`  ${paint.dim(`ran as a whole: ${times.join("; ")}`)}\n`);
        break;
      }
      case "end":
        this.#end(event.totals);
    }
  }

  #test(result: TestResult): void {
    const { write, paint } = this.#options;
    if (!result.passed) this.#failed.push(result);
    const mark = result.passed ? paint.green("✓") : paint.red("✗");
    const { cycles, instructions } = result;
    const notes = [
      ...(cycles === undefined || instructions === undefined ? [] : [time(cycles, instructions)]),
      ...(result.ppus.length > 1 ? ["both PPUs"] : []),
      ...this.#seedNote(result.seeds),
    ];
    const after = notes.length > 0 ? ` ${paint.dim(`(${notes.join(", ")})`)}` : "";
    write(`  ${mark} ${escapeControls(fullName(result.name))}${after}\n`);
  }

  /** Seeds where they are not those of all tests. */
  #seedNote(seeds: Seeds): string[] {
    const { seeds: usual, namesSeeds } = this.#options;
    const isUsual = seeds.chip === usual.chip && seeds.noise === usual.noise;
    return namesSeeds || !isUsual ? [seedText(seeds)] : [];
  }

  #end(totals: TestTotals): void {
    const { write, paint, seeds, namesSeeds } = this.#options;
    for (const { file, problems } of this.#broken) {
      write(`\n${paint.red("FAIL")} ${escapeControls(file)}\n${indented(problems.map(escapeControls), 2)}`);
    }
    for (const result of this.#failed) this.#failure(result);
    const passed = totals.tests - totals.failed;
    const parts = [
      ...(totals.failed > 0 ? [paint.red(`${totals.failed} failed`)] : []),
      ...(totals.broken > 0 ? [paint.red(`${count(totals.broken, "file")} cannot be run`)] : []),
      paint.green(`${passed} passed`),
    ];
    write(`\n${parts.join(", ")} (${count(totals.tests, "test")} in ${count(totals.files, "file")})\n`);
    write(
      paint.dim(`${time(totals.cycles, totals.instructions)}${namesSeeds ? "" : `; ${seedText(seeds)}`}\n`),
    );
    if (totals.bailed) write("stopped early (--bail)\n");
  }

  #failure(result: TestResult): void {
    const { write, paint } = this.#options;
    const name = `${result.file} > ${fullName(result.name)}`;
    write(`\n${paint.red("FAIL")} ${escapeControls(name)} ${paint.dim(`(${seedText(result.seeds)})`)}\n`);
    const onBoth = result.ppus.length > 1;
    for (const failure of result.failures) this.#reason(failure, result.file, onBoth);
    for (const { title, lines } of printedLines(result)) {
      write(`  ${paint.dim(`${title}:`)}\n${indented(lines, 4)}`);
    }
    const findings = result.findings.filter(
      ({ message }) => !result.failures.some((f) => f.message === message),
    );
    if (findings.length > 0) write(`  ${paint.dim("findings:")}\n${indented(findings.map(findingLine), 4)}`);
  }

  #reason(failure: TestFailure, file: string, onBoth: boolean): void {
    const { write, paint } = this.#options;
    write(`  ${paint.bold(failureLine(failure, onBoth))}\n`);
    const excerpt = failure.location ? this.#excerpts.lines(failure.location, file) : [];
    const shown = excerpt.map((line) => (line.startsWith(">") ? line : paint.dim(line)));
    write(indented(shown, 4));
    if (!failure.history || failure.history.length === 0) return;
    write(
      `  ${paint.dim(`last instructions (${failure.ppu}):`)}\n${indented(historyLines(failure.history), 4)}`,
    );
  }
}

const time = (cycles: number, instructions: number): string =>
  `${count(cycles, "cycle")}, ${count(instructions, "instruction")}`;
