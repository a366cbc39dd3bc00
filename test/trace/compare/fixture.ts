/** Traces of real runs in memory, and changed copies of them. */
import { Chip, type ChipOptions, type PpuSelection } from "../../../src/chip/index.ts";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile, memoryPieces } from "../../../src/toolchain/loader.ts";
import { type CompareOptions, type Found, TraceComparison } from "../../../src/trace/compare/comparison.ts";
import type { Difference } from "../../../src/trace/compare/types.ts";
import { liveTrace } from "../../../src/trace/live.ts";
import {
  memoryTrace,
  PPUS,
  type PpuName,
  type Trace,
  type TraceHeader,
  type TraceRecord,
} from "../../../src/trace/model.ts";

export interface RunOptions extends ChipOptions {
  readonly ppus?: PpuSelection;
  readonly maxCycles?: number;
  /** Before the run. */
  readonly prepare?: (chip: Chip) => void;
}

export function headerOf(options: RunOptions = {}): TraceHeader {
  const { chipSeed = 0, noiseSeed = 0, timing = "chip", chip = "calibrated", ppus = "top" } = options;
  return {
    ...{ program: "program", chipSeed, noiseSeed, chip, timing: String(timing) },
    ...{ ppus: ppus === "both" ? PPUS : [ppus], filters: [] },
    has: { cycles: true, writes: true, accesses: true, stalls: true, vectors: true },
  };
}

/** A trace that runs the program for every reading. */
export function live(image: Image, options: RunOptions = {}): Trace {
  const { ppus = "top", maxCycles = 400_000, prepare, ...chipOptions } = options;
  const makeChip = () => {
    const chip = new Chip(chipOptions);
    chip.load(memoryPieces(image), ppus);
    chip.reset(ppus);
    prepare?.(chip);
    return chip;
  };
  return liveTrace({ makeChip, images: { top: image, bottom: image }, header: headerOf(options), maxCycles });
}

/** The records of a run, kept. */
export function recorded(image: Image, options: RunOptions = {}): Trace {
  return kept(live(image, options));
}

/** All records of a trace in memory. */
export function kept(
  trace: Trace,
  change: (ppu: PpuName, records: TraceRecord[]) => TraceRecord[] = (_, list) => list,
): Trace {
  const records = {
    top: change("top", [...trace.records("top")]),
    bottom: change("bottom", [...trace.records("bottom")]),
  };
  const images = Object.fromEntries(PPUS.map((ppu) => [ppu, trace.image(ppu)]));
  const initial = { top: trace.initialState("top"), bottom: trace.initialState("bottom") };
  return { ...memoryTrace(trace.header, records, images, trace.end()), initialState: (ppu) => initial[ppu] };
}

export const firmware = (name: string): Promise<Image> => loadProgramFile(`firmware/${name}.ts`);
export const assembled = (text: string): Image => assemble(text, "program.s");

/** Differences of two traces, at most `most`. */
export function differences(a: Trace, b: Trace, options: CompareOptions = {}, most = 1000): Difference[] {
  const found: Difference[] = [];
  for (const { difference } of new TraceComparison(a, b, options).differences()) {
    found.push(difference);
    if (found.length >= most) break;
  }
  return found;
}

/** Something of the first difference, taken while the comparison stands at it. */
export function atFirst<T>(
  a: Trace,
  b: Trace,
  options: CompareOptions,
  look: (found: Found) => T,
): T | undefined {
  for (const found of new TraceComparison(a, b, options).differences()) return look(found);
  return undefined;
}
