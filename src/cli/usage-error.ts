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
  "MnistRunError",
]);

/** One line about an error, without internals. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return `internal error: ${String(error)}`;
  const [first, ...more] = error.message.split("\n").filter((line) => line.trim() !== "");
  const rest = more.length > 0 ? ` (and ${more.length} more line${more.length > 1 ? "s" : ""})` : "";
  const line = (first ?? error.name) + rest;
  return MEANT_FOR_USERS.has(error.name) ? line : `internal error: ${line}`;
}
