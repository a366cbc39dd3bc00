/** Trace files of real programs: what the plain recorder sees, and the same bytes however a run is sliced. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Chip } from "../../../src/chip/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import { AddressIndex } from "../../../src/toolchain/symbols.ts";
import { openTraceFile } from "../../../src/trace/file/index.ts";
import { PPUS, type TraceRecord } from "../../../src/trace/model.ts";
import { TraceState } from "../../../src/trace/state.ts";
import { goldenChip } from "../golden-chip.ts";
import { ReferenceRecorder } from "../reference-recorder.ts";
import { firstDifference, traceDirectory } from "./files.ts";
import {
  chipFor,
  type FileOptions,
  fileOf,
  instructionsIn,
  positions,
  recordsOf,
  type runRecorded,
  type Sides,
} from "./recorded.ts";

const file = traceDirectory();
const open = (name: string, bytes: Uint8Array) => openTraceFile(file(name, bytes));

const withoutStalls = (records: readonly TraceRecord[]) =>
  records.map((record) => (record.kind === "instruction" ? { ...record, stalls: [] } : record));

function reference(chip: Chip, most: number): Sides<TraceRecord[]> {
  const recorder = new ReferenceRecorder(chip);
  for (;;) {
    const { reason } = chip.run({ maxCycles: 20_000, stopAsleep: true });
    if (reason !== "cycles" || chip.cycle >= most) break;
  }
  recorder.finish();
  return recorder.records;
}

function expectAsReference(make: () => Chip, most = 200_000): void {
  const trace = open("reference.trace", fileOf(make(), { most }));
  const wanted = reference(make(), most);
  for (const ppu of PPUS) {
    expect(firstDifference(withoutStalls([...trace.records(ppu)]), wanted[ppu])).toBeUndefined();
  }
  expect(instructionsIn(wanted.top)).toBeGreaterThan(10);
  expect(trace.problems).toEqual([]);
}

describe("the trace file of a golden program", () => {
  it.each(["p02_branches", "p05_vector_saxpy", "p08_exceptions", "p24_vector_random", "p34_scalar_random"])(
    "%s holds what the plain recorder sees",
    (name) => expectAsReference(() => goldenChip(name)),
  );
});

/** Cycles of vmm that most tests look at. */
const SHORT = 40_000;

describe("the trace file of firmware", () => {
  let vmm: Image;
  let full: Sides<TraceRecord[]>;
  const make = () => chipFor(vmm, "both");
  const short = (options: FileOptions = {}) => fileOf(make(), { most: SHORT, ...options });

  beforeAll(async () => {
    vmm = await loadProgramFile("firmware/vmm.ts");
    full = recordsOf(make(), SHORT);
  });

  it.each(["hello", "relu"])("%s holds what the plain recorder sees", async (name) => {
    const image = await loadProgramFile(`firmware/${name}.ts`);
    expectAsReference(() => chipFor(image, "top"));
  });

  it("vmm holds what the plain recorder sees, on both PPUs", () => expectAsReference(make, 40_000));

  it("holds stalls, and has the same bytes however the run is sliced", () => {
    const bytes = short({ chunkInstructions: 3000 });
    for (const slice of [20, 777, 1e9]) {
      expect(Buffer.compare(short({ chunkInstructions: 3000, slice }), bytes)).toBe(0);
    }
    const trace = open("stalls.trace", bytes);
    for (const ppu of PPUS) expect(firstDifference([...trace.records(ppu)], full[ppu])).toBeUndefined();
    expect(PPUS.map((ppu) => trace.instructionCount(ppu))).toEqual(
      PPUS.map((ppu) => instructionsIn(full[ppu])),
    );
    const stalled = full.top.filter((record) => record.kind === "instruction" && record.stalls.length > 0);
    expect(stalled.length).toBeGreaterThan(1000);
  });

  it("takes about a byte an instruction, and less for what is scalar", () => {
    const instructions = instructionsIn(full.top) + instructionsIn(full.bottom);
    expect(short().length / instructions).toBeLessThan(1.5);
    const has = { cycles: true, writes: true, accesses: true, stalls: true, vectors: false };
    expect(short({ header: { has } }).length / instructions).toBeLessThan(0.7);
  });

  it("holds the program once, with symbols and sources", () => {
    const bytes = short({ images: { top: vmm, bottom: vmm } });
    const trace = open("image.trace", bytes);
    expect(trace.image("top")).toBe(trace.image("bottom"));
    const [mine, its] = [new AddressIndex(vmm), new AddressIndex(trace.image("top")!)];
    for (let pc = 0; pc < 0x1000; pc += 4) {
      expect([its.nameOf(pc), its.sourceAt(pc)]).toEqual([mine.nameOf(pc), mine.sourceAt(pc)]);
    }
    expect(open("none.trace", short()).image("top")).toBeUndefined();
  });

  it("can be read from any place, with the registers there", () => {
    const trace = open("seek.trace", short({ chunkInstructions: 1000 }));
    for (const ppu of PPUS) {
      const records = full[ppu];
      const numbers = positions(records);
      const count = instructionsIn(records);
      for (const instruction of [0, 1, 999, 1000, 1001, 5432, count - 1, count]) {
        const at = records.findIndex(
          (record, n) => record.kind === "instruction" && numbers[n] >= instruction,
        );
        const from = at < 0 ? records.length : at;
        expectHead(trace.records(ppu, { instruction }), records.slice(from));
        expectState(trace.initialState(ppu, { instruction }), records.slice(0, from));
      }
      const last = records.at(-1)!.cycle;
      for (const cycle of [0, 5, records[2345].cycle, records[2345].cycle + 1, last, last + 1]) {
        const at = records.findIndex((record) => record.cycle >= cycle);
        const from = at < 0 ? records.length : at;
        expectHead(trace.records(ppu, { cycle }), records.slice(from));
        expectState(trace.initialState(ppu, { cycle }), records.slice(0, from));
      }
    }
  });

  it("can be read by several at once, and given up at any time", () => {
    const trace = open("several.trace", short({ chunkInstructions: 1000 }));
    const readers = [trace.records("top"), trace.records("bottom"), trace.records("top")].map((records) =>
      records[Symbol.iterator](),
    );
    for (let n = 0; n < 3000; n++) {
      const [a, b, c] = readers.map((reader) => reader.next().value as TraceRecord);
      expect(a).toEqual(full.top[n]);
      expect(b.ppu).toBe("bottom");
      expect(c).toEqual(a);
    }
    for (const reader of readers) reader.return?.();
  });

  it("begins with the registers that were set before the start", () => {
    const chip = make();
    chip.ppus.top.setGpr(9, -5);
    chip.ppus.bottom.setVector(3, new Uint8Array(128).fill(7));
    const trace = open("set.trace", fileOf(chip));
    expect(trace.initialState("top").get("r9")).toBe(0xfffffffb);
    expect(trace.initialState("bottom").get("v3")).toEqual(new Uint8Array(128).fill(7));
    expect([...trace.records("top")][0].kind).toBe("instruction");
  });

  it("tells of changes by the host", () => {
    const chip = make();
    const through = (sink: Parameters<typeof runRecorded>[1]) => {
      let done = false;
      return (...piece: Parameters<typeof sink>) => {
        sink(...piece);
        if (done || chip.cycle < 10_000) return;
        done = true;
        chip.ppus.top.setGpr(30, 0x1234);
      };
    };
    const trace = open("host.trace", fileOf(chip, { through, slice: 5000, most: SHORT }));
    const gaps = [...trace.records("top")].filter((record) => record.kind === "gap");
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: "host", instructions: 0 });
    expect(gaps[0].kind === "gap" && gaps[0].state?.get("r30")).toBe(0x1234);
  });
});

/** The first records, of which there are as many as wanted. */
function expectHead(records: Iterable<TraceRecord>, wanted: readonly TraceRecord[]): void {
  const got: TraceRecord[] = [];
  for (const record of records) {
    got.push(record);
    if (got.length === 50) break;
  }
  expect(firstDifference(got, wanted.slice(0, 50))).toBeUndefined();
}

/** Registers at a place must be those that all records in front of it give. */
function expectState(given: ReadonlyMap<string, number | Uint8Array>, before: readonly TraceRecord[]): void {
  const state = new TraceState();
  for (const record of before) state.apply(record);
  const known = new TraceState(given);
  for (const name of new Set([...state.written, ...given.keys()])) {
    if (name === "tbl" || name === "tbu") continue;
    expect([name, known.get(name)]).toEqual([name, state.get(name)]);
  }
}
