import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readLcov } from "../trace/coverage/lcov-reader.ts";
import { ppu, workspace } from "./harness.ts";

const { path, file } = workspace();

const SOURCE = `import { print } from "ppu/mailbox";
function classify(x: i32): i32 {
  if (x > 4) {
    store<i32>(0x2000, x);
    return 1;
  }
  store<i32>(0x2004, x);
  return 0;
}
function unused(x: i32): i32 {
  return x + 1;
}
export function main(): i32 {
  print("classified\\n");
  return classify(ppuArgument()) + classify(2);
}
function ppuArgument(): i32 {
  return load<i32>(0x2100);
}
`;
const program = file("classify.ts", SOURCE);
const five = file("five.bin", Uint8Array.of(0, 0, 0, 5));

describe("ppu coverage", () => {
  it("prints a table, writes every form, and fails below a minimum", async () => {
    const paths = ["lcov.info", "final.json", "matrix.json", "saved.json", "html"].map(path);
    const outputs = ["--lcov", "--istanbul", "--matrix", "--save", "--html"].flatMap((option, n) => [
      option,
      paths[n],
    ]);
    const { code, stdout, stderr } = await ppu("coverage", program, ...outputs, "--min-lines", "99");
    expect(stdout).toMatch(/classify\.ts +│ +\d[\d.]* │ +50 │ +75 │ 4-5, 3>4 +│\n/);
    expect(stdout).toMatch(/firmware\/lib\/mailbox\.ts +│/);
    expect(stderr).toMatch(
      /^ppu: all files: [\d.]+ % of lines are covered \(\d+ of \d+\), less than 99 %\n$/,
    );
    expect(code).toBe(1);
    const [lcov, final, matrix] = paths.slice(0, 3).map((name) => readFileSync(name, "utf8"));
    const read = readLcov(lcov).find(({ name }) => name.endsWith("classify.ts"))!;
    expect(read.lines.get(4)).toBe(0);
    expect(read.lines.get(7)).toBe(2);
    expect(read.functions.get("unused")).toEqual({ line: 10, calls: 0 });
    const [name] = Object.keys(JSON.parse(final)).filter((key) => key.endsWith("classify.ts"));
    expect(JSON.parse(final)[name].path).toBe(name);
    expect(JSON.parse(matrix).byLine[name]["7"]).toEqual([program]);
    expect(JSON.parse(matrix).byLine[name]["4"]).toEqual([]);
    expect(existsSync(path("html/index.html"))).toBe(true);
  });

  it("adds earlier results, answers which test covers a line, and shows the source", async () => {
    const [first, second] = [path("first.json"), path("second.json")];
    const less = await ppu("coverage", program, "--save", first, "--source", "classify.ts");
    expect(less.code).toBe(0);
    const more = await ppu("coverage", program, "--load", `${five}@0x2100`, "--save", second);
    expect(more.code).toBe(1);
    expect(more.stderr).toContain(`ppu: ${program} failed\nclassified\n`);
    const both = await ppu(
      "coverage",
      "--from",
      first,
      "--from",
      second,
      "--source",
      "classify.ts",
      "--json",
    );
    const { total, files } = JSON.parse(both.stdout);
    expect(total.branches).toEqual({ covered: 2, total: 2, percent: 100 });
    const [{ uncoveredLines, uncoveredFunctions }] = Object.values(files) as {
      uncoveredLines: number[];
      uncoveredFunctions: string[];
    }[];
    expect(uncoveredLines).toEqual([]);
    expect(uncoveredFunctions).toEqual(["unused"]);
    const why = await ppu("coverage", "--from", second, "--why", "classify.ts:4");
    expect([why.code, why.stdout]).toEqual([
      0,
      expect.stringMatching(/classify\.ts:4 .*classify\.ts: 1 times\n$/),
    ]);
    const notCovered = await ppu("coverage", "--from", first, "--why", "classify.ts:4");
    expect([notCovered.code, notCovered.stdout]).toEqual([
      1,
      expect.stringMatching(/classify\.ts:4 is not covered by any test\n$/),
    ]);
    const noCode = await ppu("coverage", "--from", first, "--why", "classify.ts:6");
    expect(noCode.stdout).toMatch(/:6 has no code in any program; lines with code beside it: 5, 7\n$/);
    const { stdout } = await ppu("coverage", "--from", first, "--show", "classify.ts");
    expect(stdout).toContain("    #####:  4:     store<i32>(0x2000, x);\n");
    expect(stdout).toContain("        2:  7:   store<i32>(0x2004, x);\n");
    expect(stdout).toContain("^ column 7: to 4: never, to 7: 2\n");
    expect(stdout).toContain("^ unused: no program has code of it\n");
  });

  it("merges seeds and both PPUs", async () => {
    const saved = path("seeds.json");
    const options = ["--ppu", "both", "--seeds", "1..3", "--source", "classify.ts", "--save", saved];
    expect((await ppu("coverage", program, ...options)).code).toBe(0);
    const { tests } = JSON.parse(readFileSync(saved, "utf8"));
    expect(tests.map(({ name }: { name: string }) => name)).toEqual(
      [1, 2, 3].map((seed) => `${program} (noise seed ${seed})`),
    );
    for (const { coverage } of tests) {
      const [{ lines }] = Object.values(coverage) as { lines: Record<string, number> }[];
      expect(lines[7]).toBe(4);
    }
  });

  it.each([
    [[], "coverage needs programs to run, or --from with files of --save"],
    [["--from", "nothing.json"], "cannot read nothing.json: no such file"],
    [["--from", five], `${five} is no coverage file (no JSON); ppu coverage --save writes one`],
    [[program, "--min-lines", "101"], '--min-lines needs a percentage from 0 to 100, got "101"'],
    [[program, "--why", "classify"], '"classify" is no line; write file.ts:12'],
    [[program, "--lcov", path("no/such.info")], `cannot write ${path("no/such.info")}: no such directory`],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stdout, stderr } = await ppu("coverage", ...argv);
    expect([code, stdout, stderr]).toEqual([127, "", `ppu: ${message}\n`]);
  });
});

describe("ppu test --coverage", () => {
  const tests = file(
    "units.test.ts",
    `import { expectEqual, test } from "ppu/testing";
function twice(x: i32): i32 {
  if (x > 100) {
    store<i32>(0x2000, x);
    return 200;
  }
  return x * 2;
}
test("small", () => {
  expectEqual(twice(load<u8>(0x2200) + 4), 8);
});
test("large", () => {
  expectEqual(twice(load<u8>(0x2200) + 101), 200);
});
`,
  );

  it("measures all tests, and tells them apart", async () => {
    const saved = path("tests.json");
    const { code, stdout } = await ppu(
      "test",
      tests,
      "--coverage",
      "--source",
      "units.test.ts",
      "--save",
      saved,
    );
    expect(stdout).toMatch(/2 passed/);
    expect(stdout).toMatch(/units\.test\.ts +│ +100 │ +100 │/);
    expect(code).toBe(0);
    const why = await ppu("coverage", "--from", saved, "--why", "units.test.ts:4");
    expect(why.stdout).toMatch(/units\.test\.ts:4 .*units\.test\.ts > large: 1 times\n$/);
    const low = await ppu(
      "test",
      tests,
      "-t",
      "small",
      "--coverage",
      "--source",
      "units.test.ts",
      "--min-branches",
      "90",
    );
    expect(low.stdout).toMatch(/3>4/);
    expect([low.code, low.stderr]).toEqual([1, expect.stringContaining("% of branches are covered")]);
  });

  it("needs --coverage for its options", async () => {
    const { code, stderr } = await ppu("test", tests, "--min-lines", "3");
    expect([code, stderr]).toEqual([127, "ppu: options of coverage need --coverage\n"]);
  });
});
