import { type PpuName, SessionError } from "../../types.ts";
import { addressArgument, count, needed } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import {
  instructionLine,
  lineData,
  placeText,
  sourceData,
  sourceLine,
  sourceText,
  symbolAt,
} from "../render/places.ts";
import { columns } from "../style.ts";
import type { Terminal } from "../terminal.ts";

const LISTED_LINES = 10;
/** Instructions around the pc that `disassemble` shows without a location. */
const SHOWN_BEFORE = 6;
const SHOWN_INSTRUCTIONS = 20;
const MOST_INSTRUCTIONS = 4096;

/** Source file and line of the selected frame. */
function currentSource(terminal: Terminal) {
  const frames = terminal.session.frames(terminal.ppu, terminal.frame + 1);
  return frames[Math.min(terminal.frame, frames.length - 1)].source;
}

/** Addresses of a location in a PPU's program; throws SessionError when there is none. */
function addressesOf(terminal: Terminal, ppu: PpuName, text: string): readonly number[] {
  const location = terminal.session.parseLocation(text, terminal.context);
  const symbols = terminal.session.symbols(ppu);
  if ("address" in location) return [location.address];
  const found =
    "symbol" in location
      ? placesOfSymbol(terminal, location.symbol)
      : symbols.placesOfLine(location.file, location.line).flatMap(({ addresses }) => addresses);
  if (found.length === 0) throw new SessionError(`no code at ${text}`);
  return found;
}

function placesOfSymbol(terminal: Terminal, name: string): readonly number[] {
  const places = terminal.session.symbols(terminal.ppu).placesOfFunction(name);
  return places.length > 0 ? places : [addressArgument(terminal, `&${name}`)];
}

/** What `list` is asked for: a file and its first line. */
function listedRange(
  terminal: Terminal,
  text: string,
): { readonly file: string; readonly first: number; readonly lines: number } {
  const { listing } = terminal;
  const here = currentSource(terminal);
  if (text === "" && listing) return { file: listing.file, first: listing.next, lines: LISTED_LINES };
  if (text === "-" && listing) {
    return { file: listing.file, first: listing.first - LISTED_LINES, lines: LISTED_LINES };
  }
  if (text === "" || text === "-") {
    const [main] = terminal.session.symbols(terminal.ppu).findFunctions("main");
    const middle = here ?? main?.declaration;
    if (!middle) {
      throw new SessionError("no source is known here; list FUNCTION or list FILE:LINE shows other places");
    }
    return { file: middle.file, first: middle.line - LISTED_LINES / 2, lines: LISTED_LINES };
  }
  const range = /^(\d+)\s*,\s*(\d+)$/.exec(text);
  if (range) {
    const [first, last] = [Number(range[1]), Number(range[2])];
    const file = listing?.file ?? here?.file;
    if (!file) throw new SessionError("no source file is known here; use list FILE:LINE");
    if (last < first) throw new SessionError(`list ${text}: the last line lies before the first one`);
    return { file, first, lines: last - first + 1 };
  }
  const location = terminal.session.parseLocation(text, terminal.context);
  if ("file" in location) {
    const [file] = terminal.session.symbols(terminal.ppu).findFiles(location.file);
    return { file: file ?? location.file, first: location.line - LISTED_LINES / 2, lines: LISTED_LINES };
  }
  const symbols = terminal.session.symbols(terminal.ppu);
  const declared = "symbol" in location ? symbols.findFunctions(location.symbol)[0]?.declaration : undefined;
  const source = declared ?? symbols.sourceAt(addressesOf(terminal, terminal.ppu, text)[0]);
  if (!source) throw new SessionError(`no source is known of ${text}`);
  return { file: source.file, first: source.line - LISTED_LINES / 2, lines: LISTED_LINES };
}

function list(terminal: Terminal, text: string): Result {
  const { file, first: wanted, lines: number } = listedRange(terminal, text);
  const source = terminal.session.symbols(terminal.ppu).sourceText(file);
  if (!source)
    throw new SessionError(
      `cannot find the source file ${terminal.path(file)}; --source-directory names a place`,
    );
  const first = Math.max(1, wanted);
  const texts = source.slice(first - 1, Math.max(1, wanted + number) - 1);
  if (texts.length === 0) {
    throw new SessionError(
      `line ${first} is not in ${terminal.path(file)}, which has ${source.length} lines`,
    );
  }
  terminal.listing = { file, first, next: first + texts.length };
  const here = currentSource(terminal);
  const current =
    here?.file === file && here.line >= first && here.line < first + texts.length ? here.line : null;
  const marked = breakpointLines(terminal, file);
  const { style } = terminal;
  const lines = texts.map((line, index) => {
    const number = first + index;
    const marker = number === current ? style.here("=>") : "  ";
    const point = marked.has(number) ? style.breakpoint("*") : " ";
    return `${marker}${point}${style.dim(String(number).padStart(5))}  ${style.plain(line)}`.trimEnd();
  });
  return { kind: "listing", data: { file, first, lines: texts, current }, lines };
}

const breakpointLines = (terminal: Terminal, file: string): Set<number> =>
  new Set(
    terminal.session
      .breakables()
      .flatMap((breakable) =>
        breakable.kind === "breakpoint" && breakable.source?.file === file ? [breakable.source.line] : [],
      ),
  );

/** Which instructions `disassemble` is asked for. */
function codeRange(
  terminal: Terminal,
  text: string,
): { readonly address: number; readonly instructions: number } {
  const { session, ppu } = terminal;
  const [, place, length] = /^(.*?)(?:\s*,\s*(\w+))?$/s.exec(text) ?? [];
  const frames = session.frames(ppu, terminal.frame + 1);
  const { pc } = frames[Math.min(terminal.frame, frames.length - 1)];
  const address = place === "" ? pc : addressesOf(terminal, ppu, place)[0];
  if (length !== undefined) {
    return {
      address,
      instructions: Math.min(MOST_INSTRUCTIONS, count(length, "the number of instructions")),
    };
  }
  const code = session.symbols(ppu).functionAt(address);
  const range = code?.ranges.find(({ low, high }) => address >= low && address < high);
  if (!range) return { address, instructions: SHOWN_INSTRUCTIONS };
  const size = (range.high - range.low) >> 2;
  if (place !== "" || size <= SHOWN_INSTRUCTIONS) {
    return { address: range.low, instructions: Math.min(MOST_INSTRUCTIONS, size) };
  }
  const first = Math.max(range.low, Math.min(pc - 4 * SHOWN_BEFORE, range.high - 4 * SHOWN_INSTRUCTIONS));
  return { address: first, instructions: SHOWN_INSTRUCTIONS };
}

function disassemble(terminal: Terminal, text: string, format: string): Result {
  const { session, ppu, style } = terminal;
  const { address, instructions } = codeRange(terminal, text);
  const code = session.disassemble(ppu, address & ~3, instructions);
  if (code.length === 0) throw new SessionError(`no memory to disassemble at ${text || "the pc"}`);
  const lines: string[] = [];
  let shown = "";
  let file: string | undefined;
  for (const line of code) {
    const place = line.source ? `${line.source.file}:${line.source.line}` : "";
    if (!format.includes("p") && line.source && place !== shown) {
      if (line.source.file !== file) lines.push(sourceText(terminal, line.source));
      file = line.source.file;
      const source = sourceLine(terminal, ppu, line.source);
      if (source) lines.push(style.dim(source));
    }
    shown = place;
    lines.push(instructionLine(terminal, line, format.includes("r")));
  }
  const data = code.map(lineData);
  return { kind: "code", data: { lines: data }, lines };
}

function places(terminal: Terminal, addresses: readonly number[]): Result {
  const { ppu, session } = terminal;
  return {
    kind: "place",
    data: {
      places: addresses.map((address) => ({
        address,
        symbol: symbolAt(terminal, ppu, address),
        source: sourceData(session.symbols(ppu).sourceAt(address)),
      })),
    },
    lines: addresses.map((address) => placeText(terminal, ppu, address)),
  };
}

function symbolsMatching(terminal: Terminal, text: string): Result {
  const symbols = terminal.session.symbols(terminal.ppu);
  const found = [
    ...symbols.functions.map(({ name, entry }) => ({ name, kind: "function", address: entry })),
    ...symbols.globals.map(({ name, address }) => ({ name, kind: "variable", address })),
  ]
    .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    .sort((a, b) => a.address - b.address);
  const { style } = terminal;
  const rows = columns(found.map(({ name, kind }) => [kind, style.plain(name)]));
  return {
    kind: "symbols",
    data: { symbols: found },
    lines:
      found.length > 0
        ? found.map(({ address }, index) => `${style.address(address)}  ${rows[index]}`)
        : [`no symbol has "${text}" in its name`],
  };
}

export const CODE: readonly Command[] = [
  {
    name: "list",
    aliases: ["l"],
    group: "code",
    arguments: "[LOCATION | FIRST,LAST | -]",
    completes: "location",
    summary: "show source lines around a place; again: the next ones; -: those before",
    help: "The line of the selected frame has =>, lines with breakpoints have *.",
    example: ["start", "list", "list strongest", "list 1,5"],
    result: "listing",
    repeats: "without arguments",
    run: (terminal, { text }) => list(terminal, text),
  },
  {
    name: "disassemble",
    aliases: ["disas"],
    group: "code",
    arguments: "[LOCATION] [, COUNT]",
    formats: "rp",
    completes: "location",
    summary:
      "show instructions with their source lines: around the pc, of a function, or COUNT from LOCATION on",
    help: "Letters: r with the instruction words, p without source lines.",
    example: ["start", "disassemble", "disassemble/rp printSigned, 4"],
    result: "code",
    run: (terminal, { text, format }) => disassemble(terminal, text, format),
  },
  {
    name: "info line",
    group: "code",
    arguments: "LOCATION",
    completes: "location",
    summary: "addresses and source line of a location",
    example: ["info line strongest"],
    result: "place",
    run: (terminal, { text }) =>
      places(terminal, addressesOf(terminal, terminal.ppu, needed(text, "the location"))),
  },
  {
    name: "info symbol",
    group: "code",
    arguments: "ADDRESS",
    completes: "expression",
    summary: "which symbol and source line an address belongs to",
    example: ["info symbol lr", "info symbol 0x100"],
    result: "place",
    run: (terminal, { text }) => places(terminal, [addressArgument(terminal, needed(text, "the address"))]),
  },
  {
    name: "info symbols",
    aliases: ["info functions"],
    group: "code",
    arguments: "[PART]",
    summary: "functions and variables whose name has PART in it",
    example: ["info symbols print"],
    result: "symbols",
    run: (terminal, { text }) => symbolsMatching(terminal, text),
  },
];
