/** Stops of the chip as events of the protocol. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { DebugSession } from "../session.ts";
import type { Stop } from "../types.ts";
import type { Points } from "./breakpoints.ts";
import { threadOf } from "./references.ts";

type Body = DebugProtocol.StoppedEvent["body"];

/** Return codes of the released PPUs that have finished. */
export function returnCodes(session: DebugSession): number[] {
  return session
    .threads()
    .filter(({ state }) => state !== "held")
    .map(({ ppu }) => session.chip.returnCode(ppu));
}

/** Exit code of the whole chip: the first that is not 0. */
export const exitCode = (session: DebugSession): number =>
  returnCodes(session).find((code) => code !== 0) ?? 0;

export function finishedText(session: DebugSession): string {
  const lines = session
    .threads()
    .filter(({ state }) => state !== "held")
    .map(({ ppu }) => `${ppu} PPU: return code ${session.chip.returnCode(ppu)}`);
  return `program finished, ${lines.join(", ")}`;
}

function reasonOf(
  session: DebugSession,
  stop: Stop,
  points: Points,
): Pick<Body, "reason" | "description" | "text"> {
  const { message: text } = stop;
  switch (stop.reason) {
    case "entry":
      return { reason: "entry", description: "Paused on entry" };
    case "step":
      return { reason: "step" };
    case "breakpoint":
      return { reason: points.among(stop.ids).reason ?? "breakpoint" };
    case "watch": {
      const reason = points.among(stop.ids).reason ?? "data breakpoint";
      return { reason, description: `Paused: ${text}`, text };
    }
    case "saturation":
      return { reason: "exception", description: "Paused on a saturating lane", text };
    case "finding":
      return { reason: "exception", description: "Paused on a mistake of the program", text };
    case "reached":
      return { reason: "goto", text };
    case "interrupted":
      return { reason: "pause" };
    case "finished":
      return { reason: "exit", description: "Paused at the end of the program", text: finishedText(session) };
    case "asleep":
      return {
        reason: "pause",
        description: "Asleep: only the host can wake a PPU (:doorbell, :pins)",
        text,
      };
    case "held":
      return { reason: "pause", description: "No PPU is released from reset", text };
    case "historyStart":
      return { reason: "entry", description: "Paused at the begin of the history", text };
  }
}

export function stoppedBody(session: DebugSession, stop: Stop, points: Points): Body {
  const { ids } = points.among(stop.ids);
  return {
    ...reasonOf(session, stop, points),
    threadId: threadOf(stop.ppu),
    allThreadsStopped: true,
    ...(ids.length > 0 && { hitBreakpointIds: ids }),
  };
}
