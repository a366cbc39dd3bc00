import type { Image, ImageSymbol, Section } from "../image.ts";
import { ByteWriter } from "./bytes.ts";
import {
  ELF_HEADER_BYTES,
  FILE_TYPE,
  INDEX_ABSOLUTE,
  MACHINE_PPC,
  PROGRAM_HEADER_BYTES,
  SECTION_FLAG,
  SECTION_HEADER_BYTES,
  SECTION_TYPE,
  SEGMENT_FLAG,
  SEGMENT_LOAD,
  SYMBOL_BINDING,
  SYMBOL_BYTES,
  SYMBOL_TYPE,
} from "./constants.ts";
import { writeDwarf } from "./dwarf-write.ts";
import { ImageError } from "./image-error.ts";
import { checkSections } from "./sections.ts";

/** Sections up to this distance share a segment; also the alignment of segments, as memory managers want it. */
const PAGE = 0x1000;

interface Segment {
  readonly sections: Section[];
  readonly address: number;
  /** End of what the file holds. */
  fileEnd: number;
  memoryEnd: number;
  offset: number;
}

interface SectionHeader {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link?: number;
  readonly info?: number;
  readonly align: number;
  readonly entrySize?: number;
}

class StringTable {
  private readonly out = new ByteWriter();
  private readonly offsets = new Map<string, number>();

  constructor() {
    this.add("");
  }

  add(text: string): number {
    let offset = this.offsets.get(text);
    if (offset === undefined) {
      this.offsets.set(text, (offset = this.out.length));
      this.out.string(text);
    }
    return offset;
  }

  toBytes(): Uint8Array {
    return this.out.toBytes();
  }
}

function planSegments(sections: readonly Section[]): Segment[] {
  const segments: Segment[] = [];
  const sorted = sections.filter((section) => section.size > 0).sort((a, b) => a.address - b.address);
  for (const section of sorted) {
    const end = section.address + section.size;
    const last = segments.at(-1);
    const near = last && section.address - (section.data ? last.fileEnd : last.memoryEnd) <= PAGE;
    if (last && near) {
      last.sections.push(section);
      last.memoryEnd = end;
      if (section.data) last.fileEnd = end;
    } else {
      segments.push({
        sections: [section],
        address: section.address,
        fileEnd: section.data ? end : section.address,
        memoryEnd: end,
        offset: 0,
      });
    }
  }
  return segments;
}

function writeSegments(out: ByteWriter, segments: readonly Segment[]): Map<Section, number> {
  const offsets = new Map<Section, number>();
  for (const segment of segments) {
    segment.offset = out.length + ((((segment.address - out.length) % PAGE) + PAGE) % PAGE);
    for (const section of segment.sections) {
      const offset = segment.offset + (section.address - segment.address);
      if (section.data) {
        out.padTo(offset);
        out.bytes(section.data);
      }
      offsets.set(section, section.data ? offset : out.length);
    }
  }
  return offsets;
}

const localsFirst = (symbols: readonly ImageSymbol[]): ImageSymbol[] => [
  ...symbols.filter((symbol) => !symbol.global),
  ...symbols.filter((symbol) => symbol.global),
];

function symbolTable(image: Image, strings: StringTable): Uint8Array {
  const out = new ByteWriter();
  out.padTo(SYMBOL_BYTES);
  const indices = new Map(image.sections.map((section, index) => [section.name, index + 1]));
  for (const symbol of localsFirst(image.symbols)) {
    const section = symbol.section === undefined ? INDEX_ABSOLUTE : indices.get(symbol.section);
    if (section === undefined) {
      throw new ImageError(
        `symbol ${symbol.name} is in section ${symbol.section}, which the image does not have`,
      );
    }
    out.u32(strings.add(symbol.name));
    out.u32(symbol.address);
    out.u32(symbol.size);
    const binding = symbol.global ? SYMBOL_BINDING.global : SYMBOL_BINDING.local;
    out.u8((binding << 4) | SYMBOL_TYPE[symbol.type]);
    out.u8(0);
    out.u16(section);
  }
  return out.toBytes();
}

function writeElfHeader(
  out: ByteWriter,
  image: Image,
  segments: number,
  sectionsAt: number,
  sections: number,
): void {
  out.bytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 2, 1));
  out.padTo(16);
  out.u16(FILE_TYPE.executable);
  out.u16(MACHINE_PPC);
  out.u32(1);
  out.u32(image.entry);
  out.u32(segments > 0 ? ELF_HEADER_BYTES : 0);
  out.u32(sectionsAt);
  out.u32(0);
  out.u16(ELF_HEADER_BYTES);
  out.u16(PROGRAM_HEADER_BYTES);
  out.u16(segments);
  out.u16(SECTION_HEADER_BYTES);
  out.u16(sections);
  out.u16(sections - 1);
}

function writeProgramHeader(out: ByteWriter, segment: Segment): void {
  const executable = segment.sections.some((section) => section.executable);
  const writable = segment.sections.some((section) => section.writable);
  out.u32(SEGMENT_LOAD);
  out.u32(segment.offset);
  out.u32(segment.address);
  out.u32(segment.address);
  out.u32(segment.fileEnd - segment.address);
  out.u32(segment.memoryEnd - segment.address);
  out.u32(SEGMENT_FLAG.read | (executable ? SEGMENT_FLAG.exec : 0) | (writable ? SEGMENT_FLAG.write : 0));
  out.u32(PAGE);
}

function writeSectionHeader(out: ByteWriter, header: SectionHeader, strings: StringTable): void {
  out.u32(strings.add(header.name));
  out.u32(header.type);
  out.u32(header.flags);
  out.u32(header.address);
  out.u32(header.offset);
  out.u32(header.size);
  out.u32(header.link ?? 0);
  out.u32(header.info ?? 0);
  out.u32(header.align);
  out.u32(header.entrySize ?? 0);
}

function loadedHeader(section: Section, offset: number): SectionHeader {
  return {
    name: section.name,
    type: section.data ? SECTION_TYPE.progbits : SECTION_TYPE.nobits,
    flags:
      SECTION_FLAG.alloc |
      (section.writable ? SECTION_FLAG.write : 0) |
      (section.executable ? SECTION_FLAG.exec : 0),
    address: section.address,
    offset,
    size: section.size,
    align: section.align,
  };
}

/**
 * An image as an ELF file: ELF32, big endian, PowerPC, executable, with segments, sections, symbols and DWARF 3
 * (System V ABI; sections after firmware-abi 1.2). Local symbols come before global ones, as ELF demands.
 * Throws ImageError for overlapping sections, section data of another length than the section, and symbols in
 * sections that are not there.
 */
export function writeElf(image: Image): Uint8Array {
  checkSections(image.sections, "image");
  const segments = planSegments(image.sections);
  const body = new ByteWriter();
  body.padTo(ELF_HEADER_BYTES + segments.length * PROGRAM_HEADER_BYTES);
  const offsets = writeSegments(body, segments);

  const headers: SectionHeader[] = [
    { name: "", type: 0, flags: 0, address: 0, offset: 0, size: 0, align: 0 },
    ...image.sections.map((section) => loadedHeader(section, offsets.get(section) ?? body.length)),
  ];
  const addTable = (name: string, type: number, data: Uint8Array, more: Partial<SectionHeader> = {}) => {
    body.align(4);
    headers.push({
      name,
      type,
      flags: 0,
      address: 0,
      offset: body.length,
      size: data.length,
      align: 1,
      ...more,
    });
    body.bytes(data);
  };
  for (const [name, data] of writeDwarf(image)) addTable(name, SECTION_TYPE.progbits, data);
  const names = new StringTable();
  const symbols = symbolTable(image, names);
  addTable(".symtab", SECTION_TYPE.symtab, symbols, {
    link: headers.length + 1,
    info: 1 + image.symbols.filter((symbol) => !symbol.global).length,
    align: 4,
    entrySize: SYMBOL_BYTES,
  });
  addTable(".strtab", SECTION_TYPE.strtab, names.toBytes());
  const sectionNames = new StringTable();
  for (const header of headers) sectionNames.add(header.name);
  sectionNames.add(".shstrtab");
  addTable(".shstrtab", SECTION_TYPE.strtab, sectionNames.toBytes());

  body.align(4);
  const sectionsAt = body.length;
  for (const header of headers) writeSectionHeader(body, header, sectionNames);
  const head = new ByteWriter();
  writeElfHeader(head, image, segments.length, sectionsAt, headers.length);
  for (const segment of segments) writeProgramHeader(head, segment);
  const file = body.toBytes();
  file.set(head.toBytes());
  return file;
}
