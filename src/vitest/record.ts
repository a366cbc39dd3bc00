/** Traces of runs in tests, kept in memory. */
import type { Chip, ChipOptions, PpuName } from "../chip/index.ts";
import type { Image } from "../toolchain/image.ts";
import { openTraceBytes, TraceWriter } from "../trace/file/index.ts";
import type { Trace, TraceHeader } from "../trace/model.ts";
import { RecordFilter } from "../trace/recording/filter.ts";
import { optionWords } from "../trace/recording/option-words.ts";
import { compileSelection } from "../trace/recording/selection.ts";

/** What is recorded; by default everything. Names as options of `ppu trace record`. */
export interface TraceOptions {
  /** Only these functions, labels or source files. */
  readonly symbols?: readonly string[];
  readonly classes?: readonly string[];
  readonly devices?: readonly string[];
  /** Only the first n executions of each instruction: all code that ran, in a small trace. */
  readonly visits?: number;
  /** Of each PPU. */
  readonly maxInstructions?: number;
  /** False: without the values of vectors, accumulators and conditions. */
  readonly vectors?: boolean;
  /** False: without why instructions waited. */
  readonly stalls?: boolean;
}

export interface RecordedRun {
  /** As shown in messages. */
  readonly name: string;
  readonly image: Image;
  readonly ppus: readonly PpuName[];
  readonly chip: ChipOptions;
}

const filterWords = (options: TraceOptions): string[] =>
  optionWords({
    symbol: options.symbols,
    class: options.classes,
    device: options.devices,
    visits: options.visits,
    "max-instructions": options.maxInstructions,
    "no-vectors": options.vectors === false,
    "no-stalls": options.stalls === false,
  });

function headerOf({ name, ppus, chip }: RecordedRun, options: TraceOptions): TraceHeader {
  const { timing = "chip" } = chip;
  return {
    program: name.replace(/^.*[/\\]/, ""),
    chipSeed: chip.chipSeed ?? 0,
    noiseSeed: chip.noiseSeed ?? 0,
    chip: chip.ideal ? "ideal" : (chip.chip ?? "calibrated"),
    timing: typeof timing === "string" ? timing : "own profile",
    ppus,
    filters: filterWords(options),
    has: {
      ...{ cycles: true, writes: true, accesses: true },
      ...{ stalls: options.stalls ?? true, vectors: options.vectors ?? true },
    },
  };
}

/** Records a chip from its next run on; call the result when the run has ended, with why. Throws TraceError. */
export function record(chip: Chip, run: RecordedRun, options: TraceOptions): (reason: string) => Trace {
  const pieces: Uint8Array[] = [];
  const header = headerOf(run, options);
  const images = Object.fromEntries(run.ppus.map((ppu) => [ppu, run.image]));
  const { symbols, classes, devices, visits, maxInstructions, stalls } = options;
  const selection = compileSelection({ symbols, classes, devices }, header, images);
  const sink = { append: (bytes: Uint8Array) => void pieces.push(bytes.slice()), close() {} };
  const writer = new TraceWriter({ to: sink, header, images });
  const filter = new RecordFilter({ selection, stalls, maxInstructions, visits }, writer.write);
  const recording = chip.record(run.ppus.length === 2 ? "both" : run.ppus[0], filter.write);
  return (reason) => {
    recording.stop();
    filter.flush();
    const instructions = [chip.instructions("top"), chip.instructions("bottom")] as const;
    writer.close({ reason, cycle: chip.cycle, instructions });
    return openTraceBytes(`trace of ${run.name}`, Buffer.concat(pieces));
  };
}
