/** The verb `ppu test`, with its threads. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { writeElf } from "../../src/toolchain/elf/index.ts";
import { ppu as anyPpu, workspace } from "./harness.ts";
import { RETURN } from "./programs.ts";

const { path, file } = workspace();

/** Without threads unless a test is about them: each of them has to load the compiler. */
const ppu = (verb: string, ...argv: string[]) =>
  anyPpu(verb, ...(argv.includes("--workers") ? [] : ["--workers", "1"]), ...argv);

const SUMS = `import { describe, expectEqual, test } from "ppu/testing";
import { printUnsigned } from "ppu/mailbox";
import { result, rest, convertEven, useMatrixMode } from "ppu/matrix-mode";
import { add } from "./add";

test("one and one", () => { expectEqual(add(1, 1), 2); });
describe("large", () => {
  test("numbers", () => { expectEqual(add(1000, 1000), 2000); });
  test("and wrong", () => { expectEqual(add(1000, 1000), 2001); });
});
test("after the failure", () => { expectEqual(add(0, 0), 0); });
`;

mkdirSync(path("suite"));
const sums = file("suite/sums.test.ts", SUMS);
const ADD = "export function add(a: i32, b: i32): i32 { return a + b; }\n";
const add = file("suite/add.ts", ADD);
const good = file("good.test.ts", `import { test } from "ppu/testing";\ntest("nothing", () => {});\n`);

/** Paths shortened, figures left out. */
const shown = (text: string): string =>
  text.replaceAll(/\S*\/suite\//g, "").replaceAll(/\d[\d ]* cycles?, \d[\d ]* instructions?/g, "time");

describe("ppu test", () => {
  it("runs the tests of a directory in their order and fails when one does", async () => {
    const { code, stdout, stderr } = await ppu("test", path("suite"), "--workers", "2");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(shown(stdout)).toBe(`sums.test.ts
  ✓ one and one (time)
  ✓ large > numbers (time)
  ✗ large > and wrong (time)
  ✓ after the failure (time)

FAIL sums.test.ts > large > and wrong (chip seed 0, noise seed 0)
  sums.test.ts:9: expected 2001, got 2000
       7 | describe("large", () => {
       8 |   test("numbers", () => { expectEqual(add(1000, 1000), 2000); });
    >  9 |   test("and wrong", () => { expectEqual(add(1000, 1000), 2001); });
      10 | });
      11 | test("after the failure", () => { expectEqual(add(0, 0), 0); });

1 failed, 3 passed (4 tests in 1 file)
time; chip seed 0, noise seed 0
`);
  });

  it("gives the same bytes with any number of threads", async () => {
    const [one, two] = await Promise.all(
      ["1", "2"].map((n) => ppu("test", sums, good, "--seeds", "1..3", "--workers", n)),
    );
    expect(one.stdout).toBe(two.stdout);
    expect(one.stdout.match(/noise seed 3\)\n/g)?.length).toBeGreaterThan(4);
    expect(one.stdout).toContain("3 failed, 12 passed (15 tests in 2 files)");
  });

  it("chooses tests by name, lists them, and stops at a failure", async () => {
    const chosen = await ppu("test", sums, "-t", "^large > n");
    expect(chosen.code).toBe(0);
    expect(shown(chosen.stdout)).toBe(
      "sums.test.ts\n  ✓ large > numbers (time)\n\n1 passed (1 test in 1 file)\ntime; chip seed 0, noise seed 0\n",
    );
    const list = await ppu("test", sums, "--list", "-t", "n");
    expect(shown(list.stdout)).toBe(
      "sums.test.ts > one and one\nsums.test.ts > large > numbers\nsums.test.ts > large > and wrong\n",
    );
    const json = await ppu("test", sums, "--list", "--reporter", "json");
    expect(JSON.parse(json.stdout).files[0].tests[1]).toMatchObject({
      name: ["large", "numbers"],
      location: { line: 8 },
    });
    const bail = await ppu("test", sums, good, "--bail");
    expect(bail.code).toBe(1);
    expect(bail.stdout).not.toContain("after the failure (");
    expect(bail.stdout).toMatch(
      /\n1 failed, 2 passed \(3 tests in 1 file\)\n.*\nstopped early \(--bail\)\n$/,
    );
  });

  it("writes reports to files and keeps the terminal informed", async () => {
    const junit = await ppu("test", sums, "--reporter", "junit", "-o", path("sums.xml"));
    expect(junit.code).toBe(1);
    expect(junit.stdout).toContain("1 failed, 3 passed");
    expect(readFileSync(path("sums.xml"), "utf8")).toMatch(
      /^<\?xml .*\n<testsuites name="ppu test" tests="4" failures="1"/,
    );
    const json = await ppu("test", sums, "--reporter", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({ passed: false, totals: { tests: 4, failed: 1 } });
  });

  it("reports files that do not compile like failed tests, and goes on", async () => {
    const broken = file(
      "broken.test.ts",
      `import { test } from "ppu/testing";\ntest("it", () => { wrong(); });\n`,
    );
    const { code, stdout } = await ppu("test", broken, good);
    expect(code).toBe(1);
    expect(stdout).toContain(`${broken}\n  ✗ cannot be run\n`);
    expect(stdout).toMatch(
      /FAIL .*broken\.test\.ts\n {2}.*broken\.test\.ts:2:20: Cannot find name 'wrong'\.\n/,
    );
    expect(stdout).toContain("1 file cannot be run, 1 passed (1 test in 2 files)");
  });

  it("lets options decide what tests do not ask for", async () => {
    const asking = file(
      "asking.test.ts",
      `import { expectEqual, test } from "ppu/testing";
import { detectHemisphere } from "ppu/location";
import { load32 } from "ppu/intrinsics";
const three = memory.data<u8>([1, 2, 3]);
test("on top", () => { expectEqual(detectHemisphere(), 0); });
test("maps", () => { load32(0x20000000); });
test("is long", () => { for (let i = 0; i < 5000; i++) load32(0x100); });
test("is bounded", () => { assert(load<i32>(three) == 0); }).expectTrap();
`,
    );
    const failed = async (...options: string[]) => {
      const { stdout } = await ppu("test", asking, "--reporter", "json", ...options);
      const tests: { name: string[]; passed: boolean }[] = JSON.parse(stdout).files[0].tests;
      return tests.filter(({ passed }) => !passed).map(({ name }) => name[0]);
    };
    expect(await failed()).toEqual(["maps", "is bounded"]);
    expect(await failed("--no-strict", "--checks", "--ppu", "bottom")).toEqual(["on top"]);
    expect(await failed("--max-cycles", "1000")).toContain("is long");
  });

  it.each([
    [["none.test.ts"], /^ppu: none\.test\.ts: no such file or directory\n$/],
    [["nothing/**/*.test.ts"], /^ppu: nothing\/\*\*\/\*\.test\.ts: no tests there/],
    [[good, "-t", "("], /^ppu: --name needs a regular expression, got "\("\n$/],
    [[good, "-t", "zzz"], /^ppu: no test matches --name "zzz"; ppu test --list shows their names\n$/],
    [[good, "--seeds", "5..1"], /^ppu: --seeds needs seeds from 0 to/],
    [
      [good, "--seeds", "1", "--noise-seed", "2"],
      /^ppu: --seeds is short for --noise-seed; give one of them\n$/,
    ],
    [[good, "-o", "x"], /^ppu: --output is for --reporter json or junit; add one of them\n$/],
    [
      [good, "--reporter", "json", "-o", "/no/dir/x"],
      /^ppu: cannot write \/no\/dir\/x: no such directory\n$/,
    ],
    [[good, "--timing", "x"], /^ppu: .*timing/],
    [[good, "--workers", "0"], /^ppu: --workers needs a whole number from 1 to/],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stdout, stderr } = await ppu("test", ...argv);
    expect({ code, stdout }).toEqual({ code: 127, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

/** What the official library prints. */
const CONVENTION = `import { begin, end, expectEqual, summary } from "ppu/unittest";
import { printLine } from "ppu/mailbox";
import { trap } from "ppu/intrinsics";
export function main(): i32 {
  begin("Test(sum.small)");
  expectEqual(1 + 1, 2);
  end();
  begin("Test(sum.large)");
  printLine("hint");
  expectEqual(2 + 2, 5);
  end();
  /* end */
  return summary();
}
`;

describe("programs that tell their cases themselves", () => {
  const elf = async (name: string, source: string) =>
    file(name, writeElf((await compileSource(source, { name: "sum.ts" })).image));

  it("run as a whole, each case a test", async () => {
    const { code, stdout } = await ppu("test", await elf("cases.elf", CONVENTION));
    expect(code).toBe(1);
    expect(shown(stdout)).toBe(`${path("cases.elf")}
  ✓ Test(sum.small)
  ✗ Test(sum.large)
  ran as a whole: top time

FAIL ${path("cases.elf")} > Test(sum.large) (chip seed 0, noise seed 0)
  sum.ts:10: equal(4,5)
  mailbox of ${path("cases.elf")}:
    hint

1 failed, 1 passed (2 tests in 1 file)
time; chip seed 0, noise seed 0
`);
  });

  it("fail by a trap within a case, and by their return code", async () => {
    const trapped = await ppu(
      "test",
      await elf("trapped.elf", CONVENTION.replace("expectEqual(2 + 2, 5)", "trap()")),
    );
    expect(trapped.code).toBe(1);
    expect(trapped.stdout).toMatch(/FAIL .* > Test\(sum\.large\).*\n {2}sum\.ts:10:3: trap/);
    expect(trapped.stdout).toContain("last instructions (top):");
    const seven = file("seven.elf", writeElf(assemble(`li r3, 7\n${RETURN}`, "seven.s")));
    const zero = file("zero.elf", writeElf(assemble(RETURN, "zero.s")));
    const { code, stdout } = await ppu("test", seven, zero);
    expect(code).toBe(1);
    expect(stdout).toContain(`${zero}\n  ✓ returns 0\n`);
    expect(stdout).toMatch(/FAIL .*seven\.elf > returns 0 .*\n {2}return code 7\n/);
    const despite = CONVENTION.replace("2 + 2, 5", "2 + 2, 4").replace(
      "return summary()",
      "summary(); return 3",
    );
    const despiteAll = await ppu("test", await elf("despite.elf", despite));
    expect(despiteAll.stdout).toMatch(/✓ Test\(sum\.large\)\n {2}✗ returns 0\n/);
    expect(despiteAll.stdout).toContain("  return code 3\n");
  });

  it("are chosen by the names of their cases, on both PPUs as well", async () => {
    const program = await elf("both.elf", CONVENTION);
    const { stdout } = await ppu("test", program, "--ppu", "both", "-t", "small");
    expect(shown(stdout)).toContain(
      "  ✓ top > Test(sum.small)\n  ✓ bottom > Test(sum.small)\n  ran as a whole: top time; bottom time\n",
    );
    expect((await ppu("test", program, "--list")).stdout).toContain(
      "(runs as a whole; tells its cases then)",
    );
  });

  it("are isolated when their image has a list of tests", async () => {
    const sources = new Map([["add.ts", ADD]]);
    const { image } = await compileSource(SUMS, { name: "sums.test.ts", sources });
    const { stdout } = await ppu("test", file("sums.elf", writeElf(image)));
    expect(stdout).toMatch(/✓ one and one \([\d ]+ cycles/);
    expect(stdout).toContain("1 failed, 3 passed (4 tests in 1 file)");
  });
});

describe("ppu test --watch", () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  /** The verb in this process, watching; `until` waits for text that comes after what was last waited for. */
  function start(...argv: string[]) {
    const input = new PassThrough();
    let stdout = "";
    let seen = 0;
    const io = {
      stdout: (text: string) => void (stdout += text),
      stderr: (text: string) => void (stdout += text),
      input,
      isTerminal: false,
      exitCode: 0,
    };
    const finished = runCli(["test", "--watch", "--workers", "1", ...argv], io);
    endings.push(() => {
      input.write("q");
      return finished;
    });
    return {
      key: (key: string) => input.write(key),
      finished,
      async until(text: string): Promise<string> {
        for (;;) {
          const at = stdout.indexOf(text, seen);
          if (at >= 0) {
            const piece = stdout.slice(seen, at + text.length);
            seen = at + text.length;
            return piece;
          }
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    };
  }

  it("runs again what a change concerns, imports included, and all on request", async () => {
    const session = start(sums, good);
    expect(await session.until("enter runs all tests, q quits")).toContain(
      "1 failed, 4 passed (5 tests in 2 files)",
    );
    writeFileSync(add, ADD.replace("a + b", "a + b + 1"));
    const changed = await session.until("enter runs all tests, q quits");
    expect(changed).toContain("✗ one and one");
    expect(changed).toContain("3 failed, 1 passed (4 tests in 1 file)");
    expect(changed).not.toContain("good.test.ts");
    writeFileSync(add, "export function add(a: i32");
    expect(await session.until("enter runs all tests, q quits")).toContain("cannot be run");
    writeFileSync(add, ADD);
    expect(await session.until("enter runs all tests, q quits")).toContain(
      "1 failed, 3 passed (4 tests in 1 file)",
    );
    session.key("\n");
    expect(await session.until("enter runs all tests, q quits")).toContain(
      "1 failed, 4 passed (5 tests in 2 files)",
    );
    session.key("q");
    expect(await session.finished).toBe(1);
  });

  it("finds new files", async () => {
    mkdirSync(path("growing"));
    file("growing/first.test.ts", `import { test } from "ppu/testing";\ntest("first", () => {});\n`);
    const session = start(path("growing"));
    await session.until("enter runs all tests, q quits");
    file("growing/second.test.ts", `import { test } from "ppu/testing";\ntest("second", () => {});\n`);
    const grown = await session.until("enter runs all tests, q quits");
    expect(grown).toContain("✓ second");
    expect(grown).not.toContain("✓ first");
  });
});
