/** Instruction words that differ by addresses only. */
import { describe, expect, it } from "vitest";
import { encode, findMnemonic } from "../../../isa/encode.ts";
import type { FieldName } from "../../../isa/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { Correspondence } from "../../../src/trace/compare/correspondence.ts";
import { differences, recorded } from "./fixture.ts";

const make = (text: string, values: Partial<Record<FieldName, number>>) => {
  const { row, modifiers } = findMnemonic(text)!;
  return encode(row, { ...modifiers, ...values });
};

/** Code at 0 and an object `x` in external memory, which has its address in two halves. */
function imageAt(address: number, words: readonly number[]): Image {
  const data = new DataView(new ArrayBuffer(4 * words.length));
  for (const [i, word] of words.entries()) data.setInt32(4 * i, word);
  const section = { align: 4, writable: true };
  return {
    entry: 0,
    sections: [
      {
        ...section,
        name: "int.text",
        address: 0,
        size: data.byteLength,
        data: new Uint8Array(data.buffer),
        executable: true,
      },
      { ...section, name: "ext.data", address, size: 64, data: new Uint8Array(64), executable: false },
    ],
    symbols: [
      {
        name: "main",
        address: 0,
        size: data.byteLength,
        type: "function",
        global: true,
        section: "int.text",
      },
      { name: "x", address, size: 64, type: "object", global: true, section: "ext.data" },
    ],
    lines: [],
  };
}

const WAIT = 0x7c00007c;
const high = (address: number) => (address + 0x8000) >> 16;
const low = (address: number) => (address << 16) >> 16;

const addressByAddi = (address: number) => [
  make("addis", { RT: 3, RA: 0, SI: (high(address) << 16) >> 16 }),
  make("addi", { RT: 9, RA: 0, SI: 1 }),
  make("addi", { RT: 3, RA: 3, SI: low(address + 8) }),
  make("stw", { RS: 9, RA: 3, D: 4 }),
  WAIT,
];
const addressByOri = (address: number) => [
  make("addis", { RT: 3, RA: 0, SI: address >> 16 }),
  make("ori", { RA: 3, RS: 3, UI: (address + 8) & 0xffff }),
  make("stw", { RS: 9, RA: 3, D: 4 }),
  WAIT,
];
const addressByDisplacement = (address: number) => [
  make("addis", { RT: 3, RA: 0, SI: high(address) }),
  make("stw", { RS: 9, RA: 3, D: low(address + 12) }),
  make("lwz", { RT: 4, RA: 3, D: low(address + 12) }),
  WAIT,
];

describe("halves of an address", () => {
  const [from, to] = [0x4000_1000, 0x4001_9000];

  it.each([
    ["lis and addi", addressByAddi],
    ["lis and ori", addressByOri],
    ["lis and displacements", addressByDisplacement],
  ])("%s are equal by name, and not with another offset", (_name, words) => {
    const run = (image: Image) => recorded(image, { ideal: true, maxCycles: 5000 });
    const byName = { ignore: ["addresses", "cycles", "stalls"] } as const;
    const [a, b] = [imageAt(from, words(from)), imageAt(to, words(to))];
    expect(differences(run(a), run(b), { ignore: ["cycles", "stalls"] })).not.toEqual([]);
    expect(differences(run(a), run(b), byName)).toEqual([]);
    const other = imageAt(to, words(to + 4));
    const found = differences(run(a), run(other), byName).flatMap(({ fields }) =>
      fields.map(({ field }) => field),
    );
    expect(found).toEqual(expect.arrayContaining(["word", "access 0 address"]));
  });

  it("other immediates are what they are", () => {
    const words = (value: number) => [
      make("addi", { RT: 3, RA: 3, SI: value }),
      make("mulli", { RT: 3, RA: 3, SI: value }),
    ];
    const places = new Correspondence(imageAt(from, words(4)), imageAt(to, words(8)));
    for (const [index, word] of words(4).entries()) {
      expect(places.isSameWord(4 * index, word, 4 * index, words(8)[index])).toBe(false);
      expect(places.isSameWord(4 * index, word, 4 * index, word)).toBe(true);
    }
  });

  it("branches are compared by their targets", () => {
    const branch = (displacement: number) => make("b", { LI: displacement });
    const nop = make("ori", { RA: 0, RS: 0, UI: 0 });
    const [a, b] = [
      [branch(8), nop, WAIT],
      [branch(12), nop, nop, WAIT],
    ];
    const places = new Correspondence(imageAt(from, a), imageAt(from, b));
    expect(places.isSameWord(0, a[0], 0, b[0])).toBe(true);
    expect(places.isSameWord(0, a[0], 0, branch(4))).toBe(false);
  });
});
