/** Traces of real runs for tests of what consumes them. */
import { basename } from "node:path";
import { Chip, type ChipOptions, type PpuSelection } from "../../src/chip/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { loadProgramFile, memoryPieces } from "../../src/toolchain/loader.ts";
import { liveTrace } from "../../src/trace/live.ts";
import { memoryTrace, PPUS, type Trace, type TraceHeader } from "../../src/trace/model.ts";

export interface RunOptions {
  readonly chip?: ChipOptions;
  readonly maxCycles?: number;
}

/** The recorded run of a program, in memory. */
export async function runTrace(
  program: string | Image,
  ppus: PpuSelection = "top",
  { chip: chipOptions = {}, maxCycles = 400_000 }: RunOptions = {},
): Promise<Trace> {
  const image = typeof program === "string" ? await loadProgramFile(program, { debug: true }) : program;
  const names = ppus === "both" ? PPUS : [ppus];
  const header: TraceHeader = {
    program: typeof program === "string" ? basename(program) : "program.s",
    ...{
      chipSeed: 0,
      noiseSeed: 0,
      chip: chipOptions.chip ?? "calibrated",
      timing: "chip",
      ppus: names,
      filters: [],
    },
    has: { cycles: true, writes: true, accesses: true, stalls: true, vectors: true },
  };
  const images = { top: image, bottom: image };
  const live = liveTrace({
    makeChip() {
      const chip = new Chip(chipOptions);
      chip.load(memoryPieces(image), ppus);
      chip.reset(ppus);
      return chip;
    },
    ...{ images, header, maxCycles },
  });
  const records = { top: [...live.records("top")], bottom: [...live.records("bottom")] };
  return {
    ...memoryTrace(header, records, images, live.end()),
    initialState: (ppu) => live.initialState(ppu),
  };
}
