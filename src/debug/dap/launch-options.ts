/** What a launch configuration may say: rows, from which its check and the schema for editors derive. */
import { RequestError } from "./checks.ts";

export interface LaunchOption {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "strings";
  readonly description: string;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  /** Requests that take it; default both. */
  readonly request?: "launch" | "attach";
  readonly required?: true;
  /** Throws an error of one line for values that cannot be used. */
  readonly check?: (value: string) => void;
}

/** A checked configuration: values by name, defaults filled in. */
export type Configuration = Readonly<Record<string, unknown>> & {
  readonly program: string;
  readonly session?: string;
  readonly stopOnEntry: boolean;
  readonly stopAtEnd: boolean;
};

/** Options of the door itself; those of the program and its chip come from the command line. */
export const DOOR_OPTIONS: readonly LaunchOption[] = [
  {
    name: "program",
    type: "string",
    description: "AssemblyScript (.ts), ELF file, assembly (.s) or raw bytes for the SRAM (.bin)",
    required: true,
  },
  {
    name: "session",
    type: "string",
    description:
      "file of a saved session point (:save in the debug console) of the same program and chip to go on from",
    request: "attach",
    required: true,
  },
  {
    name: "stopOnEntry",
    type: "boolean",
    description: "stop at main, or before the first instruction where there is no main",
    default: false,
    request: "launch",
  },
  {
    name: "stopAtEnd",
    type: "boolean",
    description:
      "stay at the end of the program, so that one can look around and go back; continue then ends the session",
    default: true,
  },
];

/** What clients put into every configuration. */
const OF_CLIENTS = new Set([
  "name",
  "type",
  "request",
  "noDebug",
  "debugServer",
  "preLaunchTask",
  "postDebugTask",
  "internalConsoleOptions",
  "presentation",
  "serverReadyAction",
  "suppressMultipleSessionWarning",
  "env",
  "cwd",
  "args",
]);

const KINDS: Readonly<Record<LaunchOption["type"], string>> = {
  string: "a text",
  integer: "a whole number",
  boolean: "true or false",
  strings: "a list of texts",
};

function hasType({ type }: LaunchOption, value: unknown): boolean {
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "strings")
    return Array.isArray(value) && value.every((element) => typeof element === "string");
  return typeof value === type;
}

function checked(option: LaunchOption, value: unknown): unknown {
  const { name, choices, check } = option;
  const shown = JSON.stringify(value);
  if (!hasType(option, value)) throw new RequestError(`${name} must be ${KINDS[option.type]}, not ${shown}`);
  if (choices && !choices.includes(value as string)) {
    throw new RequestError(`${name} must be one of ${choices.join(", ")}, not ${shown}`);
  }
  try {
    if (typeof value !== "object" && typeof value !== "boolean") check?.(String(value));
  } catch (error) {
    throw new RequestError(`${name}: ${(error as Error).message}`);
  }
  return value;
}

const takes = (option: LaunchOption, request: "launch" | "attach") =>
  option.request === undefined || option.request === request;

/** Throws RequestError for the first value that cannot be used. `unknown`: names that mean nothing, likely mistyped. */
export function readConfiguration(
  options: readonly LaunchOption[],
  request: "launch" | "attach",
  values: Readonly<Record<string, unknown>>,
): { readonly configuration: Configuration; readonly unknown: readonly string[] } {
  const mine = options.filter((option) => takes(option, request));
  const configuration: Record<string, unknown> = {};
  for (const option of mine) {
    const value = values[option.name] ?? option.default;
    if (value !== undefined) configuration[option.name] = checked(option, value);
    else if (option.required) throw new RequestError(`${option.name} is missing: ${option.description}`);
  }
  const unknown = Object.keys(values).filter(
    (name) => !OF_CLIENTS.has(name) && !name.startsWith("__") && !mine.some((option) => option.name === name),
  );
  return { configuration: configuration as Configuration, unknown };
}

/** The options of a request as a JSON schema, as `configurationAttributes` of an editor wants it. */
export function configurationSchema(options: readonly LaunchOption[], request: "launch" | "attach"): object {
  const mine = options.filter((option) => takes(option, request));
  const properties = mine.map((option) => [
    option.name,
    {
      ...(option.type === "strings" ? { type: "array", items: { type: "string" } } : { type: option.type }),
      ...(option.choices && { enum: option.choices }),
      ...(option.default !== undefined && { default: option.default }),
      description: option.description,
    },
  ]);
  return {
    required: mine.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(properties),
  };
}
