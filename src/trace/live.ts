/** A trace made by running a chip while somebody reads it. */
import type { Chip, ChipRecordSink } from "../chip/index.ts";
import type { Image } from "../toolchain/image.ts";
import type { PpuName, Trace, TraceEnd, TraceHeader, TraceRecord } from "./model.ts";
import { RawDecoder } from "./raw.ts";

/** Cycles of the chip between two deliveries: some thousand records. */
const SLICE_CYCLES = 20_000;

export interface LiveOptions {
  /** A chip with its program loaded, ready to run; called for every reading of the trace. */
  readonly makeChip: () => Chip;
  readonly images: Partial<Readonly<Record<PpuName, Image>>>;
  readonly header: TraceHeader;
  /** Of the chip, from now on; default: until all PPUs have finished. */
  readonly maxCycles?: number;
}

/** Runs a chip in slices and hands raw records on; yields after each slice. Returns how the run ended. */
export function* runRecorded(
  chip: Chip,
  ppus: readonly PpuName[],
  maxCycles: number,
  sink: ChipRecordSink,
): Generator<void, TraceEnd> {
  const recording = chip.record(ppus.length === 2 ? "both" : ppus[0], sink);
  const limit = chip.cycle + maxCycles;
  try {
    for (;;) {
      const slice = Math.min(SLICE_CYCLES, limit - chip.cycle);
      const { reason } = chip.run({ maxCycles: slice, stopAsleep: true });
      recording.flush();
      yield;
      if (reason === "cycles" && chip.cycle < limit) continue;
      const instructions = [chip.instructions("top"), chip.instructions("bottom")] as const;
      return { reason, cycle: chip.cycle, instructions };
    }
  } finally {
    recording.stop();
  }
}

/** Every reading runs a chip of its own, as far as records are asked for. */
export function liveTrace({
  makeChip,
  images,
  header,
  maxCycles = Number.POSITIVE_INFINITY,
}: LiveOptions): Trace {
  let ended: TraceEnd | undefined;
  function* read(ppu: PpuName): Generator<TraceRecord> {
    const decoder = new RawDecoder(ppu);
    const records: TraceRecord[] = [];
    const run = runRecorded(makeChip(), [ppu], maxCycles, (_ppu, words, from, end, base) => {
      decoder.decode(words, from, end, base, records);
    });
    for (;;) {
      const step = run.next();
      yield* records.splice(0);
      if (step.done) {
        ended = step.value;
        return;
      }
    }
  }
  return {
    header,
    image: (ppu) => images[ppu],
    records: (ppu) => (header.ppus.includes(ppu) ? read(ppu) : []),
    initialState(ppu) {
      const decoder = new RawDecoder(ppu);
      const run = runRecorded(makeChip(), [ppu], 1, (_ppu, words, from, end, base) => {
        decoder.decode(words, from, end, base, []);
      });
      while (!run.next().done);
      return decoder.initialState;
    },
    end: () => ended,
    problems: [],
  };
}
