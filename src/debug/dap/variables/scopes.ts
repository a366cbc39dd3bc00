/** The scopes of a frame. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { DebugSession } from "../../session.ts";
import type { Context, NumberFormat, PpuName, RegisterDescription, RegisterGroupName } from "../../types.ts";
import { analogContainer } from "./analog.ts";
import { type Container, lazyRows, namedRows, type Row } from "./container.ts";
import { laneRegisterRow } from "./lanes.ts";
import { variableRows } from "./program.ts";

type View = Context & { readonly ppu: PpuName; readonly frame: number };

interface ScopeRow {
  readonly name: string;
  readonly hint?: DebugProtocol.Scope["presentationHint"];
  /** Costs time, or is long: clients open it on request. */
  readonly expensive: boolean;
  readonly container: (session: DebugSession, view: View) => Container;
}

const isLanes = (group: RegisterGroupName) =>
  group === "vector" || group === "accumulator" || group === "vectorCondition";

function registerRow(
  session: DebugSession,
  view: View,
  { name, group, writable }: RegisterDescription,
  format: NumberFormat,
): Row {
  if (isLanes(group)) return laneRegisterRow(session, view, name);
  const chosen = group === "general" ? format : "hex";
  const { text, typeName } = session.evaluate(name, view, chosen);
  return { name, value: text, type: typeName, expression: name, assignable: writable, kind: "data" };
}

const registers =
  (...groups: readonly RegisterGroupName[]) =>
  (session: DebugSession, view: View): Container => {
    const mine = session.registerDescriptions().filter(({ group }) => groups.includes(group));
    const byName = new Map(mine.map((description) => [description.name, description]));
    return namedRows(view, [...byName.keys()], (name, format) =>
      registerRow(session, view, byName.get(name)!, format),
    );
  };

const SCOPES: readonly ScopeRow[] = [
  {
    name: "Locals",
    hint: "locals",
    expensive: false,
    container: (session, view) => lazyRows(view, () => variableRows(session, view, session.locals(view))),
  },
  {
    name: "Globals",
    expensive: true,
    container: (session, view) => lazyRows(view, () => variableRows(session, view, session.globals(view))),
  },
  { name: "General registers", hint: "registers", expensive: true, container: registers("general") },
  {
    name: "Special registers",
    hint: "registers",
    expensive: true,
    container: registers("special", "condition"),
  },
  {
    name: "Vector registers",
    hint: "registers",
    expensive: true,
    container: registers("vector", "accumulator", "vectorCondition"),
  },
  { name: "Analog core", expensive: true, container: analogContainer },
];

export interface ScopeView {
  readonly scope: Omit<DebugProtocol.Scope, "variablesReference">;
  readonly container: Container;
}

export function scopesOf(session: DebugSession, view: View): ScopeView[] {
  return SCOPES.map(({ name, hint, expensive, container }) => ({
    scope: { name, expensive, ...(hint && { presentationHint: hint }) },
    container: container(session, view),
  }));
}
