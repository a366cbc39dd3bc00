/** Stages b and e: leak off, reset level on the baseline, offset currents of the synaptic inputs cancelled. */
import { NEURONS } from "./bench.ts";
import { shiftChannels } from "./cadc.ts";
import { figures, share } from "./statistics.ts";
import type { Context } from "./step.ts";

const RUNS = 20;
/** Integrations without events, us behind the start. */
const DRIFT_TIME = 10;
const BASELINE_TIME = 28;
const SEARCH_TIME = 30;
const SEARCH_RUNS = 3;
/** us after which offsets of results are stated: a typical run. */
const RESULT_TIME = 4;
/** Lower targets are approached this many LSB higher up, where reads do not clip, and shifted down digitally. */
const LIFT = 64;
const NEAR = 16;

const difference = (a: Float64Array, b: Float64Array) => a.map((value, n) => value - b[n]);

/** Turns the leak off: the membranes become integrators. Drift is measured with the synaptic inputs disconnected. */
export function calibrateLeak(context: Context): void {
  const { bench } = context;
  const drift = () => {
    const slope = difference(
      bench.integrate(RUNS, () => bench.wait(DRIFT_TIME)),
      bench.readReset(RUNS),
    );
    // The integration also lasts while events would settle.
    return slope.map((value) => value / (DRIFT_TIME + 2));
  };
  context.step(
    {
      ...{ stage: "leak", name: "leak off", unit: "LSB/us", target: 0 },
      quantity: `drift over ${DRIFT_TIME} us, synaptic inputs disconnected`,
      knobs: ["i_bias_leak"],
    },
    () => {
      bench.connectInputs(false, false);
      const before = drift();
      bench.set(["i_bias_leak", new Int16Array(NEURONS)]);
      const after = drift();
      bench.connectInputs(true, true);
      return { before, after, checks: [["drift", figures(after).std]] };
    },
  );
}

/** Brings the read after a reset to the target, 0..255, by the reset potential and then by the channel offsets. */
export function calibrateBaseline(context: Context, target: number, name = "baseline"): void {
  const { bench } = context;
  context.step(
    {
      ...{ stage: "baseline", name, unit: "LSB", target },
      quantity: "read after a reset",
      knobs: ["v_reset", "cadc_channel_offset"],
    },
    () => {
      const lift = target < LIFT ? LIFT : 0;
      const before = bench.readReset(RUNS);
      const { atRangeEnd } = context.search("v_reset", (codes) => bench.set(["v_reset", codes]), {
        instances: NEURONS,
        target: target + lift,
        measure: () => bench.readReset(SEARCH_RUNS),
      });
      const reads = bench.readReset(RUNS);
      const ends = shiftChannels(context, (channel) =>
        isCausal(channel) ? target - reads[neuronOf(channel)] : -lift,
      );
      const after = bench.readReset(RUNS);
      ends.forEach((end, channel) => {
        if (isCausal(channel)) atRangeEnd[neuronOf(channel)] |= end;
      });
      return { before, after, atRangeEnd, checks: baselineChecks(after, target) };
    },
  );
}

const isCausal = (channel: number) => ((channel >> 8) & 1) === 0;
const neuronOf = (channel: number) => (channel >> 9) * 256 + (channel & 255);

const baselineChecks = (reads: Float64Array, target: number) =>
  [["baselineShare", share(reads, (read) => Math.abs(read - target) <= NEAR)]] as const;

/** Cancels the offset currents, first that of the excitatory inputs and then both. */
export function calibrateOffsets(context: Context, name = "result offset"): void {
  const { bench } = context;
  const resultOffset = () =>
    difference(
      bench.integrate(RUNS, () => bench.wait(RESULT_TIME - 2)),
      bench.readReset(RUNS),
    );
  const long = (runs: number) => bench.integrate(runs, () => bench.wait(SEARCH_TIME));
  context.step(
    {
      ...{ stage: "offsets", name, unit: "LSB", target: 0 },
      quantity: `read without events after ${RESULT_TIME} us, from the read after a reset`,
      knobs: ["i_bias_synin_exc_shift", "i_bias_synin_inh_shift"],
    },
    () => {
      const before = resultOffset();
      const atRangeEnd = new Uint8Array(NEURONS);
      // An input that is connected shall not change the read; of both together not that after the reset either.
      bench.connectInputs(false, false);
      const disconnected = long(RUNS);
      const levels = { exc: disconnected, inh: bench.readReset(RUNS) };
      for (const sign of ["exc", "inh"] as const) {
        bench.connectInputs(true, sign === "inh");
        const knob = `i_bias_synin_${sign}_shift` as const;
        context
          .search(knob, (codes) => bench.set([knob, codes]), {
            instances: NEURONS,
            target: levels[sign],
            measure: () => long(SEARCH_RUNS),
          })
          .atRangeEnd.forEach((end, neuron) => {
            atRangeEnd[neuron] |= end;
          });
      }
      const after = resultOffset();
      return { before, after, atRangeEnd, checks: [["resultResidual", figures(after).std]] };
    },
  );
}

/** Trims the channel offsets to the baseline that a run sees: the read 30 us after a reset, inputs connected. */
export function trimBaseline(context: Context, target: number): void {
  const { bench } = context;
  context.step(
    {
      ...{ stage: "offsets", name: "baseline again", unit: "LSB", target },
      quantity: "read 30 us after a reset",
      knobs: ["cadc_channel_offset"],
    },
    () => {
      const read = () => bench.integrate(RUNS, () => bench.wait(BASELINE_TIME - 2));
      const before = read();
      const ends = shiftChannels(context, (channel) =>
        isCausal(channel) ? target - before[neuronOf(channel)] : 0,
      );
      const atRangeEnd = Uint8Array.from({ length: NEURONS }, (_, n) => ends[(n >> 8) * 512 + (n & 255)]);
      const after = read();
      return { before, after, atRangeEnd, checks: baselineChecks(after, target) };
    },
  );
}
