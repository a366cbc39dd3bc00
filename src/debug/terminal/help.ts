/** Help texts, derived from the rows. */
import { SessionError } from "../types.ts";
import { type Command, GROUPS, type Result } from "./command.ts";
import { findCommand } from "./resolve.ts";
import { wrap } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** `print/dxutc EXPRESSION`. */
export function usage({ name, formats = "", arguments: args }: Command): string {
  const letters = formats.replace("#", "");
  return [letters === "" ? name : `${name}[/${letters}]`, args].filter(Boolean).join(" ");
}

const rows = (commands: readonly Command[]): string[] =>
  commands.map(({ name, aliases = [], summary }) => {
    const short = aliases.length > 0 ? `${name} (${aliases[0]})` : name;
    return `  ${short.padEnd(32)} ${summary}`;
  });

function groupLines(terminal: Terminal, commands: readonly Command[]): string[] {
  return Object.entries(GROUPS).flatMap(([group, title]) => {
    const mine = commands.filter((command) => command.group === group);
    if (mine.length === 0) return [];
    return [terminal.style.heading(title), ...rows(mine)];
  });
}

function commandLines(terminal: Terminal, command: Command): string[] {
  const { style } = terminal;
  return [
    style.heading(usage(command)),
    ...wrap(`${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`, style.width),
    ...(command.aliases ? [`Short: ${command.aliases.join(", ")}`] : []),
    ...(command.help ? wrap(command.help, style.width) : []),
    ...(command.repeats ? ["An empty line does it again."] : []),
    "Example:",
    ...command.example.map((text) => `  ${text}`),
  ];
}

const data = (commands: readonly Command[]) => ({
  commands: commands.map(({ name, aliases = [], arguments: args, summary }) => ({
    name,
    aliases,
    arguments: args,
    summary,
  })),
});

/** Help about everything, about a command, or about the commands that begin with a word (`info`). */
export function helpResult(terminal: Terminal, text: string): Result {
  const { commands } = terminal;
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    const end = "help COMMAND explains one. Names can be shortened as long as they are unambiguous.";
    return { kind: "help", data: data(commands), lines: [...groupLines(terminal, commands), end] };
  }
  if (words.length > 2) throw new SessionError(`help explains one command, got "${text}"`);
  const family = commands.filter(({ name }) => name.startsWith(`${words[0]} `));
  if (words.length === 1 && family.length > 0) {
    return { kind: "help", data: data(family), lines: rows(family) };
  }
  const { command } = findCommand(commands, words);
  return { kind: "help", data: data([command]), lines: commandLines(terminal, command) };
}
