/** Stage a: start and slope of the CADC's ramps, then the offsets of its channels, at a reference voltage. */
import { KNOBS } from "../../chip/analog/knobs.ts";
import { QUADRANTS } from "./bench.ts";
import { median } from "./statistics.ts";
import type { Context } from "./step.ts";
import {
  CHANNEL_OFFSETS,
  HIGH_REFERENCE,
  LOW_REFERENCE,
  MIDDLE_REFERENCE,
  quadrantMeans,
  RAMP,
} from "./step-kinds.ts";

const RUNS = 5;
const OFFSET_RUNS = 20;
/** The slope also moves the reads at the low reference a little: both searches are made twice. */
const ROUNDS = 2;

export function calibrateCadc(context: Context): void {
  const { bench } = context;
  const meansAt = (code: number) => {
    bench.connectReference(code);
    return quadrantMeans(bench.readChannels(RUNS));
  };
  const errors = () => Float64Array.of(...missOf(LOW_REFERENCE), ...missOf(HIGH_REFERENCE));
  const missOf = ({ code, read }: typeof LOW_REFERENCE) => meansAt(code).map((mean) => mean - read);

  context.step(RAMP, () => {
    const before = errors();
    let ends: Uint8Array[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ends = (["cadc_v_ramp_offset", "cadc_i_ramp_slope"] as const).map((knob) => {
        const { code, read } = knob === "cadc_v_ramp_offset" ? LOW_REFERENCE : HIGH_REFERENCE;
        bench.connectReference(code);
        return context.search(knob, (codes) => bench.set([knob, codes]), {
          instances: QUADRANTS,
          target: read,
          measure: () => quadrantMeans(bench.readChannels(RUNS)),
        }).atRangeEnd;
      });
    }
    return { before, after: errors(), atRangeEnd: Uint8Array.of(...ends[0], ...ends[1]) };
  });

  context.step(CHANNEL_OFFSETS, () => {
    bench.connectReference(MIDDLE_REFERENCE);
    const reads = bench.readChannels(OFFSET_RUNS);
    const middle = median(reads);
    const ends = shiftChannels(context, (channel) => middle - reads[channel]);
    const calibrated = bench.readChannels(OFFSET_RUNS);
    const before = reads.map((read) => read - middle);
    const after = calibrated.map((read) => read - middle);
    return { before, after, atRangeEnd: ends };
  });
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
