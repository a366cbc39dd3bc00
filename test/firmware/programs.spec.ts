import { describe, expect, it } from "vitest";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { idealResult } from "../../src/lab/network.ts";
import { runFirmware } from "./firmware.ts";

const PPUS = ["top", "bottom"] as const;

/** Lanes that `printBytes` wrote as `{e0,e1,...}`. */
function lanes(line: string): number[] {
  return line
    .slice(1, -1)
    .split(",")
    .map((text) => Number(text));
}

describe.each(PPUS)("programs on the %s PPU", (ppu) => {
  it("hello writes its text and returns 0", async () => {
    const { chip, result } = await runFirmware("hello.ts", { strict: true }, ppu);
    expect(result.reason).toBe("finished");
    expect(chip.mailbox(ppu)).toMatch(/^Hello from the PPU, \d+ cycles after reset\.\n$/);
    expect(chip.returnCode(ppu)).toBe(0);
    expect(chip.diagnostics).toEqual([]);
  });

  it("relu counts no wrong lane", async () => {
    const { chip } = await runFirmware("relu.ts", { strict: true }, ppu);
    const expected = Array.from({ length: 128 }, (_, i) => Math.max(((i * 5) << 24) >> 24, 0) >> 2);
    expect(lanes(chip.mailbox(ppu).trim())).toEqual(expected);
    expect(chip.returnCode(ppu)).toBe(0);
    expect(chip.diagnostics).toEqual([]);
  });

  it("selftest passes every vector instruction", async () => {
    const { chip, result } = await runFirmware("selftest.ts", { ideal: true }, ppu);
    expect(result.reason).toBe("finished");
    const text = chip.mailbox(ppu);
    expect(text).not.toContain("failed");
    expect(text).toMatch(/\[ {2}Passed {2}\] (\d+) test cases\n\[ {2}Failed {2}\] 0 test cases/);
    const cases = text.match(/\[ Run {6}\] (\w+)/g)?.map((line) => line.slice(13)) ?? [];
    expect(new Set(cases).size).toBe(53);
    expect(chip.returnCode(ppu)).toBe(0);
  });

  it("vmm on an ideal chip gives the exact product", async () => {
    const { chip } = await runFirmware("vmm.ts", { ideal: true, strict: true }, ppu);
    const [even, odd] = chip.mailbox(ppu).trim().split("\n").map(lanes);
    const { gain } = analogParameters("ideal");
    for (let column = 0; column < 256; column++) {
      const sum = 4 * 496 * ((column >> 2) - 32);
      const actual = (column % 2 ? odd : even)[column >> 1];
      expect(actual, `column ${column}`).toBe(idealResult(sum, 1, gain));
    }
    expect(chip.diagnostics).toEqual([]);
  });
});
