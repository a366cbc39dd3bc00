/** Stops as GDB hears of them. */
import type { DebugSession } from "../session.ts";
import type { Stop } from "../types.ts";
import type { InsertedPoints } from "./breakpoints.ts";
import { hexBytes } from "./hex.ts";
import { readTargetRegister, type TargetRegister } from "./target.ts";

/** Signals by GDB's numbers. 0 makes GDB say "stopped" and nothing else. */
const SIGNAL = { none: 0, interrupt: 2, illegal: 4, trap: 5, segmentation: 11 } as const;

/** Registers that come with the stop, so that GDB need not ask for them. */
const EXPEDITED = ["pc", "r1", "lr"];

function signalOf({ reason, finding }: Stop): number {
  switch (reason) {
    case "interrupted":
      return SIGNAL.interrupt;
    case "finding":
      return finding?.kind === "unmapped" ? SIGNAL.segmentation : SIGNAL.illegal;
    case "entry":
    case "finished":
    case "asleep":
    case "held":
      return SIGNAL.none;
    default:
      return SIGNAL.trap;
  }
}

export const threadOf = (ppu: Stop["ppu"]): 1 | 2 => (ppu === "top" ? 1 : 2);

/** A `T` packet. */
export function stopReply(
  session: DebugSession,
  stop: Stop,
  registers: readonly TargetRegister[],
  points: InsertedPoints,
  features: ReadonlySet<string>,
): string {
  const expedited = EXPEDITED.map((name) => {
    const number = registers.findIndex((register) => register.name === name);
    return `${number.toString(16)}:${hexBytes(readTargetRegister(session, stop.ppu, registers[number]))};`;
  });
  const history = stop.reason === "historyStart" ? "replaylog:begin;" : "";
  const signal = signalOf(stop).toString(16).padStart(2, "0");
  return `T${signal}thread:${threadOf(stop.ppu)};${history || points.describe(stop, features)}${expedited.join("")}`;
}

/** Return codes of the released PPUs, one a line. */
export function finishedText(session: DebugSession): string {
  const lines = session
    .threads()
    .filter(({ state }) => state !== "held")
    .map(({ ppu }) => `${ppu} PPU: program finished, return code ${session.chip.returnCode(ppu)}\n`);
  return lines.join("");
}
