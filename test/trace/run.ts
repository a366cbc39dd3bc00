/** Traces of real runs for tests of what consumes them. */
import fc from "fast-check";
import { Chip, type ChipOptions } from "../../src/chip/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { memoryPieces } from "../../src/toolchain/loader.ts";
import { liveTrace } from "../../src/trace/live.ts";
import { memoryTrace, PPUS, type PpuName, type Trace, type TraceHeader } from "../../src/trace/model.ts";
import { programs } from "../debug/session-programs.ts";

export type Programs = Partial<Readonly<Record<PpuName, Image>>>;

/** A chip with programs, released. */
export function chipWith(images: Programs, options: ChipOptions = {}): Chip {
  const chip = new Chip(options);
  const ppus = PPUS.filter((ppu) => images[ppu]);
  for (const ppu of ppus) chip.load(memoryPieces(images[ppu]!), ppu);
  for (const ppu of ppus) chip.reset(ppu);
  return chip;
}

/** The recorded run of programs, in memory. */
export function runTrace(images: Programs, options: ChipOptions = {}, maxCycles = 400_000): Trace {
  const header: TraceHeader = {
    ...{ program: "program.s", chipSeed: options.chipSeed ?? 0, noiseSeed: options.noiseSeed ?? 0 },
    ...{ chip: options.chip ?? "calibrated", timing: "chip", filters: [] },
    ppus: PPUS.filter((ppu) => images[ppu]),
    has: { cycles: true, writes: true, accesses: true, stalls: true, vectors: true },
  };
  const live = liveTrace({ makeChip: () => chipWith(images, options), images, header, maxCycles });
  const records = { top: [...live.records("top")], bottom: [...live.records("bottom")] };
  return {
    ...memoryTrace(header, records, images, live.end()),
    initialState: (ppu) => live.initialState(ppu),
  };
}

/** Runs of random programs for both PPUs: calls, interrupts, vectors, accesses to everything. */
export const randomRuns = (count: number, seed: number): Trace[] =>
  fc
    .sample(programs, { numRuns: count, seed })
    .map((images) => runTrace(images, { chipSeed: 2, noiseSeed: 5 }));

export const assembled = (source: string): Image => assemble(source, "program.s");
