/** The tables of timing-measured section 1, measured with small programs on the model. */
import { describe, expect, it } from "vitest";
import { Ppu } from "../../src/core/ppu.ts";
import { parseTimingProfile } from "../../src/core/timing-profile.ts";
import { assemble } from "./assemble.ts";
import { GoldenBus } from "./golden.ts";

const CODE = 0x40;
/** Long enough for everything before to drain, and for the divider to be ready. */
const PAUSE = Array.from({ length: 40 }, () => "nop");

interface Setup {
  readonly data?: number;
  readonly branchCache?: number;
}

function start(
  lines: readonly string[],
  { data = 1, branchCache = 0 }: Setup = {},
): { ppu: Ppu; retired: [number, number][] } {
  const timing = parseTimingProfile(`rtl,branch-cache=${branchCache},data=${data}`);
  const ppu = new Ppu({ name: "timing", bus: new GoldenBus(), timing });
  assemble(lines, CODE).forEach((word, index) => {
    ppu.writeSramWord(CODE + 4 * index, word);
  });
  ppu.pc = CODE;
  ppu.setGpr(3, 0x1000);
  ppu.setGpr(4, 0x1000);
  const retired: [number, number][] = [];
  ppu.observer = { retire: (cycle, pc) => void retired.push([cycle, pc]) };
  return { ppu, retired };
}

/** Issue cycles of the lines behind the pause, relative to the first of them. */
function issues(lines: readonly string[], setup?: Setup): number[] {
  const { ppu, retired } = start([...PAUSE, ...lines, "wait"], setup);
  ppu.run(100_000);
  const cycles = retired.slice(PAUSE.length).map(([cycle]) => cycle);
  return cycles.map((cycle) => cycle - cycles[0]);
}

/** Distance from the first line to the last one. */
const distance = (lines: readonly string[], setup?: Setup) => issues(lines, setup)[lines.length - 1];

describe("issue distances", () => {
  const cases: [string, string[], number, Setup?][] = [
    ["ALU, independent", ["addi 5,3,1", "addi 6,3,1"], 1],
    ["ALU to a use", ["addi 5,3,1", "addi 6,5,1"], 1],
    ["ALU to store data", ["addi 5,3,1", "stw 5,0(3)"], 1],
    ["mullw to a use", ["mullw 5,3,4", "addi 6,5,1"], 4],
    ["mullw, independent mullw", ["mullw 5,3,4", "mullw 6,3,4"], 1],
    ["mul; add; add; add share the write port", ["mullw 5,3,4", "add 6,3,3", "add 7,3,3", "add 8,3,3"], 4],
    ["divw to anything", ["divw 5,3,4", "nop"], 32],
    ["load to a use, Ld = 1", ["lwz 5,0(3)", "addi 6,5,1"], 5],
    ["load to a use, Ld = 2", ["lwz 5,0(3)", "addi 6,5,1"], 6, { data: 2 }],
    ["lha to a use", ["lha 5,0(3)", "addi 6,5,1"], 5],
    ["loads, independent", ["lwz 5,0(3)", "lwz 6,4(3)"], 1],
    ["load with update, independent", ["lwzu 5,0(3)", "addi 6,4,1"], 2],
    ["load with update to a use of RA", ["lwzu 5,0(3)", "addi 6,3,1"], 3],
    ["load with update to a use of RT", ["lwzu 5,0(3)", "addi 6,5,1"], 5],
    ["store, independent", ["stw 5,0(3)", "addi 6,3,1"], 1],
    ["store with update to a use of RA", ["stwu 5,0(3)", "addi 6,3,1"], 2],
    ["lmw r28", ["lmw 28,0(3)", "nop"], 4],
    ["stmw r28", ["stmw 28,0(3)", "nop"], 4],
    ["last register of lmw", ["lmw 28,0(3)", "addi 5,31,1"], 8],
    ["store then load of the same address", ["stw 5,0(3)", "lwz 6,0(3)", "addi 7,6,1"], 6],
    ["WAW: load then ALU", ["lwz 5,0(3)", "addi 5,3,1"], 5],
    ["WAW: mul then ALU", ["mullw 5,3,4", "addi 5,3,1"], 4],
    ["compare to a branch", ["cmpwi 3,0", "beq .+8"], 2],
    ["compare to a branch on another field", ["cmpwi 3,0", "beq 1,.+8"], 1],
    ["mul. to a branch", ["mullw. 5,3,4", "beq .+8"], 5],
    ["compare to mfcr", ["cmpwi 3,0", "mfcr 5"], 2],
    ["condition logic to condition logic", ["crand 0,1,2", "crand 3,0,1"], 2],
    ["mtcrf to a branch", ["mtcrf 255,3", "beq .+8"], 2],
    ["mtlr to mflr", ["mtlr 3", "mflr 5"], 2],
    ["mtctr to bdnz", ["mtctr 3", "bdnz .+8"], 2],
    ["mtspr to mfspr of the same register", ["mtspr 26,3", "mfspr 5,26"], 2],
    ["mtspr to mfspr of another register", ["mtspr 26,3", "mfspr 5,27"], 1],
    ["mfcr to a use", ["mfcr 5", "addi 6,5,1"], 1],
    ["carry form to anything", ["addic 5,3,1", "nop"], 3],
    ["srawi to anything", ["srawi 5,3,1", "nop"], 3],
    ["addo to anything", ["addo 5,3,4", "nop"], 3],
    ["mullwo to anything", ["mullwo 5,3,4", "nop"], 6],
    ["sync", ["sync", "nop"], 2],
    ["ALU; sync", ["addi 5,3,1", "sync", "nop"], 4],
    ["load; sync, Ld = 1", ["lwz 5,0(3)", "sync", "nop"], 7],
    ["load; sync, Ld = 2", ["lwz 5,0(3)", "sync", "nop"], 8, { data: 2 }],
    ["store; sync", ["stw 5,0(3)", "sync", "nop"], 7],
    ["trap not taken", ["twi 0,3,0", "nop"], 2],
    ["mtmsr", ["mtmsr 0", "nop"], 4],
    [
      "load; 6 independent adds; use",
      ["lwz 5,0(3)", ...Array.from({ length: 6 }, () => "addi 6,3,1"), "addi 7,5,1"],
      9,
    ],
    ["load; 1 independent add; use", ["lwz 5,0(3)", "addi 6,3,1", "addi 7,5,1"], 5],
    ["taken branch, not predicted", ["b .+4", "nop"], 5],
  ];
  it.each(cases)("%s", (_, lines, cycles, setup) => {
    expect(distance(lines, setup)).toBe(cycles);
  });

  it("branch not taken and not predicted takes 1 cycle", () => {
    expect(distance(["bc 12,2,.+8", "nop"])).toBe(1);
  });

  it("15 outstanding requests stall the front end", () => {
    const cycles = issues(
      Array.from({ length: 20 }, (_, index) => `stw 5,${4 * index}(3)`),
      { data: 40 },
    );
    expect(cycles[14]).toBe(14);
    expect(cycles[15]).toBe(44);
  });
});

describe("sleep", () => {
  it("is visible 2 cycles after a wait with an empty pipeline, 3 behind an ALU operation", () => {
    for (const [lines, cycles] of [
      [["nop", "wait"], 2],
      [["addi 5,3,1", "wait"], 3],
    ] as const) {
      const { ppu, retired } = start([...PAUSE, ...lines]);
      ppu.run(1000);
      expect(ppu.sleepCycle - retired.at(-1)![0]).toBe(cycles);
    }
  });
});

describe("loops", () => {
  const ITERATIONS = 10;
  const loops: [string, string[], number, number][] = [
    ["3 x add; bdnz", ["1: add 5,3,4", "add 6,3,4", "add 7,3,4", "bdnz 1b"], 8, 4],
    ["lwz; dependent add; bdnz", ["1: lwz 5,0(3)", "add 6,5,4", "bdnz 1b"], 11, 7],
    ["bdnz to itself", ["1: bdnz 1b"], 5, 5],
  ];
  it.each(loops)("%s", (_, body, without, cached) => {
    for (const [branchCache, cycles] of [
      [0, without],
      [16, cached],
    ]) {
      const { ppu, retired } = start([`li 5,${ITERATIONS}`, "mtctr 5", ...body, "wait"], { branchCache });
      ppu.run(10_000);
      const first = CODE + 8;
      const starts = retired.filter(([, pc]) => pc === first).map(([cycle]) => cycle);
      expect(starts.length).toBe(ITERATIONS);
      expect(starts[1] - starts[0]).toBe(without);
      for (let i = 2; i < ITERATIONS; i++) expect(starts[i] - starts[i - 1]).toBe(cycles);
    }
  });

  it("condition loop with a record form", () => {
    const body = ["li 6,10", "1: addi 5,5,1", "addic. 6,6,-1", "bne 1b", "wait"];
    for (const [branchCache, cycles] of [
      [0, 9],
      [16, 5],
    ]) {
      const { ppu, retired } = start(body, { branchCache });
      ppu.run(10_000);
      const starts = retired.filter(([, pc]) => pc === CODE + 4).map(([cycle]) => cycle);
      expect(starts.at(-1)! - starts.at(-2)!).toBe(cycles);
    }
  });

  it("an always-not-taken branch is mispredicted once, the second time", () => {
    const body = ["li 5,5", "mtctr 5", "1: nop", "bc 12,2,.+8", "nop", "bdnz 1b", "wait"];
    const { ppu, retired } = start(body, { branchCache: 16 });
    ppu.run(10_000);
    const at = (pc: number) => retired.filter((entry) => entry[1] === pc).map(([cycle]) => cycle);
    const behind = at(CODE + 16);
    const costs = at(CODE + 12).map((cycle, index) => behind[index] - cycle);
    expect(costs).toEqual([1, 5, 1, 1, 1]);
  });
});
