import type { DebugSession } from "../../session.ts";
import type { PpuName, Stop } from "../../types.ts";
import { count } from "../arguments.ts";
import type { Command } from "../command.ts";
import { stopResult } from "../render/stop.ts";

interface Step extends Pick<Command, "name" | "aliases" | "group" | "summary" | "help" | "example"> {
  readonly go: (session: DebugSession, ppu: PpuName, count: number) => Promise<Stop>;
  /** Show the next instruction in any case. */
  readonly instructions?: boolean;
}

/** A command that steps the selected PPU N times. */
export const stepCommand = ({ go, instructions = false, ...row }: Step): Command => ({
  ...row,
  arguments: "[N]",
  result: "stop",
  repeats: "same",
  run: (terminal, { text }) =>
    stopResult(terminal, go(terminal.session, terminal.ppu, count(text, row.name)), { instructions }),
});
