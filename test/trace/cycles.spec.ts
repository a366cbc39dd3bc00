/** The account of cycles against the counters of the execution loops, which count in a way of their own. */
import { describe, expect, it } from "vitest";
import { ExecutionCounters } from "../../src/chip/index.ts";
import { CYCLE_CAUSES, CycleAccount, type CycleCause } from "../../src/trace/cycles.ts";
import type { InstructionRecord, PpuName, Trace, TraceRecord } from "../../src/trace/model.ts";
import { PPUS } from "../../src/trace/model.ts";
import { assembled, chipWith, randomRuns, runTrace } from "./run.ts";

interface Account {
  readonly causes: Partial<Record<CycleCause, number>>;
  readonly byPc: ReadonlyMap<number, number>;
  readonly total: number;
}

function accountOf(ppu: PpuName, records: Iterable<TraceRecord>, end?: number): Account {
  const causes: Partial<Record<CycleCause, number>> = {};
  const byPc = new Map<number, number>();
  let total = 0;
  const account = new CycleAccount(ppu, (cause, cycles, instruction) => {
    expect(cycles).toBeGreaterThan(0);
    causes[cause] = (causes[cause] ?? 0) + cycles;
    total += cycles;
    const isOwn = cause !== "sleep" && cause !== "interrupt" && cause !== "end";
    if (instruction && isOwn) byPc.set(instruction.pc, (byPc.get(instruction.pc) ?? 0) + cycles);
  });
  for (const record of records) account.push(record);
  if (end !== undefined) account.finish(end);
  return { causes, byPc, total };
}

const accounts = (trace: Trace) => PPUS.map((ppu) => accountOf(ppu, trace.records(ppu), trace.end()!.cycle));

describe("the account of cycles", () => {
  it("explains every cycle of random runs", () => {
    const seen = new Set<string>();
    for (const trace of randomRuns(8, 21)) {
      for (const { causes, total } of accounts(trace)) {
        expect(total).toBe(trace.end()!.cycle);
        expect(causes.other).toBeUndefined();
        for (const cause of Object.keys(causes)) seen.add(cause);
      }
    }
    for (const cause of [
      "register",
      "branch",
      "carry",
      "interrupt",
      "sleep",
      "multiple",
      "start",
      "vectorQueue",
    ]) {
      expect(seen).toContain(cause);
    }
  });

  it("agrees with the counters at every address", () => {
    const image = assembled(`
  b start
  .org 0x40
start: li r3, 20
  lis r4, 0x4000
  mtctr r3
  li r9, 0
loop: addic r9, r9, 4
  lwz r5, 0x200(r9)
  add r6, r5, r5
  mulli r7, r6, 3
  mullw. r8, r7, r6
  bne next
  bl f
next: stmw r25, 0x300(0)
  lmw r25, 0x300(0)
  fxvsplath v1, r9
  fxvaddhm v2, v1, v1
  fxvaddhm v2, v2, v1
  fxvaddhm v2, v2, v1
  lwzu r10, 4(r4)
  addi r4, r4, 1
  andi. r4, r4, 0xfffc
  oris r4, r4, 0x4000
  divw r11, r9, r3
  bdnz loop
${Array.from({ length: 18 }, (_, n) => `  lwz r${12 + n}, 0(r4)`).join("\n")}
  sync
  lwz r5, 0x200(0)
  lwz r5, 0x200(0)
end: wait
f: mflr r31
  mfxer r3
  mtxer r3
  li r3, 20
  mtlr r31
  blr
`);
    const chip = chipWith({ top: image });
    const counters = new ExecutionCounters();
    chip.ppus.top.counters = counters;
    chip.run({ maxCycles: 100_000 });
    const trace = runTrace({ top: image });
    const { byPc, causes, total } = accounts(trace)[0];
    expect(total).toBe(trace.end()!.cycle);
    expect(causes.other).toBeUndefined();
    // What comes behind the last wait is sleep here, and cycles of the wait there.
    const end = image.symbols.find(({ name }) => name === "end")!.address;
    for (const [pc, cycles] of byPc)
      if (pc !== end) expect([pc, cycles]).toEqual([pc, counters.at(pc).cycles]);
    expect(byPc.size).toBeGreaterThan(30);
    for (const cause of ["drain", "carry", "requestQueue"] as const) expect(causes[cause]).toBeGreaterThan(0);
    expect(causes.update).toBe(20);
    expect(causes.divide).toBe(20 * 31);
  });

  it("charges what lies outside of instructions", () => {
    const at = (
      cycle: number,
      word: number,
      stalls: InstructionRecord["stalls"] = [],
    ): InstructionRecord => ({
      ...{
        kind: "instruction",
        ppu: "top",
        cycle,
        pc: 0x100,
        word: word | 0,
        writes: [],
        accesses: [],
        stalls,
      },
    });
    const records: TraceRecord[] = [
      { kind: "reset", ppu: "top", cycle: 100 },
      at(103, 0x60000000),
      { kind: "gap", ppu: "top", cycle: 200, instructions: 50, reason: "filter" },
      at(200, 0x60000000, [{ cause: "register", cycles: 7 }]),
      { kind: "exception", ppu: "top", cycle: 208, vector: 0x24, returnAddress: 0x104 },
      at(208, 0x7c00007c),
      { kind: "exception", ppu: "top", cycle: 1000, vector: 0x24, returnAddress: 0x104 },
      at(1000, 0x7c00007c),
      { kind: "reset", ppu: "top", cycle: 2000 },
      at(2003, 0x60000000),
      { kind: "reset", ppu: "top", cycle: 3000 },
      at(3003, 0x60000000),
    ];
    const { causes, total } = accountOf("top", records, 3010);
    expect(causes).toEqual({
      ...{ held: 100 + 996, start: 9, issue: 6, gap: 96, interrupt: 7, sleep: 791 + 999, end: 6 },
    });
    expect(total).toBe(3010);
    expect(accountOf("bottom", records, 3010).causes).toEqual({ end: 3010 });
  });

  it("never charges more than there is, whatever the records say", () => {
    const nop = (cycle: number, cycles: number): InstructionRecord => ({
      ...{ kind: "instruction", ppu: "top", cycle, pc: 0x100, word: 0x60000000, writes: [], accesses: [] },
      stalls: [{ cause: "fetch", cycles }],
    });
    const { total, causes } = accountOf("top", [nop(5, 100), nop(3, 7), nop(9, 1)], 4);
    expect(total).toBe(10);
    expect(causes).toEqual({ fetch: 6, issue: 2, other: 2 });
  });

  it("has words for every cause", () => {
    for (const [cause, words] of Object.entries(CYCLE_CAUSES)) expect(words, cause).toMatch(/^[a-z]/);
  });
});
