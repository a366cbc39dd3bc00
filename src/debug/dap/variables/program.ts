/** Variables of the program as rows. */
import type { DebugSession } from "../../session.ts";
import type { Context, EvaluateResult, NumberFormat, VariableInfo } from "../../types.ts";
import { type Container, namedRows, type Row } from "./container.ts";
import { laneRegisterRow } from "./lanes.ts";

/** Characters of the text of something that can be opened. */
const MOST_SHOWN = 160;

const shortened = (text: string): string =>
  text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;

/** Members and elements of what an expression names. */
function childRows(session: DebugSession, context: Context, expression: string, count: number): Container {
  const [first] = session.children(expression, context, 0, 1);
  const isIndexed = first?.kind === "element";
  return {
    context,
    indexed: isIndexed ? count : 0,
    named: isIndexed ? 0 : count,
    rows: (kind, start, most, format) =>
      (kind === "indexed") === isIndexed
        ? session
            .children(expression, context, start, Math.min(most, Math.max(0, count - start)))
            .map((child) => variableRow(session, context, child, format))
        : [],
  };
}

function variableRow(session: DebugSession, context: Context, info: VariableInfo, format: NumberFormat): Row {
  const { name, value, typeName, expression, childCount, assignable, address, kind } = info;
  const inFormat = format !== "natural" && childCount === 0 && assignable;
  return {
    name,
    value: inFormat
      ? session.evaluate(expression, context, format).text
      : childCount > 0
        ? shortened(value)
        : value,
    type: typeName,
    expression,
    assignable,
    kind: kind === "member" || kind === "element" ? "property" : "data",
    ...(address !== undefined && { address }),
    ...(childCount > 0 && { container: childRows(session, context, expression, childCount) }),
  };
}

/** A fixed list of variables. */
export function variableRows(
  session: DebugSession,
  context: Context,
  infos: readonly VariableInfo[],
): Container {
  const byName = infos.map((_, index) => String(index));
  return namedRows(context, byName, (index, format) =>
    variableRow(session, context, infos[Number(index)], format),
  );
}

/** Rows to open of the result of an expression, if any. */
export function resultContainer(
  session: DebugSession,
  context: Context,
  expression: string,
  { value, childCount }: EvaluateResult,
): Container | undefined {
  if (value.kind === "lanes") {
    const isRegister = /^\s*(v\d+|acc)\s*$/.test(expression);
    if (isRegister) return laneRegisterRow(session, context, expression.trim()).container;
    return {
      context,
      indexed: value.values.length,
      named: 0,
      rows: (kind, start, count) =>
        kind === "indexed"
          ? value.values.slice(start, start + count).map((lane, index) => ({
              name: `[${start + index}]`,
              value: `${lane}`,
              type: value.type,
              kind: "data",
            }))
          : [],
    };
  }
  return childCount > 0 ? childRows(session, context, expression, childCount) : undefined;
}
