/** Programs that were built differently but do the same are equal when addresses are compared by name. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import { findSymbol } from "../../../src/toolchain/symbols.ts";
import type { CompareOptions } from "../../../src/trace/compare/comparison.ts";
import { Correspondence } from "../../../src/trace/compare/correspondence.ts";
import { parseTextTrace, traceText } from "../../../src/trace/text/index.ts";
import { workspace } from "../../cli/harness.ts";
import { assembled, differences, recorded } from "./fixture.ts";

const { file } = workspace();

const HEAD = `import { print, printUnsigned, terminate } from "ppu/mailbox";
import { type Bytes, loadBytes, splatBytes, sync } from "ppu/vector";
`;
const PADDING = `
const ballast: StaticArray<i32> = [11, 12, 13, 14, 15, 16, 17, 18, 19];
function unused(n: i32): i32 {
  return n > 8 ? 0 : ballast[n] + unused(n + 1);
}
`;
/** Tables, a loop with pointers, vectors, calls and returns. */
const BODY = `
const table: StaticArray<i32> = [3, 1, 4, 1, 5, 9, 2, 6];
const lanes = memory.data(128, 128);
let calls: i32 = 0;

function total(list: StaticArray<i32>, depth: i32): i32 {
  calls++;
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += list[i];
  return depth > 0 ? sum + total(list, depth - 1) : sum;
}

export function main(): i32 {
  const sum = total(table, 3);
  for (let i = 0; i < 128; i++) store<u8>(lanes + i, sum + i);
  sync();
  (loadBytes(lanes) + splatBytes(1)).store(lanes);
  print("sum ");
  printUnsigned(sum);
  terminate();
  sync();
  return sum + load<u8>(lanes, 5) + CALLS;
}
`;
const plain = `${HEAD}${BODY.replace("CALLS", "calls")}`;
/** A function and its data before everything else; its result is used where it is 0. */
const moved = `${HEAD}${PADDING}${BODY.replace("CALLS", "calls + unused(9)")}`;

const build = (name: string, text: string): Promise<Image> => loadProgramFile(file(name, text));
const BY_NAME: CompareOptions = { ignore: ["addresses", "cycles", "stalls"] };
const options = { ppus: "both", ideal: true, maxCycles: 100_000 } as const;

describe("firmware that was built in two ways", () => {
  let a: Image;
  let b: Image;
  let shifted: Image;
  beforeAll(async () => {
    a = await build("plain.ts", plain);
    b = await build("moved.ts", moved.replace("calls + unused(9)", "calls"));
    // The added function is exported, so that it is there though nobody calls it.
    shifted = await build(
      "shifted.ts",
      moved
        .replace("calls + unused(9)", "calls")
        .replace(
          "function unused",
          "export function isr_fit(): void {\n  calls += unused(0);\n}\nfunction unused",
        ),
    );
  });

  it("has its parts in other places", () => {
    expect(findSymbol(shifted, "main")!.address).not.toBe(findSymbol(a, "main")!.address);
    expect(findSymbol(shifted, "lanes")!.address).not.toBe(findSymbol(a, "lanes")!.address);
    expect(differences(recorded(a, options), recorded(shifted, options), {}, 1)).toHaveLength(1);
  });

  it("is the same by name, with added functions and moved data", () => {
    expect(differences(recorded(a, options), recorded(shifted, options), BY_NAME, 3)).toEqual([]);
    expect(differences(recorded(shifted, options), recorded(a, options), BY_NAME, 3)).toEqual([]);
    expect(differences(recorded(a, options), recorded(b, options), BY_NAME, 3)).toEqual([]);
  });

  it("is the same by name where one trace is text", () => {
    const [x, y] = [recorded(a, options), recorded(shifted, options)];
    const text = parseTextTrace(traceText(x, { addresses: "symbolic" }));
    expect(differences(text, y, BY_NAME, 3)).toEqual([]);
    expect(differences(y, text, BY_NAME, 3)).toEqual([]);
  });

  it("differs by name where it does something else", async () => {
    const other = await build("other.ts", plain.replace("sum + i)", "sum + i + 1)"));
    const [first] = differences(recorded(a, options), recorded(other, options), BY_NAME, 1);
    expect(first.fields.map(({ field }) => field)).toContain("word");
  });
});

describe("assembly with an instruction more", () => {
  const text = (extra: string, gap: string) => `
.org 0x0
        nop
        b start
.org 0x40
${gap}
helper: addi 5, 5, 1
        ${extra}
        cmpwi 5, 20
        blt 1f
        li 5, 0
1:      blr
start:  lis 3, data@ha
        addi 3, 3, data@l
        li 6, 30
        mtctr 6
        li 5, 0
loop:   bl helper
        lwzu 7, 4(3)
        stw 5, 0(3)
        bdnz loop
        wait
        .data
        ${gap === "" ? "" : ".long 1, 2, 3, 4"}
        .globl data
data:   .space 256
`;
  const plainImage = assembled(text("", ""));
  const longer = assembled(text("nop", ""));
  const far = assembled(text("", ".space 64"));
  const runOf = (image: Image) => recorded(image, { ideal: true, maxCycles: 20_000 });

  it("tells every time that it is executed, and nothing else", () => {
    const found = differences(runOf(plainImage), runOf(longer), BY_NAME);
    expect(found.length).toBe(30);
    for (const { kind, records } of found) {
      expect(kind).toBe("inserted");
      expect(records[1][0].record).toMatchObject({ kind: "instruction", word: 0x60000000, pc: 0x44 });
    }
    expect(differences(runOf(longer), runOf(plainImage), BY_NAME).map(({ kind }) => kind)).toEqual(
      Array.from({ length: 30 }, () => "deleted"),
    );
  });

  it("is aligned without names too, as far as addresses are the same", () => {
    const found = differences(runOf(plainImage), runOf(longer), { ignore: ["cycles", "stalls"] }, 1);
    expect(found[0].instruction).toEqual([2, 2]);
  });

  it("is the same by name when moved", () => {
    expect(differences(runOf(plainImage), runOf(far), BY_NAME, 3)).toEqual([]);
  });
});

describe("places of one program in another", () => {
  const a = assembled(".text\nf: nop\nnop\ng: nop\nblr\n.data\nx: .long 1\ny: .long 2, 3\n");
  const b = assembled(
    ".text\ne: nop\nf: nop\nnop\nnop\ng: nop\nblr\n.data\nz: .long 0\nx: .long 1\ny: .long 2, 3\n",
  );
  const places = new Correspondence(a, b);
  const at = (image: Image, name: string, offset = 0) => findSymbol(image, name)!.address + offset;

  it("are those of the same function and object", () => {
    expect(places.code(at(a, "g"))).toBe(at(b, "g"));
    expect(places.code(at(a, "g", 4))).toBe(at(b, "g", 4));
    expect(places.isSamePlace(at(a, "y", 4), at(b, "y", 4))).toBe(true);
    expect(places.isSamePlace(at(a, "y", 4), at(b, "x", 4))).toBe(false);
    expect(places.isSameValue(at(a, "y", 8), at(b, "y", 8))).toBe(true);
    expect(places.isSameValue(at(a, "y", -4), at(b, "y", -4))).toBe(true);
    expect(places.isSameValue(5, 5)).toBe(true);
  });

  it("are themselves outside of the program", () => {
    expect(places.isSamePlace(0x3000, 0x3000)).toBe(true);
    expect(places.isSamePlace(0x3000, 0x3004)).toBe(false);
    expect(places.isSameValue(0x3000, 0x3004)).toBe(false);
    expect(places.isSamePlace(0x81000000, 0x81000000)).toBe(true);
  });
});
