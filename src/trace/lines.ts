/** Lines of a file, read in pieces, so that no file needs memory in proportion to its size. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { TraceError } from "./trace-error.ts";

export interface NumberedLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** False for a last line that is cut: nothing says that it is complete. */
  readonly ended: boolean;
}

/** Where lines come from; may be read as often as wanted. */
export interface LineSource {
  /** For messages. */
  readonly name: string;
  lines(): Iterable<NumberedLine>;
  /** The last lines, at least those within some kilobytes, the last one last. */
  tail(): readonly string[];
}

const PIECE_BYTES = 0x1_0000;
/** Much longer than the longest record: a gap with all registers. */
const MOST_CHARACTERS = 0x10_0000;

function* split(name: string, pieces: Iterable<string>): Generator<NumberedLine> {
  let rest = "";
  let number = 0;
  for (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      yield { text: line.endsWith("\r") ? line.slice(0, -1) : line, number: ++number, ended: true };
    }
    if (rest.length > MOST_CHARACTERS) {
      throw new TraceError(
        `${name}:${number + 1}: the line is longer than 1 MiB; this is no text of a trace`,
      );
    }
  }
  if (rest !== "") yield { text: rest, number: number + 1, ended: false };
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new TraceError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
}

function* pieces(path: string): Generator<string> {
  const file = open(path);
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(PIECE_BYTES);
  try {
    for (;;) {
      const count = readSync(file, buffer, 0, PIECE_BYTES, null);
      if (count === 0) break;
      yield decoder.write(buffer.subarray(0, count));
    }
    yield decoder.end();
  } finally {
    closeSync(file);
  }
}

export const fileLines = (path: string): LineSource => ({
  name: path,
  lines: () => split(path, pieces(path)),
  tail() {
    const file = open(path);
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(PIECE_BYTES, size));
      const count = readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return lastLines(buffer.toString("utf8", 0, count));
    } finally {
      closeSync(file);
    }
  },
});

export const textLines = (text: string, name: string): LineSource => ({
  name,
  lines: () => split(name, [text]),
  tail: () => lastLines(text),
});

/** Complete lines only. */
const lastLines = (text: string): readonly string[] => text.split(/\r?\n/).slice(0, -1);
