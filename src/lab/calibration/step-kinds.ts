/**
 * The steps of a calibration as kinds: what they adjust and measure, and the published limits that their findings
 * are compared with. Host (`calibrate.ts`) and firmware (`on-chip.ts`) take the same steps.
 */
import type { BandName } from "./bands.ts";
import { CHANNELS, QUADRANTS } from "./bench.ts";
import { figures, share } from "./statistics.ts";
import type { StepFindings, StepReport } from "./step.ts";

/** What is known of a step before it is taken, and its comparisons. */
export interface StepKind
  extends Pick<StepReport, "stage" | "name" | "quantity" | "unit" | "target" | "knobs"> {
  readonly checks: (findings: StepFindings) => readonly (readonly [BandName, number])[];
}

/** Codes of the reference cell and the reads they shall give (calix). */
export const LOW_REFERENCE = { code: 150, read: 20 };
export const HIGH_REFERENCE = { code: 500, read: 220 };
export const MIDDLE_REFERENCE = (LOW_REFERENCE.code + HIGH_REFERENCE.code) / 2;
/** us without events behind the start of an integration. */
export const DRIFT_TIME = 10;
/** us after which offsets of results are stated: a typical run. */
export const RESULT_TIME = 4;
/** LSB around the target within which baselines count as good. */
export const NEAR = 16;
/** Activations at which pulses of drivers are held to their own value, and watched. */
export const OFFSET_ANCHOR = 3;
export const MIDDLE_PULSE = 16;
/**
 * One event of a gain: eight drivers that are spread over the array and belong to both blocks, with one activation and
 * one weight.
 */
export const GAIN_EVENT = { drivers: [0, 19, 36, 55, 72, 91, 108, 127], activation: 31, weight: 10 };
/** Activation times weight of such an event. */
export const GAIN_UNIT = GAIN_EVENT.drivers.length * GAIN_EVENT.activation * GAIN_EVENT.weight;
/** i_bias_synin_exc_gm at which the median gain is taken. */
export const NOMINAL_GM = 450;

/** Quadrant of a channel (instance order of settings). */
const quadrantOfChannel = (channel: number) => 2 * (channel >> 9) + ((channel & 255) >> 7);

/** Mean reads of the quadrants' channels. */
export function quadrantMeans(reads: Float64Array): Float64Array {
  const means = new Float64Array(QUADRANTS);
  reads.forEach((read, channel) => {
    means[quadrantOfChannel(channel)] += (read * QUADRANTS) / CHANNELS;
  });
  return means;
}

export const ofQuadrant = (neurons: Float64Array, quadrant: number): Float64Array =>
  neurons.subarray(quadrant * 128, quadrant * 128 + 128);

/** Values of the instances whose knobs did not end at an end of their range. */
function inRange({ after, atRangeEnd }: StepFindings): Float64Array {
  return atRangeEnd ? after.filter((_, n) => atRangeEnd[n] === 0) : after;
}

/** Range of the values without the lowest and the highest tenth. */
function innerRange(values: Float64Array): number {
  const sorted = values.toSorted();
  const cut = Math.floor(sorted.length / 10);
  return sorted[sorted.length - 1 - cut] - sorted[cut];
}

export const RAMP: StepKind = {
  ...{ stage: "cadc", name: "ADC ramp", unit: "LSB", target: 0 },
  quantity: `quadrant means at reference ${LOW_REFERENCE.code} and ${HIGH_REFERENCE.code}, from ${LOW_REFERENCE.read} and ${HIGH_REFERENCE.read}`,
  knobs: ["cadc_v_ramp_offset", "cadc_i_ramp_slope"],
  checks: ({ after }) => [["rampError", after.reduce((most, miss) => Math.max(most, Math.abs(miss)), 0)]],
};

export const CHANNEL_OFFSETS: StepKind = {
  ...{ stage: "cadc", name: "ADC channels", unit: "LSB", target: 0 },
  quantity: `read of each channel at reference ${MIDDLE_REFERENCE}, from the median`,
  knobs: ["cadc_channel_offset"],
  checks({ before, after }) {
    const means = figures(quadrantMeans(after));
    return [
      ["channelSpreadBefore", figures(before).std],
      ["channelSpread", figures(after).std],
      ["channelResidual", figures(after).std],
      ["quadrantMeans", means.max - means.min],
    ];
  },
};

export const LEAK: StepKind = {
  ...{ stage: "leak", name: "leak off", unit: "LSB/us", target: 0 },
  quantity: `drift over ${DRIFT_TIME} us, synaptic inputs disconnected`,
  knobs: ["i_bias_leak"],
  checks: ({ after }) => [["drift", figures(after).std]],
};

const baselineChecks =
  (target: number): StepKind["checks"] =>
  ({ after }) => [["baselineShare", share(after, (read) => Math.abs(read - target) <= NEAR)]];

/** Target in LSB. */
export const baseline = (target: number, name = "baseline"): StepKind => ({
  ...{ stage: "baseline", name, unit: "LSB", target },
  quantity: "read after a reset",
  knobs: ["v_reset", "cadc_channel_offset"],
  checks: baselineChecks(target),
});

export const baselineAgain = (target: number): StepKind => ({
  ...{ stage: "offsets", name: "baseline again", unit: "LSB", target },
  quantity: "read 30 us after a reset",
  knobs: ["cadc_channel_offset"],
  checks: baselineChecks(target),
});

export const resultOffset = (name = "result offset"): StepKind => ({
  ...{ stage: "offsets", name, unit: "LSB", target: 0 },
  quantity: `read without events after ${RESULT_TIME} us, from the read after a reset`,
  knobs: ["i_bias_synin_exc_shift", "i_bias_synin_inh_shift"],
  checks: ({ after }) => [["resultResidual", figures(after).std]],
});

export const DRIVER_RAMP: StepKind = {
  ...{ stage: "drivers", name: "driver ramp", unit: "units", target: 1 },
  quantity: "rise of the pulse a step of x, median of a block",
  knobs: ["stp_i_ramp"],
  checks({ after }) {
    const { mean, std } = figures(after);
    return [
      ["pulseRise", mean],
      ["rampSlope", std],
    ];
  },
};

export const DRIVER_OFFSET: StepKind = {
  ...{ stage: "drivers", name: "driver offset", unit: "units", target: 0 },
  quantity: `pulse at x = ${OFFSET_ANCHOR}, from ${OFFSET_ANCHOR}; it can't be shorter than 0`,
  knobs: ["hagen_dac_offset"],
  checks(findings) {
    const good = inRange(findings);
    return [
      ["driverResidual", figures(good).std],
      ["success", good.length / findings.after.length],
    ];
  },
};

export const DRIVER_PULSE: StepKind = {
  ...{ stage: "drivers", name: "driver pulse", unit: "units", target: 0, knobs: [] },
  quantity: `pulse at x = ${MIDDLE_PULSE}, from ${MIDDLE_PULSE}`,
  checks: ({ after }) => [["driverSpread", figures(after).std]],
};

/** Target in LSB. */
export const synapseBias = (target: number): StepKind => ({
  ...{ stage: "neurons", name: "synapse bias", unit: "", target: 1, knobs: ["syn_i_bias_dac"] },
  quantity: `median amplitude of a quadrant at gm = ${NOMINAL_GM} relative to ${target.toFixed(1)} LSB`,
  checks: ({ after }) => [["quadrantStrength", figures(after).std]],
});

/** Target in LSB, for so many events; findings are relative to it. */
export const neuronGain = (sign: "exc" | "inh", events: number, target: number): StepKind => ({
  ...{ stage: "neurons", name: sign === "exc" ? "excitatory gain" : "inhibitory gain" },
  quantity: `amplitude of ${events} events relative to ${target.toFixed(1)} LSB`,
  ...{ unit: "", target: 1, knobs: [`i_bias_synin_${sign}_gm`] },
  checks(findings) {
    const good = inRange(findings);
    const amplitudes = findings.after.map((value) => value * target);
    const { mean, std } = figures(good);
    return [
      ["gainResidual", std],
      ["gainPublished", std],
      ["gainRange", (mean * target) / (GAIN_UNIT * events)],
      ["amplitude", share(amplitudes, (value) => value > 20)],
      ["innerSpread", innerRange(amplitudes)],
      ["success", good.length / findings.after.length],
    ];
  },
});

type BySign = Record<"exc" | "inh", Float64Array>;

/** Ratio of both amplitudes, 1 where the excitatory one is too small for one. */
export const ratioOf = ({ exc, inh }: BySign): Float64Array =>
  inh.map((value, n) => (exc[n] > 1 ? value / exc[n] : 1));

/** Amplitudes in LSB after both gains were set. */
export const ratio = (amplitudes: BySign): StepKind => ({
  ...{ stage: "neurons", name: "inh / exc", unit: "", target: 1, knobs: [] },
  quantity: "ratio of the inhibitory to the excitatory amplitude",
  checks(findings) {
    const mean = (values: Float64Array, quadrant: number) => figures(ofQuadrant(values, quadrant)).mean;
    const apart = Array.from({ length: QUADRANTS }, (_, quadrant) =>
      Math.abs(mean(amplitudes.exc, quadrant) - mean(amplitudes.inh, quadrant)),
    );
    return [
      ["ratioResidual", figures(inRange(findings)).std],
      ["signMeans", Math.max(...apart)],
    ];
  },
});

/** Trials whose standard deviation is stated. */
export const NOISE_TRIALS = 40;

export const TRIAL_NOISE = "trial noise";

export const trialNoise = (events: number): StepKind => ({
  ...{ stage: "neurons", name: TRIAL_NOISE, unit: "LSB", target: 0, knobs: [] },
  quantity: `standard deviation of ${NOISE_TRIALS} trials of ${events} events; has no knob`,
  checks: ({ after }) => [
    ["trialNoise", figures(after).mean],
    ["noisyNeurons", share(after, (noise) => noise < 7)],
  ],
});
