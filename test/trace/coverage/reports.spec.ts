/** Merging coverage, and the forms in which it leaves: each checked by a reader of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import istanbulCoverage from "istanbul-lib-coverage";
import { afterAll, describe, expect, it } from "vitest";
import {
  annotated,
  type CoverageData,
  coverageMatrix,
  decodeCoverage,
  encodeCoverage,
  type FileCoverage,
  istanbulData,
  lcovText,
  lineRanges,
  mergeCoverage,
  mergeTests,
  missedWays,
  percentText,
  summaryOf,
  totalOf,
  whyCovered,
  writeHtml,
} from "../../../src/trace/coverage/index.ts";
import { coverageData } from "./arbitrary.ts";
import { readLcov } from "./lcov-reader.ts";

const TEXT: readonly string[] = Array.from({ length: 30 }, (_, n) => `  statement ${n + 1}; // <&>`);
const source = () => TEXT;
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe("merging", () => {
  it("does not depend on the order, and nothing is the neutral element", () => {
    fc.assert(
      fc.property(coverageData, coverageData, coverageData, (a, b, c) => {
        const all = mergeCoverage([a, b, c]);
        expect(mergeCoverage([c, a, b])).toEqual(all);
        expect(mergeCoverage([a, mergeCoverage([b, c])])).toEqual(all);
        expect(mergeCoverage([{}, all])).toEqual(all);
        expect(JSON.stringify(mergeCoverage([b, c, a]))).toBe(JSON.stringify(all));
      }),
    );
  });

  it("adds counts of lines that any of them has code of", () => {
    fc.assert(
      fc.property(coverageData, coverageData, (a, b) => {
        const all = mergeCoverage([a, b]);
        for (const [name, file] of Object.entries(all)) {
          const parts = [a, b].flatMap((part) => part[name] ?? []);
          const lines = new Set(parts.flatMap((part) => Object.keys(part.lines)));
          expect(new Set(Object.keys(file.lines))).toEqual(lines);
          for (const line of lines) {
            const expected = sum(parts.map((part) => part.lines[Number(line)] ?? 0));
            expect(file.lines[Number(line)]).toBe(expected);
          }
        }
      }),
    );
  });
});

describe("lcov", () => {
  it("is what geninfo(1) describes, with all figures", () => {
    fc.assert(
      fc.property(coverageData, (data) => {
        const files = readLcov(lcovText(data));
        expect(files.map(({ name }) => name)).toEqual(Object.keys(data));
        for (const { name, lines, branches, functions } of files) {
          const file = data[name];
          expect(Object.fromEntries(lines)).toEqual(file.lines);
          const ways = Object.values(file.branches).map((counts) => Object.values(counts));
          expect(branches.size).toBe(sum(ways.map((counts) => counts.length)));
          const taken = [...branches.values()];
          expect(sum(taken.map((count) => count ?? 0))).toBe(sum(ways.flat()));
          const never = ways.filter((counts) => counts.every((count) => count === 0)).flat().length;
          expect(taken.filter((count) => count === undefined).length).toBe(never);
          expect([...functions.values()].map((f) => [f.line, f.calls]).sort()).toEqual(
            Object.entries(file.functions)
              .map(([key, f]) => [Number.parseInt(key, 10), f.calls])
              .sort(),
          );
        }
      }),
    );
  });
});

describe("istanbul", () => {
  it("reads its data with the same figures", () => {
    fc.assert(
      fc.property(coverageData, (data) => {
        const map = istanbulCoverage.createCoverageMap(
          JSON.parse(JSON.stringify(istanbulData(data, source))),
        );
        for (const [name, file] of Object.entries(data)) {
          const read = map.fileCoverageFor(name);
          expect(read.getLineCoverage()).toEqual(file.lines);
          const { lines, branches, functions } = read.toSummary();
          const own = summaryOf(file);
          expect({ covered: lines.covered, total: lines.total }).toEqual(own.lines);
          expect({ covered: branches.covered, total: branches.total }).toEqual(own.branches);
          expect({ covered: functions.covered, total: functions.total }).toEqual(own.functions);
        }
        const total = map.getCoverageSummary();
        expect(total.lines.covered).toBe(totalOf(data).lines.covered);
      }),
    );
  });

  const directories = ["a", "b"].map((name) => mkdtempSync(join(tmpdir(), `ppu-html-${name}-`)));
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true });
  });

  it("makes the same pages each time, with what was covered and what was not", async () => {
    const file: FileCoverage = {
      lines: { 2: 3, 5: 0 },
      branches: { "2:3": { "5": 0, end: 3 } },
      functions: { "1:f": { calls: 3, compiled: true }, "9:g": { calls: 0, compiled: false } },
    };
    const data: CoverageData = { "lib/a.ts": file, "b.ts": { lines: { 1: 1 }, branches: {}, functions: {} } };
    writeHtml(data, source, directories[0], "1.2.3");
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeHtml(data, source, directories[1], "1.2.3");
    const page = readFileSync(join(directories[0], "lib/a.ts.html"), "utf8");
    const gutter = /<td class="line-coverage quiet">(.*?)<\/td>/s.exec(page)![1].split("\n");
    expect(gutter[1]).toContain('cline-yes">3x');
    expect(gutter[4]).toContain("cline-no");
    expect(gutter[2]).toContain("cline-neutral");
    expect(page).toMatch(/branch not covered" >\s*statement 2; \/\/ &lt;&amp;&gt;/);
    expect(page).toMatch(/function not covered" >\s*statement 9/);
    for (const name of readdirSync(directories[0], { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".html")) continue;
      const text = readFileSync(join(directories[0], name), "utf8");
      expect(text).toBe(readFileSync(join(directories[1], name), "utf8"));
      expect(text).toContain("with ppu-emu 1.2.3");
    }
  });
});

describe("coverage by test", () => {
  const tests = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("first", "second", "third > nested"), coverage: coverageData }),
    { selector: ({ name }) => name, minLength: 1 },
  );

  it("is read back from its file as it was", () => {
    fc.assert(
      fc.property(tests, (list) => {
        expect(decodeCoverage(encodeCoverage(list), "c.json")).toEqual(JSON.parse(JSON.stringify(list)));
      }),
    );
  });

  it("puts runs of one test together", () => {
    fc.assert(
      fc.property(coverageData, coverageData, (a, b) => {
        const merged = mergeTests([
          { name: "x", coverage: a },
          { name: "y", coverage: b },
          { name: "x", coverage: b },
        ]);
        expect(merged.map(({ name }) => name)).toEqual(["x", "y"]);
        expect(merged[0].coverage).toEqual(mergeCoverage([a, b]));
      }),
    );
  });

  it("tells the same by line, by test and asked for a line", () => {
    fc.assert(
      fc.property(tests, (list) => {
        const { byLine, byTest } = coverageMatrix(list);
        for (const [file, lines] of Object.entries(byLine)) {
          for (const [line, names] of Object.entries(lines)) {
            const expected = list.filter(({ coverage }) => (coverage[file]?.lines[Number(line)] ?? 0) > 0);
            expect(names).toEqual(expected.map(({ name }) => name));
            const cause = whyCovered(list, `${file}:${line}`);
            expect(cause.tests.map(({ name }) => name).sort()).toEqual([...names].sort());
            expect(cause.count).toBe(sum(cause.tests.map(({ count }) => count)));
          }
        }
        for (const { name, coverage } of list) {
          for (const [file, of] of Object.entries(coverage)) {
            expect(byTest[name][file] ?? "").toBe(lineRanges(of, (count) => count > 0));
          }
        }
      }),
    );
  });

  const one = [
    { name: "t", coverage: { "lib/a.ts": { lines: { 3: 1, 9: 0 }, branches: {}, functions: {} } } },
  ];

  it("says where code is when a line has none", () => {
    expect(whyCovered(one, "a.ts:5")).toMatchObject({
      file: "lib/a.ts",
      count: undefined,
      neighbours: [3, 9],
    });
    expect(whyCovered(one, "lib/a.ts:9")).toMatchObject({ count: 0, tests: [] });
    expect(() => whyCovered(one, "a.ts")).toThrow('"a.ts" is no line; write file.ts:12');
    expect(() => whyCovered(one, "c.ts:1")).toThrow("no program has code of a file c.ts; there is lib/a.ts");
    const two = { "lib/a.ts": one[0].coverage["lib/a.ts"], "a.ts": one[0].coverage["lib/a.ts"] };
    expect(whyCovered([{ name: "t", coverage: two }], "a.ts:3").file).toBe("a.ts");
    const twins = { "x/a.ts": two["a.ts"], "y/a.ts": two["a.ts"] };
    expect(() => whyCovered([{ name: "t", coverage: twins }], "a.ts:3")).toThrow("may be x/a.ts or y/a.ts");
  });

  it.each([
    ["{", "c.json is no coverage file (no JSON)"],
    ["[]", "c.json is no coverage file; ppu coverage"],
    ['{"format":"ppu-emu coverage","version":9,"tests":[]}', "is a coverage file of version 9; this reads 1"],
    ['{"format":"ppu-emu coverage","version":1}', "is damaged at test 1"],
    [
      encodeCoverage([
        ...one,
        { name: "u", coverage: { f: { lines: { 0: 1 }, branches: {}, functions: {} } } },
      ]),
      "is damaged at test 2",
    ],
    [
      encodeCoverage([{ name: "u", coverage: { f: { lines: { 1: -1 }, branches: {}, functions: {} } } }]),
      "is damaged at test 1",
    ],
  ])("refuses %.40s in one line", (text, message) => {
    expect(() => decodeCoverage(text, "c.json")).toThrow(message);
  });
});

describe("summaries", () => {
  const file: FileCoverage = {
    lines: { 2: 1, 3: 0, 5: 0, 6: 2, 9: 0 },
    branches: { "2:3": { "3": 0, "6": 1 }, "5:1": { "6": 0, end: 0 } },
    functions: { "1:f": { calls: 1, compiled: true }, "8:g": { calls: 0, compiled: false } },
  };

  it("count lines, ways and functions", () => {
    expect(summaryOf(file)).toEqual({
      lines: { covered: 2, total: 5 },
      branches: { covered: 1, total: 4 },
      functions: { covered: 1, total: 2 },
    });
    expect(lineRanges(file, (count) => count === 0)).toBe("3-5, 9");
    expect(missedWays(file)).toEqual([{ place: "2:3", way: "3" }]);
  });

  it("never round up to all", () => {
    expect(percentText({ covered: 99_999, total: 100_000 })).toBe("99.99");
    expect(percentText({ covered: 3, total: 3 })).toBe("100");
    expect(percentText({ covered: 0, total: 0 })).toBe("-");
  });

  it("are shown beside the text", () => {
    const lines = annotated(file, TEXT.slice(0, 9)).map(({ text }) => text);
    expect(lines[1]).toBe("        1: 2:   statement 2; // <&>");
    expect(lines[2]).toBe("              ^ column 3: to 3: never, to 6: 1");
    expect(lines[3]).toBe("    #####: 3:   statement 3; // <&>");
    expect(lines[4]).toBe("         : 4:   statement 4; // <&>");
    expect(lines.join("\n")).toContain("^ g: no program has code of it");
  });
});
