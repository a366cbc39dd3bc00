import { SessionError, type VariableInfo } from "../../types.ts";
import { needed, wholeNumber } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import { displayLines, evaluateDisplays, NUMBER_FORMATS } from "../render/displays.ts";
import { rangeText, stripLines } from "../render/lanes.ts";
import { wrap } from "../style.ts";
import type { Terminal } from "../terminal.ts";

/** Lanes from this many on are shown as a strip. */
const STRIP_FROM = 32;

const shorten = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, Math.max(1, width - 1))}…` : text;

function variables(terminal: Terminal, found: readonly VariableInfo[], none: string): Result {
  const { style } = terminal;
  const lines = found.map(({ name, typeName, value }) =>
    shorten(style.plain(`${name}: ${typeName} = ${value}`), style.width),
  );
  return {
    kind: "variables",
    data: {
      variables: found.map(({ name, typeName, value, kind, address }) => ({
        name,
        type: typeName,
        value,
        kind,
        address: address ?? null,
      })),
    },
    lines: lines.length > 0 ? lines : [none],
  };
}

function print(terminal: Terminal, expression: string, format: string): Result {
  const shown = format === "" ? undefined : NUMBER_FORMATS[format];
  if (format !== "" && !shown) throw new SessionError(`print/${format}: give one letter of d, x, u, t, c`);
  const { value, text, typeName, address } = terminal.session.evaluate(
    needed(expression, "the expression"),
    terminal.context,
    shown,
  );
  const { style } = terminal;
  const line = style.plain(`${expression} = ${text}`);
  const lines =
    value.kind === "lanes" && value.values.length >= STRIP_FROM && shown === undefined
      ? [
          style.plain(
            `${expression}: ${value.values.length} lanes ${value.type}, ${rangeText(value.values)}`,
          ),
          ...stripLines(style, value.values),
          ...wrap(text, style.width, "  "),
        ]
      : wrap(line, style.width, "  ");
  return {
    kind: "value",
    data: {
      expression,
      text,
      type: typeName,
      value: value.kind === "integer" ? value.value : value.kind === "lanes" ? value.values : null,
      address: address ?? null,
    },
    lines,
  };
}

function set(terminal: Terminal, text: string): Result {
  const expression = needed(text.replace(/^var(iable)?\s+/, ""), "the assignment");
  const match = /^(.*?[^=!<>])=(?!=)(.*)$/s.exec(expression);
  if (!match) throw new SessionError(`set needs TARGET = VALUE, got "${expression}"`);
  const target = match[1].trim();
  terminal.session.assign(target, match[2].trim(), terminal.context);
  return print(terminal, target, "");
}

function addDisplay(terminal: Terminal, expression: string, format: string): Result {
  if (expression !== "") {
    if (format !== "" && !NUMBER_FORMATS[format]) {
      throw new SessionError(`display/${format}: give one letter of d, x, u, t, c`);
    }
    terminal.session.evaluate(expression, terminal.context);
    const id = (terminal.displays.at(-1)?.id ?? 0) + 1;
    terminal.displays.push({ id, expression, format });
  }
  const displays = evaluateDisplays(terminal);
  return { kind: "displays", data: { displays }, lines: displayLines(terminal, displays) };
}

function removeDisplays(terminal: Terminal, text: string): Result {
  const numbers = text.split(/\s+/).filter(Boolean).map(wholeNumber);
  for (const id of numbers) {
    if (!terminal.displays.some((display) => display.id === id)) {
      throw new SessionError(`no display ${id ?? text}; display lists them`);
    }
  }
  const kept = numbers.length === 0 ? [] : terminal.displays.filter(({ id }) => !numbers.includes(id));
  terminal.displays.splice(0, Number.POSITIVE_INFINITY, ...kept);
  return addDisplay(terminal, "", "");
}

export const VARIABLES: readonly Command[] = [
  {
    name: "info locals",
    aliases: ["info args"],
    group: "stack",
    arguments: "",
    summary: "parameters and local variables of the selected frame",
    example: ["break printSigned", "continue", "info locals"],
    result: "variables",
    run: (terminal) =>
      variables(terminal, terminal.session.locals(terminal.context), "no locals are known here"),
  },
  {
    name: "info globals",
    aliases: ["info variables"],
    group: "stack",
    arguments: "",
    summary: "global variables of the program",
    example: ["info globals"],
    result: "variables",
    run: (terminal) =>
      variables(terminal, terminal.session.globals(terminal.context), "no globals are known"),
  },
  {
    name: "print",
    aliases: ["p", "output", "inspect"],
    group: "stack",
    arguments: "EXPRESSION",
    formats: "dxutc",
    completes: "expression",
    summary: "evaluate an expression",
    help:
      "Registers (r3, lr, v3, v3.h[17], acc.w[2]), variables, memory (mem8, mem16, mem32), synapse rows (row(12)[5]), operators as in " +
      "C; top. or bottom. in front means one PPU. Letters: d decimal, x hex, u unsigned, t binary, c character.",
    example: ["print/x r1", "print v0.b[17] + 1"],
    result: "value",
    run: (terminal, { text, format }) => print(terminal, text, format),
  },
  {
    name: "set",
    group: "stack",
    arguments: "TARGET = VALUE",
    completes: "expression",
    summary: "change a register, lane, variable or memory",
    help: "The change belongs to the history: going back before it undoes it.",
    example: ["set r3 = 5", "set v2.b[17] = 100", "set mem32(0x2f00) = 7"],
    result: "value",
    run: (terminal, { text }) => set(terminal, text),
  },
  {
    name: "display",
    group: "stack",
    arguments: "[EXPRESSION]",
    formats: "dxutc",
    completes: "expression",
    summary: "show an expression at every stop; without one show all now",
    example: ["display r3", "display/x lr", "stepi"],
    result: "displays",
    run: (terminal, { text, format }) => addDisplay(terminal, text, format),
  },
  {
    name: "undisplay",
    group: "stack",
    arguments: "[N...]",
    summary: "stop showing expressions by number; without a number all of them",
    example: ["display r3", "undisplay 1"],
    result: "displays",
    run: (terminal, { text }) => removeDisplays(terminal, text),
  },
];
