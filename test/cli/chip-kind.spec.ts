import { describe, expect, it } from "vitest";
import { ppu, workspace } from "./harness.ts";

/** Connects the neurons of the even columns, converts, leaves the reads in v1. */
const READ_COLUMNS = `
  li r3, 0
  li r4, 512
  li r5, 0x2020
  fxvsplath 0, r5
  fxvoutx 0, r3, r4
  lis r6, 0x8
  fxvinx 1, r3, r6
  sync
stop:
  wait
  b stop
`;
const program = workspace().file("read.s", READ_COLUMNS);

/** Reads of the 128 even columns on chip 5. */
async function evenColumns(...options: string[]): Promise<Uint8Array> {
  const { stdout, code, stderr } = await ppu("run", program, "--json", "--chip-seed", "5", ...options);
  expect(code, stderr).toBe(0);
  return Buffer.from(JSON.parse(stdout).ppus.top.vr[1], "hex");
}

function deviation(reads: Uint8Array): number {
  const mean = reads.reduce((sum, value) => sum + value, 0) / reads.length;
  return Math.sqrt(reads.reduce((sum, value) => sum + (value - mean) ** 2, 0) / reads.length);
}

describe("--chip", () => {
  it("makes the kind of chip that ppu run works on", async () => {
    const ideal = await evenColumns("--chip", "ideal");
    expect(new Set(ideal)).toEqual(new Set([128]));
    expect(await evenColumns("--ideal")).toEqual(ideal);
    const usual = await evenColumns();
    expect(await evenColumns("--chip", "calibrated")).toEqual(usual);
    expect(deviation(usual)).toBeLessThan(12);
    expect(deviation(await evenColumns("--chip", "raw"))).toBeGreaterThan(20);
    expect(deviation(await evenColumns("--chip", "raw", "--analog", "mismatch=0,noise=0"))).toBe(0);
  });

  it("is refused in one line where it makes no sense", async () => {
    for (const verb of [["run", program], ["mnist"]]) {
      const clash = await ppu(...verb, "--ideal", "--chip", "raw");
      expect(clash.stderr).toMatch(/^[^\n]*--ideal contradicts --chip raw; give one of them\n$/);
      expect(clash.code).not.toBe(0);
      const unknown = await ppu(...verb, "--chip", "perfect");
      expect(unknown.stderr).toMatch(/Allowed choices are raw, calibrated, ideal/);
      expect(unknown.code).not.toBe(0);
    }
  });
});
