import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import { writeElf } from "../../../src/toolchain/elf/index.ts";
import type { Image, Section } from "../../../src/toolchain/image.ts";
import { loadProgramFile, mailboxBase, memoryPieces } from "../../../src/toolchain/loader.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-load-"));
afterAll(() => rmSync(directory, { recursive: true }));

function section(name: string, address: number, size: number, data = true): Section {
  const common = { name, address, size, executable: false, writable: true, align: 4 };
  return data ? { ...common, data: new Uint8Array(size).fill(size) } : common;
}

const imageOf = (...sections: Section[]): Image => ({ entry: 0, sections, symbols: [], lines: [] });
const placesOf = (...sections: Section[]) =>
  memoryPieces(imageOf(...sections)).map(({ space, offset, bytes }) => [space, offset, bytes.length]);

describe("where sections go (firmware-abi 1.2)", () => {
  it.each([
    ["int.text", 0x100, "sram", 0x100],
    ["interrupts", 0x104, "sram", 0x104],
    ["ext.text", 0x8000_0010, "external", 0x10],
    ["ext.data", 0x4000_0020, "external", 0x20],
    ["ext_dram.text", 0x9000_0030, "dram", 0x30],
    ["ext_dram.data", 0x5000_0040, "dram", 0x40],
    [".text", 0, "sram", 0],
    [".text.hot", 0, "sram", 0],
    [".rodata.str1.4", 8, "sram", 8],
    [".init_array", 12, "sram", 12],
    [".bss", 16, "sram", 16],
  ])("%s at %i", (name, address, space, offset) => {
    expect(placesOf(section(name, address, 4))).toEqual([[space, offset, 4]]);
  });

  it.each([".comment", ".eh_frame", ".debug_info", ".note"])("%s is not loaded", (name) => {
    expect(placesOf(section(name, 0, 4))).toEqual([]);
  });

  it("fills NOBITS with zeros and each memory up to whole words", () => {
    const pieces = memoryPieces(imageOf(section("int.text", 0, 5), section("int.bss", 8, 6, false)));
    expect(pieces.map(({ offset, bytes }) => [offset, [...bytes]])).toEqual([
      [0, [5, 5, 5, 5, 5]],
      [8, [0, 0, 0, 0, 0, 0, 0, 0]],
    ]);
  });

  it("gives large zeroed sections in pieces that share their bytes", () => {
    const pieces = memoryPieces(imageOf(section("ext_dram.bss", 0x5000_0000, 0x1000_0000, false)));
    expect(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(0x1000_0000);
    expect(new Set(pieces.map(({ bytes }) => bytes.buffer)).size).toBe(1);
  });
});

describe("images that do not fit", () => {
  it.each([
    [
      "too large for the SRAM",
      [section("int.text", 0x3f00, 0x200)],
      /256 bytes larger than the SRAM of 16384 bytes/,
    ],
    ["zeroed space too large", [section("int.bss", 0, 0x4004, false)], /4 bytes larger than the SRAM/],
    [
      "too large for the external memory",
      [section("ext.text", 0x8001_fffc, 8)],
      /4 bytes larger than the external/,
    ],
    [
      "linked for another machine",
      [section(".text", 0x1000_0000, 8)],
      /lies outside the SRAM.*linked for a PPU\?/,
    ],
    ["an ext section in the SRAM", [section("ext.text", 0x100, 8)], /not in external memory/],
    [
      "two views of the same bytes",
      [section("ext.text", 0x8000_0000, 8), section("ext.data", 0x4000_0004, 8)],
      /ext\.text and ext\.data take the same external memory at 0x4/,
    ],
  ])("%s", (_, sections, message) => {
    expect(() => memoryPieces(imageOf(...sections))).toThrow(message);
  });
});

describe("program files", () => {
  const text = ".text\nli r3, 1\nwait\n";
  const image = assemble(text, "p.s");
  const write = (name: string, data: Uint8Array | string) => {
    writeFileSync(join(directory, name), data);
    return join(directory, name);
  };

  it("reads assembly, ELF files of any name, and raw bytes", async () => {
    const code = image.sections[0].data!;
    const fromText = await loadProgramFile(write("p.s", text));
    const fromElf = await loadProgramFile(write("p.anything", writeElf(image)));
    const fromBytes = await loadProgramFile(write("p.bin", code));
    for (const program of [fromText, fromElf, fromBytes]) {
      expect(memoryPieces(program)).toEqual([{ space: "sram", offset: 0, bytes: code }]);
    }
  });

  it.each([
    ["missing.elf", undefined, /^cannot read .*missing\.elf: no such file$/],
    ["short.elf", new Uint8Array(3), /short\.elf: truncated, or not an ELF file/],
    ["note.txt", "hello", /note\.txt: unknown kind of program; use an ELF file, \.s, \.ts or \.bin/],
    ["empty.s", "", /empty\.s: nothing to load$/],
    ["labels.s", "# only a comment\nhere:\n", /labels\.s: nothing to load$/],
    ["empty.bin", new Uint8Array(0), /empty\.bin: nothing to load$/],
    [
      "nothing.elf",
      writeElf({ ...image, sections: [{ ...image.sections[0], name: ".comment" }], symbols: [] }),
      /nothing\.elf: nothing to load$/,
    ],
    ["bad.s", "foo", /bad\.s:1:1: unknown instruction "foo"/],
  ])("%s: one clear line", async (name, data, message) => {
    const path = data === undefined ? join(directory, name) : write(name, data);
    await expect(loadProgramFile(path)).rejects.toThrow(message);
  });

  it("says so when the path is a directory", async () => {
    await expect(loadProgramFile(directory)).rejects.toThrow(/is a directory/);
  });

  it("finds the mailbox by its symbol", () => {
    expect(mailboxBase(image)).toBe(0x3000);
    expect(mailboxBase(assemble("nop\n.global mailbox_base\n.set mailbox_base, 0x3800", "m.s"))).toBe(0x3800);
  });
});
