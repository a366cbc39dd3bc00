/** Stage d: excitatory and inhibitory strength of the neurons, i.e. how far the same events move their membranes. */
import { KNOBS } from "../../chip/analog/knobs.ts";
import { EVENT_SPACING, NEURONS, QUADRANTS } from "./bench.ts";
import { figures, median } from "./statistics.ts";
import type { Context } from "./step.ts";
import {
  GAIN_EVENT,
  GAIN_UNIT,
  NOISE_TRIALS,
  NOMINAL_GM,
  neuronGain,
  ofQuadrant,
  ratio,
  ratioOf,
  synapseBias,
  trialNoise,
} from "./step-kinds.ts";

const { drivers: EVENT_DRIVERS, activation: ACTIVATION, weight: WEIGHT } = GAIN_EVENT;
const EVENTS = 12;
/** us */
const EVENT_PERIOD = 1;
const RUNS = 5;
const FINAL_RUNS = 20;
/** Fewer events are sent while the median amplitude is larger, LSB. */
const LARGEST = 60;

type BySign = Record<"exc" | "inh", Float64Array>;

export interface NeuronOptions {
  /** LSB per activation and weight, or the median of all neurons at gm = 450 (calix). */
  readonly gain: number | "median";
}

export function calibrateNeurons(context: Context, options: NeuronOptions): void {
  const { bench } = context;
  const driving = EVENT_DRIVERS.length * EVENT_SPACING;
  const run = (events: number, active: boolean) => () => {
    for (let event = 0; event < events; event++) {
      if (active) for (const driver of EVENT_DRIVERS) bench.sendEvents(driver, ACTIVATION, 1);
      bench.wait(active ? EVENT_PERIOD - driving : EVENT_PERIOD);
    }
  };
  let events = EVENTS;
  let zero: Float64Array = new Float64Array(0);
  const rest = () => {
    zero = bench.integrate(FINAL_RUNS, run(events, false));
  };
  /** Standard deviation of single integrations with events, LSB. */
  const measureNoise = () => {
    const trials = Array.from({ length: NOISE_TRIALS }, () => bench.integrate(1, run(events, true)));
    return Float64Array.from({ length: NEURONS }, (_, neuron) => {
      const { std } = figures(trials.map((reads) => reads[neuron]));
      return std * Math.sqrt(NOISE_TRIALS / (NOISE_TRIALS - 1));
    });
  };
  /** Amplitudes in LSB, positive for both signs. */
  const amplitudes = (sign: "exc" | "inh", runs: number) => {
    const reads = bench.integrate(runs, run(events, true));
    return reads.map((read, neuron) => (sign === "exc" ? read - zero[neuron] : zero[neuron] - read));
  };
  const writeWeights = (sign: "exc" | "inh") => {
    const parity = sign === "exc" ? 1 : 0;
    bench.writeWeights((row) => ((row & 1) === parity && EVENT_DRIVERS.includes(row >> 1) ? WEIGHT : 0));
  };

  const quadrantMedians = (values: Float64Array) =>
    Float64Array.from({ length: QUADRANTS }, (_, quadrant) => median(ofQuadrant(values, quadrant)));

  const start = bench.codes("i_bias_synin_exc_gm");
  writeWeights("exc");
  bench.set(["i_bias_synin_exc_gm", start.map(() => NOMINAL_GM)]);
  rest();
  let nominal = amplitudes("exc", FINAL_RUNS);
  for (; median(nominal) >= LARGEST && events > 1; nominal = amplitudes("exc", FINAL_RUNS)) {
    events--;
    rest();
  }
  const noiseBefore = measureNoise();
  const target = options.gain === "median" ? median(nominal) : options.gain * GAIN_UNIT * events;

  context.step(synapseBias(target), () => {
    const relative = (values: Float64Array) => quadrantMedians(values).map((value) => value / target);
    const { atRangeEnd } = context.search("syn_i_bias_dac", (codes) => bench.set(["syn_i_bias_dac", codes]), {
      instances: QUADRANTS,
      target,
      measure: () => quadrantMedians(amplitudes("exc", RUNS)),
    });
    const after = relative(amplitudes("exc", FINAL_RUNS));
    return { before: relative(nominal), after, atRangeEnd };
  });
  bench.set(["i_bias_synin_exc_gm", start]);

  const found: BySign = { exc: new Float64Array(0), inh: new Float64Array(0) };
  const initial: BySign = { exc: new Float64Array(0), inh: new Float64Array(0) };
  for (const sign of ["exc", "inh"] as const) {
    const knob = `i_bias_synin_${sign}_gm` as const;
    context.step(neuronGain(sign, events, target), () => {
      writeWeights(sign);
      initial[sign] = amplitudes(sign, FINAL_RUNS);
      const { atRangeEnd } = context.search(knob, (codes) => bench.set([knob, codes]), {
        instances: NEURONS,
        target,
        measure: () => amplitudes(sign, RUNS),
      });
      found[sign] = amplitudes(sign, FINAL_RUNS);
      const relative = (values: Float64Array) => values.map((value) => value / target);
      return { before: relative(initial[sign]), after: relative(found[sign]), atRangeEnd };
    });
  }
  context.step(ratio(found), () => {
    const { least, most } = KNOBS.i_bias_synin_exc_gm;
    const [exc, inh] = [bench.codes("i_bias_synin_exc_gm"), bench.codes("i_bias_synin_inh_gm")];
    const isEnd = (code: number) => code === least || code === most;
    const atRangeEnd = Uint8Array.from(exc, (code, n) => (isEnd(code) || isEnd(inh[n]) ? 1 : 0));
    return { before: ratioOf(initial), after: ratioOf(found), atRangeEnd };
  });
  context.step(trialNoise(events), () => ({ before: noiseBefore, after: measureNoise() }));
  bench.writeWeights(() => 0);
}
