/** Registers rebuilt from records are those that the chip has in the end. */
import { describe, expect, it } from "vitest";
import { SPRS } from "../../isa/sprs.ts";
import type { Chip } from "../../src/chip/index.ts";
import type { RegisterName } from "../../src/core/ppu.ts";
import { readAccumulatorState } from "../../src/core/vector/lanes.ts";
import { memoryTrace, type TraceHeader, type TraceRecord } from "../../src/trace/model.ts";
import { REGISTER_NAMES, TraceState } from "../../src/trace/state.ts";
import { chipWith } from "../chip/program.ts";
import { goldenChip } from "./golden-chip.ts";
import { ReferenceRecorder } from "./reference-recorder.ts";

/** Change without being written, or cannot be read. */
const MOVING = new Set(["dec", "tbl", "tbu", "tsr", "gin"]);

/** Registers of the top PPU by the names of records. */
function registersOf(chip: Chip): Map<string, number | Uint8Array> {
  const ppu = chip.ppus.top;
  const { acc, vcr } = readAccumulatorState(ppu.memory as WebAssembly.Memory);
  const accumulator = new DataView(new ArrayBuffer(256));
  for (const [lane, value] of acc.entries()) accumulator.setInt32(4 * lane, value);
  const special = SPRS.filter(({ name, bits }) => bits !== 0 && !MOVING.has(name.toLowerCase()));
  return new Map<string, number | Uint8Array>([
    ...Array.from({ length: 32 }, (_, n) => [`r${n}`, ppu.gpr(n) >>> 0] as const),
    ...Array.from({ length: 32 }, (_, n) => [`v${n}`, ppu.vector(n)] as const),
    ...["cr", "msr", ...special.map(({ name }) => name.toLowerCase())].map(
      (name) => [name, ppu.register(name as RegisterName) >>> 0] as const,
    ),
    ["acc", new Uint8Array(accumulator.buffer)],
    ["vcr", Uint8Array.from(vcr.gt, (gt, lane) => gt | (vcr.lt[lane] << 1) | (vcr.eq[lane] << 2))],
  ]);
}

function recorded(chip: Chip, maxCycles: number): readonly TraceRecord[] {
  const recorder = new ReferenceRecorder(chip);
  chip.run({ maxCycles });
  recorder.finish();
  return recorder.records.top;
}

const PROGRAMS: readonly (readonly [string, number])[] = [
  ["p02_branches", 100_000],
  ["p05_vector_saxpy", 100_000],
  ["p08_exceptions", 100_000],
  ["p11_sleep_wakeup", 600],
  ["p24_vector_random", 100_000],
  ["p34_scalar_random", 100_000],
];

describe("registers of a trace", () => {
  it.each(PROGRAMS)("are those of the chip after %s", (name, maxCycles) => {
    const chip = goldenChip(name);
    const state = new TraceState();
    for (const record of recorded(chip, maxCycles)) state.apply(record);
    const wanted = registersOf(chip);
    const got = new Map([...wanted.keys()].map((register) => [register, state.get(register)]));
    expect(got).toEqual(wanted);
  });

  it("keep only the bits that a special register has", () => {
    const chip = chipWith(
      "lis r3,-1\nori r3,r3,0xffff\n" +
        SPRS.filter(({ name }) => name !== "ICCR" && !MOVING.has(name.toLowerCase()))
          .map(({ number }) => `mtspr ${number},r3`)
          .join("\n") +
        "\nwait\n",
    );
    const state = new TraceState();
    for (const record of recorded(chip, 1000)) state.apply(record);
    for (const [register, value] of registersOf(chip))
      expect([register, state.get(register)]).toEqual([register, value]);
  });

  it("begin with what the trace says, and can be copied", () => {
    const header: TraceHeader = {
      ...{
        program: "p",
        chipSeed: 0,
        noiseSeed: 0,
        chip: "ideal",
        timing: "chip",
        ppus: ["top"],
        filters: [],
      },
      has: { cycles: true, writes: true, accesses: true, stalls: true, vectors: true },
    };
    const initial = new Map<string, number | Uint8Array>([
      ["r3", 7],
      ["cr", 0x40000002],
      ["pc", 0x100],
    ]);
    const trace = { ...memoryTrace(header, { top: [], bottom: [] }), initialState: () => initial };
    const state = TraceState.initial(trace, "top");
    expect([state.get("r3"), state.get("cr0"), state.get("cr7"), state.get("cr"), state.get("pc")]).toEqual([
      7, 4, 2, 0x40000002, 0x100,
    ]);
    const copy = state.copy();
    const base = { kind: "instruction", ppu: "top", cycle: 3, pc: 0x104, word: 0x38600009 } as const;
    state.apply({ ...base, writes: [{ register: "r3", value: 9 }], accesses: [], stalls: [] });
    expect([state.get("r3"), state.get("pc"), copy.get("r3"), copy.get("pc")]).toEqual([9, 0x104, 7, 0x100]);
    state.apply({ kind: "reset", ppu: "top", cycle: 0 });
    expect([state.get("r3"), state.get("pc")]).toEqual([0, 0]);
  });

  it("are uncertain after a gap until they are written again", () => {
    const state = new TraceState([["r3", 7]]);
    const gap = { kind: "gap", ppu: "top", cycle: 9, reason: "ring" } as const;
    state.apply({ ...gap, instructions: 0 });
    expect(state.isKnown("r3")).toBe(true);
    state.apply({ ...gap, instructions: undefined });
    expect([state.isKnown("r3"), state.get("r3")]).toEqual([false, 7]);
    const writes = ["r3", ...Array.from({ length: 7 }, (_, n) => `cr${n}`)].map((register) => ({
      register,
      value: 1,
    }));
    const instruction = { kind: "instruction", ppu: "top", cycle: 9, pc: 0, word: 0 } as const;
    state.apply({ ...instruction, writes, accesses: [], stalls: [] });
    expect([state.isKnown("r3"), state.isKnown("cr")]).toEqual([true, false]);
    state.apply({ ...instruction, writes: [{ register: "cr7", value: 1 }], accesses: [], stalls: [] });
    expect(state.isKnown("cr")).toBe(true);
    state.apply({ ...gap, instructions: 5, state: new Map([["r4", 4]]) });
    expect([state.get("r4"), state.get("r3"), state.isKnown("r3")]).toEqual([4, 0, true]);
  });

  it("have the names of the model, and no others", () => {
    const state = new TraceState();
    for (const name of REGISTER_NAMES) expect(state.get(name)).toBeDefined();
    expect(REGISTER_NAMES).toEqual(
      expect.arrayContaining(["r31", "cr7", "xer", "msr", "tbl", "v31", "acc", "vcr"]),
    );
    expect(() => state.get("r32")).toThrow(new RangeError('there is no register "r32"'));
  });
});
