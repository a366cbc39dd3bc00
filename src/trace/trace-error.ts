/** A trace that cannot be read or written. One line: what, where, what to do. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}
