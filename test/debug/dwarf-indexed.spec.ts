/** Version 5 with texts, addresses and lists by index, as compilers for split debug information write it. */
import { describe, expect, it } from "vitest";
import { createProgramSymbols, type RegisterReader } from "../../src/debug/symbols/index.ts";
import { ByteWriter } from "../../src/toolchain/elf/bytes.ts";
import { AT, ENCODING, FORM, LLE, OP, RLE, TAG, UNIT_TYPE } from "../../src/toolchain/elf/dwarf-constants.ts";
import type { Image } from "../../src/toolchain/image.ts";

const TEXTS = ["unit.c", "counted", "total", "int"];
/** Bytes of the header of each table of indexed entries in front of its entries. */
const HEADER_BYTES = { strings: 8, addresses: 8, lists: 12 };

function built(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.toBytes();
}

/** A table with its length in front. */
const table = (write: (out: ByteWriter) => void): Uint8Array =>
  built((out) => {
    out.u32(0);
    out.u16(5);
    write(out);
    out.setU32(0, out.length - 4);
  });

const abbreviations = built((out) => {
  const declare = (
    code: number,
    tag: number,
    children: number,
    ...attributes: [number, number, number?][]
  ) => {
    for (const part of [code, tag, children]) out.uleb(part);
    for (const [name, form, implicit] of attributes) {
      out.uleb(name);
      out.uleb(form);
      if (implicit !== undefined) out.sleb(implicit);
    }
    out.u16(0);
  };
  declare(
    ...([1, TAG.compileUnit, 1] as const),
    [AT.name, FORM.strx1],
    [AT.strOffsetsBase, FORM.secOffset],
    [AT.addrBase, FORM.secOffset],
    [AT.rnglistsBase, FORM.secOffset],
    [AT.loclistsBase, FORM.secOffset],
    [AT.lowPc, FORM.addrx],
    [AT.ranges, FORM.rnglistx],
  );
  declare(
    2,
    TAG.baseType,
    0,
    [AT.name, FORM.strx],
    [AT.byteSize, FORM.implicitConst, 4],
    [AT.encoding, FORM.data1],
  );
  declare(3, TAG.subprogram, 1, [AT.name, FORM.strx2], [AT.lowPc, FORM.addrx1], [AT.highPc, FORM.udata]);
  declare(4, TAG.variable, 0, [AT.name, FORM.strx4], [AT.type, FORM.ref4], [AT.location, FORM.loclistx]);
  out.u8(0);
});

const info = table((out) => {
  out.u8(UNIT_TYPE.compile);
  out.u8(4);
  out.u32(0);
  out.uleb(1);
  out.u8(0);
  for (const base of [HEADER_BYTES.strings, HEADER_BYTES.addresses, HEADER_BYTES.lists, HEADER_BYTES.lists]) {
    out.u32(base);
  }
  out.uleb(0);
  out.uleb(0);
  const type = out.length;
  out.uleb(2);
  out.uleb(3);
  out.u8(ENCODING.signed);
  out.uleb(3);
  out.u16(1);
  out.u8(1);
  out.uleb(16);
  out.uleb(4);
  out.u32(2);
  out.u32(type);
  out.uleb(0);
  out.uleb(0);
  out.uleb(0);
});

/** A list table with one list. */
const listTable = (write: (out: ByteWriter) => void): Uint8Array =>
  table((out) => {
    out.u8(4);
    out.u8(0);
    out.u32(1);
    out.u32(4); // of the list, from the begin of the offsets
    write(out);
  });

const sections = new Map<string, Uint8Array>([
  [".debug_abbrev", abbreviations],
  [".debug_info", info],
  [
    ".debug_str",
    built((out) => {
      for (const text of TEXTS) out.string(text);
    }),
  ],
  [
    ".debug_str_offsets",
    table((out) => {
      out.u16(0);
      let at = 0;
      for (const text of TEXTS) {
        out.u32(at);
        at += text.length + 1;
      }
    }),
  ],
  [
    ".debug_addr",
    table((out) => {
      out.u8(4);
      out.u8(0);
      out.u32(0x100);
      out.u32(0x110);
    }),
  ],
  [
    ".debug_rnglists",
    listTable((out) => {
      out.u8(RLE.offsetPair);
      out.uleb(0);
      out.uleb(8);
      out.u8(RLE.startxLength);
      out.uleb(1);
      out.uleb(16);
      out.u8(RLE.endOfList);
    }),
  ],
  [
    ".debug_loclists",
    listTable((out) => {
      out.u8(LLE.startxLength);
      out.uleb(1);
      out.uleb(8);
      out.uleb(1);
      out.u8(OP.reg0 + 7);
      out.u8(LLE.defaultLocation);
      out.uleb(3);
      out.bytes(Uint8Array.of(OP.addrx, 0, OP.stackValue));
      out.u8(LLE.endOfList);
    }),
  ],
]);

const image: Image = {
  entry: 0x100,
  sections: [
    {
      name: "int.text",
      address: 0x100,
      size: 0x40,
      data: new Uint8Array(0x40),
      executable: true,
      writable: false,
      align: 4,
    },
  ],
  symbols: [],
  lines: [],
  debugSections: sections,
};

describe("indexed debug information", () => {
  it("reads names, ranges and location lists", () => {
    const symbols = createProgramSymbols(image);
    const memory = { read: () => undefined };
    const value = (pc: number) => {
      const registers: RegisterReader = {
        pc,
        gpr: (register) => register,
        special: () => 0,
        vector: () => undefined,
      };
      const [frame] = symbols.backtrace(registers, memory).frames;
      return symbols
        .variables(frame, memory)
        .map(({ name, value }) => `${value.type.name} ${name} = ${value.text()}`);
    };
    expect(symbols.functions).toMatchObject([
      { name: "counted", entry: 0x110, ranges: [{ low: 0x110, high: 0x120 }], described: true },
    ]);
    expect(value(0x114)).toEqual(["int total = 7"]);
    expect(value(0x118)).toEqual(["int total = 256"]);
    expect(symbols.functionAt(0x104)).toBeUndefined();
    expect(symbols.problems).toEqual([]);
  });
});
