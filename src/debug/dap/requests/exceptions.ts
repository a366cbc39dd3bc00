/** What clients show as exceptions: happenings of the chip that stop it when they are switched on. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { PpuName, WatchAccess, WatchTarget } from "../../types.ts";
import { conditionsOf, type Wanted } from "../breakpoints.ts";
import { integer, list, object, optional, RequestError, text } from "../checks.ts";
import type { Debuggee } from "../debuggee.ts";
import { ppuOfThread } from "../references.ts";
import { type RequestTable, request } from "../request.ts";

interface Happening {
  readonly filter: DebugProtocol.ExceptionBreakpointsFilter;
  readonly target: (ppu: PpuName) => WatchTarget;
  readonly access: WatchAccess;
}

const HAPPENINGS: readonly Happening[] = [
  {
    filter: {
      filter: "saturation",
      label: "Saturating lanes",
      description: "Stops when a lane of a saturating vector instruction is clamped",
      supportsCondition: true,
      conditionDescription: "expression that must not be 0, e.g. r5 > 2",
    },
    target: (ppu) => ({ kind: "saturation", ppu }),
    access: "write",
  },
  {
    filter: {
      filter: "cadc",
      label: "CADC reads",
      description: "Stops when results of the CADC are read",
      supportsCondition: true,
      conditionDescription: "expression that must not be 0, e.g. r5 > 2",
    },
    target: (hemisphere) => ({ kind: "cadc", hemisphere }),
    access: "read",
  },
];

export const EXCEPTION_FILTERS = HAPPENINGS.map(({ filter }) => filter);

interface Chosen {
  readonly filterId: string;
  readonly condition?: string | undefined;
}

/** One watchpoint for each released PPU. */
function wantedOf(debuggee: Debuggee, { filterId, condition }: Chosen): Wanted[] {
  const found = HAPPENINGS.find(({ filter }) => filter.filter === filterId);
  if (!found)
    throw new RequestError(
      `there is no exception filter "${filterId}"; there are ${HAPPENINGS.map(({ filter }) => filter.filter).join(", ")}`,
    );
  const released = debuggee.session.threads().filter(({ state }) => state !== "held");
  return released.map(({ ppu }) => ({
    ...conditionsOf({ condition }),
    target: found.target(ppu),
    access: found.access,
  }));
}

export const EXCEPTIONS: RequestTable = {
  setExceptionBreakpoints: request(
    object({
      filters: list(text),
      filterOptions: optional(list(object({ filterId: text, condition: optional(text) }))),
    }),
    ({ debuggee }, { filters, filterOptions = [] }) => {
      const chosen: Chosen[] = [...filters.map((filterId) => ({ filterId })), ...filterOptions];
      const wanted = debuggee.noDebug ? [] : chosen.map((each) => wantedOf(debuggee, each));
      const described = debuggee.points.replace("exceptions", "exception", wanted.flat());
      // One answer for each filter: that of its first watchpoint.
      let first = 0;
      const breakpoints = wanted.map((each) => {
        const answer = described[first] ?? { verified: false };
        first += each.length;
        return answer;
      });
      const body: NonNullable<DebugProtocol.SetExceptionBreakpointsResponse["body"]> = { breakpoints };
      return { body };
    },
  ),
  exceptionInfo: request(object({ threadId: integer }), ({ stopped: { session } }, { threadId }) => {
    const { stop } = session;
    ppuOfThread(threadId);
    if (stop.reason !== "saturation" && stop.reason !== "finding" && stop.hits.length === 0) {
      throw new RequestError("the chip did not stop for an exception");
    }
    const [hit] = stop.hits;
    const exceptionId =
      stop.finding?.kind ?? (hit?.saturation ? "saturation" : (hit?.target.kind ?? stop.reason));
    const body: DebugProtocol.ExceptionInfoResponse["body"] = {
      exceptionId,
      description: stop.finding?.message ?? stop.message,
      breakMode: "always",
    };
    return { body };
  }),
};
