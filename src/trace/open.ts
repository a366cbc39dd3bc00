/** Any argument of a command as a trace. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { isElf } from "../toolchain/elf/index.ts";
import { readInput } from "../toolchain/loader.ts";
import { isTraceFile, openTraceFile } from "./file/index.ts";
import type { Trace } from "./model.ts";
import { isTextList, openJsonList, openTextList } from "./readers/list.ts";
import { isQemuLog, openQemuLog } from "./readers/qemu-log.ts";
import { isTextTrace, openTextTrace } from "./text/index.ts";
import { TraceError } from "./trace-error.ts";

export interface OpenOptions {
  /** Makes a trace by running a program (ELF, .ts, .s, .bin). Default: programs are refused. */
  readonly run?: (path: string) => Trace | Promise<Trace>;
}

/** One kind of file; the first that knows the head opens it. */
interface Reader {
  readonly name: string;
  readonly knows: (head: Uint8Array, text: string, path: string) => boolean;
  /** `part`: what stood behind `#`. */
  readonly open: (path: string, options: OpenOptions, part: string | undefined) => Trace | Promise<Trace>;
}

const HEAD_BYTES = 1 << 16;
const PROGRAM = /\.(elf|s|asm|ts|bin|o)$/i;

/** Kinds of files in the order in which they are tried, in words for help texts. */
export const TRACE_KINDS = `  a trace of ppu trace record, or its text (ppu trace show writes one)
  a program: ELF, .ts, .s, .bin; it is run, with the options of ppu run
  the log of qemu-ppc -d in_asm,cpu -singlestep -D FILE PROGRAM (scalar registers)
  a list of retired instructions: lines "cycle pc", JSON [[cycle, "pc"], ...], or an object with "runs" of them
    (as in test/golden/programs); FILE#1 or FILE#branch-cache=16,data=2 chooses one of several runs`;

async function runProgram(path: string, { run }: OpenOptions): Promise<Trace> {
  if (!run) throw new TraceError(`${path} is a program; a trace is needed here (ppu trace record makes one)`);
  return run(path);
}

const READERS: readonly Reader[] = [
  { name: "trace", knows: (head) => isTraceFile(head), open: (path) => openTraceFile(path) },
  { name: "trace", knows: (_head, text) => isTextTrace(text), open: (path) => openTextTrace(path) },
  { name: "program", knows: (head) => isElf(head), open: runProgram },
  { name: "program", knows: (_head, _text, path) => PROGRAM.test(path), open: runProgram },
  { name: "qemu log", knows: (_head, text) => isQemuLog(text), open: (path) => openQemuLog(path) },
  {
    name: "list",
    knows: (_head, text) => /^\s*[[{]/.test(text),
    open: (path, _options, part) => openJsonList(path, part),
  },
  { name: "list", knows: (_head, text) => isTextList(text), open: (path) => openTextList(path) },
];

/** First bytes of a file; throws the loader's error when there is none. */
function headOf(path: string): Uint8Array {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return readInput(path).subarray(0, HEAD_BYTES);
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(HEAD_BYTES);
    return bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** Splits `FILE#part`, unless a file has that whole name. */
function splitPart(argument: string): [path: string, part: string | undefined] {
  const at = argument.lastIndexOf("#");
  if (at <= 0 || existsSync(argument)) return [argument, undefined];
  return [argument.slice(0, at), argument.slice(at + 1)];
}

interface Argument {
  readonly path: string;
  readonly part: string | undefined;
  /** Undefined: none knows the file. */
  readonly reader: Reader | undefined;
}

function recognize(argument: string): Argument {
  const [path, part] = splitPart(argument);
  const head = headOf(path);
  const text = new TextDecoder().decode(head);
  return { path, part, reader: READERS.find(({ knows }) => knows(head, text, path)) };
}

/** Whether an argument of `openTrace` is a program, which is to be run. Throws when there is no such file. */
export const isProgram = (argument: string): boolean => recognize(argument).reader?.open === runProgram;

/**
 * Opens a file of any kind in `TRACE_KINDS`, told apart by contents and, for programs, by name. Throws one clear line
 * (TraceError, ImageError, …) when it is none of them.
 */
export async function openTrace(argument: string, options: OpenOptions = {}): Promise<Trace> {
  const { path, part, reader } = recognize(argument);
  if (!reader) {
    throw new TraceError(
      `${path} is no trace, log of qemu-ppc, list of "cycle pc" or program (.elf, .ts, .s, .bin)`,
    );
  }
  if (part !== undefined && reader.name !== "list") {
    throw new TraceError(`${path} is a ${reader.name} and has no runs; leave out #${part}`);
  }
  return reader.open(path, options, part);
}
