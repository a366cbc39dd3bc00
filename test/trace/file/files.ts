/** Trace files of tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { TraceSink } from "../../../src/trace/file/index.ts";
import type { TraceHeader, TraceRecord } from "../../../src/trace/model.ts";

export const HEADER: TraceHeader = {
  ...{ program: "test.s", chipSeed: 1, noiseSeed: 2, chip: "ideal", timing: "chip" },
  ppus: ["top", "bottom"],
  filters: [],
  has: { cycles: true, writes: true, accesses: true, stalls: true, vectors: true },
};

/** Takes the bytes of a writer. */
export class MemorySink implements TraceSink {
  readonly #pieces: Uint8Array[] = [];
  isClosed = false;

  append(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
  }

  close(): void {
    this.isClosed = true;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }
}

/** Writes files into a directory of one test file. */
export function traceDirectory(): (name: string, bytes: Uint8Array) => string {
  const directory = mkdtempSync(join(tmpdir(), "ppu-trace-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  return (name, bytes) => {
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
}

/** The first place at which two lists of records differ, in short; undefined: they are the same. */
export function firstDifference(a: readonly TraceRecord[], b: readonly TraceRecord[]): string | undefined {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    let [left, right] = [textOf(a[at]), textOf(b[at])];
    if (left !== right) [left, right] = [textOf(sorted(a[at])), textOf(sorted(b[at]))];
    if (left !== right)
      return `record ${at} of ${a.length} and ${b.length}: ${short(left)} instead of ${short(right)}`;
  }
  return undefined;
}

/** As text, with maps in full. */
const textOf = (record: TraceRecord | undefined): string =>
  JSON.stringify(record, (_, value) => (value instanceof Map ? [...value] : value)) ?? "none";

/** With keys in the order of the alphabet. */
const sorted = (record: TraceRecord | undefined) =>
  record && (Object.fromEntries(Object.entries(record).sort()) as unknown as TraceRecord);

const short = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}...` : text);
