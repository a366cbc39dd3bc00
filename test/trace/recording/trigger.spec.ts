/** Recordings between triggers are parts of the full one. */
import { describe, expect, it } from "vitest";
import { Chip, type PpuSelection } from "../../../src/chip/index.ts";
import type { ScopeHost } from "../../../src/debug/scope.ts";
import { createProgramSymbols } from "../../../src/debug/symbols/index.ts";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import { memoryPieces } from "../../../src/toolchain/loader.ts";
import { openTraceFile, TraceWriter } from "../../../src/trace/file/index.ts";
import { PPUS, type TraceRecord } from "../../../src/trace/model.ts";
import { runAndRecord } from "../../../src/trace/recording/run.ts";
import { readTrigger } from "../../../src/trace/recording/trigger.ts";
import { TraceState } from "../../../src/trace/state.ts";
import { firstDifference, HEADER, MemorySink, traceDirectory } from "../file/files.ts";
import { instructionsIn, positions, recordsOf } from "../file/recorded.ts";

/** Calls `work` 40 times with r3 counting up; a store in between. */
const IMAGE = assemble(
  `
        .global start, work, done
start:  li r1, 0
        li r3, 0
        li r8, 0x2000
again:  addi r3, r3, 1
        bl work
        stw r4, 0(r8)
        cmpwi r3, 40
        bne again
done:   wait
work:   mullw r4, r3, r3
        add r5, r5, r4
        blr
`,
  "calls.s",
);

const file = traceDirectory();

function makeChip(ppus: PpuSelection): Chip {
  const chip = new Chip({ ideal: true });
  chip.load(memoryPieces(IMAGE), ppus);
  chip.reset(ppus);
  return chip;
}

function hostOf(chip: Chip): ScopeHost {
  const symbols = createProgramSymbols(IMAGE);
  return { chip, change: () => expect.unreachable(), symbols: () => symbols, image: () => IMAGE };
}

interface Wanted {
  readonly ppus?: PpuSelection;
  readonly start?: string;
  readonly stop?: string;
}

function record({ ppus = "top", start, stop }: Wanted) {
  const chip = makeChip(ppus);
  const host = hostOf(chip);
  const to = new MemorySink();
  const writer = new TraceWriter({ to, header: HEADER, images: {} });
  const trigger = (option: string, text: string | undefined) =>
    text === undefined ? undefined : readTrigger(host, option, text, "top");
  const run = runAndRecord({
    ...{ chip, ppus: PPUS, maxCycles: 100_000 },
    ...{ start: trigger("--start", start), stop: trigger("--stop", stop) },
    recorder: {
      write: writer.write,
      skip: (ppu, count) => writer.skip(ppu, "trigger", count),
      sync: (cycle) => writer.sync(cycle),
      isFull: false,
    },
  });
  let step = run.next();
  while (!step.done) step = run.next();
  writer.close(step.value.end);
  for (const ppu of PPUS) expect(chip.ppus[ppu].breakpoints.size).toBe(0);
  return { trace: openTraceFile(file("trigger.trace", to.bytes)), end: step.value.end };
}

const full = recordsOf(makeChip("both"));
const symbol = (name: string) => IMAGE.symbols.find((one) => one.name === name)!.address;
const isAt = (record: TraceRecord, name: string) =>
  record.kind === "instruction" && record.pc === symbol(name);

/** Parts of a recording between gaps, each of which must be what stands there in the full one. */
function partsOf(records: readonly TraceRecord[], whole: readonly TraceRecord[]): TraceRecord[][] {
  const numbers = positions(records);
  const wholeNumbers = positions(whole);
  const parts: TraceRecord[][] = [];
  const state = new TraceState();
  records.forEach((record, n) => {
    if (record.kind === "gap") {
      expect(record.reason).toBe("trigger");
      parts.push([]);
      state.apply(record);
      return;
    }
    if (parts.length === 0) parts.push([]);
    if (parts.at(-1)!.length === 0) {
      const plain = new TraceState();
      const at = wholeNumbers.findIndex(
        (number, k) => number === numbers[n] && whole[k].kind === record.kind,
      );
      for (const before of whole.slice(0, at)) plain.apply(before);
      for (const name of ["r1", "r3", "r4", "r5", "lr", "cr"]) expect(state.get(name)).toBe(plain.get(name));
    }
    state.apply(record);
    parts.at(-1)!.push(record);
    const same =
      whole[wholeNumbers.findIndex((number, k) => number === numbers[n] && whole[k].kind === record.kind)];
    expect(firstDifference([record], [same])).toBeUndefined();
  });
  return parts;
}

describe("a recording", () => {
  it("begins at a place and goes on to the end", () => {
    const { trace } = record({ ppus: "both", start: "work if r3 == 7" });
    for (const ppu of PPUS) {
      const [part, ...more] = partsOf([...trace.records(ppu)], full[ppu]);
      expect(more).toEqual([]);
      expect(part.at(-1)).toEqual(full[ppu].at(-1));
    }
    const [first] = partsOf([...trace.records("top")], full.top)[0];
    expect(isAt(first, "work")).toBe(true);
    expect(trace.end()?.reason).toBe("finished");
  });

  it("ends at a place, and with it the run", () => {
    const { trace, end } = record({ stop: "calls.s:6 if r3 == 3" });
    const [part, ...more] = partsOf([...trace.records("top")], full.top);
    expect(more).toEqual([]);
    expect(part).toEqual(full.top.slice(0, part.length));
    expect(part.filter((one) => isAt(one, "work"))).toHaveLength(3);
    expect(end.reason).toBe("stop");
    expect(end.instructions[0]).toBe(instructionsIn(part));
  });

  it("begins and ends again and again", () => {
    const { trace } = record({ start: "work", stop: "calls.s:8" });
    const records = [...trace.records("top")];
    const parts = partsOf(records, full.top).filter((part) => part.length > 0);
    expect(parts).toHaveLength(40);
    for (const part of parts) {
      expect(part).toHaveLength(3);
      expect(isAt(part[0], "work")).toBe(true);
    }
    const gaps = records.flatMap((one) => (one.kind === "gap" ? [one.instructions!] : []));
    expect(gaps.reduce((sum, count) => sum + count, 0) + 120).toBe(instructionsIn(full.top));
    expect(records.at(-1)?.kind).toBe("gap");
  });

  it("begins and ends at cycles and counts of instructions", () => {
    const byCycle = record({ start: "cycle:200", stop: "cycle:400" }).trace;
    const [part] = partsOf([...byCycle.records("top")], full.top).filter((one) => one.length > 0);
    const inside = full.top.filter(({ cycle }) => cycle >= 200 && cycle < 400);
    expect(part).toEqual(inside);
    const byCount = record({ start: "instruction:50", stop: "instruction:77" }).trace;
    const [counted] = partsOf([...byCount.records("top")], full.top).filter((one) => one.length > 0);
    expect(counted.filter(({ kind }) => kind === "instruction")).toHaveLength(27);
    expect(positions(full.top)[full.top.findIndex((one) => one.cycle === counted[0].cycle)]).toBe(50);
  });

  it("may never begin", () => {
    const { trace, end } = record({ start: "work if r3 == 1000" });
    expect([...trace.records("top")]).toEqual([
      { kind: "gap", ppu: "top", cycle: end.cycle, instructions: end.instructions[0], reason: "trigger" },
    ]);
  });
});

describe("a trigger that cannot be used", () => {
  const read = (text: string) => readTrigger(hostOf(makeChip("top")), "--start", text, "top");

  it.each([
    ["nowhere", /^--start: the program has no code at nowhere$/],
    ["1 2", /^--start: "1 2" is no place/],
    ["work if", /^--start: if needs a condition behind it$/],
    ["work if r3 ==", /^--start: /],
    ["cycle:99999999999999999999", /^--start: 99999999999999999999 is too large$/],
  ])("%s is refused", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it("tells of a condition that has no value at its place", () => {
    expect(() => record({ start: "work if nothing > 1" })).toThrow(/^--start: /);
  });
});
