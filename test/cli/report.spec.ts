import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeCalibration, encodeCalibration } from "../../src/lab/calibration/file.ts";
import type { ExperimentResults } from "../../src/lab/experiment/run.ts";
import { experimentPictures, onlyLosses } from "../../src/lab/report/experiment.ts";
import { packageVersion } from "../../src/package-root.ts";
import { elementsOf } from "../lab/svg-markup.ts";
import { EXPERIMENT_RESULTS } from "../report/experiment-results.ts";
import { type CliResult, ppu, workspace } from "./harness.ts";

const { path, file } = workspace();
const read = (name: string) => readFileSync(path(name), "utf8");

describe("ppu report of a chip", () => {
  let text: CliResult;
  let html: string;

  beforeAll(async () => {
    text = await ppu("report", "--chip-seed", "4", "--images", "0", "-o", path("a.html"));
    html = read("a.html");
  });

  it("says what it does", () => {
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^Calibrating raw chip 4\n {2}ADC ramp: 8 instances\n/);
    expect(text.stdout).toMatch(/Measuring it, raw and calibrated \(noise seed 2\)\n/);
    expect(text.stdout).toMatch(/Wrote .*a\.html with \d+ pictures\n$/);
  });

  it("writes one page that needs nothing else and says how it was made", () => {
    expect(html.startsWith("<!doctype html>")).toBe(true);
    expect(html).not.toMatch(/<script|<img|src=|@import|url\(|https?:/);
    expect(html).toMatch(/<th scope="row">trial noise, LSB<\/th><td[^>]*>-<\/td>/);
    expect(html).toContain("measured just before the step");
    expect(html).toMatch(/after, std [\d.]+ in range, [\d.]+ all/);
    expect(html).toContain(">published: std 0.056 in range<");
    expect(html).toContain(">expected: std 0.05 in range<");
    expect(html).toMatch(/Here the raw ADC has \d+\.\d LSB between its references/);
    // Numbers below 0 have a minus sign wherever text is shown.
    expect(
      html.replace(/<pre>.*?<\/pre>|<style>.*?<\/style>/gs, "").match(/>[^<]*(?<![\w.-])-\d[^<]*</g),
    ).toBe(null);
    expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(html).toContain("<pre>ppu report --chip-seed 4 --noise-seed 2 --images 0</pre>");
    expect(html).toContain(`<td>${packageVersion()}</td>`);
    expect(html).toContain('<th scope="row">noise seed of the calibration</th><td>1</td>');
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });

  it("gives the same bytes again, pictures as files, and the data as JSON", async () => {
    const again = ["--chip-seed", "4", "--images", "0", "-o", path("b.html"), "--pictures", path("pictures")];
    const { code, stdout } = await ppu("report", ...again, "--json");
    expect(code).toBe(0);
    expect(read("b.html")).toBe(html);
    const data = JSON.parse(stdout);
    expect(data).toMatchObject({ file: path("b.html"), noiseSeed: 2, calibration: { chipSeed: 4 } });
    expect(readdirSync(path("pictures")).sort()).toEqual(
      data.pictures.map((name: string) => `${name}.svg`).sort(),
    );
    for (const name of data.pictures) expect(elementsOf(read(`pictures/${name}.svg`))[0].name).toBe("svg");
    for (const [n, step] of data.steps.entries()) {
      const { instances, after } = data.calibration.steps[n];
      expect([step.before.length, step.after.length]).toEqual([instances, instances]);
      const mean = step.after.reduce((sum: number, value: number) => sum + value, 0) / instances;
      expect(mean).toBeCloseTo(after.mean, 9);
    }
    const columns = data.calibrated.gains.exc as number[];
    expect(columns).toHaveLength(512);
    const sorted = columns.toSorted((a, b) => a - b);
    expect(sorted[460] / sorted[51]).toBeLessThan(1.1);
    expect(data.raw.transfer.map(({ weight }: { weight: number }) => weight)).toEqual([
      -15, -10, -5, 5, 10, 15,
    ]);
    // On a calibrated chip the result is linear in activation and weight.
    const [strongest] = data.calibrated.transfer.slice(-1);
    expect(strongest.points[30].mean / strongest.points[10].mean).toBeCloseTo(3, 0);
    const noise = data.calibrated.noise.map(({ mean }: { mean: number }) => mean);
    expect(noise.at(-1)).toBeGreaterThan(noise[0] * 1.2);
  });
});

describe("ppu report of files", () => {
  it("repeats a stored calibration for its values, and adds an experiment", async () => {
    await ppu("calibrate", "--chip-seed", "5", "--steps", "cadc,baseline", "-o", path("five.json"));
    file("results.json", JSON.stringify(EXPERIMENT_RESULTS));
    const { code, stdout } = await ppu(
      ...["report", "--calibration", path("five.json"), "--images", "0"],
      ...["--experiment", path("."), "-o", path("five.html")],
    );
    expect(code).toBe(0);
    expect(stdout).toContain("Repeating the calibration of raw chip 5");
    const html = read("five.html");
    expect(html.match(/<title id="step-\d\d-/g)).toHaveLength(5);
    expect(html).toContain('<title id="weights-on-raw-title">');
    // Chips of the experiment are others than that of the page; on its chip 2 no epoch was better than the start.
    expect(html).toContain("<h1>Chip 5: calibration and measurements; experiment on chips 1 to 3</h1>");
    expect(html).toContain("The chips of this part are not the one of the page");
    expect(html).toMatch(/then in the loop”, chip 2: no epoch was better than the start: weights unchanged/);
    expect(html).toContain(">chip 2: start kept<");
    expect(html).toContain(">in the loop, start kept on 1 of 3 chips<");
    expect(html).toMatch(/<th scope="row">float, converted<\/th><td>calibrated chip<\/td><td[^>]*>92\.13</);
  });

  it("states the losses of a single epoch in words", () => {
    const options = { ...EXPERIMENT_RESULTS.options, epochs: 1 };
    const short = ([{ history, ...rest }]: ExperimentResults["training"]["converted"]) => [
      { ...rest, history: history.slice(0, 1) },
    ];
    const { converted, pretrained } = EXPERIMENT_RESULTS.training;
    const training = { converted: short(converted), pretrained: short(pretrained) };
    const results = { ...EXPERIMENT_RESULTS, options, training };
    expect(experimentPictures(results).training.map(({ name }) => name)).toEqual([
      "training-converted-accuracy",
      "training-pretrained-accuracy",
    ]);
    expect(onlyLosses(results)[0]).toBe(
      "Mean cross entropy of the only epoch from converted weights: chip 1 0.300.",
    );
    expect(onlyLosses(EXPERIMENT_RESULTS)).toEqual([]);
  });

  it("has no histograms where repeating gives other settings", async () => {
    const stored = decodeCalibration(read("five.json"));
    stored.settings.v_reset[7] += 1;
    const changed = file("changed.json", encodeCalibration(stored));
    const { code } = await ppu("report", "--calibration", changed, "--images", "0", "-o", path("c.html"));
    expect(code).toBe(0);
    expect(read("c.html")).toContain("Histograms are left out");
    expect(read("c.html")).not.toContain('<title id="step-');
  });

  it("refuses in one line what it can't use", async () => {
    const line = async (...argv: string[]) => {
      const { code, stderr, stdout } = await ppu("report", "-o", path("no.html"), ...argv);
      expect([code, stdout]).toEqual([127, ""]);
      expect(stderr.trimEnd()).not.toContain("\n");
      return stderr;
    };
    expect(await line("--calibration", path("none.json"))).toMatch(/none\.json can't be read/);
    expect(await line("--calibration", path("five.json"), "--chip-seed", "6")).toMatch(/chip seed 5, not 6/);
    expect(await line("--experiment", path("none"))).toMatch(
      /none\/results\.json can't be read; make it with ppu experiment mnist -o /,
    );
    file("results.json", "{");
    expect(await line("--experiment", path("."))).toMatch(/results\.json is damaged \(no JSON\)/);
    for (const foreign of ['{"options": {}}', "null", "7", '{"options": {"data": "mnist"}}']) {
      file("results.json", foreign);
      expect(await line("--experiment", path("."))).toMatch(/holds no results of an experiment/);
    }
    expect(await line("-o", path("no/where.html"))).toMatch(/cannot write .*where\.html: no such directory/);
    expect(await line("--images", "10001")).toMatch(/--images needs a whole number from 0 to 10000/);
  });
});
