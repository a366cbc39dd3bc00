/** Requests that begin and end: the connection, the program. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Adapter } from "../adapter.ts";
import { NOTHING, object, optional, RequestError, record, text } from "../checks.ts";
import { ABILITIES, Client } from "../client.ts";
import type { Debuggee } from "../debuggee.ts";
import { readConfiguration } from "../launch-options.ts";
import { threadOf } from "../references.ts";
import { type Answer, type RequestTable, request } from "../request.ts";
import { EXCEPTION_FILTERS } from "./exceptions.ts";

const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  supportsBreakpointLocationsRequest: true,
  supportsExceptionFilterOptions: true,
  supportsExceptionInfoRequest: true,
  supportsEvaluateForHovers: true,
  supportsCompletionsRequest: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsValueFormattingOptions: true,
  supportsClipboardContext: true,
  supportsStepBack: true,
  supportsSteppingGranularity: true,
  supportsGotoTargetsRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportTerminateDebuggee: true,
  supportsDelayedStackTraceLoading: true,
  supportsLoadedSourcesRequest: true,
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  completionTriggerCharacters: [".", "$", ":"],
  exceptionBreakpointFilters: EXCEPTION_FILTERS,
};

async function begin(
  adapter: Adapter,
  kind: "launch" | "attach",
  args: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const { configuration, unknown } = readConfiguration(adapter.host.options, kind, args);
  for (const name of unknown)
    adapter.say(`the launch configuration has an unknown attribute ${name}`, "stderr");
  const debuggee = await adapter.open(kind, configuration, args.noDebug === true);
  debuggee.mailbox.reset(debuggee.session);
  return { after: () => adapter.emitEvent("initialized") };
}

/** Where a program begins for the user: at main, where there is one. */
async function runToEntry(adapter: Adapter, debuggee: Debuggee): Promise<Answer> {
  const { session } = debuggee;
  const { ppu, pc } = session.stop;
  const places = session.symbols(ppu).placesOfFunction("main");
  if (places.length === 0 || places.includes(pc))
    return { after: () => adapter.arrived(debuggee, session.stop) };
  const { after } = await adapter.run(async (chip) => {
    const stop = await chip.runTo({ symbol: "main" });
    return stop.reason === "reached" ? { ...stop, reason: "entry" } : stop;
  });
  return { ...(after && { after }) };
}

function start(adapter: Adapter): Answer | Promise<Answer> {
  const debuggee = adapter.stopped;
  const { configuration, request: kind, session, noDebug } = debuggee;
  if (kind === "attach") return { after: () => adapter.arrived(debuggee, session.stop) };
  if (configuration.stopOnEntry && !noDebug) return runToEntry(adapter, debuggee);
  return adapter.run((chip) => chip.resume()).then(({ after }) => ({ ...(after && { after }) }));
}

/** Reads the program again; the configuration may have changed meanwhile. */
async function restart(adapter: Adapter, changed?: Readonly<Record<string, unknown>>): Promise<Answer> {
  const debuggee = adapter.stopped;
  if (!debuggee.started) throw new RequestError("the program has not been started yet");
  const { configuration } = changed
    ? readConfiguration(adapter.host.options, debuggee.request, changed)
    : debuggee;
  const session = await adapter.openSession(configuration);
  for (const each of debuggee.replace(session, configuration)) {
    adapter.emitEvent("breakpoint", { reason: "changed", breakpoint: adapter.client.breakpointOut(each) });
  }
  return start(adapter);
}

export const LIFECYCLE: RequestTable = {
  initialize: request(record, (adapter, args) => {
    const { pathFormat } = object({ pathFormat: optional(text) })(args, "arguments");
    if (pathFormat !== undefined && pathFormat !== "path") {
      throw new RequestError(`pathFormat must be "path"; "${pathFormat}" is not known`);
    }
    adapter.client = new Client(ABILITIES(args, "arguments"));
    return { body: CAPABILITIES };
  }),
  launch: request(record, (adapter, args) => begin(adapter, "launch", args)),
  attach: request(record, (adapter, args) => begin(adapter, "attach", args)),
  configurationDone: request(NOTHING, (adapter) => {
    const { stopped } = adapter;
    if (stopped.started) throw new RequestError("the program has been started already");
    stopped.started = true;
    return start(adapter);
  }),
  restart: request(object({ arguments: optional(record) }), async (adapter, { arguments: changed }) => {
    await adapter.halt();
    return restart(adapter, changed);
  }),
  terminate: request(NOTHING, async (adapter) => {
    await adapter.halt();
    return { after: () => adapter.emitEvent("terminated") };
  }),
  disconnect: request(NOTHING, (adapter) => ({ after: () => adapter.close() })),
  threads: request(NOTHING, ({ debuggee: { session } }) => {
    const threads = session.threads();
    const released = threads.filter(({ state }) => state !== "held");
    const shown = released.length > 0 ? released : threads;
    const body: DebugProtocol.ThreadsResponse["body"] = {
      threads: shown.map(({ ppu, state }) => ({
        id: threadOf(ppu),
        name: `${ppu} PPU${state === "awake" ? "" : ` (${state === "held" ? "held in reset" : state})`}`,
      })),
    };
    return { body };
  }),
};
