/** Runs words from `ORIGIN` on under qemu-ppc, user mode. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { QEMU } from "../tools.ts";
import { secondsSince } from "../turns.ts";

const PAGE = 0x1000;

/** A static executable with one segment at `origin` that may be read, written and executed. */
function executable(words: Int32Array, origin: number, entry: number): Buffer {
  // Identification, type and machine, version, entry, offsets, flags, sizes, counts; behind it the segment.
  const header = [0x7f454c46, 0x01020100, 0, 0, 0x00020014, 1, entry, 52, 0, 0, 0x00340020, 0x00010000, 0];
  const segment = [1, PAGE, origin, origin, 4 * words.length, 4 * words.length, 7, PAGE];
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

/**
 * Wall time of a program that ends with the system call `exit`, start of qemu included; the executable goes to `directory`.
 * `origin` must be a multiple of the page of 4 KiB, and not 0. Throws Error when it does not come to its end.
 */
export function onQemu(directory: string, words: Int32Array, origin: number, entry = origin): QemuRun {
  const file = join(directory, "program");
  writeFileSync(file, executable(words, origin, entry), { mode: 0o755 });
  const begin = process.hrtime.bigint();
  const { status, signal } = spawnSync(QEMU, [file]);
  const seconds = secondsSince(begin);
  if (status === null) throw new Error(`${QEMU} ended with ${signal}`);
  return { seconds, checksum: status };
}
