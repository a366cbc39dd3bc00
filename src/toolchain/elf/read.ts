import type { Image, ImageSymbol, Section } from "../image.ts";
import { ByteReader, textAt } from "./bytes.ts";
import {
  FILE_TYPE,
  INDEX_RESERVED,
  INDEX_UNDEFINED,
  MACHINE_PPC,
  SECTION_FLAG,
  SECTION_TYPE,
  SEGMENT_FLAG,
  SEGMENT_LOAD,
  SYMBOL_BINDING,
  SYMBOL_BYTES,
  SYMBOL_TYPE,
} from "./constants.ts";
import type { DebugSections } from "./dwarf-form.ts";
import { ImageError } from "./image-error.ts";
import { lineEntries } from "./line-table.ts";
import { checkSections } from "./sections.ts";

interface RawSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly align: number;
}

interface Header {
  readonly entry: number;
  readonly segmentsAt: number;
  readonly segmentBytes: number;
  readonly segments: number;
  readonly sectionsAt: number;
  readonly sectionBytes: number;
  readonly sections: number;
  readonly names: number;
}

/** Whether a file begins like an ELF file of any kind. */
export function isElf(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46
  );
}

function readHeader(bytes: Uint8Array, name: string): Header {
  if (!isElf(bytes)) throw new ImageError(`${name}: not an ELF file`);
  const reader = new ByteReader(bytes, `${name}: ELF header`);
  reader.skip(4);
  if (reader.u8() !== 1) throw new ImageError(`${name}: not a 32-bit ELF file; the PPU needs ELF32`);
  if (reader.u8() !== 2) throw new ImageError(`${name}: a little-endian ELF file; the PPU needs big endian`);
  reader.skip(10);
  const type = reader.u16();
  const machine = reader.u16();
  if (machine !== MACHINE_PPC) {
    throw new ImageError(`${name}: ELF file of machine ${machine}; the PPU needs PowerPC (${MACHINE_PPC})`);
  }
  if (type === FILE_TYPE.relocatable) {
    throw new ImageError(`${name}: an object file; link it to an executable first`);
  }
  if (type !== FILE_TYPE.executable) {
    throw new ImageError(
      `${name}: ELF file of type ${type}; the PPU needs a static executable (${FILE_TYPE.executable})`,
    );
  }
  reader.skip(4);
  const entry = reader.u32();
  const segmentsAt = reader.u32();
  const sectionsAt = reader.u32();
  reader.skip(6);
  const segmentBytes = reader.u16();
  const segments = reader.u16();
  const sectionBytes = reader.u16();
  const sections = reader.u16();
  const names = reader.u16();
  return { entry, segmentsAt, segmentBytes, segments, sectionsAt, sectionBytes, sections, names };
}

const nameAt = (table: Uint8Array, offset: number): string => textAt(table, offset)?.text ?? "";

function readRawSections(bytes: Uint8Array, header: Header, file: string): RawSection[] {
  const raw: (Omit<RawSection, "name"> & { nameOffset: number })[] = [];
  if (header.sections > 0 && header.sectionBytes < 40) {
    throw new ImageError(`${file}: section headers of ${header.sectionBytes} bytes; ELF32 has 40`);
  }
  const reader = new ByteReader(bytes, `${file}: section header table`);
  for (let i = 0; i < header.sections; i++) {
    reader.offset = header.sectionsAt + i * header.sectionBytes;
    const [nameOffset, type, flags, address, offset, size, link] = Array.from({ length: 7 }, () =>
      reader.u32(),
    );
    reader.skip(4);
    raw.push({ nameOffset, type, flags, address, offset, size, link, align: reader.u32() });
  }
  if (raw.length > 0 && header.names >= raw.length) {
    throw new ImageError(
      `${file}: nothing to load: names of sections are in section ${header.names} of ${raw.length}`,
    );
  }
  const names = raw[header.names];
  const table = names ? contents(bytes, { ...names, name: "names of sections" }, file) : new Uint8Array(0);
  return raw.map(({ nameOffset, ...rest }) => ({ ...rest, name: nameAt(table, nameOffset) }));
}

/** The bytes of a section, not copied. */
function contents(bytes: Uint8Array, section: RawSection, file: string): Uint8Array {
  if (section.type === SECTION_TYPE.nobits) return new Uint8Array(0);
  const end = section.offset + section.size;
  if (end > bytes.length) {
    throw new ImageError(
      `${file}: truncated: section ${section.name} ends at byte ${end}, the file has ${bytes.length}`,
    );
  }
  return bytes.subarray(section.offset, end);
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

function isLoaded(section: RawSection): boolean {
  const isThreadBss = section.type === SECTION_TYPE.nobits && section.flags & SECTION_FLAG.tls;
  return (section.flags & SECTION_FLAG.alloc) !== 0 && !isThreadBss;
}

function toSection(bytes: Uint8Array, raw: RawSection, file: string): Section {
  const section = {
    name: raw.name,
    address: raw.address,
    size: raw.size,
    executable: (raw.flags & SECTION_FLAG.exec) !== 0,
    writable: (raw.flags & SECTION_FLAG.write) !== 0,
    align: isPowerOfTwo(raw.align) ? raw.align : 1,
  };
  return raw.type === SECTION_TYPE.nobits ? section : { ...section, data: contents(bytes, raw, file) };
}

/** Sections made from the segments of a file that has lost its section headers. */
function sectionsFromSegments(bytes: Uint8Array, header: Header, file: string): Section[] {
  if (header.segments > 0 && header.segmentBytes < 32) {
    throw new ImageError(`${file}: program headers of ${header.segmentBytes} bytes; ELF32 has 32`);
  }
  const reader = new ByteReader(bytes, `${file}: program header table`);
  const sections: Section[] = [];
  for (let i = 0; i < header.segments; i++) {
    reader.offset = header.segmentsAt + i * header.segmentBytes;
    const [type, offset, address, , fileBytes, memoryBytes, flags] = Array.from({ length: 7 }, () =>
      reader.u32(),
    );
    if (type !== SEGMENT_LOAD || memoryBytes === 0) continue;
    const held = Math.min(fileBytes, memoryBytes);
    if (offset + held > bytes.length) {
      throw new ImageError(
        `${file}: truncated: segment ${i} ends at byte ${offset + held} of ${bytes.length}`,
      );
    }
    const executable = (flags & SEGMENT_FLAG.exec) !== 0;
    const writable = (flags & SEGMENT_FLAG.write) !== 0;
    const region = address < 0x4000_0000 ? "int" : "ext";
    const part = (name: string, at: number, size: number) => ({
      name: `${region}.${name}${i}`,
      address: at,
      size,
      executable,
      writable,
      align: 1,
    });
    if (held > 0)
      sections.push({ ...part("load", address, held), data: bytes.subarray(offset, offset + held) });
    if (memoryBytes > held) sections.push(part("bss", address + held, memoryBytes - held));
  }
  return sections;
}

const SYMBOL_TYPE_NAMES = new Map<number, ImageSymbol["type"]>(
  Object.entries(SYMBOL_TYPE).map(([name, value]) => [value, name as ImageSymbol["type"]]),
);

function readSymbols(bytes: Uint8Array, raw: readonly RawSection[], file: string): ImageSymbol[] {
  const table = raw.find((section) => section.type === SECTION_TYPE.symtab);
  if (!table) return [];
  const strings = raw[table.link] ? contents(bytes, raw[table.link], file) : new Uint8Array(0);
  const data = contents(bytes, table, file);
  const reader = new ByteReader(data, `${file}: symbol table`);
  const symbols: ImageSymbol[] = [];
  for (let at = SYMBOL_BYTES; at + SYMBOL_BYTES <= data.length; at += SYMBOL_BYTES) {
    reader.offset = at;
    const nameOffset = reader.u32();
    const address = reader.u32();
    const size = reader.u32();
    const info = reader.u8();
    reader.u8();
    const index = reader.u16();
    if (index === INDEX_UNDEFINED) continue;
    const section = index < INDEX_RESERVED ? raw[index] : undefined;
    if (index < INDEX_RESERVED && !(section && isLoaded(section))) continue;
    const type = SYMBOL_TYPE_NAMES.get(info & 15) ?? "none";
    const name = nameAt(strings, nameOffset) || (type === "section" ? (section?.name ?? "") : "");
    symbols.push({
      name,
      address,
      size,
      type,
      global: info >> 4 !== SYMBOL_BINDING.local,
      ...(section && { section: section.name }),
    });
  }
  return symbols;
}

/** Sections that only debuggers read; not those that are compressed. */
function readDebugSections(bytes: Uint8Array, raw: readonly RawSection[], file: string): DebugSections {
  const sections = new Map<string, Uint8Array>();
  for (const section of raw) {
    const isDebug = section.name.startsWith(".debug_") || section.name === ".eh_frame";
    if (!isDebug || section.flags & SECTION_FLAG.compressed || sections.has(section.name)) continue;
    sections.set(section.name, contents(bytes, section, file));
  }
  return sections;
}

/**
 * Reads an ELF file for the PPU (ELF32, big endian, PowerPC, executable), made here or by the official toolchain.
 * `name` is the file's name in messages. Section data are views into `bytes`. Files without section headers get
 * sections from their segments. Throws ImageError for damaged and foreign files.
 */
export function readElf(bytes: Uint8Array, name: string): Image {
  const header = readHeader(bytes, name);
  const raw = readRawSections(bytes, header, name);
  const sections =
    raw.length > 0
      ? raw.filter(isLoaded).map((section) => toSection(bytes, section, name))
      : sectionsFromSegments(bytes, header, name);
  checkSections(sections, name);
  const debugSections = readDebugSections(bytes, raw, name);
  return {
    entry: header.entry,
    sections,
    symbols: readSymbols(bytes, raw, name),
    lines: lineEntries(debugSections),
    debugSections,
  };
}
