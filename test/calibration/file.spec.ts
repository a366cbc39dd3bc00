import { beforeAll, describe, expect, test } from "vitest";
import { crc32 } from "../../src/crc32.ts";
import { type Calibration, calibrate } from "../../src/lab/calibration/calibrate.ts";
import { decodeCalibration, encodeCalibration, readCalibration } from "../../src/lab/calibration/file.ts";
import { ppu, workspace } from "../cli/harness.ts";

const { path, file } = workspace();
let calibration: Calibration;
let text = "";

beforeAll(() => {
  calibration = calibrate({ chipSeed: 5, noiseSeed: 1, stages: ["leak", "baseline"], baselineTarget: 100 });
  text = encodeCalibration(calibration);
}, 120_000);

/** The same file after a change, with a checksum that fits again. */
function forged(change: (document: Record<string, unknown>) => void): string {
  const { checksum: _old, ...document } = JSON.parse(text) as Record<string, unknown>;
  change(document);
  const checksum = crc32(new TextEncoder().encode(JSON.stringify(document)));
  return JSON.stringify({ ...document, checksum: checksum.toString(16).padStart(8, "0") });
}

const refusal = (contents: string, seed?: number): string => {
  try {
    decodeCalibration(contents, seed, "f.json");
  } catch (error) {
    expect((error as Error).name).toBe("CalibrationFileError");
    return (error as Error).message;
  }
  throw new Error("the file was accepted");
};

describe("calibration files", () => {
  test("give back what was stored, whatever the white space", () => {
    expect(decodeCalibration(text, 5)).toEqual(calibration);
    expect(decodeCalibration(JSON.stringify(JSON.parse(text)))).toEqual(calibration);
    expect(readCalibration(file("kept.json", text), 5)).toEqual(calibration);
    expect(text.split("\n").every((line) => line.length < 400)).toBe(true);
  });

  test("are refused with one line when foreign, damaged or of another chip", () => {
    expect(refusal("hello")).toMatch(/^f\.json: not a calibration file of ppu-emu; /);
    expect(refusal("[1]")).toMatch(/not a calibration file/);
    expect(refusal(text.slice(0, 5000))).toMatch(/truncated or damaged/);
    expect(refusal(text.replace('"noiseSeed": 1', '"noiseSeed": 2'))).toMatch(/damaged \(checksum differs\)/);
    const code = calibration.settings.v_reset[7];
    expect(refusal(text.replace(new RegExp(` ${code},`), ` ${code + 1},`))).toMatch(/checksum differs/);
    expect(refusal(text, 6)).toBe(
      "f.json: belongs to chip seed 5, not 6; use it with that chip or calibrate chip 6",
    );
    expect(refusal(forged((d) => (d.version = 2)))).toMatch(/version 2 instead of 1/);
    const settings = (change: Record<string, unknown>) =>
      refusal(forged((d) => (d.settings = { ...(d.settings as object), ...change })));
    expect(settings({ v_reset: undefined })).toMatch(/v_reset is missing/);
    expect(settings({ v_reset: [1, 2] })).toMatch(/v_reset has 2 values instead of 512/);
    expect(settings({ syn_i_bias_dac: [800, 800, 800, 1023] })).toMatch(
      /quadrant 3 takes 0\.\.1022, not 1023/,
    );
    expect(settings({ syn_i_bias_dac: [800, 800, 800, -1] })).toMatch(/quadrant 3 takes 0\.\.1022, not -1;/);
    expect(settings({ syn_i_bias_dac: [800, 800, 800, 70000] })).toMatch(/not 70000;/);
    expect(settings({ syn_i_bias_dac: [800, 800, 800, 8.5] })).toMatch(/values that are no codes/);
    expect(() => readCalibration(path("none.json"))).toThrow(/can't be read; make it with ppu calibrate/);
  });

  test("are refused with the file's name when their checksum fits but fields are damaged", () => {
    const with_ = (change: Record<string, unknown>) => refusal(forged((d) => Object.assign(d, change)));
    expect(with_({ steps: [1, 2] })).toMatch(/^f\.json: step 1 is damaged \(no object\); make it anew/);
    expect(with_({ steps: undefined })).toMatch(/steps are missing/);
    expect(with_({ noiseSeed: "x" })).toMatch(/noiseSeed is damaged/);
    expect(with_({ searchSeed: -1 })).toMatch(/searchSeed is damaged/);
    expect(with_({ stages: ["leak", "toast"] })).toMatch(/stages is damaged/);
    expect(with_({ gain: "much" })).toMatch(/gain is damaged/);
    expect(with_({ baselineTarget: undefined })).toMatch(/baselineTarget is missing/);
    const [first] = calibration.steps;
    expect(with_({ steps: [first, { ...first, after: { mean: 1 } }] })).toMatch(
      /step 2 is damaged \(after\)/,
    );
    expect(with_({ steps: [{ ...first, checks: [{}] }] })).toMatch(/step 1 is damaged \(checks\)/);
  });

  test("make the commands print that one line", async () => {
    const kept = file("kept.json", text);
    const program = file("p.s", "li r3, 0\nstop: wait\nb stop\n");
    const wrong = await ppu("run", program, "--chip", "raw", "--chip-seed", "6", "--calibration", kept);
    expect(wrong.code).toBe(127);
    expect(wrong.stderr).toMatch(/^ppu: .*kept\.json: belongs to chip seed 5, not 6; .*\n$/);
    const idle = await ppu("run", program, "--calibration", kept, "--chip-seed", "5");
    expect(idle.stderr).toBe("ppu: --calibration is for raw chips; add --chip raw\n");
    const good = await ppu("run", program, "--chip", "raw", "--chip-seed", "5", "--calibration", kept);
    expect(good.code).toBe(0);
  });
});
