import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { debugSections, ImageError, readElf, writeElf } from "../../../src/toolchain/elf/index.ts";
import { memoryPieces } from "../../../src/toolchain/loader.ts";
import { AddressIndex } from "../../../src/toolchain/symbols.ts";
import { anyImage, exampleImage } from "./images.ts";

const good = writeElf(exampleImage);

/** The example with some bytes of the file replaced. */
function patched(offset: number, ...bytes: number[]): Uint8Array {
  const copy = good.slice();
  copy.set(bytes, offset);
  return copy;
}

describe("ELF round trip", () => {
  it("gives back every image", () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        const debug = debugSections(image);
        expect(readElf(writeElf(image), "round trip")).toEqual({ ...image, debugSections: debug });
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("writes the same bytes each time", () => {
    expect(writeElf(exampleImage)).toEqual(good);
  });

  it("refuses images that contradict themselves", () => {
    const [text, data] = exampleImage.sections;
    const overlapping = {
      ...exampleImage,
      sections: [text, { ...data, address: 8 }],
      symbols: [],
      lines: [],
    };
    expect(() => writeElf(overlapping)).toThrow(/int\.text .* and int\.data .* overlap/);
    const short = { ...exampleImage, sections: [{ ...text, size: 20 }], symbols: [], lines: [] };
    expect(() => writeElf(short)).toThrow(/says 20 bytes and holds 16/);
  });
});

describe("ELF files that cannot be used", () => {
  it.each([
    ["text", new TextEncoder().encode("b main\n"), /not an ELF file/],
    ["a 64-bit file", patched(4, 2), /not a 32-bit ELF file/],
    ["a little-endian file", patched(5, 1), /little-endian/],
    ["another machine", patched(18, 0, 62), /machine 62; the PPU needs PowerPC/],
    ["an object file", patched(16, 0, 1), /object file; link it/],
    ["a shared library", patched(16, 0, 3), /type 3/],
    [
      "names of sections nowhere",
      patched(50, 0, 200),
      /nothing to load: names of sections are in section 200/,
    ],
    ["half a header", good.subarray(0, 30), /ELF header is truncated/],
    ["a file cut in its sections", good.subarray(0, 0x1008), /truncated/],
    ["a file without its section headers", good.subarray(0, good.length - 20), /truncated/],
  ])("%s: one line that names the file", (_, bytes, message) => {
    expect(() => readElf(bytes, "some.elf")).toThrow(ImageError);
    expect(() => readElf(bytes, "some.elf")).toThrow(message);
    expect(() => readElf(bytes, "some.elf")).toThrow(/^some\.elf: [^\n]+$/);
  });

  it("never fails otherwise, whatever the bytes are", () => {
    const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
    const headerChange = fc.record({ at: fc.nat(51), value: fc.nat(255) });
    const sectionChange = fc.record({
      at: fc.integer({ min: good.length - 14 * 40, max: good.length - 1 }),
      value: fc.nat(255),
    });
    const changes = fc.array(fc.oneof(change, headerChange, sectionChange), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.option(fc.nat(good.length)), (list, length) => {
        const bytes = good.slice();
        for (const { at, value } of list) bytes[at] = value;
        try {
          memoryPieces(readElf(length === null ? bytes : bytes.subarray(0, length), "fuzz"));
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError);
        }
      }),
      { seed: 2, numRuns: 5000 },
    );
  });

  it("unfolds no small file into a large one", () => {
    // Many symbols whose names are one text without end would cost minutes if each were read in full.
    const symbols = Array.from({ length: 20_000 }, () => ({
      ...exampleImage.symbols[3],
      name: "x".repeat(20_000),
    }));
    const bytes = writeElf({ ...exampleImage, symbols });
    const start = performance.now();
    expect(readElf(bytes, "many").symbols).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("ELF files in other shapes", () => {
  it("takes sections from segments when the section headers are gone", () => {
    const stripped = patched(32, 0, 0, 0, 0);
    stripped.set([0, 0], 48);
    const image = readElf(stripped, "stripped");
    expect(image.sections.map(({ name, address, size }) => [name, address, size])).toEqual([
      ["int.load0", 0, 22],
      ["int.bss0", 22, 0x80 + 100 - 22],
      ["ext.load1", 0x8000_0000, 8],
    ]);
  });

  it("keeps a damaged line table from stopping the program", () => {
    const image = readElf(good, "good");
    const at = good.findIndex((_, i) => new TextDecoder().decode(good.subarray(i, i + 8)) === "start.ts");
    expect(at).toBeGreaterThan(0);
    const lineTable = good.lastIndexOf(0xfb); // line_base -5 in the header of the line table
    const damaged = readElf(patched(lineTable + 1, 0), "damaged");
    expect(damaged.sections).toEqual(image.sections);
    expect(damaged.lines).toEqual([]);
  });
});

describe("names of addresses", () => {
  const index = new AddressIndex(exampleImage);

  it("finds symbols and lines inside their sections only", () => {
    expect(index.nameOf(4)).toBe("main");
    expect(index.nameOf(12)).toBe("main+0x8");
    expect(index.nameOf(0)).toBeUndefined();
    expect(index.sourceAt(12)).toEqual({ file: "lib/main.ts", line: 200, column: 5 });
    expect(index.sourceAt(16)).toBeUndefined();
    expect(index.nameOf(0x8000_0004)).toBe("cold+0x4");
    expect(index.nameOf(0x2000)).toBeUndefined();
  });
});
