import { describe, expect, it } from "vitest";
import { SRAM_BYTES } from "../../src/core/layout.ts";
import { Ppu } from "../../src/core/ppu.ts";
import { RTL_TIMING } from "../../src/core/timing-profile.ts";
import {
  accumulatorFromHex,
  accumulatorToHex,
  conditionFromHex,
  conditionToHex,
  lanesFromHex,
  lanesToHex,
  readAccumulatorState,
  writeAccumulatorState,
} from "../../src/core/vector/lanes.ts";
import { changed, readRecords, type VectorRecord } from "../vector/golden-records.ts";
import { fromHex, GoldenBus, toHex } from "./golden.ts";

const WINDOW = 0x40000;
/** Far from the memory of a record, wherever that lies. */
const pcFor = (record: VectorRecord) =>
  record.mem && fromHex(record.mem.addr) < SRAM_BYTES / 2 ? SRAM_BYTES - 4 : 0;

const peek = (ppu: Ppu, bus: GoldenBus, address: number) =>
  address % WINDOW < SRAM_BYTES ? ppu.readSramWord(address % WINDOW) : bus.memory.getInt32(address % WINDOW);

function poke(ppu: Ppu, bus: GoldenBus, address: number, word: number): void {
  if (address % WINDOW < SRAM_BYTES) ppu.writeSramWord(address % WINDOW, word);
  else bus.memory.setInt32(address % WINDOW, word);
}

const wordsOf = (data: string) => data.match(/.{8}/g) ?? [];

/** Puts the machine into the state before the record. */
function load(record: VectorRecord, ppu: Ppu, bus: GoldenBus): void {
  const word = fromHex(record.w);
  const pc = pcFor(record);
  ppu.reset();
  ppu.pc = pc;
  ppu.writeSramWord(pc, word);
  for (const [register, value] of Object.entries(record.gpr ?? {}))
    ppu.setGpr(Number(register), fromHex(value));
  if (record.vra) ppu.setVector((word >>> 16) & 31, lanesFromHex(record.vra));
  if (record.vrb) ppu.setVector((word >>> 11) & 31, lanesFromHex(record.vrb));
  ppu.setVector((word >>> 21) & 31, lanesFromHex(record.vrt));
  writeAccumulatorState(ppu.memory, {
    acc: accumulatorFromHex(record.acc),
    vcr: {
      eq: conditionFromHex(record.vcr.eq),
      gt: conditionFromHex(record.vcr.gt),
      lt: conditionFromHex(record.vcr.lt),
    },
  });
  wordsOf(record.mem?.data ?? "").forEach((text, index) => {
    poke(ppu, bus, fromHex(record.mem!.addr) + 4 * index, fromHex(text));
  });
  bus.vectors.clear();
  bus.requests.length = 0;
  if (record.pio) bus.vector(fromHex(record.pio.addr)).set(lanesFromHex(record.pio.data));
}

interface VectorState {
  readonly pc: number;
  readonly registers: readonly string[];
  readonly acc: string;
  readonly vcr: Readonly<Record<"eq" | "gt" | "lt", string>>;
  readonly memory: string;
  readonly parallel: Readonly<Record<string, string>>;
  readonly requests: readonly string[];
}

/** What the record says about the state after it; registers it does not mention keep their contents. */
function expected(record: VectorRecord, before: readonly string[]): VectorState {
  const registers = before.slice();
  registers[(fromHex(record.w) >>> 21) & 31] = changed(record.out.vrt, record.vrt);
  const { mem, pio, out } = record;
  return {
    pc: pcFor(record) + 4,
    registers,
    acc: changed(out.acc, record.acc),
    vcr: changed(out.vcr, record.vcr),
    memory: mem ? changed(out.mem ?? "=", mem.data) : "",
    parallel: pio ? { [pio.addr]: changed(out.pio ?? "=", pio.data) } : {},
    requests: pio ? [`${record.i === "fxvinx" ? "r" : "w"} ${pio.addr}`] : [],
  };
}

const registersOf = (ppu: Ppu) => Array.from({ length: 32 }, (_, n) => lanesToHex(ppu.vector(n)));

function observed(record: VectorRecord, ppu: Ppu, bus: GoldenBus): VectorState {
  const { acc, vcr } = readAccumulatorState(ppu.memory);
  const memory = wordsOf(record.mem?.data ?? "").map((_, index) =>
    toHex(peek(ppu, bus, fromHex(record.mem!.addr) + 4 * index)),
  );
  return {
    pc: ppu.pc,
    registers: registersOf(ppu),
    acc: accumulatorToHex(acc),
    vcr: { eq: conditionToHex(vcr.eq), gt: conditionToHex(vcr.gt), lt: conditionToHex(vcr.lt) },
    memory: memory.join(""),
    parallel: Object.fromEntries(
      [...bus.vectors].map(([address, lanes]) => [toHex(address), lanesToHex(lanes)]),
    ),
    requests: bus.requests.map(([, kind, address]) => `${kind} ${toHex(address)}`),
  };
}

describe("vector golden records of the RTL, executed by the engine", () => {
  const records = readRecords();
  const names = [...new Set(records.map(({ i }) => i))];

  it("are all there", () => {
    expect(records).toHaveLength(2226);
    expect(names).toHaveLength(53);
  });

  it.each(names)("%s", (name) => {
    const bus = new GoldenBus();
    const ppu = new Ppu({ name: "golden", bus, timing: RTL_TIMING });
    for (const record of records.filter(({ i }) => i === name)) {
      load(record, ppu, bus);
      const before = registersOf(ppu);
      ppu.step();
      expect(observed(record, ppu, bus), record.w).toEqual(expected(record, before));
      expect(ppu.instructions).toBe(1);
    }
  });

  it("leave the rest of the memory alone when they store", () => {
    const stores = records.filter(({ i }) => i === "fxvstax");
    for (const record of stores) {
      const bus = new GoldenBus();
      const ppu = new Ppu({ name: "golden", bus, timing: RTL_TIMING });
      load(record, ppu, bus);
      const first = fromHex(record.mem!.addr) % WINDOW;
      const end = first + 4 * wordsOf(record.mem!.data).length;
      const outside = () =>
        ppu.readSram(0, SRAM_BYTES).fill(0, Math.min(first, SRAM_BYTES), Math.min(end, SRAM_BYTES));
      const before = outside();
      ppu.step();
      expect(Buffer.compare(outside(), before), record.w).toBe(0);
    }
    expect(stores.length).toBeGreaterThan(0);
  });
});
