/** Reading pieces of a file. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TraceError } from "../trace-error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "is a directory",
  EACCES: "permission denied",
};

export interface FileBytes {
  readonly size: number;
  /** Bytes from an offset on; fewer at the end of the file. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TraceError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TraceError(`cannot read ${path}: ${REASONS[code ?? ""] ?? code ?? message}`);
  }
}

/** Opens a regular file; throws TraceError. */
export function openBytes(path: string): FileBytes {
  const file = attempt(path, () => openSync(path, "r"));
  const close = () => closeSync(file);
  const stats = attempt(path, () => fstatSync(file));
  if (!stats.isFile()) {
    close();
    throw new TraceError(
      `cannot read ${path}: ${stats.isDirectory() ? "is a directory" : "not a regular file"}`,
    );
  }
  return {
    size: stats.size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, stats.size - offset)));
      return attempt(path, () => {
        let done = 0;
        while (done < bytes.length) {
          const count = readSync(file, bytes, done, bytes.length - done, offset + done);
          if (count === 0) return bytes.subarray(0, done);
          done += count;
        }
        return bytes;
      });
    },
    close,
  };
}

/** Bytes that are in memory already. */
export function memoryBytes(bytes: Uint8Array): FileBytes {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, Math.max(offset, offset + length)),
    close() {},
  };
}
