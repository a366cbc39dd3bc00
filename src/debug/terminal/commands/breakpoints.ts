import { splitCondition } from "../../locations.ts";
import {
  type Location,
  type PpuSelection,
  SessionError,
  type StopCondition,
  type WatchAccess,
} from "../../types.ts";
import { ids, needed, ppusArgument, watchTarget, wholeNumber } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import { breakablesResult, breakableTable } from "../render/breakables.ts";
import type { Terminal } from "../terminal.ts";

/** `LOCATION on PPU` (or `thread N`, as in gdb) taken apart. */
function splitPpu(terminal: Terminal, text: string): { readonly what: string; readonly ppus?: PpuSelection } {
  const match = /^(.*?)(?:^|\s)(?:on|thread)\s+(\w+)$/s.exec(text);
  return match ? { what: match[1].trim(), ppus: ppusArgument(terminal, match[2]) } : { what: text };
}

/** The location of a text; where the selected frame stands when there is none. */
const locationOf = (terminal: Terminal, text: string): Location =>
  text === ""
    ? { address: terminal.session.frames(terminal.ppu, terminal.frame + 1)[terminal.frame].pc }
    : terminal.session.parseLocation(text, terminal.context);

function addBreakpoint(terminal: Terminal, text: string, options: StopCondition): Result {
  const { what: place, condition } = splitCondition(text);
  const { what, ppus } = splitPpu(terminal, place);
  const breakpoint = terminal.session.addBreakpoint(locationOf(terminal, what), {
    ...options,
    ...(condition === undefined ? {} : { condition }),
    ...(ppus === undefined ? {} : { ppus }),
  });
  return breakablesResult(terminal, [breakpoint]);
}

function addWatchpoint(terminal: Terminal, text: string, access: WatchAccess): Result {
  const { what, condition } = splitCondition(needed(text, "what to watch"));
  const target = watchTarget(terminal, what);
  const possible = target.kind === "cadc" ? "read" : access;
  const options = condition === undefined ? {} : { condition };
  return breakablesResult(terminal, [terminal.session.addWatchpoint(target, possible, options)]);
}

/** `LOCATION TEXT`; the text may stand in quotes behind a comma, as for dprintf. */
function addLog(terminal: Terminal, text: string): Result {
  const match = /^(\S+?)(?:\s*,\s*|\s+)(\S.*)$/s.exec(text);
  if (!match) throw new SessionError("log needs a location and a text, e.g. log main sum is {r3}");
  const logMessage = /^"(.*)"$/s.exec(match[2])?.[1] ?? match[2];
  const location = terminal.session.parseLocation(match[1], terminal.context);
  return breakablesResult(terminal, [terminal.session.addBreakpoint(location, { logMessage })]);
}

/** The numbers that were typed, or all of them. */
const chosen = (terminal: Terminal, text: string): number[] =>
  text === "" ? terminal.session.breakables().map(({ id }) => id) : ids(text);

function change(terminal: Terminal, text: string, what: StopCondition): Result {
  return breakablesResult(
    terminal,
    chosen(terminal, text).map((id) => terminal.session.changeBreakable(id, what)),
    [],
  );
}

function setCondition(terminal: Terminal, text: string): Result {
  const match = /^(\d+)(?:\s+(?:if\s+)?(.+))?$/s.exec(needed(text, "the number of the breakpoint"));
  if (!match) throw new SessionError(`condition needs a number and an expression, got "${text}"`);
  const changed = terminal.session.changeBreakable(Number(match[1]), { condition: match[2] ?? "" });
  const words = match[2] === undefined ? "stops always" : `stops if ${terminal.style.plain(match[2])}`;
  return breakablesResult(terminal, [changed], [`${changed.kind} ${changed.id} ${words}`]);
}

function ignore(terminal: Terminal, text: string): Result {
  const [id, passes] = text.split(/\s+/).map(wholeNumber);
  if (id === undefined || passes === undefined) {
    throw new SessionError(`ignore needs a number of a breakpoint and a count, got "${text}"`);
  }
  const found = terminal.session.breakables().find((breakable) => breakable.id === id);
  if (!found) throw new SessionError(`no breakpoint ${id}; info breakpoints lists them`);
  const changed = terminal.session.changeBreakable(id, { hitCount: found.hits + passes + 1 });
  return breakablesResult(terminal, [changed], [`${changed.kind} ${id} passes ${passes} more hits`]);
}

function remove(terminal: Terminal, text: string): Result {
  const numbers = chosen(terminal, text);
  for (const id of numbers) terminal.session.removeBreakable(id);
  const words = numbers.length === 0 ? "nothing to delete" : `deleted ${numbers.join(", ")}`;
  return { kind: "note", data: { text: words }, lines: [words] };
}

const LOCATION_HELP =
  "LOCATION is a function, symbol+offset, FILE:LINE, LINE (of the current file), or an address (0x120 or *EXPRESSION).";
const TARGET_HELP =
  "TARGET: r3, lr, v3, v3.h[17], acc.w[2], vcr, row(12), row(12)[5], cadc, saturation, a variable, mem32(0x3000), *0x3000@16 " +
  "(16 bytes), any of them with top. or bottom. in front, or an expression.";

export const BREAKPOINTS: readonly Command[] = [
  {
    name: "break",
    aliases: ["b", "br"],
    group: "breakpoints",
    arguments: "[LOCATION] [on top|bottom] [if CONDITION]",
    completes: "location",
    summary: "stop when a PPU is about to execute LOCATION; default: here",
    help: LOCATION_HELP,
    example: ["break strongest", "break printSigned on top if r3 > 50", "continue"],
    result: "breakpoints",
    run: (terminal, { text }) => addBreakpoint(terminal, text, {}),
  },
  {
    name: "tbreak",
    aliases: ["tb"],
    group: "breakpoints",
    arguments: "[LOCATION] [on top|bottom] [if CONDITION]",
    completes: "location",
    summary: "the same, but only once",
    example: ["tbreak strongest", "continue", "info breakpoints"],
    result: "breakpoints",
    run: (terminal, { text }) => addBreakpoint(terminal, text, { temporary: true }),
  },
  {
    name: "watch",
    group: "breakpoints",
    arguments: "TARGET [if CONDITION]",
    completes: "expression",
    summary: "stop when a value changes",
    help: TARGET_HELP,
    example: ["watch v0.b[17]", "continue"],
    result: "breakpoints",
    run: (terminal, { text }) => addWatchpoint(terminal, text, "write"),
  },
  {
    name: "rwatch",
    group: "breakpoints",
    arguments: "TARGET [if CONDITION]",
    completes: "expression",
    summary: "stop when memory, a synapse row or CADC results are read",
    help: TARGET_HELP,
    example: ["rwatch *&sums@128", "continue"],
    result: "breakpoints",
    run: (terminal, { text }) => addWatchpoint(terminal, text, "read"),
  },
  {
    name: "awatch",
    group: "breakpoints",
    arguments: "TARGET [if CONDITION]",
    completes: "expression",
    summary: "stop when memory or a synapse row is read or written",
    help: TARGET_HELP,
    example: ["awatch *&sums@128", "continue"],
    result: "breakpoints",
    run: (terminal, { text }) => addWatchpoint(terminal, text, "access"),
  },
  {
    name: "log",
    aliases: ["dprintf"],
    group: "breakpoints",
    arguments: "LOCATION TEXT",
    completes: "location",
    summary: "print a text with {expressions} whenever LOCATION is executed, without stopping",
    help: LOCATION_HELP,
    example: ["log printSigned number {r3}", "run"],
    result: "breakpoints",
    run: (terminal, { text }) => addLog(terminal, text),
  },
  {
    name: "condition",
    aliases: ["cond"],
    group: "breakpoints",
    arguments: "N [EXPRESSION]",
    completes: "breakpoint",
    summary: "stop at breakpoint N only when the expression is not 0; without one: always",
    example: ["break printSigned", "condition 1 r3 == 90", "continue"],
    result: "breakpoints",
    run: (terminal, { text }) => setCondition(terminal, text),
  },
  {
    name: "ignore",
    group: "breakpoints",
    arguments: "N COUNT",
    completes: "breakpoint",
    summary: "pass the next COUNT hits of breakpoint N",
    example: ["break printSigned", "ignore 1 1", "continue"],
    result: "breakpoints",
    run: (terminal, { text }) => ignore(terminal, text),
  },
  {
    name: "delete",
    aliases: ["d"],
    group: "breakpoints",
    arguments: "[N...]",
    completes: "breakpoint",
    summary: "remove breakpoints and watchpoints by number; without a number all of them",
    example: ["break main", "watch saturation", "delete 1 2"],
    result: "note",
    run: (terminal, { text }) => remove(terminal, text),
  },
  {
    name: "disable",
    aliases: ["dis"],
    group: "breakpoints",
    arguments: "[N...]",
    completes: "breakpoint",
    summary: "switch breakpoints and watchpoints off, all of them without a number",
    example: ["break main", "disable 1", "info breakpoints"],
    result: "breakpoints",
    run: (terminal, { text }) => change(terminal, text, { enabled: false }),
  },
  {
    name: "enable",
    aliases: ["en"],
    group: "breakpoints",
    arguments: "[N...]",
    completes: "breakpoint",
    summary: "switch breakpoints and watchpoints on again",
    example: ["break main", "disable", "enable 1"],
    result: "breakpoints",
    run: (terminal, { text }) => change(terminal, text, { enabled: true }),
  },
  {
    name: "info breakpoints",
    aliases: ["info b", "info watchpoints"],
    group: "breakpoints",
    arguments: "",
    summary: "list breakpoints and watchpoints with their conditions and hits",
    example: ["break main", "watch saturation", "info breakpoints"],
    result: "breakpoints",
    run: (terminal) => breakablesResult(terminal, terminal.session.breakables(), breakableTable(terminal)),
  },
];
