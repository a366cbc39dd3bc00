import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { calibrate } from "../../src/lab/calibration/calibrate.ts";
import { encodeCalibration } from "../../src/lab/calibration/file.ts";
import { packageRoot } from "../../src/package-root.ts";
import { ppu, workspace } from "./harness.ts";

const example = (name: string) => join(packageRoot(), "examples", "xor", name);
const INFER = [
  ...["infer", example("network.json"), "--weights", example("weights.npz")],
  ...["--images", example("images.npy"), "--labels", example("labels.npy")],
];
const stored = workspace().path("calibration-3.json");
const RAW = [...INFER, "--chip", "raw", "--chip-seed", "3"];

beforeAll(() => {
  const calibration = calibrate({ chipSeed: 3, noiseSeed: 1 });
  writeFileSync(stored, encodeCalibration(calibration));
}, 600_000);

describe("ppu infer --calibration", () => {
  it("runs the network on the raw chip with the settings of the file", async () => {
    const results = async (...options: string[]) => {
      const { code, stdout, stderr } = await ppu(...options, "--json");
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as { results: number[][]; accuracy: number };
    };
    const calibrated = await results(...RAW, "--calibration", stored);
    expect(calibrated.accuracy).toBe(1);
    expect(calibrated.results).not.toEqual((await results(...RAW)).results);
  });

  it("refuses the file for other chips in one line", async () => {
    const typical = await ppu(...INFER, "--chip-seed", "3", "--calibration", stored);
    expect([typical.code, typical.stderr]).toEqual([
      127,
      "ppu: --calibration is for raw chips; add --chip raw\n",
    ]);
    const other = await ppu(...INFER, "--chip", "raw", "--chip-seed", "4", "--calibration", stored);
    expect(other.stderr).toMatch(/^ppu: .*calibration-3\.json: belongs to chip seed 3, not 4; .*\n$/);
    const none = await ppu(...RAW, "--calibration", `${stored}.not`);
    expect(none.stderr).toMatch(/can't be read; make it with ppu calibrate -o .*\n$/);
    expect((await ppu("infer", "--help")).stdout).toContain("--calibration <file>");
  });
});
