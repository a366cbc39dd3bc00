/** What a trace says about how it came about, from the options of a program. */
import { basename } from "node:path";
import type { PpuName, TraceHeader } from "../../trace/model.ts";
import { chipKind } from "../chip-kind.ts";
import type { ProgramOptions } from "../program-options.ts";

export interface HeaderOptions {
  readonly ppus: readonly PpuName[];
  /** As words of the command line. */
  readonly filters?: readonly string[];
  readonly stalls?: boolean;
  readonly vectors?: boolean;
}

export function traceHeader(
  file: string,
  program: ProgramOptions,
  { ppus, filters = [], stalls = true, vectors = true }: HeaderOptions,
): TraceHeader {
  return {
    program: basename(file),
    chipSeed: program.chipSeed,
    noiseSeed: program.noiseSeed,
    chip: chipKind(program),
    timing: program.timing,
    ppus,
    filters,
    has: { cycles: true, writes: true, accesses: true, stalls, vectors },
  };
}
