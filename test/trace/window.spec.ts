/** Parts of traces, of files entered anywhere and of others. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openTraceFile, TraceWriter } from "../../src/trace/file/index.ts";
import { runRecorded } from "../../src/trace/live.ts";
import { PPUS, type Trace, type TraceRecord } from "../../src/trace/model.ts";
import { TraceState } from "../../src/trace/state.ts";
import { windowOf } from "../../src/trace/window.ts";
import { anyTrace } from "./arbitrary.ts";
import { everything, everythingPrograms } from "./everything.ts";
import { chipWith } from "./run.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-window-"));
afterAll(() => rmSync(directory, { recursive: true }));

const isTimed = ({ kind }: TraceRecord) => kind !== "event" && kind !== "conversion";

/** Records of a window, said plainly: from the first one at `from` on, up to the first timed one at `to`. */
function plain(records: readonly TraceRecord[], from: number, to: number): TraceRecord[] {
  const end = records.findIndex((record) => record.cycle >= to && isTimed(record));
  const whole = end < 0 ? records : records.slice(0, end);
  const begin = whole.findIndex(({ cycle }) => cycle >= from);
  return begin < 0 ? [] : whole.slice(begin).filter(({ cycle }) => cycle >= from && cycle < to);
}

function expectWindow(trace: Trace, from: number, to: number): void {
  const part = windowOf(trace, { from, to });
  for (const ppu of PPUS) {
    const all = [...trace.records(ppu)];
    const [first, ...rest] = [...part.records(ppu)];
    const expected = plain(all, from, to);
    const isGap =
      first?.kind === "gap" &&
      first.reason === "filter" &&
      first !== expected[0] &&
      first.state !== undefined;
    expect(isGap ? rest : first ? [first, ...rest] : []).toEqual(expected);
    if (!isGap || first.kind !== "gap") continue;
    const state = TraceState.initial(trace, ppu);
    for (const record of all.slice(0, all.indexOf(expected[0]))) state.apply(record);
    for (const [name, value] of first.state!) expect([name, value]).toEqual([name, state.get(name)]);
    for (const name of state.written)
      if (!first.state!.has(name)) expect(state.get(name)).toBeOneOf([0, expect.any(Uint8Array)]);
  }
}

describe("windows", () => {
  it("of any trace", () => {
    fc.assert(
      fc.property(anyTrace(), fc.nat(700), fc.nat(700), (trace, a, b) => {
        expectWindow(trace, Math.min(a, b), Math.max(a, b) + 1);
      }),
      { numRuns: 100 },
    );
  });

  it("of a run in memory and of the same run in a file", () => {
    const path = join(directory, "run.trace");
    const memory = everything();
    const writer = new TraceWriter({
      to: path,
      header: memory.header,
      images: {},
      chunkRecords: 64,
    } as ConstructorParameters<typeof TraceWriter>[0]);
    const run = runRecorded(chipWith(everythingPrograms()), PPUS, 400_000, writer.write);
    let step = run.next();
    while (!step.done) step = run.next();
    writer.close(step.value);
    const file = openTraceFile(path);
    for (const [from, to] of [
      [0, 100],
      [500, 900],
      [1234, 99_999],
      [3054, 3100],
      [90_000, 99_999],
    ]) {
      expectWindow(memory, from, to);
      expectWindow(file, from, to);
      const records = (trace: Trace) =>
        [...windowOf(trace, { from, to }).records("top")].slice(from === 0 ? 0 : 1);
      expect(records(file)).toEqual(records(memory));
    }
    for (const last of [1, 10, 100]) {
      const end = [...windowOf(file, { last }).records("top")].filter(({ kind }) => kind === "instruction");
      expect(end.slice(-last)).toEqual(
        [...memory.records("top")].filter(({ kind }) => kind === "instruction").slice(-last),
      );
      expect(end.length).toBeLessThan(last + 2);
    }
  });

  it("of one PPU, with an end of its own", () => {
    const trace = everything();
    const part = windowOf(trace, { to: 500, ppus: ["bottom"] });
    expect(part.header).toMatchObject({ ppus: ["bottom"], filters: ["--to 500"] });
    expect([...part.records("top")]).toEqual([]);
    expect(part.end()).toEqual({ ...trace.end(), reason: "limit", cycle: 500 });
    expect(windowOf(trace, { from: 7 }).end()).toEqual(trace.end());
  });
});
