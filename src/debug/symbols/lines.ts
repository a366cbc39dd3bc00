import { posix } from "node:path";
import { AT } from "../../toolchain/elf/dwarf-constants.ts";
import type { LineTable, LineTableRow } from "../../toolchain/elf/line-table.ts";
import type { Image, SourceLocation } from "../../toolchain/image.ts";
import { indexBehind } from "../../toolchain/symbols.ts";
import type { DebugInfo } from "../dwarf/info.ts";
import { endsInPath, normalized } from "./sources.ts";
import type { LineRow } from "./types.ts";

/** A row with what only breakpoints need; rows without code (`low` = `high`) are kept for them too. */
export interface IndexedRow extends LineRow {
  readonly prologueEnd: boolean;
}

const lowOf = ({ low }: IndexedRow): number => low;

interface SourceFile {
  readonly name: string;
  /** With the directory in which it was compiled, where that is known. */
  readonly recorded: string;
  readonly rows: IndexedRow[];
}

/** Address to source line and back. */
export class LineIndex {
  private readonly byName = new Map<string, SourceFile>();
  private readonly byRecorded = new Map<string, SourceFile>();
  /** Rows with code, sorted by address. */
  private readonly rows: readonly IndexedRow[];

  constructor(info: DebugInfo, image: Image) {
    const directories = new Map<number, string>();
    for (const unit of info.units) {
      const offset = unit.top?.number(AT.stmtList);
      if (offset !== undefined && unit.directory !== undefined) directories.set(offset, unit.directory);
    }
    const executable = image.sections.filter((section) => section.executable);
    const isCode = (address: number) =>
      executable.some((section) => address >= section.address && address < section.address + section.size);
    const rows: IndexedRow[] = [];
    for (const [offset, table] of info.lineTables) {
      for (const { rows: sequence, end } of table.sequences) {
        if (isCode(sequence[0].address))
          this.addSequence(table, directories.get(offset), sequence, end, rows);
      }
    }
    this.rows = rows.sort((a, b) => a.low - b.low);
    for (const file of this.byName.values()) file.rows.sort((a, b) => a.low - b.low);
  }

  private addSequence(
    table: LineTable,
    directory: string | undefined,
    sequence: readonly LineTableRow[],
    end: number,
    covering: IndexedRow[],
  ): void {
    for (let first = 0; first < sequence.length; ) {
      const { address } = sequence[first];
      let next = first + 1;
      while (next < sequence.length && sequence[next].address === address) next++;
      const high = next < sequence.length ? sequence[next].address : end;
      const group = sequence.slice(first, next);
      const chosen = governing(group);
      for (const row of group) {
        const path = row.line > 0 ? table.path(row.file) : "";
        if (path === "") continue;
        const file = this.file(path, directory);
        const { line, column, isStatement, prologueEnd } = row;
        const indexed: IndexedRow = {
          file: file.name,
          line,
          column,
          isStatement,
          prologueEnd,
          low: address,
          high: row === chosen ? high : address,
        };
        file.rows.push(indexed);
        if (row === chosen && high > address) covering.push(indexed);
      }
      first = next;
    }
  }

  private file(path: string, directory: string | undefined): SourceFile {
    const recorded = normalized(directory === undefined ? path : posix.resolve("/", directory, path));
    const isRelative = directory === undefined || !directory.startsWith("/");
    const key = isRelative && !path.startsWith("/") ? normalized(path) : recorded;
    const known = this.byRecorded.get(key);
    if (known) return known;
    const short = normalized(path);
    const name = this.byName.has(short) ? key : short;
    const file: SourceFile = { name, recorded: key, rows: [] };
    this.byRecorded.set(key, file);
    this.byName.set(name, file);
    return file;
  }

  get files(): readonly string[] {
    return [...this.byName.keys()];
  }

  /** Name in `files` of a path as a unit records it. */
  nameOf(path: string, directory: string | undefined): string {
    return this.file(path, directory).name;
  }

  /** Path of a file with the directory in which it was compiled. */
  recorded(name: string): string {
    return this.byName.get(name)?.recorded ?? name;
  }

  find(name: string): readonly string[] {
    const exact = this.byName.get(name);
    if (exact) return [exact.name];
    const end = normalized(name);
    return [...this.byName.values()]
      .filter((file) => endsInPath(file.name, end) || endsInPath(file.recorded, end))
      .map((file) => file.name);
  }

  /** Row that covers an address. */
  rowAt(address: number): IndexedRow | undefined {
    const index = indexBehind(this.rows, address, lowOf) - 1;
    const row = this.rows[index];
    return row && address < row.high ? row : undefined;
  }

  sourceAt(address: number): SourceLocation | undefined {
    const row = this.rowAt(address);
    return row && { file: row.file, line: row.line, column: row.column };
  }

  /** Rows with code that begin in a range, in order. */
  rowsWithin(low: number, high: number): readonly IndexedRow[] {
    return this.rows.slice(indexBehind(this.rows, low - 1, lowOf), indexBehind(this.rows, high - 1, lowOf));
  }

  rowsOfFile(name: string): readonly IndexedRow[] {
    return this.byName.get(name)?.rows ?? [];
  }
}

/** Of rows at one address the last one holds; one that is a statement wins over later ones that are not. */
function governing(group: readonly LineTableRow[]): LineTableRow {
  const last = group[group.length - 1];
  if (last.isStatement) return last;
  for (let n = group.length - 2; n >= 0 && group[n].line > 0; n--) if (group[n].isStatement) return group[n];
  return last;
}
