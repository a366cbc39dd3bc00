import type { SourceLocation } from "../image.ts";

/** Something in the program that cannot become machine code; the message says what, where and what to do. */
export class CodegenError extends Error {
  override readonly name = "CodegenError";
  readonly location: SourceLocation | undefined;

  constructor(message: string, location?: SourceLocation) {
    super(location ? `${location.file}:${location.line}:${location.column}: ${message}` : message);
    this.location = location;
  }
}
