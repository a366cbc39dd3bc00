import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { konataTrace } from "../../../src/trace/export/konata.ts";
import { type InstructionRecord, PPUS, type Trace } from "../../../src/trace/model.ts";
import { anyTrace } from "../arbitrary.ts";
import { everything } from "../everything.ts";
import { assembled, randomRuns, runTrace } from "../run.ts";
import { readKanata } from "./kanata-reader.ts";

const log = (trace: Trace) => readKanata([...konataTrace(trace)].join(""));
const instructions = (trace: Trace, ppu: "top" | "bottom") =>
  [...trace.records(ppu)].filter((record): record is InstructionRecord => record.kind === "instruction");

function expectRows(trace: Trace): void {
  const rows = log(trace);
  for (const ppu of PPUS) {
    const own = rows.filter(({ thread }) => thread === PPUS.indexOf(ppu)).sort((a, b) => a.number - b.number);
    const records = instructions(trace, ppu);
    expect(own.map(({ number }) => number)).toEqual(records.map((_, n) => n));
    own.forEach(({ labels, stages, retired, producers }, n) => {
      const { cycle, pc, stalls, aborted } = records[n];
      const names = stages.map(({ name }) => name);
      const issue = stages.find(({ name }) => name === "Is")!;
      expect([issue.begin, issue.end]).toEqual([cycle, cycle + 1]);
      expect(labels[0]).toContain(`${ppu} ${pc.toString(16).padStart(8, "0")}`);
      const waits = stages.filter(({ name }) => name === "Wt");
      expect(waits.map(({ begin, end }) => end - begin)).toEqual(stalls.map(({ cycles }) => cycles));
      for (const [at, { end }] of stages.slice(0, -1).entries()) expect(stages[at + 1].begin).toBe(end);
      expect(retired).toBe(stages.at(-1)!.end);
      if (aborted) expect(names).not.toContain("Ex");
      // What it waited for was written by an instruction before it.
      for (const producer of producers) {
        expect(rows[producer].thread).toBe(PPUS.indexOf(ppu));
        expect(rows[producer].number).toBeLessThan(n);
      }
    });
  }
}

describe("Kanata logs", () => {
  it("obey the format for any records", () => {
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        const count = instructions(trace, "top").length + instructions(trace, "bottom").length;
        expect(log(trace)).toHaveLength(count);
      }),
      { numRuns: 100 },
    );
  });

  it("have a row for each instruction, issued in its cycle", () => {
    for (const trace of [everything(), ...randomRuns(2, 51)]) expectRows(trace);
  });

  it("write results when the pipeline does", () => {
    const trace = runTrace({
      top: assembled(`
  nop
  nop
  nop
  li r3, 1
  mulli r4, r3, 3
  lwz r5, 0x100(0)
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  nop
  fxvsplath v1, r3
  add r6, r4, r5
  wait
`),
    });
    const rows = log(trace);
    const written = (mnemonic: string) => {
      const row = rows.find(({ labels }) => labels[0].includes(`: ${mnemonic}`))!;
      const [issue, write] = ["Is", "Wb"].map((name) => row.stages.find((stage) => stage.name === name)!);
      return write.begin - issue.begin;
    };
    // timing-measured 1 and 2: ALU 2, multiply 5, load 4 + latency of the SRAM (2), splat 9.
    expect(["li", "mulli", "lwz", "fxvsplath"].map(written)).toEqual([2, 5, 6, 9]);
  });

  it("say what an instruction waited for, and who wrote it", () => {
    const trace = runTrace({ top: assembled("  lwz r5, 0x100(0)\n  add r6, r5, r5\n  wait\n") });
    const [load, add] = log(trace);
    expect(add.producers).toEqual([0]);
    expect(add.labels[1]).toContain("+5 register r5");
    expect(load.labels[1]).toContain("r5=0x0 [0x100]->0x00000000");
  });
});
