import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";

/** Facts of the official assembler's table (binutils, nux branch): match and mask of opcode and XO, operand order. */
interface OfficialEncoding {
  readonly mnemonic: string;
  readonly aliases: readonly string[];
  readonly operands: readonly string[];
  readonly match: string;
  readonly mask: string;
}

const OFFICIAL = JSON.parse(
  readFileSync(new URL("./fxv-encodings.json", import.meta.url), "utf8"),
) as OfficialEncoding[];

describe("vector encodings against the official assembler", () => {
  it("are the same 53 instructions in the same order", () => {
    expect(OFFICIAL).toHaveLength(53);
    expect(FXV_INSTRUCTIONS.map((row) => row.mnemonic)).toEqual(OFFICIAL.map((entry) => entry.mnemonic));
  });
  it.each(OFFICIAL)("$mnemonic", (official) => {
    const row = FXV_INSTRUCTIONS.find((entry) => entry.mnemonic === official.mnemonic)!;
    expect(row.match >>> 0).toBe(Number(official.match));
    expect(row.mask >>> 0).toBe(Number(official.mask));
    expect(row.aliases ?? []).toEqual(official.aliases);
    expect(row.operands.map((operand) => operand.field)).toEqual(official.operands);
  });
});
