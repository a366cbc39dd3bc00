/** Long bursts of posted vector writes, more than the unit has places for instructions in progress. */
import { describe, expect, it } from "vitest";
import { Chip } from "../../src/chip/index.ts";
import { LATENCIES } from "../../src/chip/latency.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { memoryPieces } from "../../src/toolchain/loader.ts";

describe("bursts of fxvoutx to the FPGA", () => {
  it.each([16, 33, 100])("of %i vectors end, each with its interval, and deliver", (count) => {
    const chip = new Chip();
    const program = `
  lis r3, 0x8000
  li r4, 7
  fxvsplatb v1, r4
  ${"fxvoutx v1, 0, r3\n  addi r3, r3, 8\n  ".repeat(count)}
  sync
  mftbl r5
  wait
`;
    chip.load(memoryPieces(assemble(program, "burst.s")), "top");
    chip.reset("top");
    expect(chip.run({ maxCycles: 50_000 }).reason).toBe("finished");
    const cycles = chip.ppus.top.gpr(5);
    const least = (count - 1) * LATENCIES.parallelFpgaWriteInterval.cycles;
    expect(cycles).toBeGreaterThan(least);
    expect(cycles).toBeLessThan(least + 150);
    expect(chip.externalMemory.read(0, 128 * count)).toEqual(new Uint8Array(128 * count).fill(7));
    expect(chip.externalMemory.read(128 * count, 4)).toEqual(new Uint8Array(4));
  });
});
