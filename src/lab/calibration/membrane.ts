/** Stages b and e: leak off, reset level on the baseline, offset currents of the synaptic inputs cancelled. */
import { NEURONS } from "./bench.ts";
import { shiftChannels } from "./cadc.ts";
import type { Context } from "./step.ts";
import { baseline, baselineAgain, DRIFT_TIME, LEAK, RESULT_TIME, resultOffset } from "./step-kinds.ts";

const RUNS = 20;
/** Integrations without events, us behind the start. */
const BASELINE_TIME = 28;
const SEARCH_TIME = 30;
const SEARCH_RUNS = 3;
/** Lower targets are approached this many LSB higher up, where reads do not clip, and shifted down digitally. */
const LIFT = 64;

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
  context.step(LEAK, () => {
    bench.connectInputs(false, false);
    const before = drift();
    bench.set(["i_bias_leak", new Int16Array(NEURONS)]);
    const after = drift();
    bench.connectInputs(true, true);
    return { before, after };
  });
}

/** Brings the read after a reset to the target, 0..255, by the reset potential and then by the channel offsets. */
export function calibrateBaseline(context: Context, target: number, name = "baseline"): void {
  const { bench } = context;
  context.step(baseline(target, name), () => {
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
    return { before, after, atRangeEnd };
  });
}

const isCausal = (channel: number) => ((channel >> 8) & 1) === 0;
const neuronOf = (channel: number) => (channel >> 9) * 256 + (channel & 255);

/** Cancels the offset currents, first that of the excitatory inputs and then both. */
export function calibrateOffsets(context: Context, name = "result offset"): void {
  const { bench } = context;
  const measured = () =>
    difference(
      bench.integrate(RUNS, () => bench.wait(RESULT_TIME - 2)),
      bench.readReset(RUNS),
    );
  const long = (runs: number) => bench.integrate(runs, () => bench.wait(SEARCH_TIME));
  context.step(resultOffset(name), () => {
    const before = measured();
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
    const after = measured();
    return { before, after, atRangeEnd };
  });
}

/** Trims the channel offsets to the baseline that a run sees: the read 30 us after a reset, inputs connected. */
export function trimBaseline(context: Context, target: number): void {
  const { bench } = context;
  context.step(baselineAgain(target), () => {
    const read = () => bench.integrate(RUNS, () => bench.wait(BASELINE_TIME - 2));
    const before = read();
    const ends = shiftChannels(context, (channel) =>
      isCausal(channel) ? target - before[neuronOf(channel)] : 0,
    );
    const atRangeEnd = Uint8Array.from({ length: NEURONS }, (_, n) => ends[(n >> 8) * 512 + (n & 255)]);
    const after = read();
    return { before, after, atRangeEnd };
  });
}
