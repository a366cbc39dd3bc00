import { writeFileSync } from "node:fs";
import type { Image } from "../toolchain/image.ts";
import type { CliIo } from "./io.ts";
import { hex32 } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

/** Writes a file; a file that cannot be written is a UsageError with the reason. */
export function writeOutput(path: string, data: Uint8Array | string): void {
  try {
    writeFileSync(path, data);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === "ENOENT" ? "no such directory" : code === "EISDIR" ? "is a directory" : code;
    throw new UsageError(`cannot write ${path}: ${reason}`);
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
