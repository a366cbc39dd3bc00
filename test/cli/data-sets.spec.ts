import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { confusion, confusionTable } from "../../src/cli/digits.ts";
import { DATA_SET_NAMES, dataSet } from "../../src/lab/data-sets.ts";
import { ppu, workspace } from "./harness.ts";

const { path } = workspace();

describe("data sets on the command line", () => {
  it.each(["mnist", "train", "experiment"])("stand in the help of ppu %s", async (verb) => {
    const { code, stdout } = await ppu(verb, "--help");
    expect(code).toBe(0);
    for (const name of DATA_SET_NAMES) expect(stdout).toContain(`"${name}"`);
  });

  it("refuse unknown names with the known ones", async () => {
    for (const words of [
      ["mnist", "--data", "cats"],
      ["train", "--data", "cats"],
      ["experiment", "cats"],
    ]) {
      const { code, stderr } = await ppu(...words);
      expect([code, stderr]).toEqual([
        127,
        expect.stringMatching(/^ppu: .*'cats' .*mnist, fashion-mnist.*\n$/),
      ]);
    }
  });

  it("without shipped parameters ask for some, before anything is computed", async () => {
    for (const words of [["mnist"], ["train", "--in-the-loop", "-o", path("loop.bin")]]) {
      const { code, stderr } = await ppu(...words, "--data", "fashion-mnist");
      const line = "ppu: no parameters are shipped for fashion-mnist; make some with";
      expect([code, stderr]).toEqual([127, expect.stringMatching(`^${line} .*--parameters\n$`)]);
    }
    expect(existsSync(path("loop.bin"))).toBe(false);
  });

  it("name classes in the table of answers where they have names", () => {
    const counts = confusion(Uint8Array.of(9, 9, 0), Uint8Array.of(9, 7, 0));
    const clothes = confusionTable(counts, dataSet("fashion-mnist").classes);
    expect(clothes).toMatch(/│ 9 boot .* 1 │\n/);
    expect(clothes).toMatch(/│ 7 sneaker .* 1 │\n/);
    expect(confusionTable(counts, dataSet("mnist").classes)).toMatch(/│ 9 {5}│.* 1 │\n/);
  });
});
