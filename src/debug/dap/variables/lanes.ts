/** Vector registers, accumulator, condition masks and rows of numbers: a short preview, and lanes to open. */
import { VECTOR_SHAPES } from "../../expression/lanes.ts";
import type { DebugSession } from "../../session.ts";
import type { Context, NumberFormat } from "../../types.ts";
import { type Container, indexedRows, namedRows, type Row } from "./container.ts";

const SHOWN = 8;

/** The first numbers, and the range of all. */
export function preview(values: ArrayLike<number>, digits = 0): string {
  const all = Array.from(values);
  const [first] = all;
  const text = (value: number) =>
    digits > 0 && !Number.isInteger(value) ? value.toFixed(digits) : `${value}`;
  if (all.every((value) => value === first)) return `all ${text(first)}`;
  const begin = all.slice(0, SHOWN).map(text).join(", ");
  const more = all.length > SHOWN ? `, … min ${text(Math.min(...all))} max ${text(Math.max(...all))}` : "";
  return `{${begin}${more}}`;
}

/** Numbers by index, for looking at; `expression` gives one of them. */
export function numberRows(
  context: Context,
  values: ArrayLike<number>,
  {
    digits = 0,
    expression,
  }: { readonly digits?: number; readonly expression?: (index: number) => string } = {},
): Container {
  return indexedRows(context, values.length, (index) => ({
    name: `[${index}]`,
    value:
      digits > 0 && !Number.isInteger(values[index]) ? values[index].toFixed(digits) : `${values[index]}`,
    kind: "data",
    ...(expression && { expression: expression(index) }),
  }));
}

/** Lanes that an expression gives, one row each. */
function laneRows(session: DebugSession, context: Context, expression: string, length: number): Container {
  return indexedRows(context, length, (index, format) => {
    const lane = `${expression}[${index}]`;
    const { text, typeName, assignable } = session.evaluate(lane, context, format);
    return { name: `[${index}]`, value: text, type: typeName, expression: lane, assignable, kind: "data" };
  });
}

/** A row whose expression gives several lanes. */
export function lanesRow(session: DebugSession, context: Context, name: string, expression: string): Row {
  const { value, typeName } = session.evaluate(expression, context);
  const values = value.kind === "lanes" ? value.values : [];
  return {
    name,
    value: preview(values),
    type: typeName,
    expression,
    kind: "data",
    container: laneRows(session, context, expression, values.length),
  };
}

/** Shapes that a register can be seen in. */
function shapesOf(name: string): readonly string[] {
  if (name === "acc") return ["w", "h"];
  return name.startsWith("vcr") ? [] : Object.keys(VECTOR_SHAPES);
}

/** A register of several lanes: to be opened by shape where it has several. */
export function laneRegisterRow(session: DebugSession, context: Context, name: string): Row {
  const shapes = shapesOf(name);
  const row = lanesRow(session, context, name, shapes.length > 0 ? `${name}.${shapes[0]}` : name);
  if (shapes.length === 0) return row;
  const container = namedRows(context, shapes, (shape: string, _format: NumberFormat) =>
    lanesRow(session, context, shape, `${name}.${shape}`),
  );
  return { ...row, expression: name, container };
}
