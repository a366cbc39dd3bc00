import { expect, it } from "vitest";
import { assemble, Chip, compileSource, disassemble, listRegisters, memoryPieces } from "../../src/index.ts";

it("runs the example of the library's documentation", () => {
  const image = assemble("li r3, 42\nstop: wait\nb stop\n", "answer.s");
  const chip = new Chip({ chipSeed: 1, noiseSeed: 1 });
  chip.load(memoryPieces(image), "both");
  chip.reset("both");
  expect(chip.run({ maxCycles: 1_000_000 }).reason).toBe("finished");
  expect(chip.ppus.top.gpr(3)).toBe(42);
});

it("offers compiler, disassembler and register table", async () => {
  const { image } = await compileSource("export function main(): i32 { return 41 + 1; }");
  const chip = new Chip({ ideal: true });
  chip.load(memoryPieces(image), "top");
  chip.reset("top");
  expect(chip.run({ maxCycles: 100_000 }).reason).toBe("finished");
  expect(chip.returnCode("top")).toBe(42);
  expect(disassemble(0x60000000).text).toBe("nop");
  expect(listRegisters().length).toBeGreaterThan(30);
});
