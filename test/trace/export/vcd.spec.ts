import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vcdTrace } from "../../../src/trace/export/vcd.ts";
import { PPUS, type RegisterWrite, type Trace, type TraceRecord } from "../../../src/trace/model.ts";
import { REGISTER_NAMES } from "../../../src/trace/state.ts";
import { anyTrace } from "../arbitrary.ts";
import { everything } from "../everything.ts";
import { randomRuns } from "../run.ts";
import { readVcd, valueAt } from "./vcd-reader.ts";

const dump = (trace: Trace, signals?: readonly string[]) =>
  [...vcdTrace(trace, signals ? { signals } : {})].join("");
const CYCLE = 4;

/** Bits of a register's value, most significant first. */
function bits({ register, value }: RegisterWrite): string {
  if (typeof value === "number") return (value >>> 0).toString(2).padStart(32, "0");
  const each = register === "vcr" ? 3 : 8;
  return Array.from(value, (byte) => byte.toString(2).padStart(each, "0")).join("");
}

function expectValues(trace: Trace, signals?: readonly string[]): void {
  const vcd = readVcd(dump(trace, signals));
  expect(vcd.timescale).toBe(1);
  for (const ppu of PPUS) {
    const variable = (name: string) => vcd.variables.get(`chip.${ppu}.${name}`)!;
    const records = [...trace.records(ppu)];
    const cr = new Map<string, number>();
    for (const record of records) {
      if (record.kind !== "instruction") continue;
      const time = record.cycle * CYCLE;
      expect(valueAt(variable("pc"), time)).toBe(record.pc.toString(2).padStart(32, "0"));
      for (const write of record.writes) {
        // What comes of these depends on the old value, or on bits that exist.
        if (
          ["tsr", "tcr", "esr", "xer", "msr"].includes(write.register) ||
          !signals?.includes(write.register)
        )
          continue;
        expect([record.cycle, write.register, valueAt(variable(write.register), time)]).toEqual([
          record.cycle,
          write.register,
          bits(write),
        ]);
      }
      for (const { register, value } of record.writes)
        if (/^cr\d$/.test(register)) cr.set(register, value as number);
      const whole = Array.from({ length: 8 }, (_, n) =>
        (cr.get(`cr${n}`) ?? 0).toString(2).padStart(4, "0"),
      ).join("");
      if (cr.size > 0) expect(valueAt(variable("cr"), time)).toBe(whole);
    }
    const exceptions = records.filter(({ kind }) => kind === "exception");
    expect(variable("exception").changes.map(([time]) => time)).toEqual(
      exceptions.map(({ cycle }) => cycle * CYCLE),
    );
    const events = PPUS.flatMap((side) => [...trace.records(side)]).flatMap((record) =>
      record.kind === "event" && record.hemisphere === ppu ? [record] : [],
    );
    expect(variable("event").changes.map(([time]) => time)).toEqual(
      events.map(({ cycle }) => cycle * CYCLE).sort((a, b) => a - b),
    );
    for (const { cycle, row, address } of events) {
      expect(Number.parseInt(valueAt(variable("event_row"), cycle * CYCLE)!, 2)).toBe(row);
      expect(Number.parseInt(valueAt(variable("event_address"), cycle * CYCLE)!, 2)).toBe(address);
    }
  }
}

const ALL = [
  "pc",
  "word",
  "scalar",
  "vectors",
  "sleep",
  "stalled",
  "exception",
  "vector",
  "event",
  "event_buses",
  "event_row",
  "event_address",
  "conversion",
];
const REGISTERS = REGISTER_NAMES.filter((name) => !/^cr\d$/.test(name));

describe("value change dumps", () => {
  it("obey the grammar for any records", () => {
    fc.assert(
      fc.property(anyTrace(), fc.constantFrom(undefined, ALL), (trace, signals) => {
        expect(readVcd(dump(trace, signals)).timescale).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it("have the values of the records at their cycles", () => {
    for (const trace of randomRuns(2, 41)) expectValues(trace, [...ALL, ...REGISTERS]);
    const trace = everything();
    expectValues(trace, [...ALL, ...REGISTERS]);
    expectValues(trace);
  });

  it("show sleep, waiting and conversions", () => {
    const trace = everything();
    const vcd = readVcd(dump(trace));
    const top = [...trace.records("top")];
    const doorbell = top.findIndex((record) => record.kind === "exception" && record.vector === 0x24);
    const sleep = vcd.variables.get("chip.top.sleep")!;
    const wait = top[doorbell - 1].cycle;
    expect(valueAt(sleep, (wait + 1) * CYCLE)).toBe("0");
    expect(valueAt(sleep, (wait + 2) * CYCLE)).toBe("1");
    expect(valueAt(sleep, top[doorbell].cycle * CYCLE - 1)).toBe("1");
    expect(valueAt(sleep, top[doorbell].cycle * CYCLE)).toBe("0");
    const stalled = vcd.variables.get("chip.top.stalled")!;
    let waited = 0;
    for (const record of top) {
      if (record.kind !== "instruction" || record.stalls.length === 0) continue;
      expect(valueAt(stalled, (record.cycle - 1) * CYCLE)).toBe("1");
      expect(valueAt(stalled, record.cycle * CYCLE)).toBe("0");
      waited++;
    }
    expect(waited).toBeGreaterThan(10);
    const conversions = top.filter(({ kind }) => kind === "conversion").map(({ cycle }) => cycle * CYCLE);
    expect(vcd.variables.get("chip.top.conversion")!.changes.map(([time]) => time)).toEqual(conversions);
    expect(conversions).toHaveLength(6);
    expect(vcd.end).toBe(trace.end()!.cycle * CYCLE);
  });

  it("know nothing of registers behind a gap", () => {
    const [sample] = fc.sample(anyTrace({ maxLength: 0 }), { numRuns: 1, seed: 1 });
    const write = (cycle: number): TraceRecord => ({
      ...{ kind: "instruction", ppu: "top", cycle, pc: 0, word: 0x60000000, accesses: [], stalls: [] },
      writes: [{ register: "r3", value: 5 }],
    });
    const gap = { kind: "gap", ppu: "top", cycle: 20, instructions: 5, reason: "filter" } as const;
    const trace: Trace = {
      ...sample,
      records: (ppu) => (ppu === "top" ? [write(10), gap, write(30)] : []),
      initialState: () => new Map(),
      end: () => undefined,
    };
    const r3 = readVcd(dump(trace, ["r3"])).variables.get("chip.top.r3")!;
    const five = "101".padStart(32, "0");
    expect(r3.changes).toEqual([
      [0, "0".repeat(32)],
      [40, five],
      [80, "x"],
      [120, five],
    ]);
  });

  it("have as many identifiers as are needed", () => {
    const trace = randomRuns(1, 42)[0];
    const { variables } = readVcd(dump(trace, ["scalar", "vectors", "pc"]));
    expect(variables.size).toBeGreaterThan(2 * 64);
    expect(new Set([...variables.values()].map(({ id }) => id)).size).toBe(variables.size);
  });

  it("refuse signals that there are not", () => {
    expect(() => dump(everything(), ["r99"])).toThrow(/there is no signal "r99"; there are pc, word, sleep/);
  });
});
