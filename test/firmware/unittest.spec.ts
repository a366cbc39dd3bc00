import { describe, expect, it } from "vitest";
import { Chip } from "../../src/chip/chip.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { memoryPieces } from "../../src/toolchain/loader.ts";

/** Compiles a text as `sums.test.ts` and runs it on the top PPU to its end. */
async function run(source: string): Promise<{ code: number; text: string }> {
  const { image } = await compileSource(source, { name: "sums.test.ts" });
  const chip = new Chip();
  chip.load(memoryPieces(image), "top");
  chip.reset("top");
  expect(chip.run({ maxCycles: 1_000_000 }).reason).toBe("finished");
  return { code: chip.returnCode("top"), text: chip.mailbox("top") };
}

describe("unit tests on the PPU", () => {
  it("report in the official texts, with file and line of each failed check", async () => {
    const { code, text } =
      await run(`import { begin, end, expectBetween, expectBytes, expectEqual, expectTrue, summary } from "ppu/unittest";
import { splatBytes } from "ppu/vector";
export function main(): i32 {
  begin("sums");
  expectEqual(1 + 1, 2);
  expectEqual(2 + 2, 5);
  expectBytes(splatBytes(1) + splatBytes(2), splatBytes(4));
  end();
  begin("ranges");
  expectBetween(3, 1, 5);
  expectTrue(true);
  end();
  return summary();
}
`);
    expect(code).toBe(1);
    expect(text).toBe(`[ Run      ] sums
sums.test.ts:6: failed: equal(4,5)
sums.test.ts:7: failed: equal(lane 0: 3,4)
[  Failed  ]
[ Run      ] ranges
[       Ok ] Passed 2 tests

[==========]
[  Passed  ] 1 test cases
[  Failed  ] 1 test cases

[==========]
[  Passed  ] 3 tests
[  Failed  ] 2 tests
`);
  });

  it("count failed checks of a case that was never ended, or never begun", async () => {
    const unfinished = await run(`import { begin, end, expectEqual, summary } from "ppu/unittest";
export function main(): i32 {
  begin("open");
  expectEqual(2, 5);
  begin("also open");
  expectEqual(3, 3);
  return summary();
}
`);
    expect(unfinished.code).toBe(1);
    expect(unfinished.text).toContain("[  Failed  ]\n[ Run      ] also open\n[       Ok ] Passed 1 tests\n");
    expect(unfinished.text).toContain("[  Passed  ] 1 test cases\n[  Failed  ] 1 test cases\n");
    const bare = await run(`import { expectTrue, summary } from "ppu/unittest";
export function main(): i32 {
  expectTrue(false);
  return summary();
}
`);
    expect(bare.code).toBe(1);
    expect(bare.text).toContain("sums.test.ts:3: failed: true(0,1)\n[  Failed  ]\n");
  });

  it("have their place through a namespace, and a place that a helper forwards", async () => {
    const { code, text } = await run(`import * as t from "ppu/unittest";
import { expectEqual as same } from "ppu/unittest";
function expectSquare(x: i32, square: i32, file: string, line: i32): void {
  t.expectEqual(x * x, square, file, line);
  same(x * x, square, file, line + 1);
}
export function main(): i32 {
  t.begin("squares");
  t.expectEqual(1, 2);
  expectSquare(3, 8, "elsewhere.ts", 70);
  t.end();
  return t.summary();
}
`);
    expect(code).toBe(1);
    expect(text).toContain(`[ Run      ] squares
sums.test.ts:9: failed: equal(1,2)
elsewhere.ts:70: failed: equal(9,8)
elsewhere.ts:71: failed: equal(9,8)
[  Failed  ]
`);
  });
});
