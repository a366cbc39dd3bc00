/** Stage d: excitatory and inhibitory strength of the neurons, i.e. how far the same events move their membranes. */
import { KNOBS } from "../../chip/analog/knobs.ts";
import type { BandName } from "./bands.ts";
import { EVENT_SPACING, NEURONS, QUADRANTS } from "./bench.ts";
import { figures, median, share } from "./statistics.ts";
import type { Context } from "./step.ts";

/** Eight drivers that are spread over the array and belong to both blocks; together they are one event. */
const EVENT_DRIVERS = [0, 19, 36, 55, 72, 91, 108, 127];
const ACTIVATION = 31;
const WEIGHT = 10;
const EVENTS = 12;
/** us */
const EVENT_PERIOD = 1;
const RUNS = 5;
const FINAL_RUNS = 20;
const NOISE_RUNS = 40;
/** Fewer events are sent while the median amplitude is larger, LSB. */
const LARGEST = 60;
const TARGET_CODE = 450;

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
  const unit = EVENT_DRIVERS.length * ACTIVATION * WEIGHT;
  let events = EVENTS;
  let zero: Float64Array = new Float64Array(0);
  const rest = () => {
    zero = bench.integrate(FINAL_RUNS, run(events, false));
  };
  /** Standard deviation of single integrations with events, LSB. */
  const trialNoise = () => {
    const trials = Array.from({ length: NOISE_RUNS }, () => bench.integrate(1, run(events, true)));
    return Float64Array.from({ length: NEURONS }, (_, neuron) => {
      const { std } = figures(trials.map((reads) => reads[neuron]));
      return std * Math.sqrt(NOISE_RUNS / (NOISE_RUNS - 1));
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
  bench.set(["i_bias_synin_exc_gm", start.map(() => TARGET_CODE)]);
  rest();
  let nominal = amplitudes("exc", FINAL_RUNS);
  for (; median(nominal) >= LARGEST && events > 1; nominal = amplitudes("exc", FINAL_RUNS)) {
    events--;
    rest();
  }
  const noiseBefore = trialNoise();
  const target = options.gain === "median" ? median(nominal) : options.gain * unit * events;

  context.step(
    {
      ...{ stage: "neurons", name: "synapse bias", unit: "", target: 1, knobs: ["syn_i_bias_dac"] },
      quantity: `median amplitude of a quadrant at gm = ${TARGET_CODE} relative to ${target.toFixed(1)} LSB`,
    },
    () => {
      const relative = (values: Float64Array) => quadrantMedians(values).map((value) => value / target);
      const { atRangeEnd } = context.search(
        "syn_i_bias_dac",
        (codes) => bench.set(["syn_i_bias_dac", codes]),
        {
          instances: QUADRANTS,
          target,
          measure: () => quadrantMedians(amplitudes("exc", RUNS)),
        },
      );
      const after = relative(amplitudes("exc", FINAL_RUNS));
      const spread: readonly [BandName, number] = ["quadrantStrength", figures(after).std];
      return { before: relative(nominal), after, atRangeEnd, checks: [spread] };
    },
  );
  bench.set(["i_bias_synin_exc_gm", start]);

  const found: BySign = { exc: new Float64Array(0), inh: new Float64Array(0) };
  const initial: BySign = { exc: new Float64Array(0), inh: new Float64Array(0) };
  for (const sign of ["exc", "inh"] as const) {
    const knob = `i_bias_synin_${sign}_gm` as const;
    context.step(
      {
        ...{ stage: "neurons", name: sign === "exc" ? "excitatory gain" : "inhibitory gain" },
        quantity: `amplitude of ${events} events relative to ${target.toFixed(1)} LSB`,
        ...{ unit: "", target: 1, knobs: [knob] },
      },
      () => {
        writeWeights(sign);
        initial[sign] = amplitudes(sign, FINAL_RUNS);
        const { atRangeEnd } = context.search(knob, (codes) => bench.set([knob, codes]), {
          instances: NEURONS,
          target,
          measure: () => amplitudes(sign, RUNS),
        });
        found[sign] = amplitudes(sign, FINAL_RUNS);
        const relative = (values: Float64Array) => values.map((value) => value / target);
        const after = relative(found[sign]);
        const good = after.filter((_, neuron) => atRangeEnd[neuron] === 0);
        const spread = figures(good).std;
        return {
          ...{ before: relative(initial[sign]), after, atRangeEnd },
          checks: [
            ["gainResidual", spread],
            ["gainPublished", spread],
            ["gainRange", (figures(good).mean * target) / (unit * events)],
            ["amplitude", share(found[sign], (value) => value > 20)],
            ["innerSpread", innerRange(found[sign])],
            ["success", good.length / NEURONS],
          ],
        };
      },
    );
  }
  context.step(
    {
      ...{ stage: "neurons", name: "inh / exc", unit: "", target: 1, knobs: [] },
      quantity: "ratio of the inhibitory to the excitatory amplitude",
    },
    () => {
      const ratio = ({ exc, inh }: BySign) => inh.map((value, n) => (exc[n] > 1 ? value / exc[n] : 1));
      const { least, most } = KNOBS.i_bias_synin_exc_gm;
      const [exc, inh] = [bench.codes("i_bias_synin_exc_gm"), bench.codes("i_bias_synin_inh_gm")];
      const isEnd = (code: number) => code === least || code === most;
      const atRangeEnd = Uint8Array.from(exc, (code, n) => (isEnd(code) || isEnd(inh[n]) ? 1 : 0));
      const after = ratio(found);
      const good = after.filter((_, neuron) => atRangeEnd[neuron] === 0);
      const mean = (values: Float64Array, quadrant: number) => figures(ofQuadrant(values, quadrant)).mean;
      const apart = Array.from({ length: QUADRANTS }, (_, quadrant) =>
        Math.abs(mean(found.exc, quadrant) - mean(found.inh, quadrant)),
      );
      return {
        ...{ before: ratio(initial), after, atRangeEnd },
        checks: [
          ["ratioResidual", figures(good).std],
          ["signMeans", Math.max(...apart)],
        ],
      };
    },
  );
  context.step(
    {
      ...{ stage: "neurons", name: "trial noise", unit: "LSB", target: 0, knobs: [] },
      quantity: `standard deviation of ${NOISE_RUNS} trials of ${events} events; has no knob`,
    },
    () => {
      const after = trialNoise();
      return {
        ...{ before: noiseBefore, after },
        checks: [
          ["trialNoise", figures(after).mean],
          ["noisyNeurons", share(after, (noise) => noise < 7)],
        ],
      };
    },
  );
  bench.writeWeights(() => 0);
}

const ofQuadrant = (values: Float64Array, quadrant: number) =>
  values.subarray(quadrant * 128, quadrant * 128 + 128);

/** Range of the values without the lowest and the highest tenth. */
function innerRange(values: Float64Array): number {
  const sorted = values.toSorted();
  const cut = Math.floor(sorted.length / 10);
  return sorted[sorted.length - 1 - cut] - sorted[cut];
}
