/** What the Tab key offers. */
import { SessionError } from "../types.ts";
import type { Command } from "./command.ts";
import { findCommand } from "./resolve.ts";
import type { Terminal } from "./terminal.ts";

/** Possible words, and the beginning on the line that they replace. */
export type Completions = [words: string[], beginning: string];

const PPU_NAMES = ["top", "bottom", "both"];

/** Words that can stand at the end of a line; never throws. */
export function completeLine(terminal: Terminal, line: string): Completions {
  const text = line.trimStart();
  const words = text.split(/\s+/);
  if (words.length === 1) return matching(firstWords(terminal.commands), words[0]);
  const subjects = subjectsOf(terminal.commands, words[0]);
  if (words.length === 2 && subjects.length > 0) return matching(subjects, words[1]);
  const last = words[words.length - 1];
  const command = commandOf(terminal.commands, words);
  return command ? argumentsOf(terminal, command, text, last) : [[], last];
}

const matching = (words: readonly string[], beginning: string): Completions => [
  [...new Set(words)].filter((word) => word.startsWith(beginning)).toSorted(),
  beginning,
];

const firstWords = (commands: readonly Command[]): string[] => commands.map(({ name }) => name.split(" ")[0]);

/** Second words of the names that begin with a word; for help: everything that can be explained. */
function subjectsOf(commands: readonly Command[], first: string): string[] {
  if (first === "help" || first === "h") return firstWords(commands);
  const begin = first === "i" ? "info " : `${first} `;
  return commands.filter(({ name }) => name.startsWith(begin)).map(({ name }) => name.slice(begin.length));
}

function commandOf(commands: readonly Command[], words: readonly string[]): Command | undefined {
  const [first] = words[0].split("/");
  try {
    return findCommand(commands, [first, words[1]]).command;
  } catch (error) {
    if (error instanceof SessionError) return undefined;
    throw error;
  }
}

function argumentsOf(terminal: Terminal, command: Command, text: string, last: string): Completions {
  switch (command.completes) {
    case "choice":
      return matching(command.choices ?? [], last);
    case "ppu":
      return matching(PPU_NAMES, last);
    case "breakpoint":
      return matching(
        terminal.session.breakables().map(({ id }) => String(id)),
        last,
      );
    case "location":
      return merged(matching(locationWords(terminal), last), expressionWords(terminal, text, last));
    case "expression":
      return expressionWords(terminal, text, last);
    default:
      return [[], last];
  }
}

/** Functions, and source files by their names without directories. */
function locationWords(terminal: Terminal): string[] {
  const symbols = terminal.session.symbols(terminal.ppu);
  const files = symbols.files.map((file) => `${file.slice(file.lastIndexOf("/") + 1)}:`);
  return [...symbols.functions.map(({ name }) => name), ...files];
}

/** Names inside an expression; they replace only the name at its end. */
function expressionWords(terminal: Terminal, text: string, last: string): Completions {
  const beginning = /[A-Za-z_$][\w$./]*$/.exec(last)?.[0] ?? "";
  try {
    const found = terminal.session.complete(beginning === "" ? text : beginning, terminal.context);
    return matching(
      found.map((completion) => completion.text),
      beginning,
    );
  } catch (error) {
    if (error instanceof SessionError) return [[], beginning];
    throw error;
  }
}

const merged = ([first, beginning]: Completions, [second, other]: Completions): Completions =>
  beginning === other ? [[...new Set([...first, ...second])].toSorted(), beginning] : [first, beginning];
