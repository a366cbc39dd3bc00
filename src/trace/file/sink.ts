/** Where the bytes of a trace go. */
import { closeSync, openSync, writeSync } from "node:fs";
import { TraceError } from "../trace-error.ts";

export interface TraceSink {
  /** Appends bytes; throws TraceError. */
  append(bytes: Uint8Array): void;
  close(): void;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such directory",
  EISDIR: "is a directory",
  EACCES: "permission denied",
  ENOSPC: "no space left on device",
};

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TraceError(`cannot write ${path}: ${REASONS[code ?? ""] ?? code ?? message}`);
  }
}

/** A new file; what was there is gone. */
export function fileSink(path: string): TraceSink {
  const file = attempt(path, () => openSync(path, "w"));
  return {
    append(bytes) {
      attempt(path, () => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      });
    },
    close: () => attempt(path, () => closeSync(file)),
  };
}
