/** Requests that look at frames, variables and expressions, and those that change them. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Completion, Context, Frame, NumberFormat, PpuName } from "../../types.ts";
import type { Adapter } from "../adapter.ts";
import { flag, integer, object, optional, RequestError, text } from "../checks.ts";
import { completeCommand, isCommand, runCommand } from "../console.ts";
import type { Debuggee } from "../debuggee.ts";
import { frameId, frameOf, ppuOfThread } from "../references.ts";
import { type RequestTable, request } from "../request.ts";
import type { Container, Row } from "../variables/container.ts";
import { resultContainer } from "../variables/program.ts";
import { scopesOf } from "../variables/scopes.ts";

const FORMAT = optional(object({ hex: optional(flag) }));
const MOST_ROWS = 10_000;

const formatOf = (format: { readonly hex?: boolean | undefined } | undefined): NumberFormat =>
  format?.hex ? "hex" : "natural";

const SUFFIXES: Readonly<Record<Frame["kind"], string>> = {
  call: "",
  inlined: " (inlined)",
  interrupt: " (interrupt handler)",
};

function frameBody(adapter: Adapter, ppu: PpuName, frame: Frame): DebugProtocol.StackFrame {
  const { debuggee } = adapter;
  // Code that belongs to no function can have lines all the same.
  const source = frame.source ?? debuggee.session.symbols(ppu).sourceAt(frame.lookupPc);
  return {
    id: frameId(ppu, frame.index),
    name: `${frame.name}${SUFFIXES[frame.kind]}`,
    line: source ? adapter.client.lineOut(source.line) : 0,
    column: source ? adapter.client.columnOut(source.column) : 0,
    ...(source && { source: debuggee.sources.source(ppu, source.file) }),
    instructionPointerReference: debuggee.reference({ ppu, address: frame.pc }),
    ...(!source && { presentationHint: "subtle" }),
  };
}

/** The parts of a row that all answers about values have. */
function valueBody(
  debuggee: Debuggee,
  { container, type, address, assignable, assign }: Row,
  context: Context,
) {
  const ppu = context.ppu ?? debuggee.session.currentPpu;
  return {
    ...(type !== undefined && { type }),
    variablesReference: container ? debuggee.containers.create(container) : 0,
    ...(container && container.indexed > 0 && { indexedVariables: container.indexed }),
    ...(container && container.named > 0 && { namedVariables: container.named }),
    ...(address !== undefined && { memoryReference: debuggee.reference({ ppu, address }) }),
    presentationHint: { ...(!assignable && !assign && !container && { attributes: ["readOnly"] }) },
  };
}

function variableBody(debuggee: Debuggee, container: Container, row: Row): DebugProtocol.Variable {
  const body = valueBody(debuggee, row, container.context);
  return {
    name: row.name,
    value: row.value,
    ...(row.expression !== undefined && { evaluateName: row.expression }),
    ...body,
    presentationHint: { ...body.presentationHint, ...(row.kind && { kind: row.kind }) },
  };
}

function containerOf(debuggee: Debuggee, reference: number): Container {
  const container = debuggee.containers.get(reference);
  if (container) return container;
  throw new RequestError(`there are no variables ${reference} at this stop`);
}

/** Rows that a client asks for: named ones first, then those with numbers. */
function rowsOf(
  container: Container,
  filter: string | undefined,
  start: number,
  count: number,
  format: NumberFormat,
): Row[] {
  const most = count > 0 ? Math.min(count, MOST_ROWS) : MOST_ROWS;
  if (filter === "named" || filter === "indexed") return [...container.rows(filter, start, most, format)];
  const named = container.rows("named", start, most, format);
  const rest = Math.max(0, start - container.named);
  return [...named, ...container.rows("indexed", rest, most - named.length, format)];
}

const contextOf = (frame: number | undefined): Context => (frame === undefined ? {} : frameOf(frame));

const COMPLETION_TYPES: Readonly<Record<Completion["kind"], DebugProtocol.CompletionItemType>> = {
  register: "field",
  symbol: "reference",
  variable: "variable",
  function: "function",
  ppu: "module",
};

/** The name that is being typed at the end of a text. */
const beginningOf = (before: string): string =>
  isCommand(before) ? before.trimStart().slice(1) : (/[A-Za-z_~][\w$/~]*$/.exec(before)?.[0] ?? "");

export const INSPECTION: RequestTable = {
  stackTrace: request(
    object({ threadId: integer, startFrame: optional(integer), levels: optional(integer) }),
    (adapter, { threadId, startFrame = 0, levels = 0 }) => {
      const ppu = ppuOfThread(threadId);
      const frames = adapter.stopped.session.frames(ppu);
      const shown = frames.slice(startFrame, levels > 0 ? startFrame + levels : undefined);
      const body: DebugProtocol.StackTraceResponse["body"] = {
        stackFrames: shown.map((frame) => frameBody(adapter, ppu, frame)),
        totalFrames: frames.length,
      };
      return { body };
    },
  ),
  scopes: request(object({ frameId: integer }), ({ stopped }, { frameId: id }) => {
    const scopes = scopesOf(stopped.session, frameOf(id)).map(
      ({ scope, container }): DebugProtocol.Scope => ({
        ...scope,
        variablesReference: stopped.containers.create(container),
      }),
    );
    return { body: { scopes } };
  }),
  variables: request(
    object({
      variablesReference: integer,
      filter: optional(text),
      start: optional(integer),
      count: optional(integer),
      format: FORMAT,
    }),
    ({ stopped }, { variablesReference, filter, start = 0, count = 0, format }) => {
      const container = containerOf(stopped, variablesReference);
      const rows = rowsOf(container, filter, Math.max(0, start), count, formatOf(format));
      const body: DebugProtocol.VariablesResponse["body"] = {
        variables: rows.map((row) => variableBody(stopped, container, row)),
      };
      return { body };
    },
  ),
  setVariable: request(
    object({ variablesReference: integer, name: text, value: text, format: FORMAT }),
    (adapter, { variablesReference, name, value, format }) => {
      const { stopped } = adapter;
      const container = containerOf(stopped, variablesReference);
      const row = stopped.row(container, name);
      if (!row) throw new RequestError(`there is no variable ${name} there`);
      if (row.assign) {
        const body: DebugProtocol.SetVariableResponse["body"] = { value: row.assign(value) };
        return { body, after: () => adapter.changed() };
      }
      if (row.expression === undefined || (!row.assignable && !row.container))
        throw new RequestError(`${name} cannot be set`);
      stopped.session.assign(row.expression, value, container.context);
      const changed = stopped.row(container, name, formatOf(format)) ?? row;
      const { presentationHint: _, ...rest } = valueBody(stopped, changed, container.context);
      const body: DebugProtocol.SetVariableResponse["body"] = { value: changed.value, ...rest };
      return { body, after: () => adapter.changed() };
    },
  ),
  setExpression: request(
    object({ expression: text, value: text, frameId: optional(integer), format: FORMAT }),
    (adapter, { expression, value, frameId: id, format }) => {
      const { session } = adapter.stopped;
      session.assign(expression, value, contextOf(id));
      const { text: shown, typeName } = session.evaluate(expression, contextOf(id), formatOf(format));
      const body: DebugProtocol.SetExpressionResponse["body"] = { value: shown, type: typeName };
      return { body, after: () => adapter.changed() };
    },
  ),
  evaluate: request(
    object({ expression: text, frameId: optional(integer), context: optional(text), format: FORMAT }),
    (adapter, { expression, frameId: id, context: purpose, format }) => {
      const { stopped } = adapter;
      const context = contextOf(id);
      if (purpose === "repl" && isCommand(expression)) return runCommand(adapter, expression, context);
      const { session } = stopped;
      const before = session.position.changes;
      const result = session.evaluate(expression, context, formatOf(format));
      const container = resultContainer(session, context, expression, result);
      const row: Row = {
        name: expression,
        value: result.text,
        type: result.typeName,
        assignable: result.assignable,
        ...(result.address !== undefined && { address: result.address }),
        ...(container && { container }),
      };
      const body: DebugProtocol.EvaluateResponse["body"] = {
        result: result.text,
        ...valueBody(stopped, row, context),
      };
      const isChanged = session.position.changes !== before;
      return { body, ...(isChanged && { after: () => adapter.changed() }) };
    },
  ),
  completions: request(
    object({ text, column: integer, line: optional(integer), frameId: optional(integer) }),
    (adapter, { text: typed, column, line, frameId: id }) => {
      const { session } = adapter.stopped;
      const lines = typed.split("\n");
      const current = lines[line === undefined ? 0 : adapter.client.lineIn(line) - 1] ?? typed;
      const before = current.slice(0, Math.max(0, adapter.client.columnIn(column) - 1));
      const beginning = beginningOf(before);
      const place = {
        start: adapter.client.columnOut(before.length - beginning.length + 1),
        length: beginning.length,
      };
      const items: Pick<DebugProtocol.CompletionItem, "label" | "type">[] = isCommand(before)
        ? completeCommand(before)
        : session
            .complete(before, contextOf(id))
            .map(({ text: label, kind }) => ({ label, type: COMPLETION_TYPES[kind] }));
      const targets: DebugProtocol.CompletionItem[] = items.map((item) => ({ ...item, ...place }));
      return { body: { targets } };
    },
  ),
  loadedSources: request(object({}), ({ debuggee }) => ({ body: { sources: debuggee.sources.loaded() } })),
  source: request(
    object({ sourceReference: optional(integer), source: optional(object({ path: optional(text) })) }),
    (_adapter, { source }) => {
      throw new RequestError(
        `${source?.path ?? "that source"} is not on this host; see sourceDirectory in the launch configuration`,
      );
    },
  ),
};
