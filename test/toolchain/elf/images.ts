import fc from "fast-check";
import type { Image, ImageSymbol, LineEntry, Section } from "../../../src/toolchain/image.ts";

const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_.$]{0,12}$/);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

interface Shape {
  readonly size: number;
  readonly gap: number;
  readonly kind: "code" | "data" | "zeros";
}

const shape: fc.Arbitrary<Shape> = fc.record({
  size: fc.integer({ min: 0, max: 24 }).map((words) => 4 * words),
  gap: fc.constantFrom(0, 4, 16, 0x2000),
  kind: fc.constantFrom("code", "data", "zeros"),
});

function sectionAt(address: number, index: number, { size, kind }: Shape): fc.Arbitrary<Section> {
  const prefix = address < 0x4000_0000 ? "int" : "ext";
  const common = {
    name: `${prefix}.${kind}${index}`,
    address,
    size,
    executable: kind === "code",
    writable: kind !== "code",
    align: 4,
  };
  return kind === "zeros" ? fc.constant(common) : bytes(size).map((data) => ({ ...common, data }));
}

const sections: fc.Arbitrary<Section[]> = fc
  .record({ internal: fc.array(shape, { maxLength: 4 }), external: fc.array(shape, { maxLength: 3 }) })
  .chain(({ internal, external }) => {
    const place = (base: number, shapes: readonly Shape[], first: number) => {
      let address = base;
      return shapes.map((entry, i) => {
        const section = sectionAt(address, first + i, entry);
        address += entry.size + entry.gap;
        return section;
      });
    };
    return fc.tuple(...place(0, internal, 0), ...place(0x8000_0000, external, 10));
  });

function symbolIn(list: readonly Section[]): fc.Arbitrary<ImageSymbol> {
  const absolute = fc.record({
    name,
    address: fc.nat(0xffff_ffff),
    size: fc.nat(100),
    type: fc.constantFrom("none" as const, "object" as const),
    global: fc.boolean(),
  });
  if (list.length === 0) return absolute;
  const placed = fc.tuple(fc.constantFrom(...list), name, fc.nat(64), fc.boolean()).map(
    ([section, text, size, global]): ImageSymbol => ({
      name: text,
      address: section.address,
      size,
      type: section.executable ? "function" : "object",
      global,
      section: section.name,
    }),
  );
  return fc.oneof(absolute, placed);
}

function linesIn(list: readonly Section[]): fc.Arbitrary<LineEntry[]> {
  const places = list
    .filter((section) => section.executable)
    .flatMap((section) => Array.from({ length: section.size / 4 }, (_, i) => section.address + 4 * i));
  const entry = (address: number) =>
    fc.record({
      address: fc.constant(address),
      file: fc.constantFrom("main.ts", "lib/vector.ts", "~lib/a.ts"),
      line: fc.integer({ min: 1, max: 100_000 }),
      column: fc.nat(300),
    });
  return fc.subarray(places).chain((chosen) => fc.tuple(...chosen.map(entry)));
}

/** Images whose symbols are already in the order that ELF demands: local ones first. */
export const anyImage: fc.Arbitrary<Image> = sections.chain((list) =>
  fc
    .record({
      entry: fc.nat(0xffff_ffff),
      symbols: fc.array(symbolIn(list), { maxLength: 6 }),
      lines: linesIn(list),
    })
    .map(({ entry, symbols, lines }) => ({
      entry,
      sections: list,
      symbols: [...symbols.filter((symbol) => !symbol.global), ...symbols.filter((symbol) => symbol.global)],
      lines,
    })),
);

/** A small program in SRAM and external memory, with everything an image can have. */
export const exampleImage: Image = {
  entry: 0,
  sections: [
    {
      name: "int.text",
      address: 0,
      size: 16,
      data: Uint8Array.of(0x48, 0, 0, 4, 0x38, 0x60, 0, 1, 0x38, 0x80, 0, 2, 0x4e, 0x80, 0, 0x20),
      executable: true,
      writable: false,
      align: 4,
    },
    {
      name: "int.data",
      address: 16,
      size: 6,
      data: new Uint8Array(6).fill(7),
      executable: false,
      writable: true,
      align: 16,
    },
    { name: "int.bss", address: 0x80, size: 100, executable: false, writable: true, align: 128 },
    {
      name: "ext.text",
      address: 0x8000_0000,
      size: 8,
      data: Uint8Array.of(0x38, 0x60, 0, 3, 0x4e, 0x80, 0, 0x20),
      executable: true,
      writable: false,
      align: 4,
    },
  ],
  symbols: [
    { name: "table", address: 16, size: 4, type: "object", global: false, section: "int.data" },
    { name: "main", address: 4, size: 12, type: "function", global: true, section: "int.text" },
    { name: "cold", address: 0x8000_0000, size: 8, type: "function", global: true, section: "ext.text" },
    { name: "mailbox_base", address: 0x3000, size: 0, type: "none", global: true },
  ],
  lines: [
    { address: 0, file: "start.ts", line: 1, column: 1 },
    { address: 4, file: "lib/main.ts", line: 10, column: 3 },
    { address: 8, file: "lib/main.ts", line: 200, column: 5 },
    { address: 0x8000_0000, file: "lib/cold.ts", line: 2, column: 1 },
  ],
};
