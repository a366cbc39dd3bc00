/** Pictures of what a chip does before and after its calibration. */
import { median } from "../calibration/statistics.ts";
import { shortNumber } from "../calibration/table.ts";
import { type Curve, plotCurves } from "../plot/curves.ts";
import type { Interval } from "../plot/frame.ts";
import { type HeatMapBlock, heatMap } from "../plot/heat-map.ts";
import { histogram } from "../plot/histogram.ts";
import type { Picture } from "../plot/svg.ts";
import { SERIES_NAMES } from "../plot/theme.ts";
import { type ChipMeasurement, fitNoise, SAMPLE_STEP } from "./measure.ts";

/** The chip after power-on, and with the settings of its calibration. */
export interface BothStates {
  readonly raw: ChipMeasurement;
  readonly calibrated: ChipMeasurement;
}

const STATES = ["raw", "calibrated"] as const;
const STATE_SERIES = { raw: "orange", calibrated: "blue" } as const;

/** Noise of single results that others report; N is stated for two of them only. */
export const PUBLISHED_NOISE = {
  range: [1.2, 2] as Interval,
  rangeSource: "1.24 LSB on a chip in 2026, 1.6 and 2.0 LSB in hxtorch",
  points: [
    { sends: 4, std: 1.5 },
    { sends: 4, std: 1.7 },
  ],
  pointSource: "Summ et al. 2026, two layers with 4 sends",
} as const;

/** One picture a state, on the same axes. */
export function transferPictures(states: BothStates): Picture[] {
  const highs = STATES.flatMap((state) =>
    states[state].transfer.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])),
  );
  const most = Math.max(10, Math.ceil(Math.max(...highs.map(Math.abs)) / 10) * 10);
  return STATES.map((state) => {
    const curves = states[state].transfer.map(({ weight, points }, n): Curve => {
      const series = SERIES_NAMES[n % SERIES_NAMES.length];
      const label = `w = ${weight}`;
      return { label, series, points: points.map(({ x, mean, low, high }) => ({ x, y: mean, low, high })) };
    });
    return plotCurves({
      name: `transfer-${state}`,
      title: `Transfer curves, ${state}`,
      description: `Result in LSB against the activation 0 to 31 on all 128 inputs, ${curves.length} weights, mean over 512 columns and the inner 80 % of them; ${state} chip.`,
      x: { label: "activation on all 128 inputs", domain: [0, 31], ticks: [0, 5, 10, 15, 20, 25, 31] },
      y: { label: `result, LSB: ${state}`, domain: [-most, most] },
      curves,
      labelEnds: true,
    });
  });
}

/** Gain of all columns relative to the median of the calibrated chip. */
export function relativeGains(states: BothStates) {
  const { exc, inh } = states.calibrated.gains;
  const typical = median([...exc, ...inh]);
  const of = (values: Float64Array) => values.map((value) => value / typical);
  const relative = (state: (typeof STATES)[number]) => ({
    exc: of(states[state].gains.exc),
    inh: of(states[state].gains.inh),
  });
  return { typical, raw: relative("raw"), calibrated: relative("calibrated") };
}

const GAIN_DOMAIN: Interval = [0.4, 1.6];
const HEMISPHERES = ["top", "bottom"] as const;
const SIGNS = ["exc", "inh"] as const;

export function gainPictures(states: BothStates): Picture[] {
  const gains = relativeGains(states);
  const typical = `${shortNumber(1000 * gains.typical)}·10⁻³ LSB`;
  const blocks = STATES.map(
    (state): HeatMapBlock => ({
      label: state,
      rows: HEMISPHERES.flatMap((hemisphere, h) =>
        SIGNS.map((sign) => ({
          label: `${hemisphere} ${sign}.`,
          values: gains[state][sign].subarray(h * 256, h * 256 + 256),
        })),
      ),
    }),
  );
  const map = heatMap({
    ...{ name: "gains", title: "Column gains", blocks, rowHeight: 16 },
    description: `Gain of 512 columns, excitatory and inhibitory, before and after calibration; 1 is ${typical} per activation and weight.`,
    columnTicks: [0, 64, 128, 192, 255].map((at) => ({ at, text: `${at}` })),
    columnLabel: "column",
    color: {
      kind: "diverging",
      domain: GAIN_DOMAIN,
      label: `gain, 1 = ${typical} per activation and weight`,
    },
  });
  const bars = histogram({
    ...{ name: "gain-histogram", title: "Spread of column gains", relative: true },
    description: "Gains of 512 columns and both signs, before and after calibration.",
    sets: STATES.map((state) => ({
      name: state,
      series: STATE_SERIES[state],
      values: [...gains[state].exc, ...gains[state].inh],
    })),
    xLabel: "gain relative to the median after calibration",
    instances: "columns, both signs",
    include: [1],
  });
  return [map, bars];
}

/** Amplitudes of single synapses relative to the median of the calibrated chip. */
export function synapsePicture(states: BothStates): Picture {
  const typical = median(states.calibrated.synapses.flatMap((row) => [...row]));
  const blocks = STATES.map((state): HeatMapBlock => {
    const { synapses } = states[state];
    return {
      label: state,
      rows: synapses.map((row, n) => ({
        ...((n * SAMPLE_STEP) % 32 === 0 && { label: `driver ${n * SAMPLE_STEP}` }),
        values: row.map((value) => value / typical),
      })),
    };
  });
  const columns = states.calibrated.synapses[0].length;
  return heatMap({
    ...{ name: "synapses", title: "Single synapses", blocks, rowHeight: 5 },
    description: `Amplitude of excitatory synapses of the top hemisphere at x = 16, w = 63: every fourth driver and column, relative to the median after calibration, ${shortNumber(typical)} LSB.`,
    columnTicks: [0, 16, 32, 48, columns - 1].map((at) => ({ at, text: `${at * SAMPLE_STEP}` })),
    columnLabel: "column of the top hemisphere",
    color: {
      ...{ kind: "diverging", domain: GAIN_DOMAIN },
      label: `amplitude of a synapse, 1 = ${shortNumber(typical)} LSB`,
    },
  });
}

export function noisePicture(states: BothStates): Picture {
  const fits = { raw: fitNoise(states.raw.noise), calibrated: fitNoise(states.calibrated.noise) };
  const last = Math.max(...states.calibrated.noise.map(({ sends }) => sends));
  const { rest, perSend } = fits.calibrated;
  const steps = Array.from({ length: 33 }, (_, n) => (n * last) / 32);
  const measured = STATES.map((state): Curve => {
    const points = states[state].noise.map(({ sends, mean, low, high }) => ({
      ...{ x: sends, y: mean },
      ...(state === "calibrated" && { low, high }),
    }));
    return { label: state, series: STATE_SERIES[state], points, draw: "points" };
  });
  const highs = STATES.flatMap((state) => states[state].noise.map(({ high }) => high));
  return plotCurves({
    ...{ name: "noise", title: "Noise against the number of sends" },
    description: `Standard deviation of single results in LSB against the number of times that 128 events are sent; it follows the root of ${shortNumber(rest)} squared plus ${shortNumber(perSend)} squared times the sends.`,
    x: { label: "sends of a vector of 128 events", domain: [0, last] },
    y: { label: "std of a result, LSB", domain: [0, Math.ceil(2 * Math.max(...highs)) / 2] },
    curves: [
      {
        label: `√(${shortNumber(rest)}² + ${shortNumber(perSend)}²·sends)`,
        series: "blue",
        points: steps.map((x) => ({ x, y: Math.sqrt(rest * rest + perSend * perSend * x) })),
      },
      ...measured,
      {
        label: "published, 4 sends",
        series: "green",
        points: PUBLISHED_NOISE.points.map(({ sends, std }) => ({ x: sends, y: std })),
        draw: "points",
      },
    ],
    region: {
      range: PUBLISHED_NOISE.range,
      label: `published, sends not stated: ${PUBLISHED_NOISE.range.join(" to ")} LSB`,
    },
  });
}
