/** A run has no difference to itself, whatever is compared. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rawImage } from "../../../src/toolchain/loader.ts";
import { type CompareOptions, TraceComparison } from "../../../src/trace/compare/comparison.ts";
import { readProgram } from "../../core/golden.ts";
import { programBytes } from "../golden-chip.ts";
import { differences, firmware, live, recorded } from "./fixture.ts";

const MODES: readonly CompareOptions[] = [
  {},
  { ignore: ["cycles"] },
  { ignore: ["stalls"] },
  { ignore: ["addresses"] },
  { ignore: ["cycles", "stalls", "addresses", "events"] },
  { results: true },
  { results: true, ignore: ["addresses"] },
  { prefix: true },
  { only: ["gpr", "cr", "vectors", "memory", "padi", "cadc"] },
  { only: ["r3", "0x0..0x3fff"], ignore: ["addresses"] },
];
const PROGRAMS = readdirSync(new URL("../../golden/programs", import.meta.url)).map((file) =>
  file.replace(".json", ""),
);
const FIRMWARE = ["hello", "relu", "vmm", "selftest"];

describe("a run compared with itself", () => {
  it.each(PROGRAMS)("%s: no difference in any mode", (name) => {
    const image = rawImage(programBytes(readProgram(name)));
    const options = { ideal: true, timing: "rtl,branch-cache=0", maxCycles: 20_000 };
    const [a, b] = [recorded(image, options), recorded(image, options)];
    for (const mode of MODES) expect(differences(a, b, mode), JSON.stringify(mode)).toEqual([]);
  });

  it.each(FIRMWARE)("firmware/%s.ts on both PPUs: no difference in any mode", async (name) => {
    const [image, again] = [await firmware(name), await firmware(name)];
    const options = { ppus: "both", noiseSeed: 3, maxCycles: 60_000 } as const;
    const [a, b] = [recorded(image, options), recorded(again, options)];
    for (const mode of MODES) {
      const comparison = new TraceComparison(a, b, mode);
      expect([...comparison.differences()], JSON.stringify(mode)).toEqual([]);
      const { length } = [...a.records("bottom")].filter(({ kind }) => kind === "instruction");
      expect(comparison.totals[1]).toMatchObject({
        ppus: ["bottom", "bottom"],
        instructions: [length, length],
      });
      expect(length).toBeGreaterThan(100);
    }
  });

  it("the same as a record and as a live run", async () => {
    const image = await firmware("vmm");
    const options = { ppus: "both", maxCycles: 30_000 } as const;
    expect(differences(recorded(image, options), live(image, options))).toEqual([]);
  });

  it("one PPU with the other one of the same run", async () => {
    const image = await firmware("relu");
    const trace = recorded(image, { ppus: "both" });
    expect(differences(trace, trace, { a: "top", b: "bottom" })).toEqual([]);
  });
});
