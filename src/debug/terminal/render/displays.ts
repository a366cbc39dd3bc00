/** Expressions that are shown at every stop. */
import { type NumberFormat, SessionError } from "../../types.ts";
import type { Display, Terminal } from "../terminal.ts";

/** Letters of gdb for the formats of numbers. */
export const NUMBER_FORMATS: Readonly<Record<string, NumberFormat>> = {
  d: "natural",
  x: "hex",
  u: "unsigned",
  t: "binary",
  c: "character",
};

export interface Displayed {
  readonly id: number;
  readonly expression: string;
  readonly text: string;
}

/** The text of each display; an expression that has no value here says why. */
export function evaluateDisplays(terminal: Terminal): Displayed[] {
  return terminal.displays.map((display) => ({
    id: display.id,
    expression: display.expression,
    text: textOf(terminal, display),
  }));
}

function textOf(terminal: Terminal, { expression, format }: Display): string {
  try {
    return terminal.session.evaluate(expression, terminal.context, NUMBER_FORMATS[format]).text;
  } catch (error) {
    if (error instanceof SessionError) return `<${error.message.split("\n")[0]}>`;
    throw error;
  }
}

export const displayLines = (terminal: Terminal, displays: readonly Displayed[]): string[] =>
  displays.map(({ id, expression, text }) => {
    const shown = `${id}: ${expression} = ${text}`;
    return terminal.style.plain(
      shown.length > terminal.style.width ? `${shown.slice(0, terminal.style.width - 1)}…` : shown,
    );
  });
