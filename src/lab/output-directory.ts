/** Where results are written: why it fails, in words, and directories that are made for them. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such directory",
  ENOTDIR: "no such directory",
  EEXIST: "there is a file of this name",
  EISDIR: "is a directory",
  EACCES: "permission denied",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EIO: "input/output error",
};

/** Why something cannot be written, in words where they are known. */
export const writeErrorReason = ({ code, message }: NodeJS.ErrnoException): string =>
  REASONS[code ?? ""] ?? code ?? message;

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Makes a directory, one level only, unless it is there. Throws the error of the file system. (Node's recursive mkdir does
 * not return for places below /proc.)
 */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  statSync(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was quicker.
    if (!isDirectory(path)) throw error;
  }
}
