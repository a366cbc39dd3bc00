import type { ImageDebug } from "../debug-info.ts";
import type { Image, ImageSymbol, LineEntry, Section, SourceLocation } from "../image.ts";
import { ByteWriter } from "./bytes.ts";
import { AT, LANGUAGE, LNE, LNS, OP, TAG } from "./dwarf-constants.ts";
import { Entry, writeEntries } from "./dwarf-entries.ts";
import { writeFrames } from "./dwarf-frames.ts";
import { plainName, VariableEntries } from "./dwarf-variables.ts";

/** The DWARF sections of an image by name. */
export type DwarfSections = ReadonlyMap<string, Uint8Array>;

/** Of the line table. */
const LINE_VERSION = 3;
const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPCODE_BASE = 13;
const STANDARD_OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

interface Sequence {
  readonly end: number;
  readonly entries: readonly LineEntry[];
}

/** Line entries by the executable section that holds them; a sequence of the line table ends with its section. */
function sequences(image: Image): Sequence[] {
  return image.sections
    .filter((section) => section.executable && section.size > 0)
    .map((section) => ({
      end: section.address + section.size,
      entries: image.lines.filter((line) => isInside(line.address, section)),
    }))
    .filter((sequence) => sequence.entries.length > 0);
}

function isInside(address: number, section: Section): boolean {
  return address >= section.address && address < section.address + section.size;
}

function writeSequence(out: ByteWriter, sequence: Sequence, unit: number, files: Map<string, number>): void {
  out.u8(0);
  out.uleb(5);
  out.u8(LNE.setAddress);
  let address = sequence.entries[0].address;
  out.u32(address);
  let line = 1;
  let file = 1;
  let column = 0;
  for (const entry of sequence.entries) {
    const entryFile = files.get(entry.file)!;
    if (entryFile !== file) {
      out.u8(LNS.setFile);
      out.uleb((file = entryFile));
    }
    if (entry.column !== column) {
      out.u8(LNS.setColumn);
      out.uleb((column = entry.column));
    }
    const steps = (entry.address - address) / unit;
    let lines = entry.line - line;
    if (lines < LINE_BASE || lines >= LINE_BASE + LINE_RANGE) {
      out.u8(LNS.advanceLine);
      out.sleb(lines);
      lines = 0;
    }
    const special = lines - LINE_BASE + LINE_RANGE * steps + OPCODE_BASE;
    if (special <= 255) {
      out.u8(special);
    } else {
      out.u8(LNS.advancePc);
      out.uleb(steps);
      out.u8(lines - LINE_BASE + OPCODE_BASE);
    }
    address = entry.address;
    line = entry.line;
  }
  out.u8(LNS.advancePc);
  out.uleb(Math.floor((sequence.end - address) / unit));
  out.u8(0);
  out.uleb(1);
  out.u8(LNE.endSequence);
}

function lineTable(image: Image, files: Map<string, number>): Uint8Array {
  const list = sequences(image);
  const unit = list.every((s) => s.end % 4 === 0 && s.entries.every((e) => e.address % 4 === 0)) ? 4 : 1;
  const out = new ByteWriter();
  out.u32(0);
  out.u16(LINE_VERSION);
  out.u32(0);
  const afterHeaderLength = out.length;
  out.u8(unit);
  out.u8(1); // default_is_stmt
  out.u8(LINE_BASE & 0xff);
  out.u8(LINE_RANGE);
  out.u8(OPCODE_BASE);
  for (const operands of STANDARD_OPERANDS) out.u8(operands);
  out.u8(0); // no include directories
  for (const file of files.keys()) {
    out.string(file);
    out.uleb(0); // directory, time of change, size: not recorded
    out.uleb(0);
    out.uleb(0);
  }
  out.u8(0);
  out.setU32(afterHeaderLength - 4, out.length - afterHeaderLength);
  for (const sequence of list) writeSequence(out, sequence, unit, files);
  out.setU32(0, out.length - 4);
  return out.toBytes();
}

/** The line that a function begins with: its first entry. */
function declaration(lines: readonly LineEntry[], symbol: ImageSymbol): LineEntry | undefined {
  const first = lines.find((line) => line.address >= symbol.address);
  return first && first.address < symbol.address + symbol.size ? first : undefined;
}

function compileUnit(image: Image, files: ReadonlyMap<string, number>, entries: VariableEntries): Entry {
  const names = [...files.keys()];
  const unit = new Entry(TAG.compileUnit)
    .set(AT.producer, "string", "ppu-emu")
    .set(
      AT.language,
      "data2",
      names.every((name) => /\.[sS]$/.test(name)) ? LANGUAGE.mipsAssembler : LANGUAGE.c99,
    )
    .set(AT.name, "string", names[0] ?? "")
    .set(AT.compDir, "string", ".")
    .set(AT.lowPc, "addr", 0) // base of lists
    .set(AT.ranges, "secOffset", 0)
    .set(AT.stmtList, "secOffset", 0);
  const frameBase = Uint8Array.of(OP.callFrameCfa);
  const functions = image.symbols
    .filter(({ type, size }) => type === "function" && size > 0)
    .map((symbol): Entry | undefined => {
      const known = image.debug?.functions.find(({ address }) => address === symbol.address);
      // Other names of a function that is described are symbols only.
      if (known && known.name !== symbol.name) return undefined;
      // Debuggers ask for functions as the source text calls them.
      const name = image.debug ? plainName(symbol.name) : symbol.name;
      const entry = new Entry(TAG.subprogram).set(AT.name, "string", name);
      entry
        .set(AT.external, "flag", symbol.global ? 1 : 0)
        .set(AT.lowPc, "addr", symbol.address)
        .set(AT.highPc, "addr", symbol.address + symbol.size)
        .set(AT.frameBase, "exprloc", frameBase);
      const place = declaration(image.lines, symbol);
      if (place) {
        entry.set(AT.declFile, "udata", files.get(place.file)!).set(AT.declLine, "udata", place.line);
      }
      return known ? entry.add(...entries.contents(known.body)) : entry;
    })
    .filter((entry) => entry !== undefined);
  const globals = (image.debug?.globals ?? []).map((variable) => entries.global(variable));
  return unit.add(...entries.types, ...entries.origins, ...functions, ...globals);
}

/** Of the unit, at the begin of the range lists. */
function writeUnitRanges(out: ByteWriter, sections: readonly Section[]): void {
  for (const section of sections) {
    out.u32(section.address);
    out.u32(section.address + section.size);
  }
  out.u32(0);
  out.u32(0);
}

function addressRanges(sections: readonly Section[]): Uint8Array {
  const out = new ByteWriter();
  out.u32(0);
  out.u16(2); // version of this table
  out.u32(0); // offset in .debug_info
  out.u8(4);
  out.u8(0);
  out.align(8);
  for (const section of sections) {
    out.u32(section.address);
    out.u32(section.size);
  }
  out.u32(0);
  out.u32(0);
  out.setU32(0, out.length - 4);
  return out.toBytes();
}

const NO_DEBUG: ImageDebug = { sources: [], functions: [], frames: [], globals: [] };

/** Files by their numbers, from 1: those of lines, calls and declarations. */
function fileNumbers(image: Image): Map<string, number> {
  const files = new Map<string, number>();
  const note = (location: SourceLocation | undefined): void => {
    if (location && !files.has(location.file)) files.set(location.file, files.size + 1);
  };
  image.lines.forEach(note);
  for (const { location } of image.debug?.globals ?? []) note(location);
  if (image.debug?.functions.length) for (const { location } of image.debug.sources) note(location);
  return files;
}

/**
 * DWARF 4 of an image: one compilation unit, a subprogram for each function symbol with a size, what the image knows
 * of variables, inlined calls and frames, and the line table. Line entries outside every executable section are left out. Empty
 * when there are neither lines nor functions.
 */
export function writeDwarf(image: Image): DwarfSections {
  const files = fileNumbers(image);
  const code = image.sections.filter((section) => section.executable && section.size > 0);
  const hasFunctions = image.symbols.some((symbol) => symbol.type === "function" && symbol.size > 0);
  if (files.size === 0 && !hasFunctions) return new Map();
  const ranges = new ByteWriter();
  writeUnitRanges(ranges, code);
  const entries = new VariableEntries(image.debug ?? NO_DEBUG, files, ranges);
  const { info, abbreviations } = writeEntries(compileUnit(image, files, entries));
  const sections: [string, Uint8Array][] = [
    [".debug_abbrev", abbreviations],
    [".debug_info", info],
    [".debug_line", lineTable(image, files)],
    [".debug_ranges", ranges.toBytes()],
    [".debug_aranges", addressRanges(code)],
  ];
  if (entries.locations.length > 0) sections.push([".debug_loc", entries.locations.toBytes()]);
  if (image.debug?.frames.length) sections.push([".debug_frame", writeFrames(image.debug.frames)]);
  return new Map(sections);
}
