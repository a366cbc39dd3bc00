/** Runs a scalar benchmark program under qemu-ppc, user mode. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, ORIGIN, type ScalarProgram } from "./scalar-programs.ts";

const PAGE = 0x1000;

export const hasQemu = (): boolean => spawnSync("qemu-ppc", ["--version"]).status === 0;

/** A static executable with one segment that may be read, written and executed. */
function executable(words: Int32Array): Buffer {
  // Identification, type and machine, version, entry, offsets, flags, sizes, counts; behind it the segment.
  const header = [0x7f454c46, 0x01020100, 0, 0, 0x00020014, 1, ORIGIN, 52, 0, 0, 0x00340020, 0x00010000, 0];
  const segment = [1, PAGE, ORIGIN, ORIGIN, 4 * words.length, 4 * words.length, 7, PAGE];
  const file = Buffer.alloc(PAGE + 4 * words.length);
  [...header, ...segment].forEach((word, index) => {
    file.writeInt32BE(word, 4 * index);
  });
  words.forEach((word, index) => {
    file.writeInt32BE(word, PAGE + 4 * index);
  });
  return file;
}

export interface QemuRun {
  readonly seconds: number;
  /** Low byte of the checksum. */
  readonly checksum: number;
}

export class QemuBench {
  readonly #directory = mkdtempSync(join(tmpdir(), "ppu-bench-"));

  /** Wall time of the program, start of qemu included. Throws Error when it does not come to its end. */
  run(program: ScalarProgram, repetitions: number): QemuRun {
    const file = join(this.#directory, `${repetitions}`);
    writeFileSync(file, executable(program.words(repetitions, EXIT)), { mode: 0o755 });
    const begin = process.hrtime.bigint();
    const { status, signal } = spawnSync("qemu-ppc", [file]);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    if (status === null) throw new Error(`qemu-ppc ended with ${signal} on "${program.name}"`);
    return { seconds, checksum: status };
  }

  close(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
