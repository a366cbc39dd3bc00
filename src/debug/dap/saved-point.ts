import { readFileSync } from "node:fs";
import { RequestError } from "./checks.ts";

/** Bytes of a saved session point. Throws RequestError. */
export function readSavedPoint(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new RequestError(
      `session: cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
    );
  }
}
