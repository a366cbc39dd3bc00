/** Programs on a chip with counters, and beside them an observer that counts for itself. */
import { Chip, type PpuSelection } from "../../../src/chip/chip.ts";
import { ExecutionCounters } from "../../../src/core/record/counters.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { mailboxBase, memoryPieces } from "../../../src/toolchain/loader.ts";
import { PPUS, type PpuName } from "../../../src/trace/model.ts";

export interface CountedRun {
  readonly chip: Chip;
  readonly counters: Readonly<Record<PpuName, ExecutionCounters>>;
  /** Executions by address as an observer saw them. */
  readonly seen: Readonly<Record<PpuName, ReadonlyMap<number, number>>>;
}

function load(image: Image, ppus: PpuSelection): Chip {
  const chip = new Chip({ chip: "ideal" });
  chip.mailboxBase = mailboxBase(image);
  chip.load(memoryPieces(image), ppus);
  chip.reset(ppus);
  return chip;
}

/** Runs a program twice from the same state, once with counters and once with an observer. */
export function countedRun(image: Image, ppus: PpuSelection = "top", maxCycles = 10_000_000): CountedRun {
  const chip = load(image, ppus);
  const counters = { top: new ExecutionCounters(), bottom: new ExecutionCounters() };
  for (const ppu of PPUS) chip.ppus[ppu].counters = counters[ppu];
  chip.run({ maxCycles });
  const other = load(image, ppus);
  const seen = { top: new Map<number, number>(), bottom: new Map<number, number>() };
  for (const ppu of PPUS) {
    other.ppus[ppu].observer = {
      retire: (_cycle, pc) => void seen[ppu].set(pc, (seen[ppu].get(pc) ?? 0) + 1),
    };
  }
  other.run({ maxCycles });
  return { chip, counters, seen };
}
