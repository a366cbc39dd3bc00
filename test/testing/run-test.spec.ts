/** Tests of firmware: how they are isolated, what they may ask for, and what is said when they fail. */
import { beforeAll, describe, expect, it } from "vitest";
import type { TestResult } from "../../src/testing/model.ts";
import { build, inDirectory, runFile } from "./programs.ts";

const write = inDirectory();

/** Results by the last part of their names. */
const byName = (results: readonly TestResult[]): Map<string, TestResult> =>
  new Map(results.map((result) => [result.name.at(-1)!, result]));

const WAYS = `import { describe, expectBytes, expectEqual, expectTrue, fail, IDEAL, test } from "ppu/testing";
import { exit, load32, store32, trap } from "ppu/intrinsics";
import { print, printLine, putByte } from "ppu/mailbox";
import { splatBytes, sync, loadBytes } from "ppu/vector";

const counter = memory.data(4, 4);
const buffer = memory.data(128, 128);
let setUp: i32 = 0;
setUp = 40 + load<i32>(counter);

function half(x: i32): i32 {
  if (x & 1) trap();
  return x / 2;
}

test("passes", () => {
  expectEqual(setUp, 40);
  setUp = 7;
  store32(counter, 3);
});
test("starts anew", () => {
  expectEqual(setUp, 40);
  expectEqual(load32(counter), 0);
  expectEqual(load32(0x40000100), 0);
  store32(0x40000100, 1);
});
test("starts anew again", () => {
  expectEqual(load32(0x40000100), 0);
  store32(0x40000100, 1);
});
describe("outer", () => {
  describe("inner", () => {
    test("fails", () => {
      print("one ");
      printLine("two");
      expectEqual(2 + 2, 5);
      expectBytes(splatBytes(3), splatBytes(4));
      expectTrue(false);
      fail("this is why");
    });
  });
  test("behind", () => {});
});
test("traps", () => {
  expectEqual(half(4), 2);
  expectEqual(half(5), 2);
});
test("traps as it should", () => { half(1); }).expectTrap();
test("does not trap", () => { half(2); }).expectTrap();
test("never ends", () => { for (;;) {} }).maxCycles(3000);
test("never ends as it should", () => { for (;;) {} }).expectTimeout(3000);
test("ends too early", () => {}).expectTimeout(3000);
test("traps instead", () => { half(1); }).expectTimeout(3000);
test("fails before the trap", () => { expectEqual(1, 2); half(1); }).expectTrap();
test("ends the program", () => { exit(0); });
test("forgets sync", () => {
  store<i32>(buffer, 1);
  loadBytes(buffer).store(buffer);
  sync();
});
test("forgets sync and does not care", () => {
  store<i32>(buffer, 1);
  loadBytes(buffer).store(buffer);
  sync();
}).lenient();
test("talks too much", () => {
  for (let i = 0; i < 5000; i++) putByte(46);
  expectEqual(1, 2);
});
test("ünïcödé → ✓", () => {});
`;

/** Number of the line of `WAYS` on which a text begins. */
const lineOf = (text: string): number => WAYS.slice(0, WAYS.indexOf(text)).split("\n").length;

describe("tests of ppu/testing", () => {
  let results = new Map<string, TestResult>();
  beforeAll(async () => {
    results = byName(await runFile(write("ways.test.ts", WAYS)));
  });
  const result = (name: string): TestResult => results.get(name) ?? expect.fail(`no test ${name}`);
  const messages = (name: string): string[] =>
    result(name).failures.map(({ kind, message }) => `${kind}: ${message}`);

  it.each([
    "passes",
    "starts anew",
    "starts anew again",
    "behind",
    "traps as it should",
    "never ends as it should",
    "forgets sync and does not care",
    "ünïcödé → ✓",
  ])("%s", (name) => {
    expect(messages(name)).toEqual([]);
    expect(result(name).passed).toBe(true);
  });

  it("have names with their groups, and the place where they are declared", () => {
    expect(result("fails").name).toEqual(["outer", "inner", "fails"]);
    expect(result("behind").name).toEqual(["outer", "behind"]);
    expect(result("passes").location).toEqual({
      file: "ways.test.ts",
      line: lineOf('test("passes"'),
      column: 0,
    });
    expect(result("fails").location?.line).toBe(lineOf('test("fails"'));
  });

  it("fail at the checks that do not hold", () => {
    expect(result("fails").failures).toEqual([
      {
        kind: "check",
        ppu: "top",
        message: "expected 5, got 4",
        location: { file: "ways.test.ts", line: lineOf("expectEqual(2 + 2"), column: 0 },
      },
      {
        kind: "check",
        ppu: "top",
        message: "lane 0: expected 4, got 3",
        location: { file: "ways.test.ts", line: lineOf("expectBytes(splatBytes(3)"), column: 0 },
      },
      {
        kind: "check",
        ppu: "top",
        message: "expected a condition to hold",
        location: { file: "ways.test.ts", line: lineOf("expectTrue(false"), column: 0 },
      },
      {
        kind: "check",
        ppu: "top",
        message: "this is why",
        location: { file: "ways.test.ts", line: lineOf('fail("this'), column: 0 },
      },
    ]);
  });

  it.each([
    ["traps", ["trap: trap (failed check or unreachable code)"]],
    ["does not trap", ["return: expected a trap, but the test returned"]],
    ["never ends", ["timeout: still running after "]],
    ["ends too early", ["return: expected a timeout, but the test returned"]],
    ["traps instead", ["trap: trap (failed check or unreachable code)"]],
    ["fails before the trap", ["check: expected 2, got 1"]],
    ["ends the program", ["return: the program ended within the test, with return code 0"]],
    ["forgets sync", ["finding: "]],
    [
      "talks too much",
      ["return: a check failed, and the mailbox was full before it could be told; print less"],
    ],
  ])("%s", (name, expected) => {
    expect(messages(name)).toEqual(expected.map((text) => expect.stringContaining(text)));
    expect(result(name).passed).toBe(false);
  });

  it("show where they were stopped, and the last instructions up to there", () => {
    const [trap] = result("traps").failures;
    expect(trap.location).toMatchObject({ file: "ways.test.ts", line: lineOf("  if (x & 1)") });
    expect(trap.history?.at(-1)).toMatchObject({
      instruction: "trap",
      source: expect.stringMatching(/^ways\.test\.ts:\d+:/),
    });
    const [endless] = result("never ends").failures;
    expect(endless.location?.line).toBe(lineOf('test("never ends"'));
    expect(endless.history).toHaveLength(12);
    const [finding] = result("forgets sync").failures;
    expect(finding.message).toMatch(/sync/);
    expect(finding.location?.line).toBe(lineOf("  store<i32>(buffer") + 1);
  });

  it("count cycles and instructions of the body only", () => {
    const { cycles, instructions } = result("behind");
    expect(instructions).toBe(1);
    expect(cycles).toBeLessThan(10);
    const endless = result("never ends as it should");
    expect(endless.cycles).toBeGreaterThan(2900);
    expect(endless.cycles).toBeLessThan(3100);
  });

  it("take the same time wherever they stand in their file", async () => {
    const it = `test("it", () => { let sum = 0; for (let i = 0; i < 50; i++) sum += load<u8>(0x200 + i); expectEqual(sum, sum); });\n`;
    const other = `test("other", () => { expectEqual(1, 1); });\n`;
    const timeOf = async (...tests: string[]) => {
      const file = write(
        "order.test.ts",
        `import { expectEqual, test } from "ppu/testing";\n${tests.join("")}`,
      );
      return byName(await runFile(file)).get("it")!;
    };
    const first = await timeOf(it, other, other);
    const last = await timeOf(other, other, it);
    expect(last.instructions).toBe(first.instructions);
    expect(Math.abs(last.cycles! - first.cycles!)).toBeLessThan(10);
  });
});

describe("what a test asks for", () => {
  it("is known before it runs", async () => {
    const { tests } = await build(
      write(
        "asks.test.ts",
        `import { IDEAL, RAW, test } from "ppu/testing";
test("plain", () => {});
test("much", () => {}).maxCycles(5).onBothPpus().lenient().onChip(RAW).chipSeed(0).noiseSeeds(3, 5)
  .load("asks.test.ts", 0x40000000).load("asks.test.ts", 0x50000100);
test("trap", () => {}).expectTrap().onChip(IDEAL).chipSeed(9);
test("timeout", () => {}).expectTimeout(77);
`,
      ),
    );
    const none = { onBothPpus: false, lenient: false, inputs: [] };
    expect(tests?.map(({ demands }) => demands)).toEqual([
      { expects: "return", ...none },
      {
        expects: "return",
        maxCycles: 5,
        chip: "raw",
        chipSeed: 0,
        noiseSeeds: [3, 4, 5],
        onBothPpus: true,
        lenient: true,
        inputs: [
          { file: "asks.test.ts", address: 0x40000000 },
          { file: "asks.test.ts", address: 0x50000100 },
        ],
      },
      { expects: "trap", chip: "ideal", chipSeed: 9, ...none },
      { expects: "timeout", maxCycles: 77, ...none },
    ]);
  });

  it("both PPUs: has to pass on both", async () => {
    const results = byName(
      await runFile(
        write(
          "both.test.ts",
          `import { expectEqual, test } from "ppu/testing";
import { detectHemisphere } from "ppu/location";
test("here and there", () => { expectEqual(1, 1); }).onBothPpus();
test("only here", () => { expectEqual(detectHemisphere(), 0); }).onBothPpus();
`,
        ),
      ),
    );
    expect(results.get("here and there")).toMatchObject({
      passed: true,
      ppus: [{ ppu: "top" }, { ppu: "bottom" }],
    });
    expect(results.get("only here")?.failures).toMatchObject([
      { ppu: "bottom", message: "expected 0, got 1" },
    ]);
  });

  it("files that are there", async () => {
    const file = write(
      "input.test.ts",
      `import { test } from "ppu/testing";\ntest("it", () => {}).load("none.bin", 0x40000000);\n`,
    );
    await expect(build(file)).rejects.toThrow("input.test.ts:2: cannot load none.bin: no such file");
  });

  it.each([
    ["no tests", `import { test } from "ppu/testing";\n`, /empty\.test\.ts: no tests; declare some/],
    [
      "set-up that traps",
      `import { test } from "ppu/testing";\nimport { trap } from "ppu/intrinsics";\nimport { printLine } from "ppu/mailbox";\nprintLine("so far");\ntrap();\ntest("it", () => {});\n`,
      /empty\.test\.ts:5: outside of the tests: trap.*\nso far/,
    ],
    [
      "set-up that does not end",
      `import { test } from "ppu/testing";\nfor (;;) {}\ntest("it", () => {});\n`,
      /outside of the tests: still running after/,
    ],
    [
      "an error",
      `import { test } from "ppu/testing";\ntest("it", () => { nothing(); });\n`,
      /empty\.test\.ts:2:20: Cannot find name/,
    ],
    [
      "too many tests",
      `import { test } from "ppu/testing";\nfor (let i = 0; i < 400; i++) test("again", () => {});\n`,
      /outside of the tests: return code 1\n.*more tests than there is room for/s,
    ],
  ])("a file with %s cannot be run, for a reason", async (_, text, message) => {
    await expect(build(write("empty.test.ts", text))).rejects.toThrow(message);
  });
});

describe("as an ordinary program", () => {
  it("runs all tests and prints the texts", async () => {
    const { compileFirmware } = await import("../../src/toolchain/compile.ts");
    const { loadFirmware, run } = await import("../../src/vitest/firmware.ts");
    write(
      "ways.test.ts",
      WAYS.replace('test("traps", () => {', 'test("traps", () => { return;').replaceAll(
        "for (;;) {} }).max",
        "}).max",
      ),
    );
    const { image } = await compileFirmware("ways.test.ts");
    expect(image.symbols.map(({ name }) => name)).toContain("ppu/testing/main");
    const firmware = await loadFirmware("ways.test.ts");
    const { mailbox } = run(firmware, { strict: false });
    expect(mailbox).toContain(
      "[ Run      ] outer > inner > fails\none two\nways.test.ts:36: failed: equal(4,5)\n",
    );
    expect(mailbox).toContain("[ Not run  ] traps as it should\n");
  });

  it("keeps a main of its own, however it is exported", async () => {
    const { run, loadFirmware } = await import("../../src/vitest/firmware.ts");
    for (const ending of [
      "export function main(): i32 { return 9; }",
      "function main(): i32 { return 9; }\nexport { main };",
    ]) {
      const firmware = await loadFirmware(
        `import { test } from "ppu/testing";\ntest("it", () => {});\n${ending}\n`,
      );
      expect(run(firmware).returnCode).toBe(9);
    }
  });
});
