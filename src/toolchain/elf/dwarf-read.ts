import type { LineEntry } from "../image.ts";
import { ByteReader } from "./bytes.ts";
import { ImageError } from "./image-error.ts";

interface FileTable {
  readonly directories: string[];
  readonly files: { name: string; directory: number }[];
  /** Number of the first file and of the first directory: 1 up to version 4, 0 from version 5 on. */
  readonly base: number;
}

interface Strings {
  readonly line?: Uint8Array;
  readonly debug?: Uint8Array;
}

function pathOf(table: FileTable, number: number): string {
  const file = table.files[number - table.base];
  if (!file) return "";
  if (file.name.startsWith("/") || file.directory === 0) return file.name;
  const directory = table.directories[file.directory - table.base];
  return directory ? `${directory}/${file.name}` : file.name;
}

function readFileTable(header: ByteReader): FileTable {
  const table: FileTable = { directories: [], files: [], base: 1 };
  for (let name = header.string(); name !== ""; name = header.string()) table.directories.push(name);
  for (let name = header.string(); name !== ""; name = header.string()) {
    const directory = header.uleb();
    header.uleb();
    header.uleb();
    table.files.push({ name, directory });
  }
  return table;
}

const CONTENT = { path: 1, directory: 2 };

function readForm(header: ByteReader, form: number, strings: Strings): string | number {
  const text = (section: Uint8Array | undefined): string => {
    const reader = new ByteReader(section ?? new Uint8Array(0), "DWARF strings");
    reader.offset = header.u32();
    return reader.atEnd ? "" : reader.string();
  };
  switch (form) {
    case 0x08: // string
      return header.string();
    case 0x1f: // line_strp
      return text(strings.line);
    case 0x0e: // strp
      return text(strings.debug);
    case 0x0b: // data1
      return header.u8();
    case 0x05: // data2
      return header.u16();
    case 0x06: // data4
      return header.u32();
    case 0x0f: // udata
      return header.uleb();
    case 0x1e: // data16
      header.skip(16);
      return 0;
    default:
      throw new ImageError(`DWARF line table uses form 0x${form.toString(16)}, which is not known`);
  }
}

/** The self-describing tables of version 5. */
function readEntryTable5(header: ByteReader, strings: Strings): { name: string; directory: number }[] {
  const format: [number, number][] = [];
  for (let n = header.u8(); n > 0; n--) format.push([header.uleb(), header.uleb()]);
  const entries = [];
  for (let n = header.uleb(); n > 0; n--) {
    if (format.length === 0) break;
    let name = "";
    let directory = 0;
    for (const [content, form] of format) {
      const value = readForm(header, form, strings);
      if (content === CONTENT.path) name = String(value);
      else if (content === CONTENT.directory) directory = Number(value);
    }
    entries.push({ name, directory });
  }
  return entries;
}

/** Runs the line number program of one unit and appends its rows. */
function readUnit(unit: ByteReader, strings: Strings, rows: LineEntry[]): void {
  const version = unit.u16();
  if (version < 2 || version > 5) return;
  if (version === 5) {
    if (unit.u8() !== 4) return;
    unit.u8(); // segment selector bytes
  }
  const header = unit.part(unit.u32(), "DWARF line table header");
  const unitBytes = header.u8();
  if (version >= 4) header.u8(); // operations of a VLIW instruction: one on this machine
  header.u8(); // default_is_stmt
  const lineBase = header.i8();
  const lineRange = header.u8();
  const opcodeBase = header.u8();
  if (lineRange === 0) return;
  const operands = [0];
  for (let n = 1; n < opcodeBase; n++) operands.push(header.u8());
  let table: FileTable;
  if (version === 5) {
    const directories = readEntryTable5(header, strings).map((entry) => entry.name);
    table = { directories, files: readEntryTable5(header, strings), base: 0 };
  } else {
    table = readFileTable(header);
  }
  const paths = new Map<number, string>();
  const path = (number: number): string => {
    let text = paths.get(number);
    if (text === undefined) paths.set(number, (text = pathOf(table, number)));
    return text;
  };

  let address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  const emit = () => {
    const name = path(file);
    if (name !== "" && line > 0) rows.push({ address: address >>> 0, file: name, line, column });
  };
  while (!unit.atEnd) {
    const opcode = unit.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += Math.floor(adjusted / lineRange) * unitBytes;
      line += lineBase + (adjusted % lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = unit.uleb();
        if (length === 0) break;
        const body = unit.part(length, "DWARF line operation");
        const operation = body.u8();
        if (operation === 1) {
          address = 0;
          file = 1;
          line = 1;
          column = 0;
        } else if (operation === 2 && length === 5) {
          address = body.u32();
        } else if (operation === 3) {
          const name = body.string();
          table.files.push({ name, directory: body.uleb() });
        }
        break;
      }
      case 1:
        emit();
        break;
      case 2:
        address += unit.uleb() * unitBytes;
        break;
      case 3:
        line += unit.sleb();
        break;
      case 4:
        file = unit.uleb();
        break;
      case 5:
        column = unit.uleb();
        break;
      case 8:
        address += Math.floor((255 - opcodeBase) / lineRange) * unitBytes;
        break;
      case 9:
        address += unit.u16();
        break;
      default:
        for (let n = operands[opcode]; n > 0; n--) unit.uleb();
    }
  }
}

/**
 * Line entries of a `.debug_line` section (DWARF 2 to 5, 32-bit format), sorted by address. Debugging information
 * never stops a program from loading: reading ends quietly at the first damaged unit.
 */
export function readLineTable(section: Uint8Array, strings: Strings = {}): LineEntry[] {
  const rows: LineEntry[] = [];
  const reader = new ByteReader(section, "DWARF line table");
  try {
    while (!reader.atEnd) {
      const length = reader.u32();
      readUnit(reader.part(length, "DWARF line table"), strings, rows);
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
  }
  return rows.sort((a, b) => a.address - b.address);
}
