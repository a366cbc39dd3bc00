/** Debugging information entries as a tree, written as `.debug_info` and `.debug_abbrev` (DWARF 4). */
import { ByteWriter } from "./bytes.ts";
import { FORM } from "./dwarf-constants.ts";

type FormName =
  | "addr"
  | "data1"
  | "data2"
  | "data4"
  | "string"
  | "flag"
  | "sdata"
  | "udata"
  | "ref4"
  | "secOffset"
  | "exprloc";

type AttributeValue = number | string | Uint8Array | Entry;

export class Entry {
  readonly tag: number;
  readonly attributes: [name: number, form: FormName, value: AttributeValue][] = [];
  readonly children: Entry[] = [];

  constructor(tag: number) {
    this.tag = tag;
  }

  set(name: number, form: FormName, value: AttributeValue): this {
    this.attributes.push([name, form, value]);
    return this;
  }

  add(...children: Entry[]): this {
    this.children.push(...children);
    return this;
  }
}

export const DWARF_VERSION = 4;

/** Writes a unit, which begins at offset 0 of both sections. */
export function writeEntries(unit: Entry): { info: Uint8Array; abbreviations: Uint8Array } {
  const info = new ByteWriter();
  const abbreviations = new ByteWriter();
  const codes = new Map<string, number>();
  const offsets = new Map<Entry, number>();
  const references: [at: number, to: Entry][] = [];

  const codeOf = (entry: Entry): number => {
    const shape = entry.attributes.map(([name, form]) => `${name}:${form}`).join(",");
    const key = `${entry.tag}|${entry.children.length > 0}|${shape}`;
    const known = codes.get(key);
    if (known !== undefined) return known;
    const code = codes.size + 1;
    codes.set(key, code);
    abbreviations.uleb(code);
    abbreviations.uleb(entry.tag);
    abbreviations.u8(entry.children.length > 0 ? 1 : 0);
    for (const [name, form] of entry.attributes) {
      abbreviations.uleb(name);
      abbreviations.uleb(FORM[form]);
    }
    abbreviations.u16(0);
    return code;
  };
  const writeValue = (form: FormName, value: AttributeValue): void => {
    if (value instanceof Entry) {
      references.push([info.length, value]);
      info.u32(0);
    } else if (typeof value === "string") info.string(value);
    else if (typeof value !== "number") {
      info.uleb(value.length);
      info.bytes(value);
    } else if (form === "udata") info.uleb(value);
    else if (form === "sdata") info.sleb(value);
    else if (form === "data1" || form === "flag") info.u8(value);
    else if (form === "data2") info.u16(value);
    else info.u32(value);
  };
  const write = (entry: Entry): void => {
    offsets.set(entry, info.length);
    info.uleb(codeOf(entry));
    for (const [, form, value] of entry.attributes) writeValue(form, value);
    if (entry.children.length === 0) return;
    for (const child of entry.children) write(child);
    info.u8(0);
  };

  info.u32(0);
  info.u16(DWARF_VERSION);
  info.u32(0); // offset in .debug_abbrev
  info.u8(4); // bytes of an address
  write(unit);
  info.setU32(0, info.length - 4);
  for (const [at, to] of references) info.setU32(at, offsets.get(to)!);
  abbreviations.u8(0);
  return { info: info.toBytes(), abbreviations: abbreviations.toBytes() };
}
