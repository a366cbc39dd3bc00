/** Everything a debugger wants to know of a linked program. */
import type { DebugFrame, ImageDebug } from "../../debug-info.ts";
import type { LinkOptions, Placed, Program } from "../link/program.ts";
import { describeFrame } from "./frames.ts";
import { describeFunction } from "./functions.ts";

/** Branches to handlers: what was interrupted is found from SRR0, nothing has been saved yet. */
function vectorFrames({ vectors }: Program): DebugFrame[] {
  return vectors.map(({ address }) => ({
    address,
    size: 4,
    kind: address === 0 ? "outermost" : "interrupt",
    rows: [{ address, caller: { offset: 0, indirect: false }, saved: [] }],
  }));
}

/** Frames of all functions and global variables; local ones and inlined calls in builds with debug information. */
export function describeProgram(
  program: Program,
  placed: readonly Placed[],
  { debug, variables }: LinkOptions,
): ImageDebug {
  return {
    sources: debug?.functions ?? [],
    functions: debug ? placed.flatMap((p) => (p.source ? [describeFunction(p, debug)] : [])) : [],
    frames: [...vectorFrames(program), ...placed.map(describeFrame)],
    globals: variables,
  };
}
