/**
 * The course of the chip so far: checkpoints, the changes of the user in between, and the way back to any place by
 * restoring a checkpoint and executing again. The chip is deterministic, so nothing else has to be recorded.
 */
import type { Boundary, Chip, RunResult } from "../chip/index.ts";
import { Checkpoints } from "./checkpoints.ts";
import { boundaryOf, positionOf, retiredBoundary, samePosition, sideIndex, totalOf } from "./position.ts";
import type { HistoryInfo, Position, PpuName } from "./types.ts";

export interface HistoryOptions {
  readonly memoryBudget?: number;
  readonly checkpointInterval?: number;
}

/** Something the user did to the chip, and where. */
interface Change {
  readonly description: string;
  readonly position: Position;
  /** Bookkeeping of the chip's clock at that time. */
  readonly clock: Chip["clock"];
  readonly apply: (chip: Chip) => void;
}

/** Asked between slices of a long way; may throw to give up. */
export type Pause = () => Promise<void> | undefined;

/** Cycles of the chip between two looks at the outside world: a few milliseconds. */
const SLICE_CYCLES = 250_000;
const DEFAULT_BUDGET = 256 * 2 ** 20;
const DEFAULT_INTERVAL = 500_000;
/** On a way back to an instruction, further checkpoints are taken so far before it: the next step back is shorter. */
const APPROACH = [50_000, 2_000];

export class History {
  readonly chip: Chip;
  readonly checkpoints: Checkpoints;
  readonly #interval: number;
  readonly #slice: number;
  readonly #log: Change[] = [];
  /** Changes made before the present place. */
  #changes = 0;
  /** Whose instruction boundary the chip stands at. */
  #ppu: PpuName | undefined;
  /** Told when a change is made again. */
  onChange: { before(): void; after(position: Position): void } | undefined;
  #nextCheckpoint = 0;
  #replayed = 0;

  constructor(chip: Chip, options: HistoryOptions) {
    this.chip = chip;
    this.checkpoints = new Checkpoints(options.memoryBudget ?? DEFAULT_BUDGET);
    this.#interval = options.checkpointInterval ?? DEFAULT_INTERVAL;
    this.#slice = Math.min(SLICE_CYCLES, this.#interval);
    this.begin();
  }

  /** The history begins here and now. */
  begin(): void {
    this.checkpoints.clear();
    this.#log.length = 0;
    this.#changes = 0;
    this.#ppu = undefined;
    this.#checkpoint();
  }

  /** Back to the begin; what came after is forgotten. */
  restart(): void {
    this.#restore(0);
    this.begin();
  }

  get position(): Position {
    return positionOf(this.chip, this.#ppu, this.#changes);
  }

  get changes(): number {
    return this.#changes;
  }

  get info(): HistoryInfo {
    return {
      checkpoints: this.checkpoints.size,
      bytes: this.checkpoints.bytes,
      memoryBudget: this.checkpoints.budget,
      replayedInstructions: this.#replayed,
      instructions: totalOf(this.position) - totalOf(this.checkpoints.first.position),
    };
  }

  /** Does something to the chip; what had been done at later places is forgotten. Throws what `apply` throws. */
  change(description: string, apply: (chip: Chip) => void): void {
    const { position } = this;
    const { clock } = this.chip;
    apply(this.chip);
    this.#log.splice(this.#changes, this.#log.length, { description, position, clock, apply });
    this.checkpoints.truncate(position);
    this.#changes++;
    this.#nextCheckpoint = Math.min(this.#nextCheckpoint, totalOf(position) + this.#interval);
  }

  /** Description of the change that was made last before here. */
  get lastChange(): string | undefined {
    return this.#log[this.#changes - 1]?.description;
  }

  /**
   * Runs on for one slice, to the first of the boundaries, or to the next change of the user that a way
   * back has left in front of us, which is then made again. Reason `cycles`: nothing has happened.
   */
  run(boundaries: readonly Boundary[]): RunResult {
    if (this.#instructions() >= this.#nextCheckpoint) this.#checkpoint();
    return this.#run(boundaries, this.#slice, this.#log[this.#changes]);
  }

  /** Back or forth to a place of the history. */
  async goTo(position: Position, pause: Pause): Promise<void> {
    this.#restore(this.checkpoints.lastBefore(position));
    await this.replayTo(position, () => {}, pause);
  }

  /**
   * To the first boundary before here at which a PPU has retired `count` instructions. False: the begin was reached.
   * `begin` is told how many had retired at the checkpoint from which the way is executed again.
   */
  async goBackTo(
    ppu: PpuName,
    count: number,
    pause: Pause,
    begin?: (start: number) => void,
  ): Promise<boolean> {
    const side = sideIndex(ppu);
    const index = this.checkpoints.lastBelow(side, count);
    const start = this.checkpoints.at(index).position.instructions[side];
    this.#restore(index);
    begin?.(start);
    if (start >= count) return start === count;
    for (const distance of APPROACH) {
      if (begin || count - this.chip.instructions(ppu) < 2 * distance) continue;
      await this.#replay([retiredBoundary(ppu, count - distance)], () => false, undefined, undefined, pause);
      this.#ppu = ppu;
      this.#checkpoint();
    }
    await this.#replay([retiredBoundary(ppu, count)], () => false, undefined, undefined, pause);
    this.#ppu = ppu;
    return true;
  }

  /** Restores checkpoint number `index`; `replayTo` then goes on from there. */
  restoreCheckpoint(index: number): void {
    this.#restore(index);
  }

  /**
   * From a restored checkpoint up to a place, calling `happened` for everything that stops the chip on the way.
   */
  async replayTo(position: Position, happened: (result: RunResult) => void, pause: Pause): Promise<void> {
    const boundary = boundaryOf(position);
    await this.#replay(
      boundary ? [boundary] : [],
      () => this.#isAt(position),
      boundary === undefined ? position.cycle : undefined,
      position.changes,
      pause,
      happened,
    );
    this.#ppu = position.ppu;
  }

  /** A copy of the present state to come back to when a long way is given up. */
  mark(): () => void {
    const snapshot = this.chip.snapshot();
    const [changes, ppu] = [this.#changes, this.#ppu];
    return () => {
      this.chip.restore(snapshot);
      this.#changes = changes;
      this.#ppu = ppu;
    };
  }

  #instructions(): number {
    return this.chip.instructions("top") + this.chip.instructions("bottom");
  }

  #checkpoint(): void {
    const { position } = this;
    this.checkpoints.add(position, () => this.chip.snapshot());
    this.#nextCheckpoint = totalOf(position) + this.#interval;
  }

  #restore(index: number): void {
    const { position, snapshot } = this.checkpoints.at(index);
    this.chip.restore(snapshot);
    this.#changes = position.changes;
    this.#ppu = position.ppu;
    this.#nextCheckpoint = totalOf(position) + this.#interval;
  }

  /** A change may have made the present place one that running would not stop at. */
  #isAt(position: Position): boolean {
    if (this.#changes !== position.changes) return false;
    if (position.ppu === undefined) return this.#atCycle(position);
    return samePosition(positionOf(this.chip, position.ppu, this.#changes), position);
  }

  #atCycle(position: Position): boolean {
    return this.chip.cycle >= position.cycle && this.#instructions() >= totalOf(position);
  }

  async #replay(
    boundaries: readonly Boundary[],
    done: () => boolean,
    cycle: number | undefined,
    changes: number | undefined,
    pause: Pause,
    happened?: (result: RunResult) => void,
  ): Promise<void> {
    const before = this.#instructions();
    try {
      while (!done()) {
        const onlyChange = changes !== undefined && this.#changes < changes;
        const change = changes === undefined || onlyChange ? this.#log[this.#changes] : undefined;
        const left = cycle === undefined || onlyChange ? this.#slice : cycle - this.chip.cycle;
        if (this.#instructions() >= this.#nextCheckpoint) this.#checkpoint();
        const slice = Math.max(0, Math.min(this.#slice, left));
        const result = this.#run(onlyChange ? [] : boundaries, slice, change);
        if (result.reason === "goal") return;
        if (result.reason === "cycles") await pause();
        else if (result.ppu !== undefined) happened?.(result);
        else if (!done())
          throw new Error(`the way back ended ${result.reason}; the chip is not deterministic`);
      }
    } finally {
      this.#replayed += this.#instructions() - before;
    }
  }

  #run(boundaries: readonly Boundary[], maxCycles: number, change: Change | undefined): RunResult {
    const { chip } = this;
    const place = change?.position;
    const boundary = place && boundaryOf(place);
    const timed = place !== undefined && boundary === undefined;
    const result = chip.run({
      boundaries: boundary ? [...boundaries, boundary] : boundaries,
      maxCycles: timed ? Math.max(0, Math.min(maxCycles, place.cycle - chip.cycle)) : maxCycles,
      stopAsleep: true,
    });
    this.#ppu = result.ppu;
    if (!change || !place) return result;
    const reached = boundary
      ? result.boundary === boundary
      : result.ppu === undefined && this.#atCycle(place);
    if (!reached) return result;
    chip.clock = change.clock;
    this.onChange?.before();
    change.apply(chip);
    this.onChange?.after(place);
    this.#changes++;
    return { reason: "cycles", cycle: chip.cycle };
  }
}
