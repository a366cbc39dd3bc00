import { describe, expect, it } from "vitest";
import { INSTRUCTIONS } from "../../isa/index.ts";
import { describeInstruction, encodingPattern, manual } from "../../isa/manual.ts";
import { GENERATED_DOCUMENTS, isCurrent } from "../../scripts/docs.ts";

describe("generated documents", () => {
  it.each(GENERATED_DOCUMENTS)("$file is current (npm run docs)", (document) => {
    expect(isCurrent(document)).toBe(true);
  });

  it("describe every instruction", () => {
    const text = manual();
    for (const row of INSTRUCTIONS) {
      expect(text).toContain(`\`${row.mnemonic}`);
      expect(describeInstruction(row)).toContain(row.summary);
    }
  });

  it.each(INSTRUCTIONS)("account for 32 bits of $mnemonic", (row) => {
    const widths = encodingPattern(row)
      .split(" ")
      .map((part) => Number(/:(\d+)$/.exec(part)?.[1] ?? 1));
    expect(widths.reduce((sum, width) => sum + width, 0)).toBe(32);
  });
});
