/** A command line or an input that cannot be used. One line: what, where, what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Errors whose messages are written for whoever uses the command, by name, so that no module must be loaded. */
const MEANT_FOR_USERS = new Set([
  "UsageError",
  "ImageError",
  "AssemblerError",
  "AssemblyError",
  "CompileError",
  "CodegenError",
  "TimingProfileError",
  "ChipError",
  "RangeError",
  "DataError",
  "ParameterFileError",
  "CalibrationFileError",
  "SettingsError",
  "MnistRunError",
  "NetworkError",
  "ArrayFileError",
]);

/** What the JavaScript engine itself throws as RangeError is about our program, not about the input. */
const OF_THE_ENGINE =
  /^(Maximum call stack|Invalid (array|typed array|string|count)|Array buffer|Offset is outside)/;

const isMeantForUsers = ({ name, message }: Error): boolean =>
  MEANT_FOR_USERS.has(name) && !(name === "RangeError" && OF_THE_ENGINE.test(message));

/** One line about an error, without internals. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return `internal error: ${String(error)}`;
  const [first, ...more] = error.message.split("\n").filter((line) => line.trim() !== "");
  const rest = more.length > 0 ? ` (and ${more.length} more line${more.length > 1 ? "s" : ""})` : "";
  const line = (first ?? error.name) + rest;
  return isMeantForUsers(error) ? line : `internal error: ${line}`;
}
