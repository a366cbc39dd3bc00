import { ByteReader } from "../../toolchain/elf/bytes.ts";
import type { DebugSections } from "../../toolchain/elf/dwarf-form.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";
import { type LineTable, readLineTables } from "../../toolchain/elf/line-table.ts";
import type { Die } from "./die.ts";
import { readUnitHeader, Unit, type UnitHeader } from "./unit.ts";

/** Problems kept; a damaged file could name thousands. */
const MOST_PROBLEMS = 20;

/** The debugging information of a program (DWARF 2 to 5). Damaged parts are left out and named in `problems`. */
export class DebugInfo {
  readonly sections: DebugSections;
  readonly units: readonly Unit[];
  readonly problems: string[] = [];
  #lineTables: Map<number, LineTable> | undefined;
  #types: Map<bigint, Unit> | undefined;

  constructor(sections: DebugSections) {
    this.sections = sections;
    this.units = [".debug_info", ".debug_types"].flatMap((name) => this.readUnits(name));
  }

  /** Remembers that something could not be read; other errors than of damaged input go on. */
  note(error: unknown, where?: UnitHeader): void {
    if (!(error instanceof ImageError)) throw error;
    const text = where ? `${where.section}, unit at ${where.offset}: ${error.message}` : error.message;
    if (this.problems.length < MOST_PROBLEMS && !this.problems.includes(text)) this.problems.push(text);
  }

  private readUnits(name: string): Unit[] {
    const section = this.sections.get(name);
    if (!section) return [];
    const units: Unit[] = [];
    const reader = new ByteReader(section, name);
    try {
      while (!reader.atEnd) {
        const header = readUnitHeader(reader, name);
        if (header) units.push(new Unit(this, header));
      }
    } catch (error) {
      this.note(error);
    }
    return units;
  }

  /** Line tables by their offset in `.debug_line`. */
  get lineTables(): ReadonlyMap<number, LineTable> {
    this.#lineTables ??= readLineTables(this.sections);
    return this.#lineTables;
  }

  /** The entry at an offset of a section. */
  entryAt(section: string, offset: number): Die | undefined {
    const unit = this.units.find(
      ({ header }) => header.section === section && offset >= header.offset && offset < header.end,
    );
    return unit?.entries.get(offset);
  }

  /** The type that a type unit defines. */
  typeOf(signature: bigint): Die | undefined {
    if (!this.#types) {
      this.#types = new Map();
      for (const unit of this.units) {
        if (unit.header.signature !== undefined) this.#types.set(unit.header.signature, unit);
      }
    }
    const unit = this.#types.get(signature);
    return unit?.entryAt(unit.header.typeOffset ?? 0);
  }
}
