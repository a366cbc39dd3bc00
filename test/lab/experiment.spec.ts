import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CellError, CellStore } from "../../src/lab/experiment/cells.ts";
import { type ExperimentResults, runExperiment } from "../../src/lab/experiment/run.ts";
import { experimentReport } from "../../src/lab/experiment/table.ts";
import {
  EXPERIMENT_DEFAULTS,
  FACTORS,
  inputsOf,
  needsOf,
  planTasks,
  taskKeyOf,
} from "../../src/lab/experiment/tasks.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-experiment-"));
afterAll(() => rmSync(directory, { recursive: true }));
const options = { chips: 1, images: 200, curveImages: 200, trainImages: 2000, epochs: 1, noiseSeed: 1 };
let results: ExperimentResults;

async function run(): Promise<{ results: ExperimentResults; computed: string[] }> {
  const computed: string[] = [];
  const report = (line: string) => {
    const key = /^\[\d+\/\d+\] ([\w-]+)/.exec(line)?.[1];
    if (key !== undefined) computed.push(key);
  };
  return { results: await runExperiment(options, directory, { jobs: 1, report }), computed };
}

beforeAll(async () => {
  const first = await run();
  results = first.results;
  expect(first.computed.length).toBe(planTasks(options).length);
}, 600_000);

describe("experiment", () => {
  it("finds a raw chip useless and a calibrated one good", () => {
    const { rows, ideal } = results;
    expect(ideal.accuracy).toBeGreaterThan(0.95);
    expect(rows.uncalibrated[0].accuracy).toBeLessThan(0.75);
    expect(rows.calibrated[0].accuracy).toBeGreaterThan(0.94);
    expect(rows.loop[0].accuracy).toBeGreaterThan(0.94);
    expect(rows.loop[0].images).toBe(200);
  });

  it("loses accuracy along the curves, and on chips that are not calibrated", () => {
    const curves = [results.noise[0], results.mismatch[0]];
    for (const { x } of curves) expect(x).toEqual(FACTORS);
    const sumAt = (n: number) => curves.reduce((sum, { start }) => sum + start[n], 0);
    expect(sumAt(FACTORS.length - 1)).toBeLessThan(sumAt(0) - 0.01);
    expect(results.transfer[0].raw[0]).toBeLessThan(results.transfer[0].calibrated[0] - 0.1);
  });

  it("prints every figure", () => {
    const text = experimentReport(results);
    expect(text).toContain("| float | 98.29 |");
    expect(text).toContain(
      `| calibrated + in the loop | 98.01 | ${(100 * results.rows.loop[0].accuracy).toFixed(2)} |`,
    );
    expect(text.split("\n").filter((line) => line.startsWith("| in the loop |")).length).toBe(2);
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it("computes only what is missing, and gets the same again", async () => {
    const { seconds: _seconds, ...before } = results;
    const idle = await run();
    expect(idle.computed).toEqual([]);
    rmSync(join(directory, "calibration-1.json"));
    writeFileSync(join(directory, "ideal.json"), "{");
    const { results: again, computed } = await run();
    const dependent = planTasks(options)
      .filter(
        (task) =>
          taskKeyOf(task) !== "float" && taskKeyOf(task) !== "uncalibrated-1" && task.kind !== "mismatch",
      )
      .map(taskKeyOf);
    expect(computed.sort()).toEqual(dependent.sort());
    const { seconds: _again, ...after } = again;
    expect(after).toEqual(before);
    expect(JSON.parse(readFileSync(join(directory, "results.json"), "utf8")).rows).toEqual(before.rows);
  }, 600_000);
});

describe("plan", () => {
  it("computes what is needed before what needs it, each once", () => {
    const tasks = planTasks(EXPERIMENT_DEFAULTS);
    const keys = tasks.map(taskKeyOf);
    expect(new Set(keys).size).toBe(tasks.length);
    for (const [index, task] of tasks.entries()) {
      for (const need of needsOf(task, EXPERIMENT_DEFAULTS)) {
        expect(keys.indexOf(need), `${need} for ${keys[index]}`).toBeLessThan(index);
        expect(keys).toContain(need);
      }
    }
  });

  it("keeps results that other options do not touch", () => {
    const more = { ...EXPERIMENT_DEFAULTS, epochs: 9 };
    const same = (kind: "ideal" | "float") =>
      inputsOf({ kind }, more) === inputsOf({ kind }, EXPERIMENT_DEFAULTS);
    expect(same("ideal")).toBe(true);
    expect(inputsOf({ kind: "training", chip: 1 }, more)).not.toBe(
      inputsOf({ kind: "training", chip: 1 }, EXPERIMENT_DEFAULTS),
    );
  });
});

describe("results directory", () => {
  it("that can't be made is an error of one line", () => {
    writeFileSync(join(directory, "file"), "");
    expect(() => new CellStore(join(directory, "file"))).toThrow(CellError);
  });
});
