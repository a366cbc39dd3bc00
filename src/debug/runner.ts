/** Lets the chip run until something happens that people want to know of. */
import type { Boundary, Chip, Diagnostic, RunResult } from "../chip/index.ts";
import type { Breakables, Judge } from "./breakpoints.ts";
import type { History } from "./history.ts";
import type { PpuName, StopReason, WatchHit } from "./types.ts";
import { ppuOf } from "./watch-target.ts";
import type { Watches } from "./watches.ts";

/** What ended a run. `goal`: one of the boundaries asked for, or a landmark. */
export interface Happening {
  readonly reason: StopReason | "goal";
  readonly ppu?: PpuName;
  readonly ids: readonly number[];
  readonly hits: readonly WatchHit[];
  readonly finding?: Diagnostic;
  readonly problems: readonly string[];
  readonly boundary?: Boundary;
}

/** An address at which a PPU shall stop although there is no breakpoint of the user, when `accept` says so. */
export interface Landmark {
  readonly ppu: PpuName;
  readonly address: number;
  readonly accept: () => boolean;
}

export interface RunRequest {
  readonly boundaries?: readonly Boundary[];
  readonly landmarks?: readonly Landmark[];
  /** A breakpoint at this PPU's pc has been reported already. */
  readonly from?: PpuName;
}

const NOTHING: Pick<Happening, "ids" | "hits" | "problems"> = { ids: [], hits: [], problems: [] };

/** Thrown through a way back that the user has interrupted. */
export class Interrupted extends Error {}

export class Runner {
  readonly history: History;
  readonly #chip: Chip;
  readonly #breakables: Breakables;
  readonly #watches: Watches;
  readonly #judge: Judge;
  #interrupted = false;

  constructor(history: History, breakables: Breakables, watches: Watches, judge: Judge) {
    this.history = history;
    this.#chip = history.chip;
    this.#breakables = breakables;
    this.#watches = watches;
    this.#judge = judge;
  }

  interrupt(): void {
    this.#interrupted = true;
  }

  /** To be called when an action begins. */
  begin(): void {
    this.#interrupted = false;
    this.alert();
  }

  /** Nothing stops the chip from now on, or (`alert`) breakpoints and watchpoints do again, from the present values on. */
  quiet(): void {
    this.#watches.detach();
    this.#breakables.arm(false);
  }

  alert(): void {
    this.#breakables.arm(true);
    this.#watches.arm();
  }

  /** Lets the outside world have its say; throws Interrupted. */
  readonly pause = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#interrupted) throw new Interrupted();
  };

  /** Runs until something happens; between slices others have their turn, and `interrupt` works. */
  async run(request: RunRequest): Promise<Happening> {
    const end = this.#begin(request);
    try {
      for (;;) {
        const result = this.#slice(request);
        if (result === "slice") {
          await new Promise((resolve) => setImmediate(resolve));
          if (this.#interrupted) return { ...NOTHING, reason: "interrupted" };
        } else if (result) return result;
      }
    } finally {
      end();
    }
  }

  /** As `run`, for short ways: undefined when a slice was not enough. */
  runShort(request: RunRequest): Happening | undefined {
    const end = this.#begin(request);
    try {
      for (;;) {
        const result = this.#slice(request);
        if (result === "slice") return undefined;
        if (result) return result;
      }
    } finally {
      end();
    }
  }

  /** What a stop during a way back means; only looks. `undefined`: nothing for people. */
  inspect(result: RunResult): Happening | undefined {
    if (result.reason === "breakpoint") return this.#breakpoint(result.ppu!, result.pc!, true);
    if (result.reason === "requested") return this.#watch(this.#watches.collect(), result.ppu!, true);
    return undefined;
  }

  /** The breakpoints at the place where a step has ended. */
  landing(ppu: PpuName): Happening | undefined {
    return this.#breakables.active(ppu, this.#chip.ppus[ppu].pc).length > 0
      ? this.#breakpoint(ppu, this.#chip.ppus[ppu].pc, false)
      : undefined;
  }

  #begin({ landmarks = [], from }: RunRequest): () => void {
    if (from) this.#chip.ppus[from].skipBreakpoint();
    for (const { ppu, address } of landmarks) this.#chip.ppus[ppu].breakpoints.add(address);
    return () => {
      for (const { ppu, address } of landmarks) {
        if (this.#breakables.active(ppu, address).length === 0)
          this.#chip.ppus[ppu].breakpoints.delete(address);
      }
    };
  }

  /** Undefined: something happened that nobody wants to know of. */
  #slice({ boundaries = [], landmarks = [] }: RunRequest): Happening | "slice" | undefined {
    const result = this.history.run(boundaries);
    const { reason, ppu, pc } = result;
    switch (reason) {
      case "goal":
        return { ...NOTHING, reason: "goal", ppu: ppu!, boundary: result.boundary! };
      case "breakpoint": {
        const landed = landmarks.some((mark) => mark.ppu === ppu && mark.address === pc && mark.accept());
        const hit = this.#breakpoint(ppu!, pc!, false);
        return hit ?? (landed ? { ...NOTHING, reason: "goal", ppu: ppu! } : undefined);
      }
      case "requested":
        return this.#watch(this.#watches.collect(), ppu!, false);
      case "strict":
        return { ...NOTHING, reason: "finding", ppu: ppu!, ...this.#finding(ppu!) };
      case "cycles": {
        const foreign = this.#watches.active
          ? this.#watch(this.#watches.collectForeign(), undefined, false)
          : undefined;
        return foreign ?? "slice";
      }
      case "finished":
      case "asleep":
      case "held":
        return { ...NOTHING, reason };
      default:
        throw new Error(`a run ended with reason ${reason}, which nobody has asked for`);
    }
  }

  #finding(ppu: PpuName): { readonly finding?: Diagnostic } {
    const mine = this.#chip.diagnostics.filter((diagnostic) => diagnostic.ppu === ppu);
    const finding = mine.at(-1);
    return finding ? { finding } : {};
  }

  #breakpoint(ppu: PpuName, pc: number, quiet: boolean): Happening | undefined {
    const stopping: number[] = [];
    const problems: string[] = [];
    for (const id of this.#breakables.active(ppu, pc)) {
      const { stops, problem } = this.#breakables.judge(id, ppu, this.#judge, quiet);
      if (stops) stopping.push(id);
      if (problem !== undefined) problems.push(problem);
    }
    if (stopping.length === 0) return undefined;
    if (!quiet) this.#dropTemporary(stopping);
    return { reason: "breakpoint", ppu, ids: stopping, hits: [], problems };
  }

  #watch(hits: readonly WatchHit[], ppu: PpuName | undefined, quiet: boolean): Happening | undefined {
    const problems: string[] = [];
    const stopping = hits.filter(({ id, target, ppu: writer }) => {
      const { stops, problem } = this.#breakables.judge(id, writer ?? ppuOf(target), this.#judge, quiet);
      if (problem !== undefined) problems.push(problem);
      return stops;
    });
    if (stopping.length === 0) return undefined;
    const ids = [...new Set(stopping.map(({ id }) => id))];
    const reason = stopping.every(({ saturation }) => saturation) ? "saturation" : "watch";
    if (!quiet) this.#dropTemporary(ids);
    return { reason, ...(ppu && { ppu }), ids, hits: stopping, problems };
  }

  #dropTemporary(ids: readonly number[]): void {
    for (const id of ids) if (this.#breakables.get(id).temporary) this.#breakables.remove(id);
  }
}
