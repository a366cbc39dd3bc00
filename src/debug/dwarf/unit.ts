import { ByteReader } from "../../toolchain/elf/bytes.ts";
import { AT, FORM, UNIT_TYPE } from "../../toolchain/elf/dwarf-constants.ts";
import {
  type DebugSections,
  type FormEncoding,
  formText,
  readForm,
  readOffset,
  readU64,
} from "../../toolchain/elf/dwarf-form.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";
import type { LineTable } from "../../toolchain/elf/line-table.ts";
import { type Abbreviation, readAbbreviations } from "./abbreviations.ts";
import { type Attribute, Die, isAddressForm } from "./die.ts";
import type { DebugInfo } from "./info.ts";
import { locationAt } from "./locations.ts";
import { type AddressRange, readRanges } from "./ranges.ts";

export interface UnitHeader {
  /** Section it lies in: `.debug_info` or `.debug_types`. */
  readonly section: string;
  readonly offset: number;
  readonly end: number;
  readonly encoding: FormEncoding;
  readonly unitType: number;
  readonly abbreviationsAt: number;
  /** Type units: signature and offset of the type in the unit. */
  readonly signature?: bigint;
  readonly typeOffset?: number;
  /** Offset of the first entry. */
  readonly entriesAt: number;
}

/** Reads the header of the unit at the reader's offset and moves to the next unit. Throws ImageError. */
export function readUnitHeader(reader: ByteReader, section: string): UnitHeader | undefined {
  const offset = reader.offset;
  let length: number = reader.u32();
  const offsetBytes = length === 0xffff_ffff ? 8 : 4;
  if (offsetBytes === 8) length = Number(readU64(reader));
  const end = reader.offset + length;
  if (end > reader.bytes.length) {
    throw new ImageError(`${section}: the unit at ${offset} ends at ${end}, behind the section`);
  }
  const version = reader.u16();
  let unitType: number = section === ".debug_types" ? UNIT_TYPE.type : UNIT_TYPE.compile;
  let addressBytes = 4;
  let abbreviationsAt = 0;
  const encoding = () => ({ version, offsetBytes, addressBytes }) as const;
  if (version < 2 || version > 5) {
    reader.offset = end;
    return undefined;
  }
  if (version === 5) {
    unitType = reader.u8();
    addressBytes = reader.u8();
    abbreviationsAt = readOffset(reader, encoding());
  } else {
    abbreviationsAt = readOffset(reader, encoding());
    addressBytes = reader.u8();
  }
  let type = {};
  if (unitType === UNIT_TYPE.type || unitType === UNIT_TYPE.splitType) {
    type = { signature: BigInt(readU64(reader)), typeOffset: readOffset(reader, encoding()) };
  } else if (unitType === UNIT_TYPE.skeleton || unitType === UNIT_TYPE.splitCompile) readU64(reader);
  const entriesAt = reader.offset;
  reader.offset = end;
  return {
    section,
    offset,
    end,
    encoding: encoding(),
    unitType,
    abbreviationsAt,
    ...type,
    entriesAt,
  };
}

/** A unit of debugging information; its entries are read when they are asked for. */
export class Unit {
  readonly info: DebugInfo;
  readonly header: UnitHeader;
  #root: Die | undefined;
  readonly #ranges = new Map<Die, readonly AddressRange[]>();
  #entries: Map<number, Die> | undefined;
  #abbreviations: ReadonlyMap<number, Abbreviation> | undefined;

  constructor(info: DebugInfo, header: UnitHeader) {
    this.info = info;
    this.header = header;
  }

  get sections(): DebugSections {
    return this.info.sections;
  }

  get version(): number {
    return this.header.encoding.version;
  }

  /** The unit's own entry, without its children as long as only it was asked for; undefined when damaged. */
  get top(): Die | undefined {
    if (!this.#root) {
      try {
        this.#root = this.readEntry(this.reader(), undefined)?.die;
      } catch (error) {
        this.info.note(error, this.header);
      }
    }
    return this.#root;
  }

  /** All entries by offset, with their children; those in front of a damaged place. */
  get entries(): ReadonlyMap<number, Die> {
    this.#entries ??= this.readEntries();
    return this.#entries;
  }

  /** The unit's own entry with all below it. */
  get tree(): Die | undefined {
    return this.entries.get(this.header.entriesAt);
  }

  private reader(): ByteReader {
    const bytes = this.sections.get(this.header.section)!.subarray(0, this.header.end);
    const reader = new ByteReader(bytes, `unit at ${this.header.offset} of ${this.header.section}`);
    reader.offset = this.header.entriesAt;
    return reader;
  }

  private readEntry(reader: ByteReader, parent: Die | undefined) {
    this.#abbreviations ??= readAbbreviations(
      this.sections.get(".debug_abbrev") ?? new Uint8Array(0),
      this.header.abbreviationsAt,
    );
    const { encoding } = this.header;
    const offset = reader.offset;
    const code = reader.uleb();
    if (code === 0) return undefined;
    const abbreviation = this.#abbreviations.get(code);
    if (!abbreviation) throw new ImageError(`entry at ${offset} has the unknown abbreviation ${code}`);
    const attributes = abbreviation.attributes.map(({ form, implicit }): Attribute => {
      let actual = form;
      if (form === FORM.indirect) actual = reader.uleb();
      const stored = actual === FORM.implicitConst && form === FORM.indirect ? reader.sleb() : implicit;
      return { form: actual, value: readForm(reader, actual, encoding, stored) };
    });
    const die = new Die(this, offset, abbreviation.tag, parent, abbreviation.attributes, attributes);
    return { die, hasChildren: abbreviation.hasChildren };
  }

  private readEntries(): Map<number, Die> {
    const entries = new Map<number, Die>();
    try {
      const reader = this.reader();
      let parent: Die | undefined;
      while (!reader.atEnd) {
        const entry = this.readEntry(reader, parent);
        if (!entry) {
          if (!parent) break;
          parent = parent.parent;
        } else {
          entries.set(entry.die.offset, entry.die);
          parent?.children.push(entry.die);
          if (entry.hasChildren) parent = entry.die;
        }
        if (!parent) break;
      }
    } catch (error) {
      this.info.note(error, this.header);
    }
    return entries;
  }

  /** Line table that the unit's file numbers refer to. */
  get lines(): LineTable | undefined {
    const offset = this.top?.number(AT.stmtList);
    return offset === undefined ? undefined : this.info.lineTables.get(offset);
  }

  get directory(): string | undefined {
    return this.top?.text(AT.compDir);
  }

  /** Base of addresses in range and location lists. */
  get base(): number {
    return this.top?.address(AT.lowPc) ?? 0;
  }

  text(attribute: Attribute): string | undefined {
    const { form, value } = attribute;
    if (form !== FORM.strx && !(form >= FORM.strx1 && form <= FORM.strx4)) {
      return formText(form, value, this.sections);
    }
    const offset = this.tableEntry(".debug_str_offsets", AT.strOffsetsBase, Number(value));
    return offset === undefined ? undefined : formText(FORM.strp, offset, this.sections);
  }

  address(attribute: Attribute): number | undefined {
    if (!isAddressForm(attribute.form)) return undefined;
    if (attribute.form === FORM.addr) return Number(attribute.value);
    return this.indexedAddress(Number(attribute.value));
  }

  /** Entry of `.debug_addr`. */
  indexedAddress(index: number): number | undefined {
    return this.tableEntry(".debug_addr", AT.addrBase, index);
  }

  private tableEntry(name: string, base: number, index: number): number | undefined {
    const section = this.sections.get(name);
    const { offsetBytes, addressBytes } = this.header.encoding;
    const bytes = base === AT.addrBase ? addressBytes : offsetBytes;
    const at = (this.top?.number(base) ?? 8) + index * bytes;
    if (!section || at + bytes > section.length) return undefined;
    const reader = new ByteReader(section, name);
    reader.offset = at;
    return bytes === 8 ? Number(readU64(reader)) : reader.u32();
  }

  /** The entry that a reference means. */
  resolve({ form, value }: Attribute): Die | undefined {
    if (form === FORM.refSig8) return this.info.typeOf(BigInt(value as number | bigint));
    if (form === FORM.refAddr) return this.info.entryAt(".debug_info", Number(value));
    const isLocal =
      form === FORM.ref1 ||
      form === FORM.ref2 ||
      form === FORM.ref4 ||
      form === FORM.ref8 ||
      form === FORM.refUdata;
    return isLocal ? this.entries.get(this.header.offset + Number(value)) : undefined;
  }

  /** Entry of this unit at an offset from its begin, as location expressions name base types. */
  entryAt(offset: number): Die | undefined {
    return this.entries.get(this.header.offset + offset);
  }

  /** Addresses of the code of an entry of this unit, sorted; empty when it has none. */
  ranges(die: Die): readonly AddressRange[] {
    let ranges = this.#ranges.get(die);
    if (!ranges) {
      try {
        ranges = readRanges(die);
      } catch (error) {
        this.info.note(error, this.header);
        ranges = [];
      }
      this.#ranges.set(die, ranges);
    }
    return ranges;
  }

  /** Location expression of an attribute at an address; undefined when there is none. */
  location(die: Die, name: number, pc: number | undefined): Uint8Array | undefined {
    try {
      return locationAt(die, name, pc);
    } catch (error) {
      this.info.note(error, this.header);
      return undefined;
    }
  }
}
