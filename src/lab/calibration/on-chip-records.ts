/** What host and `firmware/calibrate` leave each other in external memory; firmware/calibrate/layout.ts says the same. */
import type { Calibration } from "./calibrate.ts";
import { STAGES } from "./step.ts";

/** Byte offset in external memory; the firmware's rarely used code lies in front. */
export const SHARED_OFFSET = 0x4000;

const MAGIC = 0x43414c49;
const RECORDS_DONE = SHARED_OFFSET + 128;
const RECORDS = SHARED_OFFSET + 256;
const LIST_BYTES = 1024;
const HEAD_BYTES = 128;
const RECORD_BYTES = HEAD_BYTES + 3 * LIST_BYTES;

/** Steps by the number that the firmware gives them. */
const STEP_NAMES = [
  "ramp",
  "channels",
  "leak",
  "baseline",
  "offsets",
  "driverRamp",
  "driverOffset",
  "synapseBias",
  "excitatory",
  "inhibitory",
  "offsetsAgain",
  "baselineAgain",
  "finalBaseline",
] as const;
export type OnChipStepName = (typeof STEP_NAMES)[number];

/** One step on one hemisphere. */
export interface HemisphereRecord {
  readonly step: OnChipStepName;
  /** PPU cycles, and how many of them it slept. */
  readonly cycles: number;
  readonly slept: number;
  readonly conversions: number;
  /** Events of an amplitude, and its target in 1/60 LSB; steps of neurons only. */
  readonly events: number;
  readonly target: number;
  /** 512 values each, in 1/60 LSB or 1/256 unit, in the firmware's order; `ends` 0 or 1. */
  readonly before: Int16Array;
  readonly after: Int16Array;
  readonly ends: Int16Array;
}

/** A step on both hemispheres: top, bottom. */
export type StepRecord = readonly [HemisphereRecord, HemisphereRecord];

/** The header that the firmware starts from. */
export function encodeHeader(
  options: Omit<Calibration, "settings" | "steps"> & { readonly working: number },
): Uint8Array {
  const { stages, working, baselineTarget, gain, searchSeed } = options;
  const mask = stages.reduce((bits, stage) => bits | (1 << STAGES.indexOf(stage)), 0);
  const microGain = gain === "median" ? 0 : Math.round(gain * 1e6);
  const header = new DataView(new ArrayBuffer(RECORDS - SHARED_OFFSET));
  [MAGIC, mask, working, baselineTarget, microGain, searchSeed % 2 ** 31].forEach((word, n) => {
    header.setUint32(4 * n, word);
  });
  return new Uint8Array(header.buffer);
}

/** Halfword of the firmware's lists in which a column 0..255 stands: bytes of even and odd columns, unpacked. */
export function positionOf(column: number): number {
  const lane = column >> 1;
  return ((column & 1) << 7) | ((lane & 8) << 3) | ((lane & 0x70) >> 1) | (lane & 7);
}

export class RecordReader {
  private readonly read: (offset: number, bytes: number) => Uint8Array;
  private taken = 0;

  /** `read`: bytes of external memory. */
  constructor(read: (offset: number, bytes: number) => Uint8Array) {
    this.read = read;
  }

  /** Records that both PPUs have completed since the last call. */
  takeNew(): StepRecord[] {
    const done = this.words(RECORDS_DONE, 2);
    const found: StepRecord[] = [];
    for (; this.taken < Math.min(done[0], done[1]); this.taken++) {
      found.push([this.record(this.taken, 0), this.record(this.taken, 1)]);
    }
    return found;
  }

  private record(index: number, hemisphere: number): HemisphereRecord {
    const at = RECORDS + (2 * index + hemisphere) * RECORD_BYTES;
    const [step, cycles, slept, conversions, events, target] = this.words(at, 6);
    const [before, after, ends] = [0, 1, 2].map((n) => this.halves(at + HEAD_BYTES + n * LIST_BYTES));
    return { step: STEP_NAMES[step], cycles, slept, conversions, events, target, before, after, ends };
  }

  private view(offset: number, bytes: number): DataView {
    const copy = this.read(offset, bytes);
    return new DataView(copy.buffer, copy.byteOffset, bytes);
  }

  private words(offset: number, count: number): number[] {
    const view = this.view(offset, 4 * count);
    return Array.from({ length: count }, (_, n) => view.getUint32(4 * n));
  }

  private halves(offset: number): Int16Array {
    const view = this.view(offset, LIST_BYTES);
    return Int16Array.from({ length: LIST_BYTES / 2 }, (_, n) => view.getInt16(2 * n));
  }
}
