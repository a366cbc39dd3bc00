import type { LineEntry } from "../image.ts";
import { ByteReader } from "./bytes.ts";
import { LNCT, LNE, LNS } from "./dwarf-constants.ts";
import { type DebugSections, type FormEncoding, formText, readForm } from "./dwarf-form.ts";
import { ImageError } from "./image-error.ts";

/** A row of the line table; it holds up to the next row of its sequence. */
export interface LineTableRow {
  readonly address: number;
  /** Number of the file; see `LineTable.path`. */
  readonly file: number;
  /** From 1; 0 = code that belongs to no line. */
  readonly line: number;
  /** From 1; 0 = not known. */
  readonly column: number;
  /** A good place for a breakpoint. */
  readonly isStatement: boolean;
  readonly prologueEnd: boolean;
}

/** Rows of contiguous code in ascending order of addresses. */
export interface LineSequence {
  readonly rows: readonly LineTableRow[];
  /** First address behind the code. */
  readonly end: number;
}

/** The line table of one unit. */
export interface LineTable {
  readonly version: number;
  readonly sequences: readonly LineSequence[];
  /** Path of a file as recorded, relative to the unit's directory unless absolute; "" for a number not used. */
  path(file: number): string;
}

interface FileNames {
  readonly directories: string[];
  readonly files: { name: string; directory: number }[];
  /** Number of the first file and of the first directory: 1 up to version 4, 0 from version 5 on. */
  readonly base: number;
}

function pathOf(names: FileNames, number: number): string {
  const file = names.files[number - names.base];
  if (!file) return "";
  if (file.name.startsWith("/") || file.directory === 0) return file.name;
  const directory = names.directories[file.directory - names.base];
  return directory ? `${directory}/${file.name}` : file.name;
}

function readFileNames(header: ByteReader): FileNames {
  const names: FileNames = { directories: [], files: [], base: 1 };
  for (let name = header.string(); name !== ""; name = header.string()) names.directories.push(name);
  for (let name = header.string(); name !== ""; name = header.string()) {
    const directory = header.uleb();
    header.uleb();
    header.uleb();
    names.files.push({ name, directory });
  }
  return names;
}

/** The self-describing tables of version 5. */
function readEntries5(
  header: ByteReader,
  encoding: FormEncoding,
  sections: DebugSections,
): { name: string; directory: number }[] {
  const format: [number, number][] = [];
  for (let n = header.u8(); n > 0; n--) format.push([header.uleb(), header.uleb()]);
  const entries = [];
  for (let n = header.uleb(); n > 0; n--) {
    if (header.atEnd) break;
    let name = "";
    let directory = 0;
    for (const [content, form] of format) {
      const value = readForm(header, form, encoding);
      if (content === LNCT.path) name = formText(form, value, sections) ?? "";
      else if (content === LNCT.directoryIndex) directory = Number(value);
    }
    entries.push({ name, directory });
  }
  return entries;
}

function readNames5(header: ByteReader, encoding: FormEncoding, sections: DebugSections): FileNames {
  const directories = readEntries5(header, encoding, sections).map((entry) => entry.name);
  return { directories, files: readEntries5(header, encoding, sections), base: 0 };
}

interface Program {
  readonly unitBytes: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Number of operands of the standard operations, by opcode. */
  readonly operands: readonly number[];
}

const FIRST_ROW: LineTableRow = {
  address: 0,
  file: 1,
  line: 1,
  column: 0,
  isStatement: true,
  prologueEnd: false,
};

/** Runs the line number program; calls `define` for files that it adds. A damaged end loses only what follows. */
function runProgram(
  reader: ByteReader,
  program: Program,
  define: (name: string, directory: number) => void,
): LineSequence[] {
  const sequences: LineSequence[] = [];
  const start = { ...FIRST_ROW, isStatement: program.defaultIsStatement };
  let state = { ...start };
  let rows: LineTableRow[] = [];
  const advance = (operations: number) => {
    state.address = (state.address + operations * program.unitBytes) >>> 0;
  };
  const emit = () => {
    rows.push({ ...state });
    state.prologueEnd = false;
  };
  const finish = () => {
    if (rows.length > 0) {
      sequences.push({ rows: rows.sort((a, b) => a.address - b.address), end: state.address });
    }
    rows = [];
    state = { ...start };
  };
  const extended = () => {
    const length = reader.uleb();
    if (length === 0) return;
    const body = reader.part(length, "DWARF line operation");
    const operation = body.u8();
    if (operation === LNE.endSequence) finish();
    else if (operation === LNE.setAddress && length === 5) state.address = body.u32();
    else if (operation === LNE.defineFile) define(body.string(), body.uleb());
  };
  const standard = (opcode: number) => {
    switch (opcode) {
      case LNS.copy:
        emit();
        break;
      case LNS.advancePc:
        advance(reader.uleb());
        break;
      case LNS.advanceLine:
        state.line += reader.sleb();
        break;
      case LNS.setFile:
        state.file = reader.uleb();
        break;
      case LNS.setColumn:
        state.column = reader.uleb();
        break;
      case LNS.negateStmt:
        state.isStatement = !state.isStatement;
        break;
      case LNS.constAddPc:
        advance(Math.floor((255 - program.opcodeBase) / program.lineRange));
        break;
      case LNS.fixedAdvancePc:
        state.address = (state.address + reader.u16()) >>> 0;
        break;
      case LNS.setPrologueEnd:
        state.prologueEnd = true;
        break;
      default:
        for (let n = program.operands[opcode]; n > 0; n--) reader.uleb();
    }
  };
  try {
    while (!reader.atEnd) {
      const opcode = reader.u8();
      if (opcode >= program.opcodeBase) {
        const adjusted = opcode - program.opcodeBase;
        advance(Math.floor(adjusted / program.lineRange));
        state.line += program.lineBase + (adjusted % program.lineRange);
        emit();
      } else if (opcode === 0) extended();
      else standard(opcode);
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  finish();
  return sequences;
}

/**
 * The line table at an offset of `.debug_line` (DWARF 2 to 5) and the offset behind it. Throws ImageError where its
 * header is damaged or of another kind; `next` of the 32-bit format is then still the place to go on.
 */
export function readLineTable(
  sections: DebugSections,
  offset: number,
): { readonly table: LineTable | undefined; readonly next: number } {
  const section = sections.get(".debug_line") ?? new Uint8Array(0);
  const reader = new ByteReader(section, "DWARF line table");
  reader.offset = offset;
  const length = reader.u32();
  if (length >= 0xffff_fff0) throw new ImageError("DWARF line table in the 64-bit format is not supported");
  const unit = reader.part(length, "DWARF line table");
  return { table: readUnit(unit, sections), next: reader.offset };
}

function readUnit(unit: ByteReader, sections: DebugSections): LineTable | undefined {
  const version = unit.u16();
  if (version < 2 || version > 5) return undefined;
  const encoding: FormEncoding = { version, offsetBytes: 4, addressBytes: version === 5 ? unit.u8() : 4 };
  if (encoding.addressBytes !== 4) return undefined;
  if (version === 5) unit.u8(); // segment selector bytes
  const header = unit.part(unit.u32(), "DWARF line table header");
  const unitBytes = header.u8();
  if (version >= 4) header.u8(); // operations of a VLIW instruction: one on this machine
  const defaultIsStatement = header.u8() !== 0;
  const lineBase = header.i8();
  const lineRange = header.u8();
  const opcodeBase = header.u8();
  if (lineRange === 0) return undefined;
  const operands = [0];
  for (let n = 1; n < opcodeBase; n++) operands.push(header.u8());
  const names = version === 5 ? readNames5(header, encoding, sections) : readFileNames(header);
  const program = { unitBytes, defaultIsStatement, lineBase, lineRange, opcodeBase, operands };
  const sequences = runProgram(unit, program, (name, directory) => names.files.push({ name, directory }));
  const paths = new Map<number, string>();
  const path = (number: number): string => {
    let text = paths.get(number);
    if (text === undefined) paths.set(number, (text = pathOf(names, number)));
    return text;
  };
  return { version, sequences, path };
}

/** All readable line tables, with their offsets in `.debug_line`; reading ends quietly at the first damaged header. */
export function readLineTables(sections: DebugSections): Map<number, LineTable> {
  const tables = new Map<number, LineTable>();
  const bytes = sections.get(".debug_line")?.length ?? 0;
  try {
    for (let offset = 0; offset < bytes; ) {
      const { table, next } = readLineTable(sections, offset);
      if (table) tables.set(offset, table);
      offset = next;
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  return tables;
}

/** Line entries of all tables, sorted by address: those that belong to a line of a named file. */
export function lineEntries(sections: DebugSections): LineEntry[] {
  const entries: LineEntry[] = [];
  for (const table of readLineTables(sections).values()) {
    for (const { rows } of table.sequences) {
      for (const { address, file: number, line, column } of rows) {
        const file = table.path(number);
        if (file !== "" && line > 0) entries.push({ address, file, line, column });
      }
    }
  }
  return entries.sort((a, b) => a.address - b.address);
}
