/** Recordings that keep less than all: the last instructions, or what fits. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import { openTraceFile, TraceWriter } from "../../../src/trace/file/index.ts";
import { PPUS, type TraceRecord } from "../../../src/trace/model.ts";
import { TraceState } from "../../../src/trace/state.ts";
import { firstDifference, HEADER, MemorySink, traceDirectory } from "./files.ts";
import { chipFor, fileOf, instructionsIn, recordsOf, runRecorded, type Sides } from "./recorded.ts";

const MOST = 20_000;
const file = traceDirectory();
const open = (bytes: Uint8Array) => openTraceFile(file("limits.trace", bytes));

describe("a trace of limited size", () => {
  let image: Image;
  let full: Sides<TraceRecord[]>;
  const make = () => chipFor(image, "both");

  beforeAll(async () => {
    image = await loadProgramFile("firmware/vmm.ts");
    full = recordsOf(make(), MOST);
  });

  /** Index of the record from which on there are so many instructions. */
  const lastOf = (records: readonly TraceRecord[], count: number) => {
    let left = count;
    let at = records.length;
    while (left > 0) if (records[--at].kind === "instruction") left--;
    return at;
  };

  it.each([1, 2, 1000, 1024, 1025, 3333, 5000])(
    "keeps the last %i instructions of each PPU in a ring",
    (ring) => {
      const bytes = fileOf(make(), { ring, most: MOST });
      expect(Buffer.compare(fileOf(make(), { ring, most: MOST, slice: 777 }), bytes)).toBe(0);
      const trace = open(bytes);
      for (const ppu of PPUS) {
        const at = lastOf(full[ppu], ring);
        const [gap, ...rest] = trace.records(ppu);
        const before = instructionsIn(full[ppu]) - ring;
        expect(gap).toMatchObject({
          kind: "gap",
          reason: "ring",
          instructions: before,
          cycle: full[ppu][at].cycle,
        });
        expect(firstDifference(rest, full[ppu].slice(at))).toBeUndefined();
        const state = new TraceState();
        for (const record of full[ppu].slice(0, at)) state.apply(record);
        const given = trace.initialState(ppu);
        for (const name of state.written)
          expect([name, given.get(name) ?? 0]).toEqual([name, nonzero(state.get(name))]);
        expect(gap.kind === "gap" && gap.state).toEqual(given);
        expect([...trace.records(ppu, { instruction: before + 7 })][0]).toEqual(
          rest.filter(({ kind }) => kind === "instruction")[7],
        );
      }
      expect(trace.problems).toEqual([]);
    },
  );

  it("keeps everything in a ring that is large enough", () => {
    const trace = open(fileOf(make(), { ring: 1_000_000, most: MOST }));
    for (const ppu of PPUS) expect(firstDifference([...trace.records(ppu)], full[ppu])).toBeUndefined();
  });

  it("keeps a ring small while it records", () => {
    const to = new MemorySink();
    const writer = new TraceWriter({ to, header: HEADER, images: {}, ring: 100 });
    runRecorded(make(), writer.write, 5000, MOST, (cycle) => {
      writer.sync(cycle);
      expect(writer.waitingInstructions).toBeLessThan(2 * 2 * 1024 + 2 * 100);
    });
    expect(to.bytes.length).toBeLessThan(1000);
  });

  it.each([3000, 5000, 8000])("does not become larger than %i bytes", (maxBytes) => {
    const bytes = fileOf(make(), { maxBytes, chunkInstructions: 500, most: MOST });
    expect(bytes.length).toBeLessThanOrEqual(maxBytes);
    expect(bytes.length).toBeGreaterThan(maxBytes / 2);
    const trace = open(bytes);
    for (const ppu of PPUS) {
      const records = [...trace.records(ppu)];
      expect(records.length).toBeGreaterThan(100);
      expect(firstDifference(records, full[ppu].slice(0, records.length))).toBeUndefined();
    }
    const ends = PPUS.map((ppu) => [...trace.records(ppu)].at(-1)!.cycle);
    expect(Math.abs(ends[0] - ends[1])).toBeLessThan(6000);
    expect(trace.end()).toBeDefined();
  });

  it("says when it is full", () => {
    const writer = new TraceWriter({
      ...{ to: new MemorySink(), header: HEADER, images: {}, maxBytes: 4000, chunkInstructions: 500 },
    });
    const full: boolean[] = [];
    runRecorded(make(), writer.write, 2000, MOST, (cycle) => {
      writer.sync(cycle);
      full.push(writer.isFull);
    });
    expect(full.at(0)).toBe(false);
    expect(full.at(-1)).toBe(true);
    expect(writer.bytes).toBeLessThan(4000);
  });

  it("is written while it is recorded, both PPUs side by side", () => {
    const to = new MemorySink();
    const writer = new TraceWriter({ to, header: HEADER, images: {}, chunkInstructions: 500 });
    const ends: number[][] = [];
    runRecorded(make(), writer.write, 2000, MOST, (cycle) => {
      writer.sync(cycle);
      const trace = open(to.bytes);
      ends.push([cycle, ...PPUS.map((ppu) => [...trace.records(ppu)].at(-1)?.cycle ?? 0)]);
    });
    for (const [cycle, top, bottom] of ends.slice(3)) {
      expect(cycle - Math.min(top, bottom)).toBeLessThan(5000);
    }
  });
});

/** Registers that are 0 are left out of states. */
const nonzero = (value: number | Uint8Array) =>
  typeof value === "number" || value.some((byte) => byte !== 0) ? value : 0;
