/** From the firmware's records to the steps of a calibration, with values of all instances in the order of settings. */
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { CHANNELS, NEURONS, QUADRANTS } from "./bench.ts";
import { type HemisphereRecord, positionOf, type StepRecord } from "./on-chip-records.ts";
import type { StepEffort, StepFindings } from "./step.ts";
import {
  baseline,
  baselineAgain,
  CHANNEL_OFFSETS,
  DRIFT_TIME,
  DRIVER_OFFSET,
  DRIVER_PULSE,
  DRIVER_RAMP,
  LEAK,
  neuronGain,
  RAMP,
  ratio,
  ratioOf,
  resultOffset,
  type StepKind,
  synapseBias,
} from "./step-kinds.ts";

export interface OnChipStepOutcome {
  readonly kind: StepKind;
  readonly findings: StepFindings;
  readonly effort: Required<StepEffort>;
}

/** Steps of the firmware's reads in one LSB, and of its pulses in one unit. */
const PER_LSB = 60;
const PER_UNIT = 256;
/** Steps of x over which the firmware states the rise of pulses. */
const RISE = 12;
const DRIVERS = 256;

/** Where an instance of the whole chip stands in the lists of the two hemispheres. */
interface Layout {
  readonly instances: number;
  readonly hemisphere: (instance: number) => number;
  readonly index: (instance: number) => number;
}

const NEURON_LAYOUT: Layout = {
  instances: NEURONS,
  hemisphere: (neuron) => neuron >> 8,
  index: (neuron) => positionOf(neuron & 255),
};
const CHANNEL_LAYOUT: Layout = {
  instances: CHANNELS,
  hemisphere: (channel) => channel >> 9,
  index: (channel) => (channel & 256) + positionOf(channel & 255),
};
const driverLayout = (first: number): Layout => ({
  instances: DRIVERS,
  hemisphere: (driver) => driver >> 7,
  index: (driver) => first + (driver & 127),
});
const OFFSET_PULSES = driverLayout(0);
const MIDDLE_PULSES = driverLayout(128);
const QUADRANT_LAYOUT: Layout = {
  instances: QUADRANTS,
  hemisphere: (quadrant) => quadrant >> 1,
  index: (quadrant) => quadrant & 1,
};
/** Of all quadrants at the low, then at the high reference. */
const RAMP_LAYOUT: Layout = {
  instances: 2 * QUADRANTS,
  hemisphere: (n) => (n >> 1) & 1,
  index: (n) => 2 * (n >> 2) + (n & 1),
};

type ListName = "before" | "after" | "ends";

function collect(record: StepRecord, list: ListName, layout: Layout): Float64Array {
  return Float64Array.from({ length: layout.instances }, (_, n) => {
    return record[layout.hemisphere(n)][list][layout.index(n)];
  });
}

/** Findings in units of `scale` steps of the firmware. */
function findingsOf(record: StepRecord, layout: Layout, scale: number): StepFindings {
  const [before, after] = (["before", "after"] as const).map((list) =>
    collect(record, list, layout).map((value) => value / scale),
  );
  return { before, after, atRangeEnd: Uint8Array.from(collect(record, "ends", layout)) };
}

/** Of the hemisphere that took longer. */
function effortOf(record: StepRecord): Required<StepEffort> {
  const most = (value: (half: HemisphereRecord) => number) => Math.max(...record.map(value));
  const cycles = most((half) => half.cycles);
  return {
    reads: most((half) => half.conversions),
    chipTime: cycles / CYCLES_PER_MICROSECOND,
    cycles,
    awakeCycles: most((half) => half.cycles - half.slept),
  };
}

/** For quantities that a step watches without further measurements. */
const NO_EFFORT: Required<StepEffort> = { reads: 0, chipTime: 0, cycles: 0, awakeCycles: 0 };

/** Turns records into steps, in their order; some records give two. */
export class OnChipSteps {
  private readonly targets: { readonly working: number; readonly baselineTarget: number };
  private excitatory: StepFindings | undefined;

  /** Baselines in LSB, while gains and offsets are searched and at the end. */
  constructor(targets: { readonly working: number; readonly baselineTarget: number }) {
    this.targets = targets;
  }

  of(record: StepRecord): OnChipStepOutcome[] {
    const { working, baselineTarget } = this.targets;
    const effort = effortOf(record);
    const single = (kind: StepKind, layout: Layout, scale: number) => [
      { kind, findings: findingsOf(record, layout, scale), effort },
    ];
    const [{ step, target, events }] = record;
    const lsb = target / PER_LSB;
    switch (step) {
      case "ramp":
        return single(RAMP, RAMP_LAYOUT, PER_LSB);
      case "channels":
        return single(CHANNEL_OFFSETS, CHANNEL_LAYOUT, PER_LSB);
      case "leak":
        // The integration also lasts while events would settle.
        return single(LEAK, NEURON_LAYOUT, PER_LSB * (DRIFT_TIME + 2));
      case "baseline":
        return single(baseline(working), NEURON_LAYOUT, PER_LSB);
      case "finalBaseline":
        return single(baseline(baselineTarget, "final baseline"), NEURON_LAYOUT, PER_LSB);
      case "baselineAgain":
        return single(baselineAgain(working), NEURON_LAYOUT, PER_LSB);
      case "offsets":
        return single(resultOffset(), NEURON_LAYOUT, PER_LSB);
      case "offsetsAgain":
        return single(resultOffset("result offset again"), NEURON_LAYOUT, PER_LSB);
      case "driverRamp":
        return single(DRIVER_RAMP, QUADRANT_LAYOUT, PER_UNIT * RISE);
      case "driverOffset": {
        const [offset] = single(DRIVER_OFFSET, OFFSET_PULSES, PER_UNIT);
        const { before, after } = findingsOf(record, MIDDLE_PULSES, PER_UNIT);
        const { atRangeEnd } = offset.findings;
        return [offset, { kind: DRIVER_PULSE, findings: { before, after, atRangeEnd }, effort: NO_EFFORT }];
      }
      case "synapseBias":
        return single(synapseBias(lsb), QUADRANT_LAYOUT, target);
      case "excitatory": {
        const [gain] = single(neuronGain("exc", events, lsb), NEURON_LAYOUT, target);
        this.excitatory = gain.findings;
        return [gain];
      }
      case "inhibitory": {
        const [gain] = single(neuronGain("inh", events, lsb), NEURON_LAYOUT, target);
        return [gain, this.ratio(gain.findings, lsb)];
      }
    }
  }

  private ratio(inhibitory: StepFindings, lsb: number): OnChipStepOutcome {
    const excitatory = this.excitatory!;
    const amplitudes = (when: "before" | "after") => ({
      exc: excitatory[when].map((value) => value * lsb),
      inh: inhibitory[when].map((value) => value * lsb),
    });
    const [before, after] = [amplitudes("before"), amplitudes("after")];
    const atRangeEnd = inhibitory.atRangeEnd!.map((end, n) => end | excitatory.atRangeEnd![n]);
    const findings = { before: ratioOf(before), after: ratioOf(after), atRangeEnd };
    return { kind: ratio(after), findings, effort: NO_EFFORT };
  }
}
