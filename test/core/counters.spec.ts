/** Execution counters against an observer, and the account of all cycles. */
import { describe, expect, it } from "vitest";
import { Chip, ExecutionCounters, HISTORY_LENGTH, type PpuName } from "../../src/chip/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { loadProgramFile, memoryPieces } from "../../src/toolchain/loader.ts";

const PPUS: readonly PpuName[] = ["top", "bottom"];

/** Runs a program with counters on one chip and an observer on another one. */
function both(image: Image, maxCycles = 300_000) {
  const make = () => {
    const chip = new Chip({ chipSeed: 1, noiseSeed: 1 });
    chip.load(memoryPieces(image), "both");
    return chip;
  };
  const counted = make();
  const counters = PPUS.map((ppu) => (counted.ppus[ppu].counters = new ExecutionCounters()));
  counted.reset("both");
  counted.run({ maxCycles });
  const observed = make();
  const seen = PPUS.map((ppu) => {
    const list: { pc: number; cycle: number }[] = [];
    observed.ppus[ppu].observer = { retire: (cycle, pc) => list.push({ pc, cycle }) };
    return list;
  });
  observed.reset("both");
  observed.run({ maxCycles });
  return { counted, counters, seen };
}

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

function expectExact(image: Image): void {
  const { counted, counters, seen } = both(image);
  PPUS.forEach((ppu, side) => {
    const counter = counters[side];
    const executed = new Map<number, number>();
    for (const { pc } of seen[side]) executed.set(pc, (executed.get(pc) ?? 0) + 1);
    for (const [pc, count] of executed) expect(counter.at(pc).executed).toBe(count);
    expect(sum(counter.executed) + sum([...counter.outside.values()].map((one) => one.executed))).toBe(
      seen[side].length,
    );
    expect(counter.history()).toEqual(seen[side].slice(-HISTORY_LENGTH));
    const cycles = sum(counter.cycles) + sum([...counter.outside.values()].map((one) => one.cycles));
    expect(cycles + counter.asleep + counter.interruptEntry + counter.start).toBe(counted.ppus[ppu].cycle);
  });
}

describe("execution counters", () => {
  it("count what an observer sees, in SRAM and outside", async () => {
    expectExact(await loadProgramFile("firmware/vmm.ts"));
    expectExact(await loadProgramFile("firmware/selftest.ts"));
  });

  it("count taken branches, sleep and interrupts", () => {
    const image = assemble(
      `
        b start
        .org 0x38
        rfi
        .org 0x100
start:  li 3, 300
        mtdec 3
        lis 3, 0x0400
        mttcr 3
        li 4, 5
        mtctr 4
loop:   bdnz loop
        li 5, 1
        cmpwi 5, 1
        bne start
        beq on
on:     lis 3, 0
        ori 3, 3, 0x8000
        mtmsr 3
        wait
end:    wait
        b end
`,
      "interrupts.s",
    );
    expectExact(image);
    const { counters } = both(image, 5000);
    const at = (name: string) => image.symbols.find((symbol) => symbol.name === name)!.address;
    const [top] = counters;
    expect(top.at(at("loop"))).toMatchObject({ executed: 5, taken: 4 });
    expect(top.at(at("on") - 8)).toMatchObject({ executed: 1, taken: 0 });
    expect(top.at(at("on") - 4)).toMatchObject({ executed: 1, taken: 1 });
    expect(top.interruptEntry).toBeGreaterThan(0);
    expect(top.asleep).toBeGreaterThan(100);
  });
});
