/** Two traces side by side: both PPUs, in the order of time. */
import type { Image } from "../../toolchain/image.ts";
import type { PpuName, Trace } from "../model.ts";
import { TraceError } from "../trace-error.ts";
import { type Cause, type CauseContext, causeOf } from "./cause.ts";
import { Correspondence } from "./correspondence.ts";
import { imageWithCode } from "./executed-code.ts";
import { type Compared, type CompareMode, comparedFields, headerNotes, pairsOf } from "./mode.ts";
import { type Missing, PairComparison } from "./pair.ts";
import { effectProjection, recordProjection } from "./projection.ts";
import { Selection } from "./select.ts";
import { Side } from "./side.ts";
import { type Both, type Details, type Difference, type Placed, SIDE_NAMES } from "./types.ts";

export interface CompareOptions extends CompareMode {
  /** Only this PPU of both. */
  readonly ppu?: PpuName;
  /** A PPU of A with one of B. */
  readonly a?: PpuName;
  readonly b?: PpuName;
  /** Records within which traces that have parted are expected to meet again; default 16384. */
  readonly window?: number;
  /** Records of the past in which writers are looked for; default 65536. */
  readonly history?: number;
  /** Called now and then with the instructions of A that were read. */
  readonly onProgress?: (instructions: number) => void;
}

const WINDOW = 16_384;
const HISTORY = 65_536;
/** Steps between two reports of progress. */
const PROGRESS_STEPS = 1 << 15;
const SIDES = [0, 1] as const;

/** A difference while the comparison stands at it. */
export interface Found {
  readonly difference: Difference;
  /** Surroundings, `count` records to both sides. Only until the next difference is asked for. */
  details(count: number): Details;
  /** How it came about. Only until the next difference is asked for. */
  cause(): Cause;
  /** Whether two records of the surroundings are equal as far as they are compared. */
  isEqual(a: Placed, b: Placed): boolean;
}

/** Instructions of a pair of PPUs that were read, and what is missing. */
export interface Total {
  readonly ppus: Both<PpuName>;
  readonly instructions: Both<number>;
  readonly missing: Both<readonly Missing[]>;
}

/**
 * Compares two traces while their differences are read, in bounded memory. What is read of a live trace runs
 * only so far. Throws TraceError where they cannot be compared as asked.
 */
export class TraceComparison {
  /** What restricts the comparison, and how the traces came about differently. */
  readonly notes: readonly string[];
  readonly compared: Compared;
  /** Records of the past that are kept. */
  readonly history: number;
  readonly #traces: Both<Trace>;
  readonly #pairs: readonly PairComparison[];
  readonly #onProgress: (instructions: number) => void;
  readonly #contexts = new Map<PairComparison, CauseContext>();

  constructor(a: Trace, b: Trace, options: CompareOptions = {}) {
    this.#traces = [a, b];
    const headers = [a.header, b.header] as const;
    const { pairs, notes } = pairsOf(this.#traces, options);
    for (const side of SIDES) {
      const absent = pairs.find((ppus) => !headers[side].ppus.includes(ppus[side]));
      if (absent) throw new TraceError(`${SIDE_NAMES[side]} has no records of the ${absent[side]} PPU`);
    }
    if (pairs.length === 0)
      throw new TraceError("A and B have records of different PPUs; use --a-ppu and --b-ppu");
    this.#onProgress = options.onProgress ?? (() => {});
    this.history = options.history ?? HISTORY;
    this.compared = comparedFields(options, headers);
    this.notes = [...headerNotes(headers, SIDE_NAMES), ...notes];
    this.#pairs = pairs.map((ppus) => this.#makePair(ppus, options));
  }

  #makePair(ppus: Both<PpuName>, options: CompareOptions): PairComparison {
    const images = SIDES.map((side) => this.#traces[side].image(ppus[side])) as unknown as Both<
      Image | undefined
    >;
    const { window = WINDOW, prefix = false } = options;
    const byName = options.ignore?.includes("addresses") ?? false;
    if (byName && images.includes(undefined)) {
      const without = SIDE_NAMES.filter((_, side) => images[side] === undefined).join(" and ");
      throw new TraceError(
        `addresses are compared by name, but ${without} has no symbols; give its program as well`,
      );
    }
    const isSame = images[0] === images[1];
    const [codeA, codeB] =
      byName && !isSame ? SIDES.map((side) => imageWithCode(this.#traces[side], ppus[side])) : [];
    const correspondence = codeA && codeB && new Correspondence(codeA, codeB);
    const projection = options.only
      ? effectProjection(new Selection(options.only, images), correspondence)
      : recordProjection(this.compared, correspondence);
    const sides = SIDES.map(
      (side) =>
        new Side(
          this.#traces[side],
          ppus[side],
          (placed, emit) => projection.project(side, placed, emit),
          this.history,
        ),
    ) as unknown as Both<Side>;
    const cycles = this.compared.cycles && !options.only;
    const pair = new PairComparison(sides, projection, { window, prefix, cycles });
    this.#contexts.set(pair, { pair, images, correspondence, sidesOf: (side) => this.#sidesOf(side) });
    return pair;
  }

  /** PPUs of a trace that are read, each once. */
  #sidesOf(side: 0 | 1): readonly Side[] {
    return this.#pairs.map(({ sides }) => sides[side]);
  }

  /** Differences in the order of A's cycles. Ends the reading of both traces when it is left. */
  *differences(): Generator<Found> {
    try {
      for (let steps = 1; ; steps++) {
        if (steps % PROGRESS_STEPS === 0) this.#report();
        const pair = this.#next();
        if (!pair) return;
        const difference = pair.step();
        if (!difference) continue;
        yield {
          difference,
          details: (count) => pair.details(difference, count),
          cause: () => causeOf(difference, this.#contexts.get(pair)!),
          isEqual: (a, b) => pair.isEqual(a, b),
        };
      }
    } finally {
      for (const pair of this.#pairs) pair.close();
    }
  }

  #report(): void {
    this.#onProgress(this.#pairs.reduce((sum, { sides }) => sum + sides[0].instructions, 0));
  }

  /** The pair that stands at the lowest cycle; undefined when all are done. */
  #next(): PairComparison | undefined {
    let next: PairComparison | undefined;
    for (const pair of this.#pairs) if (!pair.isDone && (!next || pair.cycle < next.cycle)) next = pair;
    return next;
  }

  get totals(): Total[] {
    return this.#pairs.map(({ sides, missing }) => ({
      ppus: [sides[0].ppu, sides[1].ppu],
      instructions: [sides[0].instructions, sides[1].instructions],
      missing,
    }));
  }

  /** What could not be read of either trace, as far as it was read. */
  get problems(): string[] {
    return SIDES.flatMap((side) => this.#traces[side].problems.map((text) => `${SIDE_NAMES[side]}: ${text}`));
  }
}
