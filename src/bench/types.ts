/** What a suite of benches gives. */

/** A bound that was set for a figure; missing it fails nothing. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One figure: the median of several turns. */
export interface Row {
  readonly name: string;
  readonly value: number;
  /** "x speed" and "x time" are ratios to `peer`; others are "ms", "ns", "images/s", "%" and the like. */
  readonly unit: string;
  /** What a ratio compares with; it was measured in the same run, in turns. */
  readonly peer?: string;
  readonly goal?: Goal;
  /** Rows of one group share unit, peer and goal, and are printed side by side. */
  readonly group?: string;
}

export interface BenchContext {
  /** More and longer turns. */
  readonly long: boolean;
  /** Says something beside the figures, e.g. which peer is missing. One line. */
  readonly note: (text: string) => void;
}

export interface Suite {
  readonly name: string;
  /** What it measures; one line of `ppu bench --list`. */
  readonly summary: string;
  /** Loads the suite's module and runs it. Throws Error when the sides that are compared compute different results. */
  readonly run: (context: BenchContext) => Promise<Row[]>;
}

export interface SuiteResult {
  readonly name: string;
  /** Wall time of the suite. */
  readonly seconds: number;
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}

/** The JSON document of `ppu bench --json`. */
export interface BenchReport {
  /** Of this package. */
  readonly version: string;
  /** Of Node.js. */
  readonly node: string;
  readonly cpus: number;
  readonly form: "short" | "long";
  readonly suites: readonly SuiteResult[];
}
