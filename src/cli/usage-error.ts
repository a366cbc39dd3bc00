import { escapeControls } from "../text.ts";

/** A command line or an input that cannot be used. One line: what, where, what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Errors whose messages are written for whoever uses the command, by name, so that no module must be loaded. */
const MEANT_FOR_USERS = new Set([
  "UsageError",
  "SuiteError",
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
  "SessionError",
  "CellError",
  "CheckpointError",
  "OnChipCalibrationError",
  "DiscoveryError",
  "TraceError",
  "CoverageError",
  "SweepError",
]);

/** Errors of the verbs that have --all-errors. */
const HAVE_ALL_ERRORS = new Set(["AssemblerError", "CompileError"]);

/** What the JavaScript engine itself throws as RangeError is about our program, not about the input. */
const OF_THE_ENGINE =
  /^(Maximum call stack|Invalid (array|typed array|string|count)|Array buffer|Offset is outside)/;

const isMeantForUsers = ({ name, message }: Error): boolean =>
  MEANT_FOR_USERS.has(name) && !(name === "RangeError" && OF_THE_ENGINE.test(message));

/** Problems of an error, one a line: those it lists itself, or the lines of its message. */
function problemsOf(error: Error): string[] {
  const listed = (error as { readonly lines?: readonly string[] }).lines;
  const lines = (listed ?? error.message.split("\n")).filter((line) => line.trim() !== "");
  return (lines.length > 0 ? lines : [error.name]).map(escapeControls);
}

/** One line about an error, without internals; with `all` one line about each of its problems. */
export function errorLines(error: unknown, all = false): string[] {
  if (!(error instanceof Error)) return [`internal error: ${escapeControls(String(error))}`];
  const problems = problemsOf(error);
  const mark = isMeantForUsers(error) ? "" : "internal error: ";
  if (all || problems.length === 1) return problems.map((line) => mark + line);
  const hint = HAVE_ALL_ERRORS.has(error.name) ? "; --all-errors prints them" : "";
  return [`${mark}${problems[0]} (and ${problems.length - 1} more${hint})`];
}
