/** Comment lines around the records: how the trace came about, symbols, registers at the begin, and the end. */
import type { Image } from "../../toolchain/image.ts";
import { PPUS, type PpuName, type Trace, type TraceEnd, type TraceHeader } from "../model.ts";
import { formatState } from "./format.ts";
import { readState } from "./parse.ts";
import { imageOf, type UsedSymbol } from "./used-names.ts";
import { decodeText, encodeName, encodeText, hex8, readCount, TextSyntaxError } from "./values.ts";

const TITLE = "# ppu trace, text form ";
const FIRST_LINE = `${TITLE}1`;
/** In the list of what a trace has: its words are 0. */
const WORDLESS = "wordless";
const HAS = [
  "cycles",
  "writes",
  "accesses",
  "stalls",
  "vectors",
] as const satisfies readonly (keyof TraceHeader["has"])[];
const WIDTH = { size: 6, kind: 8 };

/** Whether a file that begins so is a trace as text. */
export const isTextTrace = (head: string): boolean => head.startsWith(TITLE);

// ---- writing -------------------------------------------------------------------------------------------------------

export function* headerLines(header: TraceHeader): Generator<string> {
  yield FIRST_LINE;
  yield `# program: ${encodeText(header.program)}`;
  yield `# chip: ${encodeText(header.chip)}`;
  yield `# chip seed: ${header.chipSeed}`;
  yield `# noise seed: ${header.noiseSeed}`;
  yield `# timing: ${encodeText(header.timing)}`;
  yield `# ppus: ${header.ppus.join(" ")}`;
  const { words } = header.has;
  const about = [
    ...(words === undefined ? [] : [words ? "words" : WORDLESS]),
    ...HAS.filter((name) => header.has[name]),
  ];
  yield `# has: ${about.join(" ")}`;
  for (const filter of header.filters) yield `# filter: ${encodeText(filter)}`;
}

export function* symbolLines(used: Readonly<Record<PpuName, readonly UsedSymbol[]>>): Generator<string> {
  const line = (owner: string, { name, address, size, kind }: UsedSymbol) =>
    `# symbol${owner}: ${hex8(address)} ${String(size).padStart(WIDTH.size)} ${kind.padEnd(WIDTH.kind)} ${encodeName(name)}`;
  const all = {
    top: new Set(used.top.map((s) => line("", s))),
    bottom: new Set(used.bottom.map((s) => line("", s))),
  };
  for (const symbol of used.top)
    if (all.bottom.has(line("", symbol)) || used.bottom.length === 0) yield line("", symbol);
  for (const ppu of PPUS) {
    const other = all[ppu === "top" ? "bottom" : "top"];
    if (ppu === "top" && used.bottom.length === 0) continue;
    for (const symbol of used[ppu]) if (!other.has(line("", symbol))) yield line(` ${ppu}`, symbol);
  }
}

export function* initialLines(trace: Trace): Generator<string> {
  for (const ppu of trace.header.ppus) {
    for (const entry of trace.initialState(ppu)) yield `# initial ${ppu}:${formatState([entry])}`;
  }
}

export const problemLine = (problem: string): string => `# problem: ${encodeText(problem)}`;

const END = "# end: ";

/** The last line; a text without it was cut. */
export const endLine = (end: TraceEnd | undefined): string =>
  end
    ? `${END}cycle ${end.cycle}, instructions ${end.instructions.join(" ")}, ${encodeText(end.reason)}`
    : `${END}unknown`;

// ---- reading -------------------------------------------------------------------------------------------------------

/** A line `# key: text` or `# key ppu: text`; undefined for other comments. */
function keyed(line: string): { key: string; ppu: PpuName | undefined; text: string } | undefined {
  const match = /^# ([a-z]+(?: seed)?)(?: (top|bottom))?: ?(.*)$/s.exec(line);
  return match ? { key: match[1], ppu: match[2] as PpuName | undefined, text: match[3] } : undefined;
}

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

export const isEnd = (line: string): boolean => line.startsWith(END);

/** What an end line says; undefined where it says nothing, and for other lines. */
export function readEnd(line: string): TraceEnd | undefined {
  const match = /^# end: cycle (\d+), instructions (\d+) (\d+), (.*)$/s.exec(line);
  if (!match) return undefined;
  const [cycle, top, bottom] = match.slice(1, 4).map(readCount);
  return { reason: decodeText(match[4]), cycle, instructions: [top, bottom] };
}

/** What a line says about something that could not be read when the text was written. */
export function readProblem(line: string): string | undefined {
  const found = keyed(line);
  return found?.key === "problem" ? decodeText(found.text) : undefined;
}

const readPpus = (text: string): PpuName[] =>
  words(text).map((name) => {
    if (name !== "top" && name !== "bottom")
      throw new TextSyntaxError(`"${name}" is not a PPU; they are top and bottom`);
    return name;
  });

function readHas(text: string): TraceHeader["has"] {
  const names = words(text);
  const known = [...HAS, "words", WORDLESS];
  for (const name of names) {
    if (!known.includes(name)) throw new TextSyntaxError(`"${name}" is none of ${known.join(", ")}`);
  }
  const [cycles, writes, accesses, stalls, vectors] = HAS.map((name) => names.includes(name));
  const isTold = names.includes("words") || names.includes(WORDLESS);
  return { cycles, writes, accesses, stalls, vectors, ...(isTold && { words: names.includes("words") }) };
}

function readSymbol(text: string): UsedSymbol {
  const match = /^([0-9a-f]{8}) +(\d+) +(function|label|data) +(\S+)$/.exec(text);
  if (!match)
    throw new TextSyntaxError("a symbol is written as address, size, kind (function, label, data) and name");
  const [, address, size, kind, name] = match;
  return {
    ...{ address: Number.parseInt(address, 16), size: readCount(size) },
    ...{ kind: kind as UsedSymbol["kind"], name: decodeText(name) },
  };
}

/** Collects what the comment lines in front of the records say. */
export class HeaderReader {
  readonly #texts = new Map<string, string>();
  readonly #filters: string[] = [];
  readonly #symbols: Record<PpuName, UsedSymbol[]> = { top: [], bottom: [] };
  readonly #addresses: Record<PpuName, Map<string, number>> = { top: new Map(), bottom: new Map() };
  readonly #initial: Record<PpuName, Map<string, number | Uint8Array>> = {
    top: new Map(),
    bottom: new Map(),
  };

  /** The first line of a file. Throws TextSyntaxError as all of these do. */
  title(line: string): void {
    if (line === FIRST_LINE) return;
    if (!isTextTrace(line))
      throw new TextSyntaxError(`not a trace as text, which begins with "${FIRST_LINE}"`);
    throw new TextSyntaxError(`text form ${line.slice(TITLE.length)} is not known, only form 1 is`);
  }

  /** Comments of other kinds are ignored. */
  line(line: string): void {
    const found = keyed(line);
    if (!found) return;
    const { key, ppu, text } = found;
    if (key === "filter") this.#filters.push(decodeText(text));
    else if (key === "symbol") {
      const symbol = readSymbol(text);
      for (const side of ppu ? [ppu] : PPUS) {
        this.#symbols[side].push(symbol);
        this.#addresses[side].set(symbol.name, symbol.address);
      }
    } else if (key === "initial" && ppu) {
      for (const [name, value] of readState(text, this.addressOf(ppu))) this.#initial[ppu].set(name, value);
    } else this.#texts.set(key, text);
  }

  addressOf(ppu: PpuName): (name: string) => number | undefined {
    return (name) => this.#addresses[ppu].get(name);
  }

  initialState(ppu: PpuName): ReadonlyMap<string, number | Uint8Array> {
    return this.#initial[ppu];
  }

  get header(): TraceHeader {
    const text = (key: string) => {
      const found = this.#texts.get(key);
      if (found === undefined) throw new TextSyntaxError(`the line "# ${key}: …" is missing`);
      return found;
    };
    return {
      program: decodeText(text("program")),
      chipSeed: readCount(text("chip seed")),
      noiseSeed: readCount(text("noise seed")),
      chip: decodeText(text("chip")),
      timing: decodeText(text("timing")),
      ppus: readPpus(text("ppus")),
      filters: this.#filters,
      has: readHas(text("has")),
    };
  }

  /** The symbols as a program without contents; undefined where there are none. */
  image(ppu: PpuName): Image | undefined {
    const symbols = this.#symbols[ppu];
    return symbols.length === 0 ? undefined : imageOf(symbols);
  }
}
