/** Statistics against counts made in other ways: by the execution counters, by an observer, by address ranges. */
import { describe, expect, it } from "vitest";
import { decode, field } from "../../isa/decode.ts";
import { ExecutionCounters } from "../../src/chip/index.ts";
import { enabledLanes } from "../../src/core/vector/lane-model.ts";
import { readAccumulatorState } from "../../src/core/vector/lanes.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { memoryTrace, PPUS, type PpuName, type Trace, type TraceRecord } from "../../src/trace/model.ts";
import { collectStatistics, type PpuStatistics } from "../../src/trace/stat/index.ts";
import { everything, everythingPrograms } from "./everything.ts";
import { assembled, chipWith, randomRuns, runTrace } from "./run.ts";

const sum = <T>(list: readonly T[], of: (item: T) => number) =>
  list.reduce((total, item) => total + of(item), 0);
const cyclesOf = ({ cycles }: { readonly cycles: number }) => cycles;
const instructionsOf = ({ instructions }: { readonly instructions: number }) => instructions;

function expectComplete(trace: Trace, statistics: readonly PpuStatistics[]): void {
  for (const { ppu, cycles, instructions, ...lists } of statistics) {
    const records = [...trace.records(ppu)];
    const last = records.findLast(({ kind }) => kind === "instruction")!.cycle;
    expect(cycles).toBe(Math.max(trace.end()!.cycle, last + 1));
    for (const list of [lists.causes, lists.functions, lists.sourceFunctions])
      expect(sum<{ cycles: number }>(list, cyclesOf)).toBe(cycles);
    const outside = sum(
      lists.functions.filter(({ name }) => name.startsWith("(") && name !== "(no symbol)"),
      cyclesOf,
    );
    for (const list of [lists.mnemonics, lists.families, lists.classes]) {
      expect(sum(list, instructionsOf)).toBe(instructions);
      expect(sum(list, cyclesOf)).toBe(cycles - outside);
    }
    expect(sum(lists.functions, instructionsOf)).toBe(instructions);
    expect(instructions).toBe(records.filter(({ kind }) => kind === "instruction").length);
  }
}

describe("statistics", () => {
  const trace = everything();
  const statistics = collectStatistics(trace);
  const [top] = statistics;

  it("account for every cycle and instruction", () => {
    expect(statistics.map(({ ppu }) => ppu)).toEqual(["top", "bottom"]);
    expectComplete(trace, statistics);
    for (const run of randomRuns(3, 61)) expectComplete(run, collectStatistics(run));
  });

  it("count by function as the execution counters do", () => {
    const image = assembled(`
  .global start, f, g
  b start
  .org 0x40
  .type start, @function
start: li r31, 9
1: bl f
  addic. r31, r31, -1
  bne 1b
  wait
  .size start, . - start
  .type f, @function
f: mflr r30
  lwz r4, 0x200(0)
  mulli r5, r4, 3
  bl g
  mtlr r30
  blr
  .size f, . - f
  .type g, @function
g: divw r6, r31, r31
  stw r6, 0x200(0)
  blr
  .size g, . - g
`);
    const chip = chipWith({ top: image });
    const counters = new ExecutionCounters();
    chip.ppus.top.counters = counters;
    chip.run({ maxCycles: 10_000 });
    const { functions } = collectStatistics(runTrace({ top: image }))[0];
    for (const { name, address, size } of image.symbols.filter(({ type }) => type === "function")) {
      const counted = { instructions: 0, cycles: 0 };
      for (let pc = address; pc < address + size; pc += 4) {
        const { executed, cycles } = counters.at(pc);
        counted.instructions += executed;
        // What comes behind the last wait is sleep.
        counted.cycles += name === "start" && pc === address + size - 4 ? 1 : cycles;
      }
      const share = functions.find((one) => one.name === name)!;
      expect({ name, instructions: share.instructions, cycles: share.cycles }).toEqual({ name, ...counted });
    }
    expect(functions.find(({ name }) => name === "f")).toMatchObject({ calls: 9 });
    expect(functions.find(({ name }) => name === "g")).toMatchObject({ calls: 9 });
  });

  it("name the source functions of inlined calls", async () => {
    const { image } = await compileSource(
      `// @ts-ignore: decorator
@inline
function square(n: i32): i32 { let s = 0; for (let i = 0; i < n; i++) s += n ^ i; return s; }
export function main(): i32 { return square(load<i32>(0) & 3 | 8) + square(load<i32>(4) & 3 | 9); }
`,
      { debug: true },
    );
    const run = runTrace({ top: image });
    const [{ functions, sourceFunctions, cycles }] = collectStatistics(run);
    expect(functions.map(({ name }) => name)).not.toContain("square");
    const square = sourceFunctions.find(({ name }) => name === "square")!;
    expect(square.instructions).toBeGreaterThan(50);
    expect(sum(sourceFunctions, cyclesOf)).toBe(cycles);
    const main = (list: readonly { name: string; instructions: number }[]) =>
      list.find(({ name }) => name === "main")!.instructions;
    expect(main(sourceFunctions)).toBe(main(functions) - square.instructions);
  });

  it("count vector instructions as an observer sees them", () => {
    const chip = chipWith(everythingPrograms());
    const seen = {
      instructions: 0,
      predicated: 0,
      lanes: 0,
      multiplications: 0,
      registers: new Set<number>(),
    };
    chip.ppus.top.observer = {
      retire(_cycle, _pc, word) {
        const row = decode(word);
        if (!row?.vector) return;
        seen.instructions++;
        for (const { kind, field: name } of row.operands)
          if (kind === "vector") seen.registers.add(field(word, name as "VRT"));
        const condition = row.vector.conditional ? field(word, "COND") : 0;
        const { vcr } = readAccumulatorState(chip.ppus.top.memory as WebAssembly.Memory);
        const enabled = sum([...enabledLanes(condition, vcr)], (lane) => lane);
        if (condition !== 0) {
          seen.predicated++;
          seen.lanes += enabled;
        }
        if (/^fxvm(ul|a)/.test(row.mnemonic))
          seen.multiplications += row.vector.width === "byte" ? enabled : enabled / 2;
      },
    };
    chip.run({ maxCycles: 400_000 });
    const { vector } = top;
    expect(vector.instructions).toBe(seen.instructions);
    expect(vector.predicated).toEqual({
      instructions: seen.predicated,
      lanesEnabled: seen.lanes,
      lanes: 128 * seen.predicated,
    });
    expect(vector.registers).toEqual([...seen.registers].sort((a, b) => a - b));
    expect(vector.multiplications).toBe(seen.multiplications);
    expect(seen.multiplications).toBeGreaterThan(0);
    expect(sum(vector.units, instructionsOf)).toBe(seen.instructions);
  });

  it("name what accesses reach", () => {
    const device = (name: string, ppu: PpuName = "top") =>
      statistics.find((one) => one.ppu === ppu)!.devices.find((one) => one.device === name);
    // Six rounds of work: one conversion, one masked write of weights, one event.
    expect(device("causal")).toMatchObject({ group: "cadc", reads: 6, bytesRead: 6 * 128, writes: 0 });
    expect(device("weights")).toMatchObject({ group: "synapses", writes: 6, reads: 0 });
    expect(device("padiTrigger")).toMatchObject({ group: "registers", writes: 6, bytesWritten: 24 });
    expect(device("ppuControl")).toMatchObject({ group: "registers", writes: 1, bytesWritten: 4 });
    const sram = { reads: 0, writes: 0, bytesRead: 0, bytesWritten: 0 };
    for (const record of trace.records("top")) {
      if (record.kind !== "instruction") continue;
      for (const { port, address, bytes, write } of record.accesses) {
        if (port === "parallel" || address >= 0x4000) continue;
        sram[write ? "writes" : "reads"]++;
        sram[write ? "bytesWritten" : "bytesRead"] += bytes;
      }
    }
    expect(device("sram")).toEqual({ device: "sram", group: "memory", ...sram });
  });

  it("count events, conversions and exceptions", () => {
    for (const { ppu, events, conversions, exceptions } of statistics) {
      const other = ppu === "top" ? "bottom" : "top";
      expect([events[ppu], events[other], conversions[ppu], conversions[other]]).toEqual([6, 0, 6, 0]);
      const count = (vector: number) =>
        [...trace.records(ppu)].filter((record) => record.kind === "exception" && record.vector === vector)
          .length;
      const list = Object.fromEntries(exceptions.map((one) => [one.vector, one.count]));
      expect(list).toEqual({ alignment: 1, program: 1, decrementer: count(0x30), doorbell: count(0x24) });
    }
  });

  it("know what is missing", () => {
    const header = trace.header;
    const all = [...trace.records("top")];
    const compare = all.findIndex(
      (record) => record.kind === "instruction" && decode(record.word)?.timing === "compare",
    );
    const gap: TraceRecord = {
      kind: "gap",
      ppu: "top",
      cycle: all[compare + 1].cycle,
      instructions: 7,
      reason: "ring",
    };
    const cut = memoryTrace(header, { top: [gap, ...all.slice(compare + 1)], bottom: [] }, {}, trace.end());
    const [one, ...others] = collectStatistics(cut);
    expect(others).toEqual([]);
    expect(one.missing).toBe(7);
    expect(one.causes).toContainEqual({ cause: "gap", cycles: gap.cycle });
    expect(one.cycles).toBe(top.cycles);
    // Until the next compare nobody knows which lanes are enabled.
    expect(one.vector.predicated.lanes).toBe(top.vector.predicated.lanes - 3 * 128);
    expect(one.vector.predicated.instructions).toBe(top.vector.predicated.instructions);
    expect(collectStatistics(memoryTrace(header, { top: [], bottom: [] }))).toEqual([]);
    const unknown = memoryTrace(header, { top: [{ ...gap, instructions: undefined }], bottom: [] });
    expect(collectStatistics(unknown)[0].missing).toBeUndefined();
  });

  it("are the same for PPUs that do the same", () => {
    const [, bottom] = statistics;
    for (const key of ["instructions", "mnemonics", "families"] as const)
      expect(bottom[key]).toEqual(top[key]);
    expect(PPUS).toEqual([top.ppu, bottom.ppu]);
  });
});
