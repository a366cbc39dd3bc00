/** A trace that cannot be used. One line: which, what is wrong, what to do. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}
