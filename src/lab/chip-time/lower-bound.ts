import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
/** How fast the hardware could be at best: what an array run takes when nothing but the analog core limits it. */

export interface RunStep {
  readonly name: string;
  readonly microseconds: number;
  readonly source: string;
}

/** Steps of one array run that firmware can't shorten (analog-core section 4). */
export const RUN_STEPS: readonly RunStep[] = [
  { name: "membrane reset", microseconds: 2, source: "calibrated reset hold" },
  { name: "settling after the reset", microseconds: 1, source: "grenade" },
  { name: "settling after the events", microseconds: 1, source: "grenade" },
  {
    name: "CADC conversion",
    microseconds: 385 / CYCLES_PER_MICROSECOND,
    source: "fitted to the libnux speed test",
  },
];
/** An event every 8 ns is what a PADI bus and a driver take: 2 PPU cycles. */
export const EVENT_MICROSECONDS = 0.008;
/** 1.85 MSample/s per channel: what the converter could do with a faster readout. */
export const FASTEST_CONVERSION_MICROSECONDS = 0.54;
const BUSES = 4;

export interface LowerBounds {
  /** The PPU writes one event after the other: microseconds. */
  readonly ppuEvents: number;
  /** Events on all four buses at once and conversions at the converter's own limit. */
  readonly hardware: number;
}

/** Bounds for `runs` array runs with `events` events in sequence on one hemisphere. */
export function lowerBounds(runs: number, events: number): LowerBounds {
  const steps = RUN_STEPS.reduce((sum, step) => sum + step.microseconds, 0);
  const conversion = RUN_STEPS[RUN_STEPS.length - 1].microseconds;
  return {
    ppuEvents: runs * steps + events * EVENT_MICROSECONDS,
    hardware:
      runs * (steps - conversion + FASTEST_CONVERSION_MICROSECONDS) + (events / BUSES) * EVENT_MICROSECONDS,
  };
}
