/** From a typed line to a command: names, short forms and unambiguous beginnings, as in gdb. */
import { SessionError } from "../types.ts";
import type { Command, Typed } from "./command.ts";

const namesOf = (command: Command): readonly string[] => [command.name, ...(command.aliases ?? [])];
/** Short forms of first words that need a second one. */
const SUBJECT_ALIASES: Readonly<Record<string, string>> = { i: "info" };
const wordsOf = (name: string): readonly string[] => name.split(" ");

/** First words of names; `subject` = the second words of those that begin with it. */
function choices(commands: readonly Command[], subject?: string): string[] {
  const names = commands.map(({ name }) => wordsOf(name));
  if (subject === undefined) return [...new Set(names.map(([first]) => first))];
  return names
    .filter(([first, second]) => first === subject && second !== undefined)
    .map(([, second]) => second);
}

/** The choice that a beginning means: itself, or the only one that begins so. */
function expand(typed: string, from: readonly string[], what: string): string {
  if (from.includes(typed)) return typed;
  const found = from.filter((choice) => choice.startsWith(typed));
  if (found.length === 1) return found[0];
  if (found.length > 1) throw new SessionError(`"${typed}" is ambiguous: ${found.toSorted().join(", ")}`);
  throw new SessionError(
    `unknown ${what} "${typed}"; ${what === "command" ? "help" : "help info"} lists them`,
  );
}

/** The command that words mean, and how many of the words are its name. */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { readonly command: Command; readonly used: number } {
  const second = words[1];
  const first = SUBJECT_ALIASES[words[0]] ?? words[0];
  for (const used of [2, 1]) {
    const typed = [first, second].slice(0, used).join(" ");
    const exact = words.length >= used && commands.find((command) => namesOf(command).includes(typed));
    if (exact) return { command: exact, used };
  }
  const name = expand(first, choices(commands), "command");
  const subjects = choices(commands, name);
  if (subjects.length === 0) return { command: commands.find((command) => command.name === name)!, used: 1 };
  if (second === undefined) {
    throw new SessionError(`${name} needs a subject: ${subjects.toSorted().join(", ")}`);
  }
  const alias = commands.find(({ aliases }) => aliases?.includes(`${name} ${second}`));
  if (alias) return { command: alias, used: 2 };
  const full = `${name} ${expand(second, subjects, `subject of ${name}`)}`;
  return { command: commands.find((command) => command.name === full)!, used: 2 };
}

/** A typed line taken apart. Throws SessionError for unknown and ambiguous names and for formats that are not known. */
export function parseLine(
  commands: readonly Command[],
  line: string,
): { readonly command: Command; readonly typed: Typed } {
  const match = /^([A-Za-z][\w-]*)(?:\s+([a-z][\w-]*))?/.exec(line);
  if (!match) throw new SessionError(`not a command: ${line.length > 60 ? `${line.slice(0, 60)}…` : line}`);
  const words = match[2] === undefined ? [match[1]] : [match[1], match[2]];
  const { command, used } = findCommand(commands, words);
  const name = used === 1 ? match[1] : match[0];
  const rest = line.slice(name.length);
  const slash = (command.formats ? /^\s*\/(\w*)/ : /^\/(\w*)/).exec(rest);
  const format = slash?.[1] ?? "";
  if (slash) checkFormat(command, format);
  const text = rest.slice(slash?.[0].length ?? 0);
  if (text !== "" && /^[\w/]/.test(text)) throw new SessionError(`not a command: ${line}`);
  if (command.arguments === "" && text.trim() !== "") {
    throw new SessionError(`${command.name} takes no arguments, got "${text.trim()}"`);
  }
  return { command, typed: { format, text: text.trim() } };
}

function checkFormat(command: Command, format: string): void {
  const known = command.formats ?? "";
  const bad = [...format].find(
    (letter) => !known.includes(letter) && !(known.includes("#") && /\d/.test(letter)),
  );
  if (known === "") throw new SessionError(`${command.name} takes no format behind a slash`);
  if (bad !== undefined) {
    const letters = [...known.replace("#", "")].join(", ");
    throw new SessionError(`${command.name}/${format}: "${bad}" is not one of its letters: ${letters}`);
  }
}
