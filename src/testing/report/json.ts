/** Reports tests for machines: everything that is known, without what differs from machine to machine. */
import type { PpuOutcome, Seeds, TestResult } from "../model.ts";
import type { TestEvent, TestTotals } from "../runner.ts";

type Outcome = Omit<PpuOutcome, "counters">;

export interface JsonFile {
  readonly file: string;
  /** Why its tests could not be run. */
  readonly problems?: string[];
  readonly tests: (Omit<TestResult, "file" | "ppus"> & { readonly ppus: readonly Outcome[] })[];
  /** Runs of a program as a whole. */
  readonly runs?: { readonly seeds: Seeds; readonly ppus: readonly Outcome[] }[];
}

export interface JsonReport {
  readonly format: "ppu-emu tests 1";
  readonly passed: boolean;
  readonly totals: TestTotals;
  readonly files: readonly JsonFile[];
}

const withoutCounters = ({ counters: _, ...outcome }: PpuOutcome): Outcome => outcome;

/** Gathers events; `document` is there after the last one. */
export class JsonReporter {
  readonly #files: JsonFile[] = [];
  #totals: TestTotals | undefined;

  tell(event: TestEvent): void {
    const last = this.#files.at(-1);
    switch (event.kind) {
      case "file":
        this.#files.push({ file: event.file, tests: [] });
        break;
      case "broken": {
        const problems = [...event.problems];
        if (last?.file !== event.file) this.#files.push({ file: event.file, problems, tests: [] });
        else this.#files[this.#files.length - 1] = { ...last, problems };
        break;
      }
      case "test": {
        const { file: _, ppus, ...result } = event.result;
        last?.tests.push({ ...result, ppus: ppus.map(withoutCounters) });
        break;
      }
      case "program": {
        const run = { seeds: event.seeds, ppus: event.ppus.map(withoutCounters) };
        this.#files[this.#files.length - 1] = { ...last!, runs: [...(last?.runs ?? []), run] };
        break;
      }
      case "end":
        this.#totals = event.totals;
    }
  }

  /** Throws before the event `end`. */
  get report(): JsonReport {
    if (!this.#totals) throw new Error("the run of the tests is not over");
    const { failed, broken } = this.#totals;
    return {
      format: "ppu-emu tests 1",
      passed: failed + broken === 0,
      totals: this.#totals,
      files: this.#files,
    };
  }

  get document(): string {
    return `${JSON.stringify(this.report, null, 2)}\n`;
  }
}
