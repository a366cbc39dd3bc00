/** What a report measures on a chip: through registers, events and CADC reads only, as the calibration does. */
import { KNOB_NAMES } from "../../chip/analog/knobs.ts";
import type { ChipSettings } from "../../chip/settings.ts";
import { Bench, type BenchOptions, NEURONS } from "../calibration/bench.ts";
import { figures } from "../calibration/statistics.ts";

export interface MeasureOptions {
  /** Activations and weights of the transfer curves. */
  readonly activations: readonly number[];
  readonly weights: readonly number[];
  /** Integrations that are averaged for a point of a transfer curve. */
  readonly transferRuns: number;
  /** For gains and single synapses. */
  readonly gainRuns: number;
  /** Repetitions of all events within an integration, and integrations for each. */
  readonly sends: readonly number[];
  readonly trials: number;
}

export const MEASURE_DEFAULTS: MeasureOptions = {
  activations: Array.from({ length: 32 }, (_, x) => x),
  weights: [-15, -10, -5, 5, 10, 15],
  transferRuns: 5,
  gainRuns: 20,
  sends: [1, 2, 3, 4, 6, 8, 10, 12, 14, 16],
  trials: 60,
};

export interface TransferPoint {
  readonly x: number;
  /** LSB, over all columns. */
  readonly mean: number;
  /** The inner 80 % of the columns. */
  readonly low: number;
  readonly high: number;
}

export interface NoisePoint {
  readonly sends: number;
  /** Standard deviation of single results of a column, LSB: mean over the columns. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Columns left out because some of their reads were at an end of the ADC's range. */
  readonly clipped: number;
}

export interface ChipMeasurement {
  readonly transfer: readonly { readonly weight: number; readonly points: readonly TransferPoint[] }[];
  /** LSB per activation and weight, one a neuron (hemisphere * 256 + column), both positive. */
  readonly gains: { readonly exc: Float64Array; readonly inh: Float64Array };
  /** Amplitudes of single excitatory synapses of the top hemisphere, LSB: a row for each sampled driver. */
  readonly synapses: readonly Float64Array[];
  readonly noise: readonly NoisePoint[];
}

/** Distance of two events, us: 2 FPGA cycles, as in the published digit programs; for noise the shortest, 1 cycle. */
const SPACING = 0.016;
const CLOSE_SPACING = 0.008;
const DRIVERS = 128;
const REST_RUNS = 20;
export const GAIN_DRIVE = { x: 15, weight: 12 } as const;
/** Every fourth driver and column. */
export const SAMPLE_STEP = 4;
export const SYNAPSE_DRIVE = { x: 16, weight: 63, sends: 24 } as const;
/** Half of the drivers excite, half inhibit: results stay near 0 while noise adds up. */
const NOISE_DRIVE = { x: 8, weight: 2 } as const;

/** The value below which a share of the sorted values lies. */
const quantile = (sorted: Float64Array, share: number) => sorted[Math.round(share * (sorted.length - 1))];

function spread(values: Float64Array): { mean: number; low: number; high: number } {
  const sorted = values.toSorted();
  return { mean: figures(values).mean, low: quantile(sorted, 0.1), high: quantile(sorted, 0.9) };
}

class Measuring {
  private readonly bench: Bench;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  private writeWeight(weight: number): void {
    const parity = weight > 0 ? 1 : 0;
    this.bench.writeWeights((row) => ((row & 1) === parity ? Math.abs(weight) : 0));
  }

  /** One event on each driver; for x = 0 only the time passes. */
  private vector(x: number, spacing = SPACING): void {
    for (let driver = 0; driver < DRIVERS; driver++) {
      if (x > 0) this.bench.sendEvents(driver, x, 1, spacing);
      else this.bench.wait(spacing);
    }
  }

  /** Results as firmware has them: the read of a run minus a read without events and without their time. */
  transfer({ weights, activations, transferRuns }: MeasureOptions): ChipMeasurement["transfer"] {
    const { bench } = this;
    const baseline = bench.integrate(REST_RUNS);
    return weights.map((weight) => {
      this.writeWeight(weight);
      const points = activations.map((x) => {
        const reads = bench.integrate(transferRuns, () => this.vector(x));
        return { x, ...spread(reads.map((read, n) => read - baseline[n])) };
      });
      return { weight, points };
    });
  }

  /** Amplitudes over the read without events after the same time. */
  gains({ gainRuns }: MeasureOptions): ChipMeasurement["gains"] {
    const { bench } = this;
    const { x, weight } = GAIN_DRIVE;
    const rest = bench.integrate(gainRuns, () => this.vector(0));
    const of = (sign: 1 | -1) => {
      this.writeWeight(sign * weight);
      const reads = bench.integrate(gainRuns, () => this.vector(x));
      return reads.map((read, n) => (sign * (read - rest[n])) / (DRIVERS * x * weight));
    };
    return { exc: of(1), inh: of(-1) };
  }

  synapses({ gainRuns }: MeasureOptions): Float64Array[] {
    const { bench } = this;
    const { x, weight, sends } = SYNAPSE_DRIVE;
    this.writeWeight(weight);
    const rest = bench.integrate(gainRuns, () => bench.wait(sends * SPACING));
    return Array.from({ length: DRIVERS / SAMPLE_STEP }, (_, n) => {
      const reads = bench.integrate(gainRuns, () => bench.sendEvents(n * SAMPLE_STEP, x, sends, SPACING));
      const top = reads.subarray(0, NEURONS / 2).map((read, column) => read - rest[column]);
      return top.filter((_value, column) => column % SAMPLE_STEP === 0);
    });
  }

  noise({ sends, trials }: MeasureOptions): NoisePoint[] {
    const { bench } = this;
    const { x, weight } = NOISE_DRIVE;
    const sign = (row: number) => (row >> 1) & 1;
    bench.writeWeights((row) => ((row & 1) === sign(row) ? weight : 0));
    return sends.map((count) => {
      const reads = Array.from({ length: trials }, () =>
        bench.integrate(1, () => {
          for (let send = 0; send < count; send++) this.vector(x, CLOSE_SPACING);
        }),
      );
      const columns = Array.from({ length: NEURONS }, (_, n) => figures(reads.map((read) => read[n])));
      const inside = columns.filter(({ min, max }) => min > 0 && max < 255);
      // The population's deviation of a few trials is too small on average.
      const deviations = Float64Array.from(inside, ({ std }) => std * Math.sqrt(trials / (trials - 1)));
      return { sends: count, ...spread(deviations), clipped: NEURONS - inside.length };
    });
  }
}

/** Measures a chip with settings, or as it is after power-on. */
export function measureChip(
  chip: BenchOptions,
  settings?: Required<ChipSettings>,
  options: MeasureOptions = MEASURE_DEFAULTS,
): ChipMeasurement {
  const bench = Bench.of(chip);
  if (settings) bench.set(...KNOB_NAMES.map((name) => [name, settings[name]] as const));
  const measuring = new Measuring(bench);
  return {
    transfer: measuring.transfer(options),
    gains: measuring.gains(options),
    synapses: measuring.synapses(options),
    noise: measuring.noise(options),
  };
}

/** Least squares fit of `variance = rest^2 + perSend^2 * sends`; parts below 0 count as 0. */
export function fitNoise(points: readonly Pick<NoisePoint, "sends" | "mean">[]): {
  rest: number;
  perSend: number;
} {
  const x = figures(points.map(({ sends }) => sends));
  const y = figures(points.map(({ mean }) => mean * mean));
  const covariance =
    points.reduce((sum, { sends, mean }) => sum + (sends - x.mean) * (mean * mean - y.mean), 0) /
    points.length;
  const slope = x.std > 0 ? covariance / (x.std * x.std) : 0;
  const root = (value: number) => Math.sqrt(Math.max(value, 0));
  return { rest: root(y.mean - slope * x.mean), perSend: root(slope) };
}
