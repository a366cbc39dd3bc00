/** Filters at recording against plain filters of the full trace. */
import { beforeAll, describe, expect, it } from "vitest";
import { decode, timingClass } from "../../../isa/decode.ts";
import { DATA_MAP, PARALLEL_MAP } from "../../../src/chip/bus/address-map.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import { AddressIndex } from "../../../src/toolchain/symbols.ts";
import { openTraceFile } from "../../../src/trace/file/index.ts";
import type { InstructionRecord, PpuName, TraceRecord } from "../../../src/trace/model.ts";
import { type FilterOptions, RecordFilter } from "../../../src/trace/recording/filter.ts";
import { compileSelection, type SelectionOptions } from "../../../src/trace/recording/selection.ts";
import { TraceError } from "../../../src/trace/trace-error.ts";
import { firstDifference, HEADER, traceDirectory } from "../file/files.ts";
import { chipFor, fileOf, instructionsIn, recordsOf, type Sides } from "../file/recorded.ts";

const MOST = 30_000;
const END = MOST;
const file = traceDirectory();

type Keep = (record: InstructionRecord) => boolean;

/** Leaves instructions out of records, with what follows them, and says how many. */
function plainly(records: readonly TraceRecord[], keep: Keep, ppu: PpuName): TraceRecord[] {
  const left: TraceRecord[] = [];
  let skipped = 0;
  let keeps = true;
  const gap = (cycle: number) => {
    if (skipped > 0) left.push({ kind: "gap", ppu, cycle, instructions: skipped, reason: "filter" });
    skipped = 0;
  };
  for (const record of records) {
    if (record.kind === "instruction") keeps = keep(record);
    if (record.kind === "reset") keeps = true;
    if (keeps) {
      gap(record.cycle);
      left.push(record);
    } else if (record.kind === "instruction") skipped++;
  }
  gap(END);
  return left;
}

describe("a filtered recording", () => {
  let image: Image;
  let full: Sides<TraceRecord[]>;
  let index: AddressIndex;

  beforeAll(async () => {
    image = await loadProgramFile("firmware/vmm.ts");
    index = new AddressIndex(image);
    full = recordsOf(chipFor(image, "both"), MOST);
  });

  function record(options: SelectionOptions & Omit<FilterOptions, "selection">, slice = 20_000) {
    const selection = compileSelection(options, HEADER, { top: image, bottom: image });
    let filter: RecordFilter | undefined;
    const bytes = fileOf(chipFor(image, "both"), {
      ...{ most: MOST, slice, chunkInstructions: 500 },
      through: (sink) => (filter = new RecordFilter({ ...options, selection }, sink)).write,
      beforeEnd: () => filter!.flush(),
    });
    return { bytes, counts: filter!.counts, trace: openTraceFile(file("filtered.trace", bytes)) };
  }

  function expectPlain(options: SelectionOptions, keep: Keep): void {
    const { trace, counts, bytes } = record(options);
    expect(Buffer.compare(record(options, 777).bytes, bytes)).toBe(0);
    (["top", "bottom"] as const).forEach((ppu, side) => {
      const wanted = plainly(full[ppu], keep, ppu);
      expect(firstDifference([...trace.records(ppu)], wanted)).toBeUndefined();
      expect(counts[side].kept).toBe(instructionsIn(wanted));
      expect(counts[side].kept + counts[side].left).toBe(instructionsIn(full[ppu]));
      expect(counts[side].left).toBeGreaterThan(0);
    });
    expect(counts[0].kept + counts[1].kept).toBeGreaterThan(0);
  }

  it("keeps ranges of addresses", () => {
    const isInside: Keep = ({ pc }) => (pc >= 0x500 && pc <= 0x5ff) || (pc >= 0x300 && pc <= 0x30f);
    expectPlain({ ranges: ["0x500-0x5ff", "0x300..0x30f"] }, isInside);
  });

  it("keeps functions and labels, by name or pattern", () => {
    const { symbol } = index.symbolAt(full.top[2000].kind === "instruction" ? full.top[2000].pc : 0)!;
    const isIn = (name: string) => (one: InstructionRecord) => index.symbolAt(one.pc)?.symbol.name === name;
    expectPlain({ symbols: [symbol.name] }, isIn(symbol.name));
    expectPlain(
      { symbols: [`${symbol.name.slice(0, -1)}*`, "nothing*", "exit"].slice(0, 1) },
      ({ pc }) => index.symbolAt(pc)?.symbol.name.startsWith(symbol.name.slice(0, -1)) ?? false,
    );
    expectPlain(
      { ranges: [symbol.name] },
      ({ pc }) => pc >= symbol.address && pc < symbol.address + symbol.size,
    );
  });

  it("keeps source files and lines", () => {
    const sourceOf = ({ pc }: InstructionRecord) => index.sourceAt(pc);
    const { file: name, line } = full.top.flatMap((one) =>
      one.kind === "instruction" ? (sourceOf(one) ?? []) : [],
    )[500];
    const short = name.split("/").at(-1)!;
    const { trace } = record({ symbols: [`${short}:${line}`] });
    const kept = [...trace.records("top")].filter((one) => one.kind === "instruction");
    const lines = new Set(kept.map((one) => `${sourceOf(one)?.file}:${sourceOf(one)?.line}`));
    expect([...lines]).toEqual([`${name}:${line}`]);
  });

  it("keeps classes of instructions", () => {
    expectPlain({ classes: ["branch"] }, ({ word }) => timingClass(word) === "branch");
    expectPlain({ classes: ["vector", "loadUpdate"] }, ({ word }) => {
      return decode(word)?.vector !== undefined || timingClass(word) === "loadUpdate";
    });
    expectPlain({ classes: ["Load"] }, ({ accesses }) =>
      accesses.some(({ write, port }) => !write && port !== "parallel"),
    );
    expectPlain({ classes: ["store"] }, ({ accesses }) =>
      accesses.some(({ write, port }) => write && port !== "parallel"),
    );
    expectPlain({ classes: ["io"] }, ({ accesses }) => accesses.some(({ port }) => port === "parallel"));
    expectPlain(
      { classes: ["integer arithmetic"] },
      ({ word }) => decode(word)?.family === "integer arithmetic",
    );
  });

  it("keeps accesses to devices, with their events and conversions", () => {
    const PADI = 0x80000000 + 4 * 0x110000;
    const isPadi: Keep = ({ accesses }) =>
      accesses.some(({ address }) => address === PADI || address === PADI + 4 * 0x8000);
    expectPlain({ devices: ["padiTrigger"] }, isPadi);
    const { trace } = record({ devices: ["padiTrigger"] });
    expect([...trace.records("top")].some(({ kind }) => kind === "event")).toBe(true);
    const isIn = (address: number, { base, size }: { base: number; size: number }) =>
      address >= base && address < base + size;
    const omnibus = { top: 0x8a000000, bottom: 0x8e000000 };
    expectPlain({ devices: ["externalMemory", "sram"] }, ({ ppu, accesses }) =>
      accesses.some(({ port, address }) =>
        port === "parallel"
          ? isIn(address, PARALLEL_MAP.externalMemory)
          : isIn(address, DATA_MAP.sram) ||
            isIn(address, { ...DATA_MAP.sram, base: omnibus[ppu] }) ||
            isIn(address, DATA_MAP.externalMemory),
      ),
    );
    const cadc = record({ devices: ["cadc"] }).trace;
    expect([...cadc.records("top")].some(({ kind }) => kind === "conversion")).toBe(true);
  });

  it("combines kinds of filters", () => {
    expectPlain({ ranges: ["0-0x5ff"], classes: ["branch"] }, ({ pc, word }) => {
      return pc <= 0x5ff && timingClass(word) === "branch";
    });
  });

  it("drops stalls where they are not wanted", () => {
    const { trace } = record({ stalls: false });
    const wanted = full.top.map((one) => (one.kind === "instruction" ? { ...one, stalls: [] } : one));
    expect(firstDifference([...trace.records("top")], wanted)).toBeUndefined();
  });

  it("ends each PPU behind so many instructions", () => {
    const { trace, counts } = record({ classes: ["branch"], maxInstructions: 100 });
    for (const ppu of ["top", "bottom"] as const) {
      const wanted = plainly(full[ppu], ({ word }) => timingClass(word) === "branch", ppu);
      const records = [...trace.records(ppu)];
      expect(instructionsIn(records)).toBe(100);
      expect(firstDifference(records, wanted.slice(0, records.length))).toBeUndefined();
    }
    expect(counts.map(({ kept }) => kept)).toEqual([100, 100]);
  });

  it("refuses names that do not exist, in one line", () => {
    const wrong: [SelectionOptions, RegExp][] = [
      [{ ranges: ["0x100-nowhere"] }, /"nowhere" is neither a number nor a symbol/],
      [{ ranges: ["0x100-0x50"] }, /ends before it begins/],
      [{ symbols: ["nowhere"] }, /"nowhere": the program has no such function or label/],
      [{ symbols: ["nowhere.ts"] }, /no source file nowhere.ts/],
      [{ classes: ["fast"] }, /there is no class "fast"; known: scalar, vector,/],
      [{ devices: ["toaster"] }, /there is no "toaster"; known: /],
    ];
    for (const [options, message] of wrong) {
      const compile = () => compileSelection(options, HEADER, { top: image });
      expect(compile).toThrow(TraceError);
      expect(compile).toThrow(message);
    }
  });
});
