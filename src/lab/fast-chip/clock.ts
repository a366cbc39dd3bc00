/** When things happen on an array: from a recorded run of the firmware, or from its mean timing. */

/** What the analog core is asked for by a program, in the order of `KINDS`. Padding is an event on no bus. */
export type Operation = "reset" | "event" | "convert";

/** Where a run belongs: baseline reads, convolution, first and second dense layer. */
export type Stage = "baseline" | 0 | 1 | 2;

/** Gives the cycle of every operation of a hemisphere, in their order. */
export interface Clock {
  /** Announces an array run of a stage on a hemisphere. */
  begin(side: number, stage: Stage): void;
  /** Cycle of the next operation of a hemisphere; never falls. */
  next(side: number, operation: Operation): number;
}

/** Mean times of `firmware/mnist` in PPU cycles. */
export interface RunTiming {
  /** From the reset of the even columns to that of the odd ones. */
  readonly betweenResets: number;
  /** From the reset of the odd columns to the first event, or for a run without events to its conversion less `settle`. */
  readonly resetToEvent: number;
  /** From event to event. */
  readonly event: number;
  /** From the last event to the conversion. */
  readonly settle: number;
  /** From the conversion to the reset for the next run. */
  readonly toNextReset: number;
}

/**
 * Means over 24 test images with the shipped parameters, as `meanTiming` finds them in a recorded run; a test holds a run
 * to a new recording within a quarter. They enter results through drift and leak only.
 */
export const FIRMWARE_TIMING: Readonly<Record<Stage, RunTiming>> = {
  baseline: { betweenResets: 1, resetToEvent: 0, event: 0, settle: 1294, toNextReset: 414 },
  0: { betweenResets: 1, resetToEvent: 1590, event: 4.6, settle: 340, toNextReset: 5 },
  1: { betweenResets: 1, resetToEvent: 1525, event: 4.3, settle: 460, toNextReset: 5 },
  2: { betweenResets: 1, resetToEvent: 3350, event: 4.2, settle: 320, toNextReset: 5 },
};

/** The mean timing. */
export class MeanClock implements Clock {
  private readonly timing: Readonly<Record<Stage, RunTiming>>;
  private readonly stage: [Stage, Stage] = ["baseline", "baseline"];
  private readonly now = new Float64Array(2);
  private readonly previous: [Operation, Operation] = ["convert", "convert"];

  constructor(timing: Readonly<Record<Stage, RunTiming>> = FIRMWARE_TIMING) {
    this.timing = timing;
  }

  begin(side: number, stage: Stage): void {
    this.stage[side] = stage;
  }

  next(side: number, operation: Operation): number {
    const timing = this.timing[this.stage[side]];
    const previous = this.previous[side];
    this.previous[side] = operation;
    let step = timing.event;
    if (operation === "reset") step = previous === "reset" ? timing.betweenResets : timing.toNextReset;
    else if (operation === "convert") step = timing.settle + (previous === "reset" ? timing.resetToEvent : 0);
    else if (previous === "reset") step = timing.resetToEvent;
    this.now[side] += step;
    return this.now[side];
  }
}

/** Operations of both hemispheres in their order, with cycles. */
export interface Recording {
  readonly operations: readonly [Operation[], Operation[]];
  readonly cycles: readonly [number[], number[]];
}

/** A program did something else than the one it is compared with. */
export class ReplayError extends Error {
  override name = "ReplayError";
}

/** The cycles of a recording. `next` throws ReplayError when the order of the operations differs. */
export class RecordedClock implements Clock {
  private readonly recording: Recording;
  private readonly at: [number, number] = [0, 0];

  constructor(recording: Recording) {
    this.recording = recording;
  }

  begin(): void {}

  next(side: number, operation: Operation): number {
    const at = this.at[side]++;
    const recorded = this.recording.operations[side][at];
    if (recorded !== operation) {
      throw new ReplayError(
        `operation ${at} of hemisphere ${side} is ${recorded ?? "missing"} in the recording and ${operation} in the replay`,
      );
    }
    return this.recording.cycles[side][at];
  }

  /** Recorded operations that were not asked for. */
  get left(): number {
    return [0, 1].reduce((sum, side) => sum + this.recording.operations[side].length - this.at[side], 0);
  }
}
