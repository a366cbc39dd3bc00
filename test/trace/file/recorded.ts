/** Runs of real programs, as records and as trace files. */
import { Chip, type PpuSelection } from "../../../src/chip/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { memoryPieces } from "../../../src/toolchain/loader.ts";
import { TraceWriter, type TraceWriterOptions } from "../../../src/trace/file/index.ts";
import { PPUS, type PpuName, type TraceHeader, type TraceRecord } from "../../../src/trace/model.ts";
import { RawDecoder } from "../../../src/trace/raw.ts";
import type { RawSink } from "../../../src/trace/recording/filter.ts";
import { endOf } from "../../../src/trace/recording/run.ts";
import { HEADER, MemorySink } from "./files.ts";

export type Sides<T> = Record<PpuName, T>;

/** More than the programs need. */
const MOST_CYCLES = 200_000;

/** A chip with a program in it, released. */
export function chipFor(image: Image, ppus: PpuSelection): Chip {
  const chip = new Chip({ chipSeed: 1, noiseSeed: 2 });
  chip.load(memoryPieces(image), ppus);
  chip.reset(ppus);
  return chip;
}

/** Runs a chip in slices of so many cycles, and hands its raw records on. */
export function runRecorded(
  chip: Chip,
  sink: RawSink,
  slice = 20_000,
  most = 200_000,
  sync = (_: number) => {},
): void {
  const recording = chip.record("both", sink);
  for (;;) {
    const { reason } = chip.run({ maxCycles: Math.min(slice, most - chip.cycle), stopAsleep: true });
    recording.flush();
    sync(chip.cycle);
    if (reason !== "cycles" || chip.cycle >= most) break;
  }
  recording.stop();
}

/** All records of a run, straight from the raw ones. */
export function recordsOf(chip: Chip, most = MOST_CYCLES): Sides<TraceRecord[]> {
  const records: Sides<TraceRecord[]> = { top: [], bottom: [] };
  const decoders = { top: new RawDecoder("top"), bottom: new RawDecoder("bottom") };
  const sink: RawSink = (ppu, words, from, end, base) =>
    decoders[ppu].decode(words, from, end, base, records[ppu]);
  runRecorded(chip, sink, 20_000, most);
  return records;
}

export interface FileOptions extends Partial<Omit<TraceWriterOptions, "to" | "header">> {
  readonly header?: Partial<TraceHeader>;
  readonly slice?: number;
  readonly most?: number;
  /** What stands between the recorder and the writer. */
  readonly through?: (sink: RawSink) => RawSink;
  readonly beforeEnd?: () => void;
}

/** The bytes of the trace file of a run. */
export function fileOf(
  chip: Chip,
  { header, slice, most, through, beforeEnd, ...options }: FileOptions = {},
): Uint8Array {
  const to = new MemorySink();
  const writer = new TraceWriter({ images: {}, ...options, to, header: { ...HEADER, ...header } });
  const sink = through?.(writer.write) ?? writer.write;
  runRecorded(chip, sink, slice, most, (cycle) => writer.sync(cycle));
  beforeEnd?.();
  writer.close(endOf(chip, "finished"));
  return to.bytes;
}

/** Number of instructions in front of each record. */
export function positions(records: readonly TraceRecord[]): number[] {
  let count = 0;
  return records.map((record) => {
    const before = count;
    if (record.kind === "instruction") count++;
    else if (record.kind === "gap") count += record.instructions ?? 0;
    return before;
  });
}

export const instructionsIn = (records: readonly TraceRecord[]): number =>
  records.filter(({ kind }) => kind === "instruction").length;

export const sides = <T>(make: (ppu: PpuName) => T): Sides<T> =>
  Object.fromEntries(PPUS.map((ppu) => [ppu, make(ppu)])) as Sides<T>;
