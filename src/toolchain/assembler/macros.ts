import { StatementError } from "./assembler-error.ts";
import type { Statement } from "./source.ts";

/** A line that grows beyond this while parameters are filled in is a runaway macro. */
const LONGEST_LINE = 10_000;

interface Parameter {
  readonly name: string;
  readonly fallback?: string;
  readonly required: boolean;
  /** Takes the rest of the line. */
  readonly rest: boolean;
}

export interface Macro {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

/** Cuts arguments at commas, or at blanks where no operator stands beside them, outside strings and parentheses. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let current = "";
  let depth = 0;
  let quoted = false;
  const rest = text.trim();
  for (let at = 0; at < rest.length; at++) {
    const character = rest[at];
    if (character === '"' && rest[at - 1] !== "\\") quoted = !quoted;
    if (!quoted && character === "(") depth++;
    if (!quoted && character === ")") depth--;
    const blank = /\s/.test(character) && !quoted && depth <= 0;
    if (character === "," && !quoted && depth <= 0) {
      parts.push(current.trim());
      current = "";
    } else if (blank && current.trim() !== "" && /[\w.\\"'%]/.test(rest.slice(at).trimStart()[0] ?? "")) {
      if (/[-+*/|&^<>=(,]\s*$/.test(current)) continue;
      parts.push(current.trim());
      current = "";
    } else {
      current += character;
    }
  }
  if (current.trim() !== "" || rest.endsWith(",")) parts.push(current.trim());
  return parts;
}

/** Reads `.macro NAME parameter, parameter=default, parameter:req, parameter:vararg`. */
export function defineMacro(text: string, body: readonly Statement[]): Macro {
  const match = /^\.macro\s+([A-Za-z_.$][\w.$]*)\s*,?(.*)$/i.exec(text);
  if (!match) throw new StatementError(".macro needs a name");
  const parameters = splitArguments(match[2]).map((part): Parameter => {
    const fields = /^([A-Za-z_.$][\w.$]*)(?::(req|vararg))?(?:\s*=\s*(.*))?$/.exec(part);
    if (!fields) throw new StatementError(`.macro: "${part}" is not a parameter`);
    const [, name, qualifier, fallback] = fields;
    return {
      name,
      required: qualifier === "req",
      rest: qualifier === "vararg",
      ...(fallback !== undefined && { fallback }),
    };
  });
  return { name: match[1], parameters, body };
}

function bindArguments(macro: Macro, text: string): Map<string, string> {
  const values = new Map<string, string>();
  const given = splitArguments(text);
  let position = 0;
  for (let i = 0; i < given.length; i++) {
    const keyword = /^([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.*)$/s.exec(given[i]);
    if (keyword && macro.parameters.some((parameter) => parameter.name === keyword[1])) {
      values.set(keyword[1], keyword[2]);
      continue;
    }
    const parameter = macro.parameters[position++];
    if (!parameter) {
      throw new StatementError(
        `macro ${macro.name} takes ${macro.parameters.length} arguments, got ${given.length}`,
      );
    }
    if (parameter.rest) {
      values.set(parameter.name, given.slice(i).join(","));
      break;
    }
    values.set(parameter.name, given[i]);
  }
  for (const { name, required, fallback } of macro.parameters) {
    if (values.get(name)) continue;
    if (required) throw new StatementError(`macro ${macro.name} needs the argument ${name}`);
    values.set(name, fallback ?? "");
  }
  return values;
}

const PARAMETER = /\\(?:\(\)|@|([A-Za-z_.$][\w.$]*))/g;

/** The statements of a macro with its parameters filled in; `count` stands for `\@`. */
export function expandMacro(macro: Macro, text: string, caller: Statement, count: number): Statement[] {
  const values = bindArguments(macro, text);
  const used = caller.macro?.used ?? caller.location;
  return macro.body.map((statement) => {
    const filled = statement.text.replace(PARAMETER, (whole, name: string | undefined) => {
      if (whole === "\\()") return "";
      if (name === undefined) return String(count);
      return values.get(name) ?? whole;
    });
    if (filled.length > LONGEST_LINE)
      throw new StatementError(`macro ${macro.name} makes a line without end`);
    return { text: filled, location: statement.location, macro: { name: macro.name, used } };
  });
}
