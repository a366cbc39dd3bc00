import { describe, expect, it } from "vitest";
import { FILLER, readScalarRecords, type ScalarRecord } from "../core/golden.ts";
import { executeScalar, type ScalarState } from "./interpreter.ts";

type Outcome = ScalarRecord["out"];

const RECORDS = readScalarRecords();

const number = (hex: string | undefined) => Number.parseInt(hex ?? "0", 16) | 0;
const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");

function stateOf(record: ScalarRecord): ScalarState {
  const xer = number(record.xer);
  const base = number(record.mem?.addr);
  return {
    gpr: Int32Array.from(record.gpr, number),
    cr: number(record.cr),
    so: xer >>> 31,
    ov: (xer >>> 30) & 1,
    ca: (xer >>> 29) & 1,
    msr: number(record.msr),
    pc: number(record.pc),
    spr: new Map([
      [8, number(record.lr)],
      [9, number(record.ctr)],
      [26, number(record.srr0)],
      [27, number(record.srr1)],
    ]),
    memory: new Map((record.mem?.words ?? []).map((word, index) => [base + 4 * index, number(word)])),
    background: FILLER,
    events: [],
    zeroExtendR1: true,
  };
}

/** Everything that differs between two states, in the terms of the records. */
function outcome(before: ScalarState, after: ScalarState): Outcome {
  const changed = (a: number, b: number) => (a === b ? undefined : hex(b));
  const spr = (state: ScalarState, n: number) => state.spr.get(n) ?? 0;
  const xer = (state: ScalarState) => (state.so << 31) | (state.ov << 30) | (state.ca << 29);
  const gpr = [...after.gpr.entries()].filter(([n, value]) => value !== before.gpr[n]);
  const mem = [...after.memory].filter(([at, value]) => value !== (before.memory.get(at) ?? FILLER));
  const found = {
    npc: hex(after.pc),
    gpr: gpr.length > 0 ? Object.fromEntries(gpr.map(([n, value]) => [n, hex(value)])) : undefined,
    cr: changed(before.cr, after.cr),
    xer: changed(xer(before), xer(after)),
    lr: changed(spr(before, 8), spr(after, 8)),
    ctr: changed(spr(before, 9), spr(after, 9)),
    msr: changed(before.msr, after.msr),
    srr0: changed(spr(before, 26), spr(after, 26)),
    srr1: changed(spr(before, 27), spr(after, 27)),
    gout: changed(spr(before, 66), spr(after, 66)),
    mem: mem.length > 0 ? Object.fromEntries(mem.map(([at, value]) => [hex(at), hex(value)])) : undefined,
  };
  return JSON.parse(JSON.stringify(found)) as Outcome;
}

/**
 * The recording wraps memory every 256 KiB, and its address 0 branches to the recorded instruction. A record that
 * branches to an alias of address 0 therefore shows the state after a second execution, but the first target.
 */
function runAgainFromReset(record: ScalarRecord, state: ScalarState): void {
  const target = state.pc;
  if (record.i !== "bclr" || target % 0x40000 !== 0) return;
  state.pc = target + number(record.pc);
  executeScalar(number(record.w), state);
  state.pc = target;
}

describe("meanings of the scalar rows against the RTL records", () => {
  const groups = new Map<string, ScalarRecord[]>();
  for (const record of RECORDS) groups.set(record.i, [...(groups.get(record.i) ?? []), record]);
  it.each([...groups.keys()])("%s", (name) => {
    for (const record of groups.get(name)!) {
      const before = stateOf(record);
      const after = stateOf(record);
      executeScalar(number(record.w), after);
      runAgainFromReset(record, after);
      expect({ w: record.w, out: outcome(before, after) }).toEqual({ w: record.w, out: record.out });
    }
  });
});
