/** A single bit that is changed anywhere in a trace is found where it stands, and called by its name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rawImage } from "../../../src/toolchain/loader.ts";
import type { InstructionRecord, PpuName, Trace, TraceRecord } from "../../../src/trace/model.ts";
import { readProgram } from "../../core/golden.ts";
import { programBytes } from "../golden-chip.ts";
import { differences, firmware, kept, recorded } from "./fixture.ts";

/** A place in a record where one bit can be changed. */
interface Place {
  /** As the comparison calls it. */
  readonly field: string;
  readonly bits: number;
  readonly change: (record: TraceRecord, bit: number) => TraceRecord;
}

type Json = Record<string, unknown>;

const flipNumber = (value: number, bit: number): number =>
  bit < 32 && value < 2 ** 32 ? (value ^ (1 << bit)) >>> 0 : value + 2 ** bit;

function flip(value: unknown, bit: number): unknown {
  if (!(value instanceof Uint8Array)) return flipNumber(value as number, bit);
  const copy = value.slice();
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

const bitsOf = (value: unknown, bits: number): number =>
  value instanceof Uint8Array ? 8 * value.length : bits;

/** Replaces what a path leads to in a copy. */
function replaced(
  value: unknown,
  [first, ...rest]: readonly (string | number)[],
  change: (old: unknown) => unknown,
): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((entry, i) => (i === first ? replaced(entry, rest, change) : entry));
  return { ...(value as Json), [first]: replaced((value as Json)[first], rest, change) };
}

function place(record: TraceRecord, field: string, bits: number, ...path: (string | number)[]): Place {
  const value = path.reduce((inner: unknown, part) => (inner as Json)[part], record);
  return {
    field,
    bits: bitsOf(value, bits),
    change: (original, bit) => replaced(original, path, (old) => flip(old, bit)) as TraceRecord,
  };
}

const toggled = (field: string, ...path: (string | number)[]): Place => ({
  field,
  bits: 1,
  change: (record) => replaced(record, path, (old) => !old || undefined) as TraceRecord,
});

function instructionPlaces(record: InstructionRecord): Place[] {
  const of = (...rest: [field: string, bits: number, ...path: (string | number)[]]) => place(record, ...rest);
  return [
    of("pc", 16, "pc"),
    // Signed in records.
    {
      field: "word",
      bits: 32,
      change: (other, bit) => ({ ...(other as InstructionRecord), word: record.word ^ (1 << bit) }),
    },
    toggled("aborted", "aborted"),
    ...record.writes.map(({ register }, i) =>
      of(register, /^cr/.test(register) ? 4 : 32, "writes", i, "value"),
    ),
    ...record.accesses.flatMap(({ bytes, enables }, i) => [
      of(`access ${i} address`, 32, "accesses", i, "address"),
      of(`access ${i} value`, 8 * bytes, "accesses", i, "value"),
      of(`access ${i} bytes`, 3, "accesses", i, "bytes"),
      { ...toggled(`access ${i} direction`, "accesses", i, "write") },
      ...(enables ? [of(`access ${i} enables`, 1, "accesses", i, "enables")] : []),
    ]),
    ...record.stalls.map((_, i) => of(`stall ${i} cycles`, 8, "stalls", i, "cycles")),
  ];
}

function placesOf(record: TraceRecord): Place[] {
  const of = (...rest: [field: string, bits: number, ...path: (string | number)[]]) => place(record, ...rest);
  const cycle = of("cycle", 40, "cycle");
  switch (record.kind) {
    case "instruction":
      return [cycle, ...instructionPlaces(record)];
    case "exception":
      return [cycle, of("vector", 8, "vector"), of("return address", 32, "returnAddress")];
    case "event":
      return [cycle, of("buses", 8, "buses"), of("row", 5, "row"), of("address", 6, "address")];
    case "conversion":
      return [cycle, of("causal", 0, "causal")];
    default:
      return [];
  }
}

interface Subject {
  readonly name: string;
  readonly trace: Trace;
  readonly ppu: PpuName;
}

const golden = (name: string): Subject => {
  const image = rawImage(programBytes(readProgram(name)));
  const options = { ideal: true, timing: "rtl,branch-cache=0", maxCycles: 700 };
  return { name, trace: recorded(image, options), ppu: "top" };
};

/** A piece of a trace with records of a kind. */
function around(trace: Trace, ppu: PpuName, kind: TraceRecord["kind"]): Subject {
  const all = [...trace.records(ppu)];
  const first = all.findIndex((record) => record.kind === kind);
  const piece = all.slice(Math.max(0, first - 50), first + 250);
  return { name: kind, trace: { ...trace, records: (name) => (name === ppu ? piece : []) }, ppu };
}

/** Of the sides of a difference, the instruction that the record at an index belongs to. */
const instructionAt = (records: readonly TraceRecord[], index: number): number =>
  records.slice(0, index + 1).filter(({ kind }) => kind === "instruction").length;

/** Plants at random places of records of a kind and checks what is reported. */
function plant(
  { trace, ppu, name }: Subject,
  kinds: readonly TraceRecord["kind"][],
  plants: number,
  seed: number,
): Set<string> {
  const records = [...trace.records(ppu)];
  const candidates = records.flatMap((record, index) => (kinds.includes(record.kind) ? [index] : []));
  const fields = new Set<string>();
  expect(candidates.length).toBeGreaterThan(0);
  const choice = fc.tuple(fc.constantFrom(...candidates), fc.nat(), fc.nat(), fc.boolean());
  fc.assert(
    fc.property(choice, ([index, which, bit, isFirst]) => {
      const places = placesOf(records[index]);
      const { field, bits, change } = places[which % places.length];
      fields.add(field.replace(/\d+/g, "#"));
      const changed = kept(trace, (side, list) =>
        side === ppu ? list.map((record, at) => (at === index ? change(record, bit % bits) : record)) : list,
      );
      const pair = isFirst ? ([changed, trace] as const) : ([trace, changed] as const);
      const [first, ...others] = differences(...pair);
      const what = `${name}: record ${index}, ${field}, bit ${bit % bits}`;
      expect(first, what).toBeDefined();
      expect(
        first.fields.map((entry) => entry.field),
        what,
      ).toEqual([field]);
      expect(first.ppus, what).toEqual([ppu, ppu]);
      const instruction = instructionAt(records, index);
      expect(first.instruction, what).toEqual([instruction, instruction]);
      expect(
        first.records.map(([placed]) => placed.sequence),
        what,
      ).toEqual([index, index]);
      expect(first.counts, what).toEqual([1, 1]);
      expect(others, what).toEqual([]);
    }),
    { numRuns: plants, seed },
  );
  return fields;
}

describe("a changed bit", () => {
  it.each([
    ["p02_branches", 60],
    ["p08_exceptions", 60],
    ["p24_vector_random", 80],
    ["p34_scalar_random", 160],
  ])("of an instruction of %s is found", (name, plants) => {
    const fields = plant(golden(name), ["instruction"], plants, 1);
    const everywhere = ["pc", "word", "cycle", "aborted"];
    const inRandom = ["r#", "cr#", "access # value", "access # bytes"];
    expect([...fields]).toEqual(
      expect.arrayContaining(plants > 100 ? [...everywhere, ...inRandom] : everywhere),
    );
  });

  it("of an exception is found", () => {
    const fields = plant(golden("p08_exceptions"), ["exception"], 40, 2);
    expect(fields).toEqual(new Set(["cycle", "vector", "return address"]));
  });

  it("of events and conversions is found, on both PPUs", async () => {
    const trace = recorded(await firmware("vmm"), { ppus: "both", maxCycles: 60_000 });
    for (const ppu of ["top", "bottom"] as const) {
      const events = plant(around(trace, ppu, "event"), ["event"], 40, 3);
      expect(events).toEqual(new Set(["cycle", "buses", "row", "address"]));
      const conversions = plant(around(trace, ppu, "conversion"), ["conversion"], 40, 4);
      expect(conversions).toEqual(new Set(["cycle", "causal"]));
    }
  });

  it("of stalls, loads, stores and vectors of firmware is found", async () => {
    const trace = recorded(await firmware("vmm"), { maxCycles: 60_000 });
    const fields = plant(around(trace, "top", "conversion"), ["instruction"], 200, 5);
    expect([...fields]).toEqual(
      expect.arrayContaining(["stall # cycles", "r#", "v#", "access # address", "access # direction"]),
    );
  });
});

describe("a record that is left out or added", () => {
  it("is called deleted or inserted, and nothing else differs", () => {
    const { trace } = golden("p34_scalar_random");
    const records = [...trace.records("top")];
    fc.assert(
      fc.property(
        fc.nat(records.length - 12),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        (index, count, isDeleted) => {
          const shorter = kept(trace, (ppu, list) => (ppu === "top" ? list.toSpliced(index, count) : list));
          const found = isDeleted ? differences(trace, shorter) : differences(shorter, trace);
          expect(found.length).toBeGreaterThan(0);
          const removed = found.reduce((sum, { counts: [a, b] }) => sum + (isDeleted ? a - b : b - a), 0);
          expect(removed).toBe(count);
          if (found.length > 1) return;
          const [{ kind, instruction, counts }] = found;
          // Of equal neighbours another one may be the one that is missing.
          expect(kind).toBe(isDeleted ? "deleted" : "inserted");
          expect(counts).toEqual(isDeleted ? [count, 0] : [0, count]);
          expect(instruction[0]).toBeLessThanOrEqual(index + 1);
        },
      ),
      { numRuns: 80, seed: 5 },
    );
  });

  it("at the end is where one trace ends", () => {
    const { trace } = golden("p02_branches");
    const shorter = kept(trace, (_, list) => list.slice(0, -3));
    const [difference, ...others] = differences(trace, shorter);
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ kind: "ended", counts: [3, 0], instruction: [125, 124] });
    expect(differences(trace, shorter, { prefix: true })).toEqual([]);
    expect(differences(shorter, trace)[0]).toMatchObject({ kind: "ended", counts: [0, 3] });
  });
});
