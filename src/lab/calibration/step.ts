/** One step of a calibration: what it reports, and the context in which steps run. */
import { KNOBS, type KnobName } from "../../chip/analog/knobs.ts";
import { fillUniform, STREAM } from "../../chip/analog/random.ts";
import { type Check, compare } from "./bands.ts";
import { type Bench, NEURONS } from "./bench.ts";
import { binarySearch, type Search, type SearchResult } from "./search.ts";
import { type Figures, figures } from "./statistics.ts";
import type { StepKind } from "./step-kinds.ts";

/** Parts of a calibration in their order. */
export const STAGES = ["cadc", "leak", "baseline", "offsets", "drivers", "neurons"] as const;
export type Stage = (typeof STAGES)[number];

export interface StepReport {
  readonly stage: Stage;
  readonly name: string;
  /** What the figures are of, e.g. "gain relative to the target". */
  readonly quantity: string;
  readonly unit: string;
  readonly target: number;
  /** Empty for quantities that are watched only. */
  readonly knobs: readonly KnobName[];
  readonly instances: number;
  readonly before: Figures;
  readonly after: Figures;
  /** As `after`, of the instances whose knobs did not end at a range end. */
  readonly inRange: Figures;
  readonly atRangeEnd: number;
  /** Conversions of the whole chip. */
  readonly reads: number;
  /** Time on the chip, us: settling, integrations, conversions. */
  readonly chipTime: number;
  /** By firmware: PPU cycles of the step, and for how many of them the PPUs were not asleep. */
  readonly cycles?: number;
  readonly awakeCycles?: number;
  readonly checks: readonly Check[];
}

/** What the code of a step finds. */
export interface StepFindings {
  readonly before: Float64Array;
  readonly after: Float64Array;
  /** 1 for instances at a range end; none without. */
  readonly atRangeEnd?: Uint8Array;
}

/** What a step took: conversions, time and cycles. */
export type StepEffort = Pick<StepReport, "reads" | "chipTime" | "cycles" | "awakeCycles">;

export function reportStep(kind: StepKind, findings: StepFindings, effort: StepEffort): StepReport {
  const { checks, ...head } = kind;
  const { before, after, atRangeEnd } = findings;
  const inside = atRangeEnd ? after.filter((_, n) => atRangeEnd[n] === 0) : after;
  return {
    ...head,
    instances: after.length,
    before: figures(before),
    after: figures(after),
    inRange: figures(inside.length > 0 ? inside : after),
    atRangeEnd: after.length - inside.length,
    ...effort,
    checks: checks(findings).map(([name, value]) => compare(name, value)),
  };
}

export interface ContextOptions {
  /** Seed of scattered starts. */
  readonly seed: number;
  /** Called with each step that is done, and the values of its instances. */
  readonly onStep?: (report: StepReport, findings: StepFindings) => void;
}

/** The bench, and where steps leave their reports. */
export class Context {
  readonly bench: Bench;
  readonly reports: StepReport[] = [];
  private readonly options: ContextOptions;
  private searches = 0;

  constructor(bench: Bench, options: ContextOptions) {
    this.bench = bench;
    this.options = options;
  }

  /** Runs a step, counts its reads and chip time, and reports it. */
  step(kind: StepKind, run: () => StepFindings): void {
    const { bench } = this;
    const [reads, time] = [bench.reads, bench.microseconds];
    const findings = run();
    const report = reportStep(kind, findings, {
      reads: bench.reads - reads,
      chipTime: bench.microseconds - time,
    });
    this.reports.push(report);
    this.options.onStep?.(report, findings);
  }

  /** A search over the range of a knob with a scattered start for analog cells; ends with its best codes set. */
  search(
    knob: KnobName,
    set: (codes: Int16Array) => void,
    search: Pick<Search, "instances" | "target"> & {
      readonly measure: () => ArrayLike<number>;
      /** Where another quantity than the knob's own is measured. */
      readonly direction?: 1 | -1;
    },
  ): SearchResult {
    const { least, most, direction, register } = KNOBS[knob];
    const result = binarySearch({
      ...{ least, most, direction },
      ...search,
      measure: (codes) => {
        set(codes);
        return search.measure();
      },
      ...(register.startsWith("capmem.") ? { random: this.randomNumbers() } : {}),
    });
    set(result.codes);
    return result;
  }

  private randomNumbers(): () => number {
    const numbers = new Float64Array(NEURONS);
    fillUniform(numbers, this.options.seed, STREAM.free + 16, 0, this.searches++);
    let next = 0;
    return () => numbers[next++];
  }
}
