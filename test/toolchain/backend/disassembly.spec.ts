/** The words of compiled firmware as an independent disassembler reads them. */
import { describe, expect, it } from "vitest";
import { decode } from "../../../isa/decode.ts";
import { disassemble } from "../../../isa/disassemble.ts";
import { compileFirmware } from "../../../src/toolchain/compile.ts";
import { capstoneDisassembler } from "../../isa/capstone.ts";
import { CAPSTONE_DIFFERENCES } from "../../isa/capstone-differences.ts";

/** Hexadecimal numbers as decimal ones, single spaces. */
const normal = (text: string) =>
  text
    .replaceAll(/0x([0-9a-f]+)/g, (_, digits: string) => String(Number.parseInt(digits, 16)))
    .replaceAll(/\s+/g, " ");

describe("every scalar word of compiled firmware reads the same in capstone", () => {
  it.each(["hello", "selftest", "mnist/main"])("%s", async (name) => {
    const capstone = await capstoneDisassembler();
    const { image } = await compileFirmware(`firmware/${name}.ts`);
    const unexplained: string[] = [];
    let equal = 0;
    for (const { address, data } of image.sections.filter((section) => section.executable)) {
      const view = new DataView(data!.buffer, data!.byteOffset, data!.byteLength);
      for (let at = 0; at < view.byteLength; at += 4) {
        const [word, here] = [view.getInt32(at), address + at];
        const row = decode(word);
        if (row?.vector) continue;
        const ours = normal(disassemble(word, here).text);
        const text = capstone(word, here);
        const theirs = text === undefined ? undefined : normal(text);
        if (row && ours === theirs) equal++;
        else if (!row || !CAPSTONE_DIFFERENCES.some((entry) => entry.applies({ word, row, ours, theirs }))) {
          unexplained.push(`0x${here.toString(16)}: "${ours}", capstone "${theirs}"`);
        }
      }
    }
    expect(unexplained).toEqual([]);
    expect(equal).toBeGreaterThan(50);
  });
});
