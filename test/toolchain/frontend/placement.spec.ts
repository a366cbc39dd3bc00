/** What lies outside of the SRAM, and what the compiler does for programs with tests. */
import { describe, expect, it } from "vitest";
import { Chip } from "../../../src/chip/chip.ts";
import { type CompileOptions, compileSource } from "../../../src/toolchain/compile.ts";
import { readElf, writeElf } from "../../../src/toolchain/elf/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { memoryPieces } from "../../../src/toolchain/loader.ts";
import { findSymbol, sectionAt } from "../../../src/toolchain/symbols.ts";

function run(image: Image): { code: number; text: string } {
  const chip = new Chip({ strict: true });
  chip.load(memoryPieces(image), "top");
  chip.reset("top");
  expect(chip.run({ maxCycles: 2_000_000 }).reason).toBe("finished");
  return { code: chip.returnCode("top"), text: chip.mailbox("top") };
}

const compile = async (source: string, options: CompileOptions = {}) =>
  (await compileSource(source, { name: "main.ts", ...options })).image;

describe("@dram and @cold", () => {
  const SOURCE = `// @ts-ignore: decorator
@dram const far = memory.data<i32>([10, 20, 30]);
// @ts-ignore: decorator
@cold const cold = memory.data<i32>([1, 2, 3]);
const near = memory.data<i32>([5]);
let calls: i32 = 0;
// @ts-ignore: decorator
@dram
function inDram(n: i32): i32 {
  calls++;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += load<i32>(far + 4 * i) + inCold(i);
  return sum;
}
// @ts-ignore: decorator
@cold
function inCold(i: i32): i32 {
  calls++;
  return load<i32>(cold + 4 * i) + inside();
}
function inside(): i32 {
  calls++;
  return calls > 100 ? inDram(0) : load<i32>(near);
}
export function main(): i32 {
  store<i32>(far + 8, load<i32>(far + 8) + 100);
  return 1000 * inDram(3) + calls;
}
`;

  it("put code and data into their memories, which call each other", async () => {
    const image = await compile(SOURCE);
    const placeOf = (name: string) => {
      const { address } = findSymbol(image, name) ?? expect.fail(`no symbol ${name}`);
      return [address >>> 0, sectionAt(image, address)?.name];
    };
    expect(placeOf("main/inDram")).toEqual([0x98000000, "ext_dram.text"]);
    expect(placeOf("main/far")).toEqual([0x5c000000, "ext_dram.data"]);
    expect(placeOf("main/inCold")).toEqual([0x80000000, "ext.text"]);
    expect(placeOf("main/cold")).toEqual([0x40010000, "ext.data"]);
    expect(placeOf("main/near")[1]).toBe("int.data");
    expect(memoryPieces(image).map(({ space }) => space)).toEqual(
      expect.arrayContaining(["sram", "external", "dram"]),
    );
    // 10 + 20 + 130, 1 + 2 + 3, 3 * 5; one call of inDram, three of the others
    expect(run(image).code).toBe(1000 * 181 + 7);
    expect(run(readElf(writeElf(image), "main.elf")).code).toBe(1000 * 181 + 7);
  });

  it("count the bytes that do not fit", async () => {
    const large = `// @ts-ignore: decorator\n@cold const large = memory.data(70000);\nexport function main(): i32 { return load<i32>(large); }\n`;
    await expect(compile(large)).rejects.toThrow(
      /@cold data main\/large of 70000 bytes reaches \d+ bytes beyond the external memory/,
    );
    expect(run(await compile(large.replace("@cold", "@dram"))).code).toBe(0);
  });
});

describe("programs with tests", () => {
  const TEST = `import { expectEqual, test } from "ppu/testing";\nimport { printLine } from "ppu/mailbox";\nprintLine("a text of the program");\ntest("the name of a test", () => { expectEqual(1, 2); });\n`;
  const textAt = (image: Image, text: string) => {
    const bytes = Uint8Array.from([...text].flatMap((c) => [0, c.charCodeAt(0)]));
    return image.sections.find(({ data }) => data && Buffer.from(data).indexOf(bytes) >= 0)?.name;
  };

  it("have a main, and texts of tests outside of the SRAM", async () => {
    const image = await compile(TEST);
    expect(run(image).text).toContain(
      "a text of the program\n[ Run      ] the name of a test\nmain.ts:4: failed: equal(1,2)\n",
    );
    expect(textAt(image, "the name of a test")).toBe("ext_dram.data");
    expect(textAt(image, "main.ts")).toBe("ext_dram.data");
    expect(textAt(image, ": failed: ")).toBe("ext_dram.data");
    expect(textAt(image, "a text of the program")).toBe("int.data");
  });

  it("leave the texts of other programs alone", async () => {
    const image = await compile(
      `import { expectEqual, summary } from "ppu/unittest";\nexport function main(): i32 { expectEqual(1, 2); return summary(); }\n`,
    );
    expect(textAt(image, ": failed: ")).toBe("int.data");
  });

  it("know the library by its place, not by its name", async () => {
    const own = new Map([
      ["testing.ts", "export function test(a: i32, b: i32): i32 { return 10 * a + b; }\n"],
      ["unittest.ts", "export function expectEqual(a: i32, b: i32): i32 { return a - b; }\n"],
    ]);
    const source = `import { test } from "./testing";\nimport { expectEqual } from "./unittest";\nexport function main(): i32 { return test(3, 4) + expectEqual(100, 0); }\n`;
    expect(run(await compile(source, { sources: own })).code).toBe(134);
    const passedOn = new Map([["checks.ts", 'export * from "ppu/testing";\n']]);
    const image = await compile(TEST.replace('"ppu/testing"', '"./checks"'), { sources: passedOn });
    expect(run(image).text).toContain("main.ts:4: failed: equal(1,2)\n");
  });
});
