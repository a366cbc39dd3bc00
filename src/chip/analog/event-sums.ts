/** What the events since the last sum over the array have in common, and the kernel that adds many events at once. */
import { EVENT_COUNT, EVENT_CYCLES, EVENT_WORDS, EVENTS_SIZE } from "./kernels/layout.ts";
import type { AnalogKernels, AnalogMemory } from "./kernels.ts";

export class EventSums {
  /** Room for events in the memory of the kernels, see `Hemisphere.eventQueue`. */
  readonly words: Int32Array;
  readonly cycles: Float64Array;

  private readonly kernels: AnalogKernels;
  /** The three below in their order. */
  private readonly sums: Float64Array;

  constructor(memory: AnalogMemory) {
    this.kernels = memory.kernels;
    this.sums = memory.doubles(EVENT_COUNT, 3);
    this.words = memory.int32(EVENT_WORDS, EVENTS_SIZE);
    this.cycles = memory.doubles(EVENT_CYCLES, EVENTS_SIZE);
  }

  /** Pulses since power-on. */
  get count(): number {
    return this.sums[0];
  }

  set count(count: number) {
    this.sums[0] = count;
  }

  /** Sum of the pending pulses times their cycles since the reference. */
  get weightedTime(): number {
    return this.sums[1];
  }

  set weightedTime(time: number) {
    this.sums[1] = time;
  }

  /** Sum of the pending pulses. */
  get totalPulse(): number {
    return this.sums[2];
  }

  set totalPulse(sum: number) {
    this.sums[2] = sum;
  }

  add(pulse: number, age: number): void {
    const { sums } = this;
    sums[0]++;
    sums[1] += pulse * age;
    sums[2] += pulse;
  }

  /** Mean time of the pending pulses in cycles since the reference. */
  meanTime(): number {
    return this.totalPulse > 0 ? this.weightedTime / this.totalPulse : 0;
  }

  /** No pulses are pending any more. */
  clear(): void {
    this.totalPulse = 0;
    this.weightedTime = 0;
  }

  /**
   * Adds events number `first`..`end - 1`, as many as the kernel takes at once, and returns the number of the next one.
   * It stops in front of an event that is not for the kernel, see `addEvents` there. Nothing is copied of `words` and
   * `cycles` of this object.
   */
  addBatch(
    words: Int32Array | Uint32Array,
    cycles: Float64Array,
    first: number,
    end: number,
    ...leak: readonly [reference: number, window: number, holdEnd: number, rate: number]
  ): number {
    if (words === this.words && cycles === this.cycles) return this.kernels.addEvents(first, end, ...leak);
    const size = Math.min(end - first, EVENTS_SIZE);
    const { words: ownWords, cycles: ownCycles } = this;
    for (let n = 0; n < size; n++) {
      ownWords[n] = words[first + n];
      ownCycles[n] = cycles[first + n];
    }
    return first + this.kernels.addEvents(0, size, ...leak);
  }
}
