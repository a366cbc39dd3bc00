/** Requests that set breakpoints. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { type Location, SessionError, type WatchTarget } from "../../types.ts";
import type { Adapter } from "../adapter.ts";
import { conditionsOf, type PointReason, type Wanted } from "../breakpoints.ts";
import { flag, integer, list, object, optional, RequestError, text } from "../checks.ts";
import { accessOf, accessTypesOf, dataIdOf, targetOf } from "../data-breakpoints.ts";
import type { Debuggee } from "../debuggee.ts";
import { frameOf } from "../references.ts";
import { type Answer, type RequestTable, request } from "../request.ts";

const CONDITIONS = {
  condition: optional(text),
  hitCondition: optional(text),
  logMessage: optional(text),
};
const SOURCE = object({ path: optional(text), name: optional(text) });
const INSTRUCTION_BYTES = 4;

/** What a user's mistake makes of one of several breakpoints. */
function orProblem(make: () => Wanted): Wanted {
  try {
    return make();
  } catch (error) {
    if (error instanceof RequestError || error instanceof SessionError)
      return { problem: error.message.split("\n")[0] };
    throw error;
  }
}

function set(adapter: Adapter, group: string, reason: PointReason, wanted: readonly Wanted[]): Answer {
  const { points, noDebug } = adapter.debuggee;
  const breakpoints: DebugProtocol.Breakpoint[] = noDebug
    ? wanted.map(() => ({ verified: false, message: "the program runs without debugging" }))
    : points.replace(group, reason, wanted);
  return { body: { breakpoints: breakpoints.map((each) => adapter.client.breakpointOut(each)) } };
}

function instructionAt(debuggee: Debuggee, reference: string, offset: number): Wanted {
  const { ppu, address } = debuggee.place(reference, offset);
  if (address % INSTRUCTION_BYTES !== 0)
    throw new RequestError(`no instruction begins at 0x${address.toString(16)}`);
  if (debuggee.session.readInstruction(ppu, address) === undefined) {
    throw new RequestError(`there is no memory for code at 0x${address.toString(16)}`);
  }
  return { location: { address }, ppus: ppu };
}

interface DataQuery {
  readonly name: string;
  readonly variablesReference?: number | undefined;
  readonly frameId?: number | undefined;
  readonly bytes?: number | undefined;
  readonly asAddress?: boolean | undefined;
}

/** Throws SessionError or RequestError for what cannot be watched. */
function watchTarget(debuggee: Debuggee, query: DataQuery): WatchTarget {
  const { name, variablesReference = 0, frameId, bytes, asAddress } = query;
  const { session } = debuggee;
  if (asAddress) {
    const { ppu, address } = debuggee.place(name);
    return { kind: "memory", ppu, address, length: bytes ?? INSTRUCTION_BYTES };
  }
  const container = variablesReference > 0 ? debuggee.containers.get(variablesReference) : undefined;
  if (variablesReference > 0 && !container)
    throw new RequestError(`there are no variables ${variablesReference} at this stop`);
  const row = container && debuggee.row(container, name);
  if (container && !row?.expression) throw new RequestError(`${name} cannot be watched`);
  const context = container?.context ?? (frameId === undefined ? {} : frameOf(frameId));
  const target = session.parseWatchTarget(row?.expression ?? name, context);
  return target.kind === "memory" && bytes !== undefined ? { ...target, length: bytes } : target;
}

export const BREAKPOINTS: RequestTable = {
  setBreakpoints: request(
    object({
      source: SOURCE,
      breakpoints: optional(list(object({ line: integer, column: optional(integer), ...CONDITIONS }))),
    }),
    (adapter, { source, breakpoints = [] }) => {
      const { path = source.name } = source;
      if (path === undefined) throw new RequestError("source.path is missing");
      const file = adapter.debuggee.sources.nameOf(path);
      const wanted = breakpoints.map(({ line, column, ...conditions }): Wanted => {
        const location: Location = {
          file,
          line: adapter.client.lineIn(line),
          ...(column !== undefined && { column: adapter.client.columnIn(column) }),
        };
        return { location, ...conditionsOf(conditions) };
      });
      return set(adapter, `source ${file}`, "breakpoint", wanted);
    },
  ),
  breakpointLocations: request(
    object({ source: SOURCE, line: integer, endLine: optional(integer) }),
    (adapter, { source, line, endLine = line }) => {
      const lines = adapter.debuggee.sources.linesWithCode(source.path ?? source.name ?? "");
      const breakpoints: DebugProtocol.BreakpointLocation[] = lines
        .filter((each) => each >= adapter.client.lineIn(line) && each <= adapter.client.lineIn(endLine))
        .map((each) => ({ line: adapter.client.lineOut(each) }));
      return { body: { breakpoints } };
    },
  ),
  setFunctionBreakpoints: request(
    object({ breakpoints: list(object({ name: text, ...CONDITIONS })) }),
    (adapter, { breakpoints }) => {
      const { session } = adapter.debuggee;
      const wanted = breakpoints.map(({ name, ...conditions }) =>
        orProblem(() => ({ location: session.parseLocation(name), ...conditionsOf(conditions) })),
      );
      return set(adapter, "functions", "function breakpoint", wanted);
    },
  ),
  setInstructionBreakpoints: request(
    object({
      breakpoints: list(object({ instructionReference: text, offset: optional(integer), ...CONDITIONS })),
    }),
    (adapter, { breakpoints }) => {
      const wanted = breakpoints.map(({ instructionReference, offset, ...conditions }) =>
        orProblem(() => ({
          ...instructionAt(adapter.debuggee, instructionReference, offset ?? 0),
          ...conditionsOf(conditions),
        })),
      );
      return set(adapter, "instructions", "instruction breakpoint", wanted);
    },
  ),
  dataBreakpointInfo: request(
    object({
      name: text,
      variablesReference: optional(integer),
      frameId: optional(integer),
      bytes: optional(integer),
      asAddress: optional(flag),
    }),
    ({ stopped }, query) => {
      let body: DebugProtocol.DataBreakpointInfoResponse["body"];
      try {
        const target = watchTarget(stopped, query);
        body = {
          dataId: dataIdOf(target),
          description: query.asAddress
            ? `${query.bytes ?? INSTRUCTION_BYTES} bytes at ${query.name}`
            : query.name,
          accessTypes: accessTypesOf(target),
          canPersist: target.kind !== "expression",
        };
      } catch (error) {
        if (!(error instanceof RequestError || error instanceof SessionError)) throw error;
        body = { dataId: null, description: error.message.split("\n")[0] };
      }
      return { body };
    },
  ),
  setDataBreakpoints: request(
    object({
      breakpoints: list(
        object({
          dataId: text,
          accessType: optional(text),
          condition: CONDITIONS.condition,
          hitCondition: CONDITIONS.hitCondition,
        }),
      ),
    }),
    (adapter, { breakpoints }) => {
      const wanted = breakpoints.map(({ dataId, accessType, ...conditions }) =>
        orProblem(() => {
          const target = targetOf(dataId);
          return { target, access: accessOf(accessType, target), ...conditionsOf(conditions) };
        }),
      );
      return set(adapter, "data", "data breakpoint", wanted);
    },
  ),
};
