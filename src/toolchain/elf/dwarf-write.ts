import type { Image, ImageSymbol, LineEntry, Section } from "../image.ts";
import { ByteWriter } from "./bytes.ts";

/** The DWARF sections of an image by name. */
export type DwarfSections = ReadonlyMap<string, Uint8Array>;

const VERSION = 3;
const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPCODE_BASE = 13;
const STANDARD_OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const LNS = { copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, setColumn: 5 };
const LNE = { endSequence: 1, setAddress: 2 };

const TAG = { compileUnit: 0x11, subprogram: 0x2e };
const AT = {
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  language: 0x13,
  compDir: 0x1b,
  producer: 0x25,
  declFile: 0x3a,
  declLine: 0x3b,
  external: 0x3f,
  ranges: 0x55,
};
const FORM = { addr: 0x01, data2: 0x05, data4: 0x06, string: 0x08, flag: 0x0c, udata: 0x0f };
const LANGUAGE = { c99: 0x0c, assembler: 0x8001 };

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
  out.u16(VERSION);
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

function abbreviations(): Uint8Array {
  const out = new ByteWriter();
  const declare = (code: number, tag: number, children: boolean, attributes: [number, number][]) => {
    out.uleb(code);
    out.uleb(tag);
    out.u8(children ? 1 : 0);
    for (const [name, form] of attributes) {
      out.uleb(name);
      out.uleb(form);
    }
    out.u16(0);
  };
  const unit: [number, number][] = [
    [AT.producer, FORM.string],
    [AT.language, FORM.data2],
    [AT.name, FORM.string],
    [AT.compDir, FORM.string],
    [AT.lowPc, FORM.addr],
    [AT.ranges, FORM.data4],
    [AT.stmtList, FORM.data4],
  ];
  const subprogram: [number, number][] = [
    [AT.name, FORM.string],
    [AT.external, FORM.flag],
    [AT.lowPc, FORM.addr],
    [AT.highPc, FORM.addr],
  ];
  declare(1, TAG.compileUnit, true, unit);
  declare(2, TAG.subprogram, false, subprogram);
  declare(3, TAG.subprogram, false, [...subprogram, [AT.declFile, FORM.udata], [AT.declLine, FORM.udata]]);
  out.u8(0);
  return out.toBytes();
}

function debugInfo(image: Image, files: Map<string, number>): Uint8Array {
  const out = new ByteWriter();
  const names = [...files.keys()];
  out.u32(0);
  out.u16(VERSION);
  out.u32(0); // offset in .debug_abbrev
  out.u8(4); // bytes of an address
  out.uleb(1);
  out.string("ppu-emu");
  out.u16(names.every((name) => /\.[sS]$/.test(name)) ? LANGUAGE.assembler : LANGUAGE.c99);
  out.string(names[0] ?? "");
  out.string(".");
  out.u32(0); // base of the range list
  out.u32(0); // offset in .debug_ranges
  out.u32(0); // offset in .debug_line
  for (const symbol of image.symbols) {
    if (symbol.type !== "function" || symbol.size === 0) continue;
    const place = declaration(image.lines, symbol);
    out.uleb(place ? 3 : 2);
    out.string(symbol.name);
    out.u8(symbol.global ? 1 : 0);
    out.u32(symbol.address);
    out.u32(symbol.address + symbol.size);
    if (place) {
      out.uleb(files.get(place.file)!);
      out.uleb(place.line);
    }
  }
  out.u8(0);
  out.setU32(0, out.length - 4);
  return out.toBytes();
}

function ranges(sections: readonly Section[]): Uint8Array {
  const out = new ByteWriter();
  for (const section of sections) {
    out.u32(section.address);
    out.u32(section.address + section.size);
  }
  out.u32(0);
  out.u32(0);
  return out.toBytes();
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

/**
 * DWARF 3 of an image: one compilation unit, a subprogram for each function symbol with a size, and the line table.
 * Line entries outside every executable section are left out. Empty when there are neither lines nor functions.
 */
export function writeDwarf(image: Image): DwarfSections {
  const files = new Map<string, number>();
  for (const line of image.lines) {
    if (!files.has(line.file)) files.set(line.file, files.size + 1);
  }
  const code = image.sections.filter((section) => section.executable && section.size > 0);
  const hasFunctions = image.symbols.some((symbol) => symbol.type === "function" && symbol.size > 0);
  if (files.size === 0 && !hasFunctions) return new Map();
  return new Map([
    [".debug_abbrev", abbreviations()],
    [".debug_info", debugInfo(image, files)],
    [".debug_line", lineTable(image, files)],
    [".debug_ranges", ranges(code)],
    [".debug_aranges", addressRanges(code)],
  ]);
}
