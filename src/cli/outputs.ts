import { writeFileSync } from "node:fs";
import type { Image } from "../toolchain/image.ts";
import type { CliIo } from "./io.ts";
import { hex32 } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such directory",
  ENOTDIR: "no such directory",
  EISDIR: "is a directory",
  EACCES: "permission denied",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EIO: "input/output error",
};

/** Why something cannot be written, in words where they are known. */
export const writeErrorReason = ({ code, message }: NodeJS.ErrnoException): string =>
  REASONS[code ?? ""] ?? code ?? message;

/** Writes a file; a file that cannot be written is a UsageError with the reason. */
export function writeOutput(path: string, data: Uint8Array | string): void {
  try {
    writeFileSync(path, data);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${writeErrorReason(error as NodeJS.ErrnoException)}`);
  }
}

/** What an image consists of, as `ppu asm` and `ppu build` report it. */
export interface ImageSummary {
  readonly output: string;
  readonly fileBytes: number;
  readonly entry: number;
  readonly sections: readonly { readonly name: string; readonly address: number; readonly size: number }[];
  readonly symbols: number;
}

export function imageSummary(image: Image, output: string, fileBytes: number): ImageSummary {
  const sections = image.sections.map(({ name, address, size }) => ({ name, address, size }));
  return { output, fileBytes, entry: image.entry, sections, symbols: image.symbols.length };
}

export function printSummary(io: CliIo, summary: ImageSummary): void {
  io.stdout(`${summary.output}: ${summary.fileBytes} bytes, ${summary.symbols} symbols\n`);
  for (const { name, address, size } of summary.sections) {
    io.stdout(`  ${name.padEnd(14)} ${hex32(address)} ${String(size).padStart(7)} bytes\n`);
  }
}
