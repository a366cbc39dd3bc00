/** Parts of `ppu sweep`: grid, files of results, statistics, documents, picture. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { svgFile } from "../../src/lab/plot/svg.ts";
import { chipOptionsOf } from "../../src/lab/sweep/chip-plan.ts";
import { sweepCsv, sweepJson } from "../../src/lab/sweep/documents.ts";
import { cellAt, cellCount, type Grid, indicesOf, seedsText } from "../../src/lab/sweep/grid.ts";
import { readSweep, SweepJournal, SweepResults } from "../../src/lab/sweep/journal.ts";
import { shareBins, sweepPicture } from "../../src/lab/sweep/picture.ts";
import { planDifference, SWEEP_FORMAT, type SweepPlan } from "../../src/lab/sweep/plan.ts";
import { statisticsOf, summariseSweep } from "../../src/lab/sweep/summary.ts";
import { elementsOf, ofClass } from "./svg-markup.ts";

const grid: Grid = {
  axes: [
    { name: "chip", values: ["raw", "calibrated"] },
    { name: "noise", values: [0, 0.5, 2] },
  ],
  chipSeeds: [1, 2, 3, 7],
  noiseSeeds: [5, 4],
};

const plan: SweepPlan = {
  ...{ format: SWEEP_FORMAT, version: "1", program: "p", kind: "mnist" },
  options: { images: 20 },
  inputs: { firmware: "f" },
  ...{ grid, columns: ["accuracy", "note"] },
  measure: { column: "accuracy", label: "accuracy", percent: true },
};

/** Accuracies in steps of 1/20 that depend on everything. */
const resultOf = (index: number) => ({ accuracy: ((index * 5) % 21) / 20, note: `cell ${index}` });

function filled(wanted = plan): SweepResults {
  const results = new SweepResults(wanted);
  for (const index of indicesOf(wanted.grid)) results.set(index, resultOf(index));
  return results;
}

describe("the grid of a sweep", () => {
  it("has every combination once, noise seeds changing fastest", () => {
    expect(cellCount(grid)).toBe(48);
    const cells = indicesOf(grid).map((index) => cellAt(grid, index));
    expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(48);
    const [first, second, third] = cells;
    expect(first).toEqual({
      index: 0,
      settings: { chip: "raw", noise: 0 },
      chipSeed: 1,
      noiseSeed: 5,
    });
    expect(second).toMatchObject({ chipSeed: 1, noiseSeed: 4 });
    expect(third).toMatchObject({ chipSeed: 2, noiseSeed: 5 });
    expect(cells[8]).toMatchObject({ settings: { chip: "raw", noise: 0.5 }, chipSeed: 1 });
    expect(cells[47]).toMatchObject({ settings: { chip: "calibrated", noise: 2 }, chipSeed: 7 });
  });

  it.each([1, 2, 5, 48, 60])("falls into %i shards without gaps and overlaps", (of) => {
    const parts = Array.from({ length: of }, (_, n) => indicesOf(grid, { number: n + 1, of }));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(indicesOf(grid));
    const sizes = parts.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it("writes seeds as options take them", () => {
    expect([[1, 2, 3, 7], [5, 4], [3], [9, 1, 2]].map(seedsText)).toEqual(["1..3,7", "5,4", "3", "9,1..2"]);
  });
});

describe("chips of cells", () => {
  it("take settings of the cell over those that all have", () => {
    const cell = { ...cellAt(grid, 17), settings: { chip: "raw", noise: 2 } };
    const options = chipOptionsOf({ analog: { temperature: 60 }, timing: "chip" }, cell);
    const plain = chipOptionsOf({ analog: {}, timing: "chip" }, { ...cell, settings: { chip: "raw" } });
    expect(options).toMatchObject({ chipSeed: cell.chipSeed, noiseSeed: cell.noiseSeed, timing: "chip" });
    expect(options.analogParameters!.temperature).toBe(60);
    expect(options.analogParameters!.sigmaRead).toBe(2 * plain.analogParameters!.sigmaRead);
  });
});

describe("files of results", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "ppu-sweep-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(indices: readonly number[], shard?: { number: number; of: number }): string {
    const journal = new SweepJournal(directory, plan, shard);
    for (const index of indices) journal.append(cellAt(grid, index), resultOf(index));
    return join(directory, shard ? `cells-${shard.number}-of-${shard.of}.jsonl` : "cells.jsonl");
  }

  it("lose only the line that was torn, wherever it was", () => {
    const path = write([3, 0, 9]);
    const whole = readFileSync(path);
    const lengths = whole.toString().split("\n").slice(0, -1);
    const last = Buffer.byteLength(`${lengths.at(-1)}\n`);
    for (const cut of [1, 2, 20, last - 1, last]) {
      writeFileSync(path, whole);
      truncateSync(path, whole.length - cut);
      const journal = new SweepJournal(directory, plan);
      expect([...journal.results.entries()].map(({ cell }) => cell.index)).toEqual([0, 3]);
      journal.append(cellAt(grid, 9), resultOf(9));
      expect(readFileSync(path)).toEqual(whole);
    }
  });

  it("begin anew where not even the head was whole", () => {
    const path = write([]);
    truncateSync(path, 10);
    expect(new SweepJournal(directory, plan).results.count).toBe(0);
    expect(readSweep([directory]).plan).toEqual(plan);
  });

  it("of shards are the whole together, and any one knows the cells of others", () => {
    for (const number of [2, 1, 3]) write(indicesOf(grid, { number, of: 3 }), { number, of: 3 });
    const results = readSweep([directory]);
    expect(results.missing).toBe(0);
    expect(sweepJson(results)).toBe(sweepJson(filled()));
    expect(sweepCsv(results)).toBe(sweepCsv(filled()));
    expect(new SweepJournal(directory, plan).results.missing).toBe(0);
  });

  it("of another sweep are refused, with what differs", () => {
    write([1]);
    const other = { ...plan, grid: { ...grid, chipSeeds: [1, 2] } };
    expect(() => new SweepJournal(directory, other)).toThrow(
      /holds another sweep \(chip-seeds: 1\.\.3,7 there, 1\.\.2 here\); give another directory/,
    );
    const changed = { ...plan, inputs: { firmware: "g" } };
    expect(planDifference(plan, changed)).toBe("the contents of firmware: f there, g here");
    expect(planDifference(plan, { ...plan, program: "q" })).toBe("the program has been changed since");
    expect(planDifference(plan, { ...plan, options: {} })).toBe("images: 20 there, not given here");
    expect(planDifference(plan, structuredClone(plan))).toBeUndefined();
  });

  it("that are damaged or contradict each other say where", () => {
    const path = write([1, 2]);
    appendFileSync(path, '{"cell":3}\n');
    expect(() => readSweep([directory])).toThrow(/cells\.jsonl:4 is damaged; delete this line/);
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(
      path,
      `${[...lines.slice(0, 3), lines[2].replace('"accuracy":0.5', '"accuracy":0.8')].join("\n")}\n`,
    );
    expect(() => readSweep([directory])).toThrow(
      /cells\.jsonl:4: another result for chip=raw, noise=0, chip seed 2/,
    );
    writeFileSync(path, "hello\n");
    expect(() => readSweep([directory])).toThrow(/does not begin like the results of a sweep/);
    rmSync(path);
    expect(() => readSweep([directory])).toThrow(/holds no results of a sweep/);
    expect(() => readSweep([join(directory, "x")])).toThrow(/cannot read .*: no such directory/);
  });
});

describe("statistics", () => {
  it("are those of the sample", () => {
    expect(statisticsOf([4, 1, 2, 3, 5])).toEqual({
      ...{
        mean: 3,
        deviation: Math.sqrt(2.5),
        min: 1,
        q05: 1.2,
        q25: 2,
        median: 3,
        q75: 4,
        q95: 4.8,
        max: 5,
      },
    });
    expect(statisticsOf([2])).toMatchObject({ mean: 2, deviation: null, q05: 2 });
    expect(statisticsOf([])).toBeUndefined();
  });

  it("of chips take the mean over noise seeds, and leave out cells without a value", () => {
    const small = { ...plan, grid: { axes: [], chipSeeds: [1, 2, 3], noiseSeeds: [1, 2] } };
    const results = new SweepResults(small);
    const accuracies = [0.5, 1, 0.25, 0.25, undefined, undefined];
    for (const [index, accuracy] of accuracies.entries())
      results.set(index, accuracy === undefined ? { error: "hung" } : { accuracy });
    const [summary] = summariseSweep(results);
    expect(summary).toMatchObject({ chips: 3, cells: 6, failed: 2, minChip: 2, maxChip: 1 });
    expect(summary.statistics).toMatchObject({ mean: 0.5, min: 0.25, max: 0.75 });
    expect(summary.noiseDeviation).toBeCloseTo(0.25);
  });
});

describe("documents", () => {
  it("quote fields as RFC 4180 has it", () => {
    const small = { ...plan, grid: { axes: [], chipSeeds: [1], noiseSeeds: [1] } };
    const results = new SweepResults(small);
    results.set(0, { accuracy: 0.5, note: 'a "b",\nc' });
    expect(sweepCsv(results)).toBe('chipSeed,noiseSeed,accuracy,note,error\r\n1,1,0.5,"a ""b"",\nc",\r\n');
  });

  it("do not depend on the order of results", () => {
    const reversed = new SweepResults(plan);
    for (const index of indicesOf(grid).toReversed()) reversed.set(index, resultOf(index));
    expect(sweepJson(reversed)).toBe(sweepJson(filled()));
    expect(sweepCsv(reversed)).toBe(sweepCsv(filled()));
  });
});

describe("the picture", () => {
  it("has bins that hold the same number of possible shares each, all values within", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.nat(), { minLength: 1 }), (trials, picks) => {
        const values = picks.map((pick) => (100 * (pick % (trials + 1))) / trials);
        const { domain, count } = shareBins(values, trials);
        const width = (domain[1] - domain[0]) / count;
        expect((width * trials) / 100).toBeCloseTo(Math.max(1, Math.round((width * trials) / 100)), 6);
        expect(Math.min(...values)).toBeGreaterThan(domain[0]);
        expect(Math.max(...values)).toBeLessThan(domain[1]);
        expect(count).toBeLessThanOrEqual(31);
      }),
    );
  });

  it("is a curve with a spread for each other setting, along the numbers that vary", () => {
    const elements = elementsOf(svgFile(sweepPicture(filled())!));
    expect(ofClass(elements, "spread")).toHaveLength(2);
    expect(elements.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["chip=raw", "chip=calibrated", "noise"]),
    );
  });

  it("is a histogram of chips where no number varies, and dots where they are few", () => {
    const manyChips = Array.from({ length: 40 }, (_, n) => n);
    const many = filled({ ...plan, grid: { axes: [], chipSeeds: manyChips, noiseSeeds: [1] } });
    expect(ofClass(elementsOf(svgFile(sweepPicture(many)!)), "bar").length).toBeGreaterThan(4);
    const few = filled({ ...plan, grid: { axes: [], chipSeeds: [1, 2], noiseSeeds: [1] } });
    const dots = elementsOf(svgFile(sweepPicture(few)!)).filter(({ name }) => name === "circle");
    expect(dots).toHaveLength(2);
    expect(sweepPicture(new SweepResults(plan))).toBeUndefined();
  });
});
