/** The options of a program and its chip as they stand in a launch configuration: derived from the command line's. */
import { Command, type Option } from "commander";
import { DOOR_OPTIONS, type LaunchOption } from "../debug/dap/index.ts";
import { addSessionOptions, type SessionProgramOptions } from "./open-session.ts";
import { collect } from "./program-options.ts";

/** How the value of an option is read; not in the types of commander. */
type Reader = ((value: string, previous?: unknown) => unknown) | undefined;

function typeOf(option: Option, reader: Reader): LaunchOption["type"] {
  if (option.isBoolean()) return "boolean";
  if (reader === collect) return "strings";
  return typeof option.defaultValue === "number" ? "integer" : "string";
}

function launchOption(option: Option): LaunchOption {
  const reader = option.parseArg as Reader;
  const type = typeOf(option, reader);
  const { argChoices: choices, defaultValue } = option;
  return {
    name: option.attributeName(),
    type,
    description: option.description,
    ...(choices && { choices }),
    ...(defaultValue !== undefined && { default: defaultValue as string | number }),
    ...(reader && !choices && type !== "strings" && { check: (value: string) => void reader(value) }),
  };
}

/** Everything that a launch or attach configuration may say. */
export function launchOptions(): LaunchOption[] {
  return [...DOOR_OPTIONS, ...addSessionOptions(new Command()).options.map(launchOption)];
}

/** The options of the program among the values of a checked configuration. */
export function sessionOptionsOf(configuration: Readonly<Record<string, unknown>>): SessionProgramOptions {
  const names = addSessionOptions(new Command()).options.map((option) => option.attributeName());
  // A switch that is off is left out, as on the command line.
  const given = names.filter((name) => configuration[name] !== undefined && configuration[name] !== false);
  return Object.fromEntries(
    given.map((name) => [name, configuration[name]]),
  ) as unknown as SessionProgramOptions;
}
