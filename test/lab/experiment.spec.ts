import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataSet } from "../../src/lab/data-sets.ts";
import { CellError, CellStore } from "../../src/lab/experiment/cells.ts";
import { Laboratory } from "../../src/lab/experiment/laboratory.ts";
import { programHash } from "../../src/lab/experiment/program-hash.ts";
import { type ExperimentResults, runExperiment } from "../../src/lab/experiment/run.ts";
import { accuracyTable, equalRowLines, experimentReport } from "../../src/lab/experiment/table.ts";
import {
  EXPERIMENT_DEFAULTS,
  type ExperimentOptions,
  FACTORS,
  inputsOf,
  needsOf,
  planTasks,
  type Task,
  taskKeyOf,
} from "../../src/lab/experiment/tasks.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import { EXPERIMENT_RESULTS } from "../report/experiment-results.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-experiment-"));
afterAll(() => rmSync(directory, { recursive: true }));
const options: ExperimentOptions = {
  ...EXPERIMENT_DEFAULTS,
  ...{ chips: 1, images: 200, curveImages: 200, trainImages: 2000, epochs: 1 },
};
const program = programHash();
let results: ExperimentResults;

async function run(): Promise<{ results: ExperimentResults; computed: string[] }> {
  const computed: string[] = [];
  const report = (line: string) => {
    const key = /^\[\d+\/\d+\] ([\w-]+)/.exec(line)?.[1];
    if (key !== undefined) computed.push(key);
  };
  return {
    results: await runExperiment(options, directory, { jobs: 1, report, hash: () => program }),
    computed,
  };
}

beforeAll(async () => {
  const first = await run();
  results = first.results;
  expect(first.computed.length).toBe(planTasks(options).length);
}, 600_000);

describe("experiment", () => {
  it("finds a raw chip useless, a calibrated one good, and the loop of use", () => {
    const { rows, ideal, host } = results;
    const of = (row: keyof typeof rows) => rows[row][0].accuracy;
    expect(ideal.accuracy).toBeGreaterThan(0.95);
    expect(of("pretrained-raw")).toBeLessThan(0.75);
    expect(of("pretrained-calibrated")).toBeGreaterThan(0.94);
    expect(of("pretrained-loop")).toBeGreaterThan(0.94);
    expect(rows["pretrained-loop"][0].images).toBe(200);
    // 1,500 digits are few for a training in floats.
    expect(host.float).toBeGreaterThan(0.75);
    expect(Math.abs(host.quantised - host.float)).toBeLessThan(0.08);
    expect(of("converted-raw")).toBeLessThan(host.quantised - 0.2);
    expect(of("converted-calibrated")).toBeGreaterThan(of("converted-raw") + 0.2);
    expect(of("converted-loop")).toBeGreaterThan(of("converted-calibrated") - 0.03);
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
    const percent = (share: number) => (100 * share).toFixed(2);
    const loop = percent(results.rows["converted-loop"][0].accuracy);
    expect(text).toContain(`| float | host, floats | 98.29 | ${percent(results.host.float)} |  |`);
    expect(text).toContain(
      `| float, converted, then in the loop | calibrated chip | 98.01 | ${loop} | ${loop} |`,
    );
    expect(text.split("\n").filter((line) => line.startsWith("| in the loop |")).length).toBe(2);
    expect(text).toMatch(
      /^Minutes of computing, all jobs together: [\d.]+ \(.*training in the loop [\d.]+,/m,
    );
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it("says where rows are equal because no epoch was better than the start", () => {
    const line =
      "Network “pre-trained on model chips, then in the loop”, chip 2: no epoch was better than the start: weights unchanged, so the figures equal those before it.";
    expect(equalRowLines(EXPERIMENT_RESULTS)).toEqual([line]);
    expect(experimentReport(EXPERIMENT_RESULTS).split("\n\n")[2]).toBe(line);
    expect(experimentReport(EXPERIMENT_RESULTS)).toMatch(
      /60000 training digits, 3000 of them to validate, 5 epochs in the loop/,
    );
  });

  it("states figures of the paper only where it has some", () => {
    const text = accuracyTable({ ...results, options: { ...options, data: "fashion-mnist" } });
    expect(text).toContain("| network | executed on | here (mean) | chip 1 |");
    expect(text).not.toMatch(/98\.29|useless/);
  });

  it("computes only what is missing, and gets the same again", async () => {
    const { seconds: _seconds, ...before } = results;
    const idle = await run();
    expect(idle.computed).toEqual([]);
    writeFileSync(join(directory, "ideal.json"), "{");
    rmSync(join(directory, "pretrained-chip-1.bin"));
    const { results: again, computed } = await run();
    const lost = ["ideal", "training-pretrained-1", "pretrained-loop-1"];
    expect(computed.sort()).toEqual([...lost, "noise-1", "temperature-1", "transfer-1"].sort());
    const { seconds: _again, ...after } = again;
    expect(after).toEqual(before);
    expect(JSON.parse(readFileSync(join(directory, "results.json"), "utf8")).rows).toEqual(before.rows);
  });

  it("trains on model chips where no parameters are shipped", async () => {
    const lines: string[] = [];
    const store = new CellStore(join(directory, "unshipped"));
    const { parameters: _parameters, ...unshipped } = dataSet("mnist");
    const laboratory = new Laboratory(store, options, program, (line) => lines.push(line), unshipped);
    await laboratory.run({ kind: "pretraining" });
    expect(lines.some((line) => /^chip +epoch 4\/4/.test(line))).toBe(true);
    expect(readParameters(store.path("pretrained.bin"))[0].weights.length).toBe(2000);
    await laboratory.run({ kind: "ideal" });
    const cell = store.read<{ accuracy: number }>("ideal", inputsOf({ kind: "ideal" }, options, program));
    expect(cell?.result.accuracy).toBeGreaterThan(0.7);
    expect(cell?.result.accuracy).not.toBe(results.ideal.accuracy);
  });

  it("in workers gives the same, and passes errors on as they are", async () => {
    for (const key of ["mismatch-1", "host"]) rmSync(join(directory, `${key}.json`));
    const lines: string[] = [];
    const inWorkers = { jobs: 2, report: (line: string) => lines.push(line), program };
    const { seconds: _seconds, ...after } = await runExperiment(options, directory, inWorkers);
    const { seconds: _before, ...before } = results;
    expect(after).toEqual(before);
    expect(lines.filter((line) => /^\[\d+\/\d+\] (mismatch-1|host)/.test(line)).length).toBe(2);
    writeFileSync(join(directory, "converted.bin"), "broken");
    rmSync(join(directory, "host.json"));
    const broken = runExperiment(options, directory, inWorkers);
    await expect(broken).rejects.toMatchObject({ name: "ParameterFileError" });
    const hashes = [program, "of other sources"];
    const changed = runExperiment(options, directory, { ...inWorkers, hash: () => hashes.shift() ?? "" });
    await expect(changed).rejects.toThrow("the program was changed while the experiment ran");
  });
});

describe("plan", () => {
  const fashion: ExperimentOptions = { ...EXPERIMENT_DEFAULTS, data: "fashion-mnist" };

  it.each([EXPERIMENT_DEFAULTS, fashion])("of $data computes what is needed first, each once", (all) => {
    const tasks = planTasks(all);
    const keys = tasks.map(taskKeyOf);
    expect(new Set(keys).size).toBe(tasks.length);
    for (const [index, task] of tasks.entries()) {
      for (const need of needsOf(task, all).map(taskKeyOf)) {
        expect(keys.slice(0, index), `${need} for ${keys[index]}`).toContain(need);
      }
    }
  });

  it("trains a network on model chips only where none is shipped", () => {
    const trains = (all: ExperimentOptions) => planTasks(all).some(({ kind }) => kind === "pretraining");
    expect([trains(EXPERIMENT_DEFAULTS), trains(fashion)]).toEqual([false, true]);
    expect(needsOf({ kind: "ideal" }, fashion)).toEqual([{ kind: "pretraining" }]);
    expect(needsOf({ kind: "ideal" }, EXPERIMENT_DEFAULTS)).toEqual([]);
  });

  it("voids results by what they depend on, and by that only", () => {
    const plan = planTasks(EXPERIMENT_DEFAULTS);
    const voided = (change: Partial<ExperimentOptions>, hash = program) => {
      const other = { ...EXPERIMENT_DEFAULTS, ...change };
      const differs = (task: Task) =>
        inputsOf(task, other, hash) !== inputsOf(task, EXPERIMENT_DEFAULTS, program);
      return new Set(plan.filter(differs).map((task) => (task.kind === "accuracy" ? task.row : task.kind)));
    };
    const loop = ["training", "converted-loop", "pretrained-loop", "noise", "temperature", "transfer"];
    expect(voided({ epochs: 9 })).toEqual(new Set(loop));
    expect(voided({ curveImages: 100 })).toEqual(new Set(["noise", "mismatch", "temperature", "transfer"]));
    expect(voided({ chips: 6 })).toEqual(new Set(["transfer"]));
    expect(voided({ images: 400 })).not.toContain("training");
    expect(voided({ images: 400 })).toContain("pretrained-calibrated");
    const all = plan.map((task) => (task.kind === "accuracy" ? task.row : task.kind));
    expect(voided({ data: "fashion-mnist" })).toEqual(new Set(all.filter((kind) => kind !== "calibration")));
    expect(voided({}, "another program")).toEqual(new Set(all));
  });
});

describe("results directory", () => {
  it("that can't be made is an error of one line", () => {
    writeFileSync(join(directory, "file"), "");
    expect(() => new CellStore(join(directory, "file"))).toThrow(CellError);
  });
});
