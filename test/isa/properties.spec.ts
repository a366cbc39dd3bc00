import { describe, expect, it } from "vitest";
import { decode, field, undecoded } from "../../isa/decode.ts";
import { encode } from "../../isa/encode.ts";
import { POWER_INSTRUCTIONS } from "../../isa/index.ts";
import { readWriteSets } from "../../isa/read-write.ts";
import { executeScalar, type ScalarState } from "./interpreter.ts";
import { randomSource, randomWord } from "./random.ts";

const SPRS: Readonly<Record<string, number>> = {
  lr: 8,
  ctr: 9,
  dec: 22,
  srr0: 26,
  srr1: 27,
  csrr0: 58,
  csrr1: 59,
  mcsrr0: 570,
  mcsrr1: 571,
};
const MSR_BITS = 0x00029230;

function randomState(next: () => number): ScalarState {
  return {
    gpr: Int32Array.from({ length: 32 }, () => next() & ~3),
    cr: next(),
    ca: next() & 1,
    ov: next() & 1,
    so: next() & 1,
    msr: next() & MSR_BITS,
    pc: (next() & ~3) >>> 0,
    spr: new Map(Object.values(SPRS).map((number) => [number, next()])),
    memory: new Map(),
    background: next(),
    events: [],
    zeroExtendR1: false,
  };
}

const copy = (state: ScalarState): ScalarState => ({
  ...state,
  gpr: state.gpr.slice(),
  spr: new Map(state.spr),
  memory: new Map(state.memory),
  events: [],
});

/** The state as the elements that read and write sets name. */
function elements(state: ScalarState): Map<string, number> {
  const list = new Map<string, number>([
    ["ca", state.ca],
    ["ov", state.ov],
    ["so", state.so],
    ["msr", state.msr],
  ]);
  for (const [n, value] of state.gpr.entries()) list.set(`r${n}`, value);
  for (let n = 0; n < 8; n++) list.set(`cr${n}`, (state.cr >>> (28 - 4 * n)) & 15);
  for (const [name, number] of Object.entries(SPRS)) list.set(name, state.spr.get(number)!);
  return list;
}

function scramble(state: ScalarState, keep: ReadonlySet<string>, next: () => number): ScalarState {
  const other = randomState(next);
  const result = copy(state);
  for (let n = 0; n < 32; n++) if (!keep.has(`r${n}`)) result.gpr[n] = other.gpr[n];
  for (let n = 0; n < 8; n++) {
    const bits = 0xf0000000 >>> (4 * n);
    if (!keep.has(`cr${n}`)) result.cr = (result.cr & ~bits) | (other.cr & bits);
  }
  for (const flag of ["ca", "ov", "so", "msr"] as const) if (!keep.has(flag)) result[flag] = other[flag];
  for (const [name, number] of Object.entries(SPRS)) {
    if (!keep.has(name)) result.spr.set(number, other.spr.get(number)!);
  }
  if (!keep.has("memory")) result.background = other.background;
  return result;
}

describe("read and write sets", () => {
  it.each(POWER_INSTRUCTIONS)("$mnemonic: nothing else is written, nothing else matters", (row) => {
    const next = randomSource(row.match);
    for (let run = 0; run < 40; run++) {
      const word = randomWord(row, next);
      const { reads, writes } = readWriteSets(word);
      const before = randomState(next);
      const after = copy(before);
      executeScalar(word, after);
      if (after.pc === 0x18) continue;
      const trapped = after.pc === 0x1c;
      const old = elements(before);
      const results = elements(after);
      const changed = [...results].filter(([name, value]) => old.get(name) !== value);
      expect(changed.map(([name]) => name).filter((name) => !writes.has(name))).toEqual([]);
      expect(after.memory.size > 0).toBe(writes.has("memory"));

      const other = scramble(before, reads, next);
      executeScalar(word, other);
      expect(other.pc).toBe(after.pc);
      if (row.timing === "trap" && !trapped) continue;
      for (const name of writes)
        expect([name, elements(other).get(name)]).toEqual([name, elements(after).get(name)]);
      expect(other.events).toEqual(after.events);
    }
  });

  it("follow the undecoded rules of opcode 31", () => {
    const sets = readWriteSets(0x7c0007ff | (3 << 16) | (4 << 11));
    expect(decode(0x7c0007ff)).toBeUndefined();
    expect([...sets.writes].sort()).toEqual(["cr0", "ov", "so"]);
    expect([...sets.reads].sort()).toEqual(["r3", "r4", "so"]);
    expect(readWriteSets(0)).toEqual({ reads: new Set(), writes: new Set() });
    expect(undecoded(0).meaning).toBe("");
  });

  it("see predicates, accumulator and ports of vector instructions", () => {
    const sets = (mnemonic: string, values: object) => {
      const { reads, writes } = readWriteSets(encode(mnemonic, values));
      return `${[...reads].sort().join(" ")} > ${[...writes].sort().join(" ")}`;
    };
    expect(sets("fxvmahm", { VRT: 1, VRA: 2, VRB: 3 })).toBe("acc v2 v3 > v1");
    expect(sets("fxvmahm", { VRT: 1, VRA: 2, VRB: 3, COND: 2 })).toBe("acc v1 v2 v3 vcr > v1");
    expect(sets("fxvmultachm", { VRA: 2, VRB: 3, COND: 1 })).toBe("acc v2 v3 vcr > acc");
    expect(sets("fxvsel", { VRT: 1, VRA: 2, VRB: 3 })).toBe("v2 v3 > v1");
    expect(sets("fxvsel", { VRT: 1, VRA: 2, VRB: 3, COND: 3 })).toBe("v2 v3 vcr > v1");
    expect(sets("fxvpckbu", { VRT: 1, VRA: 2, VRB: 3, COND: 3 })).toBe("v2 v3 > v1");
    expect(sets("fxvupckbr", { VRT: 1, VRA: 2, VRB: 3, COND: 3 })).toBe("v2 v3 > v1");
    expect(sets("fxvcmph", { VRA: 2 })).toBe("v2 > vcr");
    expect(sets("fxvsplatb", { VRT: 2, RA: 0 })).toBe("r0 > v2");
    expect(sets("fxvlax", { VRT: 2, RA: 0, RB: 4 })).toBe("r4 vectorMemory > v2");
    expect(sets("fxvstax", { VRT: 2, RA: 3, RB: 4 })).toBe("r3 r4 v2 > vectorMemory");
    expect(sets("fxvoutx", { VRT: 2, RA: 3, RB: 4, COND: 1 })).toBe("r3 r4 v2 vcr > parallel");
    expect(sets("fxvinx", { VRT: 2, RA: 3, RB: 4 })).toBe("parallel r3 r4 > v2");
  });
});

describe("rows without golden records", () => {
  const next = randomSource(7);
  const runs = Array.from({ length: 50 }, () => randomState(next));

  it.each([
    ["rfci", 58],
    ["rfmci", 570],
  ])("%s restores MSR and continues at the saved address", (mnemonic, register) => {
    for (const before of runs) {
      const after = copy(before);
      executeScalar(encode(mnemonic), after);
      expect(after.pc).toBe((before.spr.get(register)! & ~3) >>> 0);
      expect(after.msr).toBe(before.spr.get(register + 1)! & MSR_BITS);
      expect(elements({ ...after, msr: before.msr })).toEqual(elements(before));
    }
  });

  it("eciwx and ecowx use the device-control bus at (RA|0) + RB", () => {
    for (const before of runs) {
      const values = { RA: before.cr & 31, RB: before.background & 31 };
      const ea = ((values.RA === 0 ? 0 : before.gpr[values.RA]) + before.gpr[values.RB]) | 0;
      const load = copy(before);
      executeScalar(encode("eciwx", { RT: 9, ...values }), load);
      expect([load.gpr[9], load.events]).toEqual([~ea, [`device read ${ea}`]]);
      const store = copy(before);
      executeScalar(encode("ecowx", { RS: 9, ...values }), store);
      expect([elements(store), store.events]).toEqual([
        elements(before),
        [`device write ${ea} ${before.gpr[9]}`],
      ]);
    }
  });

  it("wait sleeps only for WC = 0 and changes nothing", () => {
    for (const [index, before] of runs.entries()) {
      const after = copy(before);
      const word = encode("wait", { WC: index & 3 });
      executeScalar(word, after);
      expect(after.events).toEqual(field(word, "WC") === 0 ? ["sleep"] : []);
      expect([elements(after), after.pc]).toEqual([elements(before), (before.pc + 4) >>> 0]);
    }
  });
});
