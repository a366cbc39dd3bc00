import { Command } from "commander";
import type { CliIo } from "./io.ts";

/** A command of `ppu trace`; its module is loaded when it is used. */
interface TraceVerb {
  readonly name: string;
  readonly load: (io: CliIo) => Promise<Command>;
}

const TRACE_VERBS: readonly TraceVerb[] = [
  { name: "record", load: async (io) => (await import("./trace/record.ts")).recordCommand(io) },
  { name: "show", load: async (io) => (await import("./trace/show.ts")).showCommand(io) },
  { name: "grep", load: async (io) => (await import("./trace/grep.ts")).grepCommand(io) },
  { name: "stat", load: async (io) => (await import("./trace/stat.ts")).statCommand(io) },
  { name: "export", load: async (io) => (await import("./trace/export.ts")).exportCommand(io) },
  { name: "diff", load: async (io) => (await import("./trace/diff.ts")).diffCommand(io) },
];

/** The group `ppu trace`: one file a command in `trace/`. */
export async function traceCommand(io: CliIo): Promise<Command> {
  const command = new Command("trace").description("Records, shows, compares and exports instruction traces");
  for (const { load } of TRACE_VERBS) command.addCommand(await load(io));
  return command;
}
