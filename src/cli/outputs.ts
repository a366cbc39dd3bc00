import { randomUUID } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeDirectory, writeErrorReason } from "../lab/output-directory.ts";
import type { Image } from "../toolchain/image.ts";
import type { CliIo } from "./io.ts";
import { hex32 } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new UsageError(`cannot ${what}: ${writeErrorReason(error as NodeJS.ErrnoException)}`);
  }
}

/** Writes a file; a file that cannot be written is a UsageError with the reason. */
export const writeOutput = (path: string, data: Uint8Array | string): void =>
  attempt(`write ${path}`, () => writeFileSync(path, data));

/** Throws the error of the file system unless the file can be written. What is there stays as it is. */
function tryFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  // Opening a pipe would wait for its reader.
  const isOpened = found === undefined || found.isFile() || found.isDirectory();
  if (isOpened) closeSync(openSync(path, "a"));
  else accessSync(path, constants.W_OK);
  // A link to a file that is not there stays.
  if (found === undefined) rmSync(realpathSync(path));
}

/** To be called before long work: throws UsageError unless the files can be written. */
export function checkOutputs(...paths: readonly string[]): void {
  for (const path of paths) attempt(`write ${path}`, () => tryFile(path));
}

/**
 * Makes a directory for output, one level only, and throws UsageError unless files can be written there. Others may do the
 * same at the same time.
 */
export function makeOutputDirectory(path: string): void {
  attempt(`make ${path}`, () => makeDirectory(path));
  attempt(`write to ${path}`, () => tryFile(join(path, `.ppu-output-${randomUUID()}`)));
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
