/** Breakpoints of a client in groups that are replaced as a whole, and their counterparts in the session. */
import { isDeepStrictEqual } from "node:util";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { DebugSession } from "../session.ts";
import {
  type Breakable,
  type Location,
  SessionError,
  type StopCondition,
  type WatchAccess,
  type WatchTarget,
} from "../types.ts";
import { RequestError } from "./checks.ts";

/** Why the client's stop event says that the chip stopped. */
export type PointReason =
  | "breakpoint"
  | "function breakpoint"
  | "instruction breakpoint"
  | "data breakpoint"
  | "exception";

/** What a client asks for, in terms of the session. */
export type Wanted = StopCondition &
  (
    | { readonly location: Location }
    | { readonly target: WatchTarget; readonly access: WatchAccess }
    /** It cannot be had; the reason. */
    | { readonly problem: string }
  );

interface Point {
  /** Number for the client; stays when the session is made anew. */
  readonly id: number;
  readonly wanted: Wanted;
  readonly reason: PointReason;
  sessionId?: number;
  problem?: string;
}

/** Stops from the nth hit on: `n` or `>= n` or `> n`. Throws RequestError. */
export function hitCountOf(condition: string | undefined): number | undefined {
  if (condition === undefined || condition.trim() === "") return undefined;
  const match = /^\s*(>=?|==?)?\s*(\d{1,9})\s*$/.exec(condition);
  const count = match ? Number(match[2]) + (match[1] === ">" ? 1 : 0) : 0;
  if (!match || match[1]?.startsWith("=") || count < 1) {
    throw new RequestError(`hit count "${condition}": write N to stop from the Nth hit on`);
  }
  return count;
}

/** What conditions of a request mean; a problem instead of an error. */
export function conditionsOf(from: {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}): StopCondition & { readonly problem?: string } {
  const { condition, hitCondition, logMessage } = from;
  try {
    const hitCount = hitCountOf(hitCondition);
    return {
      ...(condition !== undefined && condition.trim() !== "" && { condition }),
      ...(hitCount !== undefined && { hitCount }),
      ...(logMessage !== undefined && logMessage !== "" && { logMessage }),
    };
  } catch (error) {
    if (error instanceof RequestError) return { problem: error.message };
    throw error;
  }
}

export class Points {
  #session: DebugSession;
  readonly #groups = new Map<string, Point[]>();
  #last = 0;

  constructor(session: DebugSession) {
    this.#session = session;
  }

  /** Makes a group what it is to be; what it has already stays as it is, with its hits. */
  replace(group: string, reason: PointReason, wanted: readonly Wanted[]): DebugProtocol.Breakpoint[] {
    const old = [...(this.#groups.get(group) ?? [])];
    const points = wanted.map((each): Point => {
      const known = old.findIndex((point) => isDeepStrictEqual(point.wanted, each));
      return known < 0 ? { id: ++this.#last, wanted: each, reason } : old.splice(known, 1)[0];
    });
    for (const point of old) this.#remove(point);
    for (const point of points) if (point.sessionId === undefined) this.#insert(point);
    this.#groups.set(group, points);
    return points.map((point) => this.#describe(point));
  }

  /** Puts all of them into another session. */
  move(session: DebugSession): DebugProtocol.Breakpoint[] {
    this.#session = session;
    const all = [...this.#groups.values()].flat();
    for (const point of all) {
      delete point.sessionId;
      this.#insert(point);
    }
    return all.map((point) => this.#describe(point));
  }

  /** What a group has been asked for. */
  wanted(group: string): readonly Wanted[] {
    return (this.#groups.get(group) ?? []).map(({ wanted }) => wanted);
  }

  /** The client's points among breakpoints of the session. */
  among(sessionIds: readonly number[]): { readonly ids: number[]; readonly reason?: PointReason } {
    const hit = [...this.#groups.values()]
      .flat()
      .filter(({ sessionId }) => sessionId !== undefined && sessionIds.includes(sessionId));
    return { ids: hit.map(({ id }) => id), ...(hit[0] && { reason: hit[0].reason }) };
  }

  #insert(point: Point): void {
    const { wanted } = point;
    delete point.problem;
    if ("problem" in wanted) {
      point.problem = wanted.problem;
      return;
    }
    try {
      if ("location" in wanted) {
        const { location, ...conditions } = wanted;
        point.sessionId = this.#session.addBreakpoint(location, conditions).id;
      } else {
        const { target, access, ...conditions } = wanted;
        point.sessionId = this.#session.addWatchpoint(target, access, conditions).id;
      }
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      point.problem = error.message.split("\n")[0];
    }
  }

  #remove({ sessionId }: Point): void {
    // The session itself may have removed it.
    if (this.#find(sessionId)) this.#session.removeBreakable(sessionId!);
  }

  #find(sessionId: number | undefined): Breakable | undefined {
    return this.#session.breakables().find(({ id }) => id === sessionId);
  }

  #describe(point: Point): DebugProtocol.Breakpoint {
    const { id, problem } = point;
    const found = this.#find(point.sessionId);
    if (!found) return { id, verified: false, ...(problem !== undefined && { message: problem }) };
    if (found.kind === "watchpoint") return { id, verified: true, message: found.text };
    const [address] = [...found.addresses.top, ...found.addresses.bottom];
    if (address === undefined) return { id, verified: false, message: "no program has code there" };
    const { source } = found;
    return {
      id,
      verified: true,
      ...(source && { line: source.line, ...(source.column > 0 && { column: source.column }) }),
    };
  }
}
