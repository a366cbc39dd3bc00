/** Stage a: start and slope of the CADC's ramps, then the offsets of its channels, at a reference voltage. */
import { KNOBS } from "../../chip/analog/knobs.ts";
import { CHANNELS, QUADRANTS } from "./bench.ts";
import { figures, median } from "./statistics.ts";
import type { Context } from "./step.ts";

/** Codes of the reference cell and the reads they shall give (calix). */
const LOW = { code: 150, read: 20 };
const HIGH = { code: 500, read: 220 };
const MIDDLE = (LOW.code + HIGH.code) / 2;
const RUNS = 5;
const OFFSET_RUNS = 20;
/** The slope also moves the reads at the low reference a little: both searches are made twice. */
const ROUNDS = 2;

/** Quadrant of a channel (instance order of settings). */
const quadrantOf = (channel: number) => 2 * (channel >> 9) + ((channel & 255) >> 7);

function quadrantMeans(reads: Float64Array): Float64Array {
  const means = new Float64Array(QUADRANTS);
  reads.forEach((read, channel) => {
    means[quadrantOf(channel)] += (read * QUADRANTS) / CHANNELS;
  });
  return means;
}

export function calibrateCadc(context: Context): void {
  const { bench } = context;
  const meansAt = (code: number) => {
    bench.connectReference(code);
    return quadrantMeans(bench.readChannels(RUNS));
  };
  const errors = () => Float64Array.of(...missOf(LOW), ...missOf(HIGH));
  const missOf = ({ code, read }: typeof LOW) => meansAt(code).map((mean) => mean - read);

  context.step(
    {
      ...{ stage: "cadc", name: "ADC ramp", unit: "LSB", target: 0 },
      quantity: `quadrant means at reference ${LOW.code} and ${HIGH.code}, from ${LOW.read} and ${HIGH.read}`,
      knobs: ["cadc_v_ramp_offset", "cadc_i_ramp_slope"],
    },
    () => {
      const before = errors();
      let ends: Uint8Array[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        ends = (["cadc_v_ramp_offset", "cadc_i_ramp_slope"] as const).map((knob) => {
          const { code, read } = knob === "cadc_v_ramp_offset" ? LOW : HIGH;
          bench.connectReference(code);
          return context.search(knob, (codes) => bench.set([knob, codes]), {
            instances: QUADRANTS,
            target: read,
            measure: () => quadrantMeans(bench.readChannels(RUNS)),
          }).atRangeEnd;
        });
      }
      const after = errors();
      const worst = after.reduce((most, miss) => Math.max(most, Math.abs(miss)), 0);
      return {
        before,
        after,
        atRangeEnd: Uint8Array.of(...ends[0], ...ends[1]),
        checks: [["rampError", worst]],
      };
    },
  );

  context.step(
    {
      ...{ stage: "cadc", name: "ADC channels", unit: "LSB", target: 0 },
      quantity: `read of each channel at reference ${MIDDLE}, from the median`,
      knobs: ["cadc_channel_offset"],
    },
    () => {
      bench.connectReference(MIDDLE);
      const reads = bench.readChannels(OFFSET_RUNS);
      const middle = median(reads);
      const ends = shiftChannels(context, (channel) => middle - reads[channel]);
      const calibrated = bench.readChannels(OFFSET_RUNS);
      const means = figures(quadrantMeans(calibrated));
      const before = reads.map((read) => read - middle);
      const after = calibrated.map((read) => read - middle);
      return {
        ...{ before, after, atRangeEnd: ends },
        checks: [
          ["channelSpreadBefore", figures(before).std],
          ["channelSpread", figures(after).std],
          ["channelResidual", figures(after).std],
          ["quadrantMeans", means.max - means.min],
        ],
      };
    },
  );
  bench.connectReference(undefined);
}

/** Moves channel offsets by LSB, rounded and clipped; returns which ended at a range end. */
export function shiftChannels({ bench }: Context, shift: (channel: number) => number): Uint8Array {
  const { least, most } = KNOBS.cadc_channel_offset;
  const codes = bench
    .codes("cadc_channel_offset")
    .map((code, channel) => Math.min(Math.max(Math.floor(code + shift(channel) + 0.5), least), most));
  bench.set(["cadc_channel_offset", codes]);
  return Uint8Array.from(codes, (code) => (code === least || code === most ? 1 : 0));
}
