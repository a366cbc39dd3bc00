/** A debug session of a program, as the verbs that debug begin it. */
import type { Command } from "commander";
import type { DebugSession } from "../debug/session.ts";
import type { Image } from "../toolchain/image.ts";
import { integerOption } from "./numbers.ts";
import {
  addProgramOptions,
  collect,
  type ProgramOptions,
  prepareChip,
  readProgram,
} from "./program-options.ts";

export interface SessionProgramOptions extends ProgramOptions {
  readonly sourceDirectory?: readonly string[];
  readonly historyMegabytes: number;
  /** AssemblyScript is compiled as `ppu build` does by default, and not with all variables visible. */
  readonly optimized?: true;
}

const DEFAULT_HISTORY_MEGABYTES = 256;

/** Adds the options of `SessionProgramOptions`. */
export function addSessionOptions(command: Command): Command {
  return addProgramOptions(command)
    .option(
      "--optimized",
      "of a .ts: compile it as ppu build does without --debug; fewer variables are visible",
    )
    .option("--source-directory <dir>", "where to look for source files as well (repeatable)", collect)
    .option(
      "--history-megabytes <n>",
      "memory for the way back",
      integerOption("--history-megabytes", 1, 65536),
      DEFAULT_HISTORY_MEGABYTES,
    );
}

export interface OpenedSession {
  readonly session: DebugSession;
  readonly image: Image;
}

/** Reads or compiles a program, prepares its chip and stands before the first instruction. */
export async function openSession(file: string, options: SessionProgramOptions): Promise<OpenedSession> {
  const image = await readProgram(file, { ...options, debug: !options.optimized });
  const chip = await prepareChip(image, options);
  const { DebugSession } = await import("../debug/session.ts");
  const images = options.ppu === "both" ? { top: image, bottom: image } : { [options.ppu]: image };
  const session = new DebugSession({
    chip,
    images,
    prepare: false,
    sourceDirectories: options.sourceDirectory ?? [],
    memoryBudget: options.historyMegabytes * 2 ** 20,
  });
  return { session, image };
}
