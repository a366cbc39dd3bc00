/** Text files line by line, so that their size does not matter. */
import { closeSync, openSync, readSync } from "node:fs";
import { TraceError } from "../trace-error.ts";

const CHUNK_BYTES = 1 << 16;
/** Longer ones are no text that anybody reads here. */
const MOST_LINE_CHARACTERS = 1 << 20;

/** Lines without their ends (`\n` or `\r\n`). Throws TraceError when the file cannot be read. */
export function* fileLines(path: string): Generator<string> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new TraceError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
  try {
    const bytes = new Uint8Array(CHUNK_BYTES);
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const count = readSync(file, bytes, 0, CHUNK_BYTES, null);
      rest += decoder.decode(bytes.subarray(0, count), { stream: count > 0 });
      const lines = rest.split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
      if (rest.length > MOST_LINE_CHARACTERS)
        throw new TraceError(`${path}: a line is longer than 1 MiB; not a text file`);
      if (count === 0) break;
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}
