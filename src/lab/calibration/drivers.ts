/**
 * Stage c: ramp slope and offsets of the synapse drivers' pulses. Pulses are observed as amplitudes
 * relative to the longest pulse on the same columns, so that gains of neurons and synapses cancel. In units of the
 * activation: the longest pulse is 31 / 0.9 units.
 */
import { EVENT_SPACING, QUADRANTS } from "./bench.ts";
import { median } from "./statistics.ts";
import type { Context } from "./step.ts";
import { DRIVER_OFFSET, DRIVER_PULSE, DRIVER_RAMP, MIDDLE_PULSE, OFFSET_ANCHOR } from "./step-kinds.ts";

const DRIVERS = 256;
/** Drivers that are observed in one integration, each on 256 / 16 = 16 columns that are spread over the row. */
const GROUP = 16;
const GROUPS = 128 / GROUP;
const WEIGHT = 63;
const SENDS = 16;
const RUNS = 5;
/** Within the search of the ramp. */
const QUICK_RUNS = 2;
const ZERO_RUNS = 20;

/** calix: amplitudes shall be 0.9 x / 31 of the longest pulse's. */
const FILLING = 0.9;
const STRONGEST = 31;
/** Anchors: with the offsets chosen at HIGH, the slope is right when LOW is right. */
const LOW = 2;
const HIGH = 29;
/** A ramp so slow that all pulses have their full length. */
const SLOW_RAMP = 100;

const quadrantOf = (driver: number) => 2 * (driver >> 7) + (driver & 1);

/** Median over the drivers of each block: even drivers belong to the west quadrant, odd ones to the east. */
function blockMedians(values: Float64Array): Float64Array {
  return Float64Array.from({ length: QUADRANTS }, (_, quadrant) =>
    median(values.filter((_value, driver) => quadrantOf(driver) === quadrant)),
  );
}

class DriverBench {
  private readonly context: Context;
  private readonly zero: Float64Array;
  private readonly longest: Float64Array;

  /** Measures the reads without events, and the amplitudes of the longest pulses. */
  constructor(context: Context) {
    this.context = context;
    const { bench } = context;
    bench.writeWeights((row, column) =>
      (row & 1) === 1 && column % GROUP === (row >> 1) % GROUP ? WEIGHT : 0,
    );
    this.zero = bench.integrate(ZERO_RUNS, () => bench.wait(GROUP * SENDS * EVENT_SPACING));
    const [ramp, calib] = [bench.codes("stp_i_ramp"), bench.codes("stp_i_calib")];
    const offsets = bench.codes("hagen_dac_offset");
    this.setRamp(ramp.map(() => SLOW_RAMP));
    bench.set(["hagen_dac_offset", offsets.map(() => 0)]);
    this.longest = this.amplitudes(STRONGEST, RUNS);
    bench.set(["stp_i_ramp", ramp], ["stp_i_calib", calib], ["hagen_dac_offset", offsets]);
  }

  /** stp_i_calib follows stp_i_ramp. */
  setRamp(codes: Int16Array): void {
    this.context.bench.set(["stp_i_ramp", codes], ["stp_i_calib", codes]);
  }

  /** Median amplitude of each driver over its columns, LSB. */
  private amplitudes(x: number, runs: number): Float64Array {
    const { bench } = this.context;
    const amplitudes = new Float64Array(DRIVERS);
    for (let group = 0; group < GROUPS; group++) {
      const first = group * GROUP;
      const reads = bench.integrate(runs, () => {
        for (let driver = first; driver < first + GROUP; driver++) bench.sendEvents(driver, x, SENDS);
      });
      for (let hemisphere = 0; hemisphere < 2; hemisphere++) {
        for (let driver = first; driver < first + GROUP; driver++) {
          const own: number[] = [];
          for (let column = driver % GROUP; column < 256; column += GROUP) {
            const neuron = hemisphere * 256 + column;
            own.push(reads[neuron] - this.zero[neuron]);
          }
          amplitudes[hemisphere * 128 + driver] = median(own);
        }
      }
    }
    return amplitudes;
  }

  /** Pulse of each driver in units of the activation. */
  pulses(x: number, runs = RUNS): Float64Array {
    const unit = FILLING / STRONGEST;
    return this.amplitudes(x, runs).map((amplitude, driver) => amplitude / (this.longest[driver] * unit));
  }

  /** Chooses the offset of each driver so that an activation gives its own pulse. */
  searchOffsets(x: number, runs: number): Uint8Array {
    const { context } = this;
    return context.search("hagen_dac_offset", (codes) => context.bench.set(["hagen_dac_offset", codes]), {
      instances: DRIVERS,
      target: x,
      measure: () => this.pulses(x, runs),
    }).atRangeEnd;
  }
}

export function calibrateDrivers(context: Context): void {
  const { bench } = context;
  const initial = bench.codes("hagen_dac_offset");
  const drivers = new DriverBench(context);
  const slopes = () => {
    const [low, high] = [blockMedians(drivers.pulses(10)), blockMedians(drivers.pulses(22))];
    return high.map((value, quadrant) => (value - low[quadrant]) / 12);
  };
  context.step(DRIVER_RAMP, () => {
    const before = slopes();
    const { atRangeEnd } = context.search("stp_i_ramp", (codes) => drivers.setRamp(codes), {
      instances: QUADRANTS,
      target: LOW,
      // Shorter pulses need more offset to be right at HIGH, which leaves them too long at LOW.
      direction: 1,
      measure: () => {
        drivers.searchOffsets(HIGH, QUICK_RUNS);
        return blockMedians(drivers.pulses(LOW, QUICK_RUNS));
      },
    });
    drivers.searchOffsets(HIGH, QUICK_RUNS);
    return { before, after: slopes(), atRangeEnd };
  });
  const miss = (x: number) => drivers.pulses(x).map((pulse) => pulse - x);
  bench.set(["hagen_dac_offset", initial]);
  const before = { anchor: miss(OFFSET_ANCHOR), middle: miss(MIDDLE_PULSE) };
  let atRangeEnd: Uint8Array = new Uint8Array(DRIVERS);
  context.step(DRIVER_OFFSET, () => {
    atRangeEnd = drivers.searchOffsets(OFFSET_ANCHOR, RUNS);
    return { before: before.anchor, after: miss(OFFSET_ANCHOR), atRangeEnd };
  });
  context.step(DRIVER_PULSE, () => ({ before: before.middle, after: miss(MIDDLE_PULSE), atRangeEnd }));
  bench.writeWeights(() => 0);
}
