/**
 * Lists of retired instructions: cycle and pc, nothing else. As text, `cycle pc` a line; as JSON, an array of
 * `[cycle, "pc"]`, or the record of a golden program (test/golden/README.md) whose `runs` each hold such an array.
 */
import { basename } from "node:path";
import type { Image } from "../../toolchain/image.ts";
import { rawImage, readInput } from "../../toolchain/loader.ts";
import { fileLines } from "../lines.ts";
import type { InstructionRecord, Trace, TraceEnd, TraceHeader, TraceRecord } from "../model.ts";
import { TraceError } from "../trace-error.ts";

type Entry = readonly [cycle: number, pc: number];

/** `cycle pc`: decimal, hexadecimal with or without 0x. */
const LINE = /^\s*(\d+)[\s,;]+(?:0x)?([0-9a-f]{1,8})\s*$/i;
const COMMENT = /^\s*(#|$)/;

interface GoldenRun {
  readonly branch_cache_entries?: number;
  readonly latency?: { readonly data?: number; readonly vector_mem?: number; readonly pio?: number };
  readonly retired: unknown;
}

/** Whether text begins like a list of `cycle pc`. */
export function isTextList(head: string): boolean {
  // The last line may be cut.
  const lines = head.split(/\r?\n/).filter((line) => !COMMENT.test(line));
  return lines.length > 0 && LINE.test(lines[0]);
}

/** Timing of a run in the words of `--timing`. */
function timingOf({ branch_cache_entries: entries, latency = {} }: GoldenRun): string {
  const settings = [
    ["branch-cache", entries],
    ["data", latency.data],
    ["vector", latency.vector_mem],
    ["pio", latency.pio],
  ] as const;
  const given = settings.filter(([, value]) => value !== undefined);
  return ["rtl", ...given.map(([name, value]) => `${name}=${value}`)].join(",");
}

function selectRun(path: string, runs: readonly GoldenRun[], selection: string | undefined): GoldenRun {
  const listed = runs.map((run, index) => `#${index} ${timingOf(run)}`).join("; ");
  if (selection === undefined) {
    if (runs.length === 1) return runs[0];
    throw new TraceError(`${path} holds ${runs.length} runs, say which (${path}#0): ${listed}`);
  }
  const isNumber = /^\d+$/.test(selection);
  const wanted = selection.split(",").filter((part) => part !== "rtl");
  const found = isNumber
    ? runs.slice(Number(selection), Number(selection) + 1)
    : runs.filter((run) => wanted.every((part) => timingOf(run).split(",").includes(part)));
  if (found.length === 1) return found[0];
  const problem = found.length === 0 ? "no run" : `${found.length} runs`;
  throw new TraceError(`${path}: ${problem} "${selection}"; there are ${listed}`);
}

function entriesOf(path: string, list: unknown): Entry[] {
  if (!Array.isArray(list)) throw new TraceError(`${path}: a run has no list "retired" of [cycle, "pc"]`);
  return list.map((entry: unknown, index) => {
    const [cycle, pc] = Array.isArray(entry) ? entry : [];
    const address = typeof pc === "string" && /^(0x)?[0-9a-f]{1,8}$/i.test(pc) ? Number.parseInt(pc, 16) : pc;
    if (!Number.isSafeInteger(cycle) || !Number.isSafeInteger(address) || cycle < 0 || address < 0) {
      const got = JSON.stringify(entry) ?? "nothing";
      throw new TraceError(`${path}: entry ${index} is ${got.slice(0, 40)}; needed is [cycle, "pc in hex"]`);
    }
    return [cycle, address] as const;
  });
}

function imageOf(path: string, words: unknown): Image | undefined {
  if (words === undefined) return undefined;
  const isWords =
    Array.isArray(words) && words.every((word) => typeof word === "string" && /^[0-9a-f]{8}$/i.test(word));
  if (!isWords) throw new TraceError(`${path}: "image" is not a list of words of 8 hex digits`);
  return rawImage(Uint8Array.from(Buffer.from((words as string[]).join(""), "hex")));
}

/** Word of the program at an address; undefined where it has none. */
function wordAt(image: Image, address: number): number | undefined {
  for (const { address: begin, data } of image.sections) {
    if (!data || address < begin || address + 4 > begin + data.length) continue;
    return new DataView(data.buffer, data.byteOffset + address - begin, 4).getInt32(0);
  }
  return undefined;
}

interface ListTrace {
  readonly program: string;
  readonly timing: string;
  readonly entries: () => Iterable<Entry>;
  readonly image?: Image;
  readonly end?: TraceEnd;
}

function* recordsOf({ entries, image }: ListTrace): Generator<TraceRecord> {
  for (const [cycle, pc] of entries()) {
    const record: InstructionRecord = {
      ...{ kind: "instruction", ppu: "top", cycle, pc, word: image ? (wordAt(image, pc) ?? 0) : 0 },
      ...{ writes: [], accesses: [], stalls: [] },
    };
    yield record;
  }
}

function listTrace(list: ListTrace): Trace {
  const header: TraceHeader = {
    ...{ program: list.program, chipSeed: 0, noiseSeed: 0, chip: "unknown", timing: list.timing },
    ...{ ppus: ["top"], filters: [] },
    has: {
      cycles: true,
      words: list.image !== undefined,
      writes: false,
      accesses: false,
      stalls: false,
      vectors: false,
    },
  };
  return {
    header,
    image: (ppu) => (ppu === "top" ? list.image : undefined),
    records: (ppu) => (ppu === "top" ? recordsOf(list) : []),
    initialState: () => new Map(),
    end: () => list.end,
    problems: [],
  };
}

/** Reads a JSON list; `run` is the number of a run or part of its timing (`branch-cache=16,data=2`). Throws TraceError. */
export function openJsonList(path: string, run?: string): Trace {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(readInput(path)));
  } catch (error) {
    throw new TraceError(
      error instanceof SyntaxError ? `${path}: ${error.message}` : (error as Error).message,
    );
  }
  if (Array.isArray(value)) {
    if (run !== undefined) throw new TraceError(`${path} holds one list and no runs; leave out #${run}`);
    const entries = entriesOf(path, value);
    return listTrace({ program: basename(path), timing: "unknown", entries: () => entries });
  }
  const { runs, image, name } = (value ?? {}) as { runs?: unknown; image?: unknown; name?: unknown };
  if (!Array.isArray(runs))
    throw new TraceError(`${path}: neither a list of [cycle, "pc"] nor an object with "runs"`);
  const chosen = selectRun(path, runs as GoldenRun[], run);
  const entries = entriesOf(path, chosen.retired);
  const program = typeof name === "string" ? name : basename(path);
  return listTrace({
    program,
    timing: timingOf(chosen),
    entries: () => entries,
    image: imageOf(path, image),
  });
}

/** Reads a text list, as often as its records are asked for. A line that is none throws TraceError with its number. */
export function openTextList(path: string): Trace {
  function* entries(): Generator<Entry> {
    for (const { text: line, number } of fileLines(path).lines()) {
      if (COMMENT.test(line)) continue;
      const match = LINE.exec(line);
      if (!match) {
        throw new TraceError(`${path}:${number}: "${line.slice(0, 40)}" is not "cycle pc", as in "127 0x4c"`);
      }
      yield [Number(match[1]), Number.parseInt(match[2], 16)];
    }
  }
  return listTrace({ program: basename(path), timing: "unknown", entries });
}
