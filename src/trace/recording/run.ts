/** Runs a chip and records it: in slices, between triggers, as long as the trace takes more. */
import type { Chip, Recording, RunResult } from "../../chip/index.ts";
import { PPUS, type PpuName, type TraceEnd } from "../model.ts";
import type { RawSink } from "./filter.ts";
import type { Trigger } from "./trigger.ts";

/** What gets the records. */
export interface Recorder {
  readonly write: RawSink;
  /** Instructions that are not recorded come next. */
  skip(ppu: PpuName, instructions: number): void;
  /** All records in front of this cycle of the chip have been written. */
  sync(cycle: number): void;
  /** It takes no more. */
  readonly isFull: boolean;
}

export interface RecordingOptions {
  readonly chip: Chip;
  readonly ppus: readonly PpuName[];
  readonly maxCycles: number;
  readonly recorder: Recorder;
  /** Default: recording begins at once … */
  readonly start?: Trigger | undefined;
  /** … and goes on to the end. */
  readonly stop?: Trigger | undefined;
}

/** Cycles of the chip at most between two looks at the outside world. */
const SLICE_CYCLES = 200_000;

class Course {
  readonly #options: RecordingOptions;
  #recording: Recording | undefined;
  /** Instructions of each PPU when recording ended last. */
  #since: readonly number[];
  #hasRecorded = false;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#since = this.#instructions();
  }

  get trigger(): Trigger | undefined {
    return this.#recording ? this.#options.stop : this.#options.start;
  }

  get isRecording(): boolean {
    return this.#recording !== undefined;
  }

  #instructions(): readonly number[] {
    return PPUS.map((ppu) => this.#options.chip.instructions(ppu));
  }

  begin(): void {
    const { chip, ppus, recorder, start } = this.#options;
    start?.disarm();
    this.#skip(this.#hasRecorded);
    this.#recording = chip.record(ppus.length === 2 ? "both" : ppus[0], recorder.write);
    this.#hasRecorded = true;
    this.#options.stop?.arm();
  }

  end(): void {
    if (!this.#recording) return;
    this.#recording.stop();
    this.#recording = undefined;
    this.#since = this.#instructions();
    this.#options.recorder.sync(this.#options.chip.cycle);
    this.#options.stop?.disarm();
    this.#options.start?.arm();
  }

  /** Says what has not been recorded; `always`: also that it was nothing. */
  #skip(always: boolean): void {
    const { ppus, recorder } = this.#options;
    const now = this.#instructions();
    PPUS.forEach((ppu, side) => {
      const count = now[side] - this.#since[side];
      if (ppus.includes(ppu) && (count > 0 || always)) recorder.skip(ppu, count);
    });
  }

  flush(): void {
    this.#recording?.flush();
    if (this.#recording) this.#options.recorder.sync(this.#options.chip.cycle);
  }

  finish(): void {
    if (this.#recording) this.#recording.stop();
    else this.#skip(false);
    this.#options.start?.disarm();
    this.#options.stop?.disarm();
  }
}

/** How a recording ended. */
export interface RecordingEnd {
  /** Reason `limit`: the recorder is full; `stop`: the trigger of the end. */
  readonly end: TraceEnd;
  /** Of the run that ended by itself or by its cycles. */
  readonly result?: RunResult;
}

/**
 * Runs until the program has ended, the cycles are used up or the recorder is full; yields about every
 * `SLICE_CYCLES` cycles, and records nothing more when it is left then.
 */
export function* runAndRecord(options: RecordingOptions): Generator<void, RecordingEnd> {
  const { chip, recorder, maxCycles, start, stop } = options;
  const limit = chip.cycle + maxCycles;
  const course = new Course(options);
  try {
    if (start) start.arm();
    else course.begin();
    for (;;) {
      const { trigger } = course;
      const slice = Math.min(
        SLICE_CYCLES,
        limit - chip.cycle,
        Math.max(0, (trigger?.cycle ?? limit) - chip.cycle),
      );
      const result = chip.run({ maxCycles: slice, stopAsleep: true, boundaries: trigger?.boundaries ?? [] });
      course.flush();
      yield;
      if (recorder.isFull) return { end: endOf(chip, "limit") };
      if (trigger?.fires(result)) {
        if (trigger === stop && course.isRecording) {
          course.end();
          if (!start) return { end: endOf(chip, "stop") };
        } else course.begin();
      } else if (!goesOn(result) || chip.cycle >= limit) return { end: endOf(chip, result.reason), result };
    }
  } finally {
    course.finish();
  }
}

const goesOn = ({ reason }: RunResult): boolean =>
  reason === "cycles" || reason === "breakpoint" || reason === "goal";

/** How a run ended that stands here now. */
export const endOf = (chip: Chip, reason: string): TraceEnd => ({
  reason,
  cycle: chip.cycle,
  instructions: [chip.instructions("top"), chip.instructions("bottom")],
});
