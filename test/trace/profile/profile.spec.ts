/** Profiles against counts of other kinds: counters of the loops, the accounting of the lab, pprof's own reader. */
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile as PprofProfile } from "pprof-format";
import { beforeAll, describe, expect, it } from "vitest";
import { Chip, ExecutionCounters } from "../../../src/chip/index.ts";
import { ChipAccounting } from "../../../src/lab/chip-time/accounting.ts";
import { compileSource } from "../../../src/toolchain/compile.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile, memoryPieces } from "../../../src/toolchain/loader.ts";
import { memoryTrace, PPUS, type Trace } from "../../../src/trace/model.ts";
import {
  collapsedText,
  type FrameNode,
  flatProfile,
  flatText,
  type PpuProfile,
  type Profile,
  pprofFile,
  profileRun,
  profileTrace,
  speedscopeDocument,
  treesOf,
  treeText,
} from "../../../src/trace/profile/index.ts";
import { chipWith, randomRuns, runTrace } from "../run.ts";

type Context = PpuProfile["root"];

function contextsOf(root: Context): Context[] {
  return [root, ...[...root.children.values()].flatMap(contextsOf)];
}

const cyclesIn = (context: Context): number =>
  [...context.spent.values()].reduce(
    (sum, { cycles }) => sum + [...cycles.values()].reduce((a, b) => a + b, 0),
    0,
  );

function nodesOf(root: FrameNode): FrameNode[] {
  return [root, ...[...root.children.values()].flatMap(nodesOf)];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const ALL_OPTIONS = [{}, { lines: true }, { causes: true }, { lines: true, causes: true }] as const;

describe("every cycle is in the profile", () => {
  it("of random runs of both PPUs, in all forms", async () => {
    for (const trace of randomRuns(5, 99)) {
      const profile = await profileTrace(trace);
      const { cycle } = trace.end()!;
      for (const { profile: one } of profile.ppus) {
        expect(one.cycles).toBe(cycle);
        expect(sum(contextsOf(one.root).map(cyclesIn))).toBe(cycle);
        const records = [...trace.records(one.ppu)].filter(({ kind }) => kind === "instruction");
        const spent = contextsOf(one.root).flatMap((context) => [...context.spent.values()]);
        expect(sum(spent.map(({ instructions }) => instructions))).toBe(records.length);
      }
      for (const options of ALL_OPTIONS) {
        const trees = treesOf(profile, options);
        for (const tree of trees) {
          expect(tree.total).toBe(cycle);
          expect(sum(nodesOf(tree).map(({ self }) => self))).toBe(cycle);
        }
        expect(sum(flatProfile(trees).map(({ self }) => self))).toBe(cycle * trees.length);
      }
    }
  });

  it("at the address where the counters of the loops have it", async () => {
    const image = await loadProgramFile("firmware/relu.ts");
    const counters = new ExecutionCounters();
    const counted = chipWith({ top: image });
    counted.ppus.top.counters = counters;
    counted.run({ maxCycles: 1_000_000 });
    const { profile, end } = await profileRun({
      ...{ chip: chipWith({ top: image }), image, ppus: ["top"] as const, maxCycles: 1_000_000 },
    });
    const [{ profile: top }] = profile.ppus;
    expect(end.cycle).toBe(top.cycles);
    const byPc = new Map<number, { cycles: number; instructions: number }>();
    for (const context of contextsOf(top.root)) {
      for (const [pc, { cycles, instructions }] of context.spent) {
        const entry = byPc.get(pc) ?? { cycles: 0, instructions: 0 };
        byPc.set(pc, entry);
        entry.instructions += instructions;
        for (const [cause, count] of cycles) if (cause !== "sleep" && cause !== "end") entry.cycles += count;
      }
    }
    let compared = 0;
    for (const [pc, { cycles, instructions }] of byPc) {
      if (pc < 0) continue;
      const expected = counters.at(pc);
      expect(instructions, `at ${pc}`).toBe(expected.executed);
      // The way into the sleep counts as sleep here.
      if (image.symbols.some(({ name, address }) => name === "exit" && pc >= address)) {
        if (pc < image.symbols.find(({ name }) => name === "exit")!.address + 0x20) continue;
      }
      expect(cycles, `at ${pc}`).toBe(expected.cycles);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  });
});

/** The same records without what was waited for: then waiting belongs to the instruction before, as in the lab's accounting. */
const withoutStalls = (trace: Trace): Trace => ({
  ...trace,
  *records(ppu) {
    for (const record of trace.records(ppu)) {
      yield record.kind === "instruction" ? { ...record, stalls: [] } : record;
    }
  },
});

describe("cycles of functions", () => {
  it("are those of the lab's accounting, inlined functions of a release build included", async () => {
    const image = await loadProgramFile("firmware/relu.ts");
    const images = { top: image, bottom: image };
    const chip = chipWith(images, { chip: "ideal" });
    const accounting = new ChipAccounting(chip, image);
    accounting.begin();
    const { cycle } = chip.run({ maxCycles: 1_000_000 });
    accounting.end(cycle);
    const account = accounting.close();
    const profile = await profileTrace(withoutStalls(runTrace(images, { chip: "ideal" })));
    for (const [n, ppu] of PPUS.entries()) {
      const own = new Map<string, number>();
      for (const { name, place, self } of flatProfile([treesOf(profile)[n]])) {
        const file = place?.slice(0, place.lastIndexOf(":"));
        const key = file === undefined ? name : `${basename(file, ".ts")}/${name}`;
        own.set(key, (own.get(key) ?? 0) + self);
      }
      let compared = 0;
      for (const { name, cycles } of account[ppu].functions) {
        // Initialisers stand in no function of the text, and methods in none that the accounting knows; here they are
        // in the function that holds them.
        if (!name.includes("/") || /^vector\/|\/$|^relu\/main$/.test(name)) continue;
        expect(own.get(name), `${ppu} ${name}`).toBe(cycles);
        compared++;
      }
      expect(compared).toBeGreaterThanOrEqual(4);
      const total = sum([...own.values()]);
      expect(total).toBe(sum(account[ppu].functions.map(({ cycles }) => cycles)));
    }
  });
});

const RECURSIVE = `
import { printLine } from "ppu/mailbox";
// @ts-ignore: decorator
@inline
function twice(n: i32): i32 {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += load<i32>(0x2000 + 4 * i) * 2;
  return sum;
}
function fibonacci(n: i32): i32 {
  if (n < 2) return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
}
export function main(): i32 {
  store<i32>(0x2100, twice(9));
  printLine("f");
  return fibonacci(8) == 21 ? 0 : 1;
}
`;

describe("calls and frames", () => {
  let image: Image;
  let profile: Profile;
  beforeAll(async () => {
    ({ image } = await compileSource(RECURSIVE, { name: "recursive.ts", debug: true }));
    ({ profile } = await profileRun({
      ...{ chip: chipWith({ top: image }), image, ppus: ["top"] as const, maxCycles: 1_000_000 },
    }));
  }, 60_000);

  it("calls of a recursive function are counted at every depth, its cycles once", () => {
    const trees = treesOf(profile);
    const fibonacci = flatProfile(trees).find(({ name }) => name === "fibonacci")!;
    // calls(n) = 1 + calls(n - 1) + calls(n - 2): 67 of fibonacci(8).
    expect(fibonacci.calls).toBe(67);
    expect(fibonacci.total).toBe(fibonacci.self);
    const depth = (node: FrameNode): number =>
      (node.name === "fibonacci" ? 1 : 0) + Math.max(0, ...[...node.children.values()].map(depth));
    expect(depth(trees[0])).toBe(8);
  });

  it("inlined functions are frames of debug builds", () => {
    const nodes = nodesOf(treesOf(profile)[0]);
    const main = nodes.find(({ name, kind }) => name === "main" && kind === "function")!;
    const twice = [...main.children.values()].find(({ name }) => name === "twice")!;
    expect([twice.kind, twice.place]).toEqual(["inlined", "recursive.ts:5"]);
    expect(twice.total).toBeGreaterThan(9);
  });

  it("lines are frames inside functions", () => {
    const nodes = nodesOf(treesOf(profile, { lines: true })[0]);
    const line = nodes.filter(({ name }) => name === "recursive.ts:11");
    expect(line.length).toBeGreaterThan(0);
    expect(line.every(({ kind }) => kind === "line")).toBe(true);
  });

  it("are printed as a tree and as a table that leave small shares out", () => {
    const trees = treesOf(profile);
    const text = treeText(trees[0], { least: 0 });
    expect(text).toMatch(/^ *cycles +share +self +calls +function\n/);
    expect(text).toMatch(/100\.0 % +0 +top PPU\n/);
    expect(text).toMatch(/ 1 {2,}main {2}recursive\.ts:14\n/);
    expect(treeText(trees[0], { least: 50 }).split("\n").length).toBeLessThan(text.split("\n").length);
    const flat = flatText(flatProfile(trees), trees[0].total, { least: 1 });
    expect(flat).toMatch(/ 67 {2}fibonacci {2}recursive\.ts:10\n/);
  });

  const stacks = (text: string) => {
    const cycles = new Map<string, number>();
    for (const line of text.trimEnd().split("\n")) {
      const [, stack, count] = /^(.*) (\d+)$/.exec(line)!;
      cycles.set(stack, (cycles.get(stack) ?? 0) + Number(count));
    }
    return cycles;
  };

  it("pprof reads the same stacks, cycles and instructions", () => {
    const bytes = pprofFile(profile, "recursive.ts");
    const read = PprofProfile.decode(gunzipSync(bytes));
    const text = (index: number | bigint) => read.stringTable.strings[Number(index)];
    const functions = new Map(read.function.map((f) => [f.id, f]));
    const locations = new Map(read.location.map((location) => [location.id, location]));
    expect(read.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([
      ["cycles", "count"],
      ["instructions", "count"],
    ]);
    const cycles = new Map<string, number>();
    let instructions = 0;
    for (const { locationId, value, label } of read.sample) {
      const names = locationId.toReversed().flatMap((id) =>
        locations
          .get(id)!
          .line.toReversed()
          .map(({ functionId }) => text(functions.get(functionId)!.name)),
      );
      const ppu = label.find(({ key }) => text(key) === "ppu")!;
      const stack = [text(ppu.str), ...names].join(";");
      cycles.set(stack, (cycles.get(stack) ?? 0) + Number(value[0]));
      instructions += Number(value[1]);
    }
    expect(Object.fromEntries(cycles)).toEqual(Object.fromEntries(stacks(collapsedText(treesOf(profile)))));
    expect(sum([...cycles.values()])).toBe(profile.ppus[0].profile.cycles);
    const chip = new Chip();
    chip.load(memoryPieces(image), "top");
    chip.reset("top");
    chip.run({ maxCycles: 1_000_000 });
    expect(instructions).toBe(chip.ppus.top.instructions);
    const line = read.location.flatMap((location) => location.line).map((entry) => Number(entry.line));
    expect(line).toContain(11);
    expect(pprofFile(profile, "recursive.ts")).toEqual(bytes);
  });

  it("speedscope's document holds to its format", () => {
    const trees = treesOf(profile, { lines: true });
    const { $schema, shared, profiles } = speedscopeDocument(trees, "recursive.ts", "ppu-emu");
    expect($schema).toBe("https://www.speedscope.app/file-format-schema.json");
    expect(profiles).toHaveLength(1);
    for (const { type, unit, startValue, endValue, samples, weights } of profiles) {
      expect([type, unit, startValue]).toEqual(["sampled", "none", 0]);
      expect(samples.length).toBe(weights.length);
      expect(sum(weights)).toBe(endValue);
      for (const frame of samples.flat()) expect(shared.frames[frame]?.name).toBeTypeOf("string");
    }
    expect(endOf(collapsedText(trees))).toBe(profiles[0].endValue);
  });

  const endOf = (text: string) => sum([...stacks(text).values()]);
});

describe("a trace without an end", () => {
  it("is profiled up to its last record", async () => {
    const image = await loadProgramFile("firmware/examples/saturation.ts");
    const whole = runTrace({ top: image });
    const records = [...whole.records("top")].slice(0, 500);
    const cut = memoryTrace(whole.header, { top: records, bottom: [] }, { top: image });
    const { ppus } = await profileTrace(cut);
    expect(ppus[0].profile.cycles).toBe(records[499].cycle + 1);
  });
});
