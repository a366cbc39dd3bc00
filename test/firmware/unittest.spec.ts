import { describe, expect, it } from "vitest";
import { Chip } from "../../src/chip/chip.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { memoryPieces } from "../../src/toolchain/loader.ts";

const SOURCE = `import { begin, end, expectBetween, expectBytes, expectEqual, expectTrue, summary } from "ppu/unittest";
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
`;

describe("unit tests on the PPU", () => {
  it("report in the official texts, with file and line of each failed check", async () => {
    const { image } = await compileSource(SOURCE, { name: "sums.test.ts" });
    const chip = new Chip();
    chip.load(memoryPieces(image), "top");
    chip.reset("top");
    expect(chip.run({ maxCycles: 1_000_000 }).reason).toBe("finished");
    expect(chip.returnCode("top")).toBe(1);
    expect(chip.mailbox("top")).toBe(`[ Run      ] sums
sums.test.ts:6: failed: equal(4,5)
sums.test.ts:7: failed: lane 0 equal(3,4)
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
});
