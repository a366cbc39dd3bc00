/** What can be opened in a view of variables. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Context, NumberFormat } from "../../types.ts";

/** One row of a view. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** Gives the value in the context of its container. */
  readonly expression?: string;
  /** The expression can be assigned to. */
  readonly assignable?: boolean;
  /** Takes the value of an expression instead, and gives the text of the new value. Throws SessionError. */
  readonly assign?: (value: string) => string;
  /** Data address, where it lies in memory. */
  readonly address?: number;
  readonly kind?: DebugProtocol.VariablePresentationHint["kind"];
  readonly container?: Container;
}

/** Rows of one kind, made when they are asked for. */
export interface Container {
  readonly context: Context;
  /** Rows with numbers, of which a client asks for a part at a time; they come behind the named ones. */
  readonly indexed: number;
  readonly named: number;
  /** Rows `start` to `start + count` of a kind. */
  rows(kind: "named" | "indexed", start: number, count: number, format: NumberFormat): readonly Row[];
}

/** A container of a few rows with names. */
export function namedRows(
  context: Context,
  names: readonly string[],
  row: (name: string, format: NumberFormat) => Row,
): Container {
  return {
    context,
    indexed: 0,
    named: names.length,
    rows: (kind, start, count, format) =>
      kind === "named" ? names.slice(start, start + count).map((name) => row(name, format)) : [],
  };
}

/** A container of rows with numbers. */
export function indexedRows(
  context: Context,
  length: number,
  row: (index: number, format: NumberFormat) => Row,
): Container {
  return {
    context,
    indexed: length,
    named: 0,
    rows: (kind, start, count, format) =>
      kind === "indexed"
        ? Array.from({ length: Math.max(0, Math.min(count, length - start)) }, (_, at) =>
            row(start + at, format),
          )
        : [],
  };
}

/** A container of names that is made when it is opened. */
export function lazyRows(context: Context, make: () => Container): Container {
  let made: Container | undefined;
  return {
    context,
    indexed: 0,
    named: Number.MAX_SAFE_INTEGER,
    rows: (kind, start, count, format) => (made ??= make()).rows(kind, start, count, format),
  };
}
