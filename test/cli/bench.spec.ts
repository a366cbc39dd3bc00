import { readFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { SUITES } from "../../src/bench/suites.ts";
import { suiteTable } from "../../src/bench/table.ts";
import type { BenchReport } from "../../src/bench/types.ts";
import { packageRoot, packageVersion } from "../../src/package-root.ts";
import { ppu, workspace } from "./harness.ts";

const { path } = workspace();
const KEYS = ["name", "value", "unit", "peer", "goal", "group"];
const row = {
  name: expect.any(String),
  value: expect.any(Number),
  unit: expect.stringMatching(/\S/),
};

describe("ppu bench", () => {
  it("--list names the suites, all or those asked for", async () => {
    const { code, stdout } = await ppu("bench", "--list");
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(SUITES.map(({ name }) => name));
    for (const { summary } of SUITES) expect(stdout).toContain(summary);
    expect((await ppu("bench", "vector", "--list")).stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse((await ppu("bench", "--list", "--json")).stdout)).toHaveLength(SUITES.length);
  });

  it.each([
    [["frob"], /^ppu: no suite 'frob'; there are scalar, /],
    [["codegen", "frob", "--list"], /^ppu: no suite 'frob'; there are scalar, /],
    [["--frob"], /unknown option '--frob'/],
    [["--json", "codegen"], /that is a suite; put suites before --json/],
    [["codegen", "--json", "/no/such/bench.json"], /cannot write \/no\/such\/bench\.json: no such directory/],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stdout, stderr } = await ppu("bench", ...argv);
    expect({ code, stdout }).toEqual({ code: 127, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("writes figures as JSON to a file, beside the table", async () => {
    const table = await ppu("bench", "codegen", "--json", path("bench.json"));
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout).toContain("== codegen ==");
    const text = readFileSync(path("bench.json"), "utf8");
    const report: BenchReport = JSON.parse(text);
    expect(report).toEqual({
      version: packageVersion(),
      node: process.version,
      cpus: expect.any(Number),
      form: "short",
      suites: [
        {
          name: "codegen",
          seconds: expect.any(Number),
          notes: expect.any(Array),
          rows: expect.arrayContaining([expect.objectContaining(row)]),
        },
      ],
    });
    for (const figure of report.suites[0].rows) {
      expect(figure).toMatchObject(row);
      const unknown = Object.keys(figure).filter((key) => !KEYS.includes(key));
      expect(unknown).toEqual([]);
    }
    for (const secret of [packageRoot(), tmpdir(), hostname()]) expect(text).not.toContain(secret);
  });
});

describe("the table of a suite", () => {
  it("has a line for a row, several figures of a group in a line, goals and notes", () => {
    const unit = "x time";
    const goal = { atMost: 3 };
    const each = [1, 2, 40].map((value) => ({
      name: `n${value}`,
      value,
      unit,
      peer: "C",
      group: "each",
      goal,
    }));
    const rows = [
      { name: "mean", value: 4.3089, unit, peer: "C", goal },
      { name: "speed", value: 1234.5, unit: "images/s" },
      ...each,
    ];
    expect(
      suiteTable({ name: "demo", seconds: 1.6, rows, notes: ["gcc is not installed"] }),
    ).toBe(`== demo == (2 s)
  mean   4.31  x time of C  goal <= 3: missed
  speed  1235  images/s
  each, x time of C, goal <= 3: 2 of 3 met:
    n1    1.00   n2    2.00   n40   40.0
  note: gcc is not installed
`);
  });
});
