import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallTracker } from "../../../src/trace/calls.ts";
import { chromeTrace } from "../../../src/trace/export/chrome.ts";
import { PPUS, type Trace } from "../../../src/trace/model.ts";
import { symbolsOf } from "../../../src/trace/symbols.ts";
import { anyTrace } from "../arbitrary.ts";
import { everything } from "../everything.ts";
import { randomRuns } from "../run.ts";
import { type ChromeEvent, chromeFaults } from "./chrome-checker.ts";

const textOf = (trace: Trace) => [...chromeTrace(trace)].join("");
const eventsOf = (trace: Trace) => (JSON.parse(textOf(trace)) as { traceEvents: ChromeEvent[] }).traceEvents;
const cycles = (microseconds: number) => Math.round(microseconds * 250);

describe("Chrome trace events", () => {
  it("obey the format for runs and for any records", () => {
    for (const trace of randomRuns(2, 31)) expect(chromeFaults(textOf(trace))).toEqual([]);
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        expect(chromeFaults(textOf(trace))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("tell of both PPUs what their records tell", () => {
    const seen = { events: 0, conversions: 0, exceptions: 0, stalls: 0 };
    for (const trace of [everything(), ...randomRuns(1, 32)]) {
      const events = eventsOf(trace);
      const symbols = symbolsOf(trace);
      for (const ppu of PPUS) {
        const records = [...trace.records(ppu)];
        const own = events.filter(({ pid, ph }) => pid === PPUS.indexOf(ppu) + 1 && ph !== "M");
        const track = (tid: number, ...phases: string[]) =>
          own.filter((event) => event.tid === tid && phases.includes(event.ph));

        const tracker = new CallTracker(ppu, symbols[ppu].functionAt);
        const calls = records.flatMap((record) => [...tracker.push(record)]);
        calls.push(...tracker.finish(trace.end()!.cycle));
        expect(track(1, "B", "E").map(({ ph, name, ts }) => [ph, name, cycles(ts!)])).toEqual(
          calls.map(({ kind, frame, cycle }) => [kind === "enter" ? "B" : "E", frame.function.name, cycle]),
        );

        const stalls = records.flatMap((record) => {
          if (record.kind !== "instruction") return [];
          return record.stalls.map(({ cycles: length }, n) => [
            record.cycle - record.stalls.slice(n).reduce((sum, stall) => sum + stall.cycles, 0),
            length,
          ]);
        });
        expect(track(2, "X").map(({ ts, dur }) => [cycles(ts!), cycles(dur!)])).toEqual(stalls);
        seen.stalls += stalls.length;

        const exceptions = records.filter(({ kind }) => kind === "exception" || kind === "reset");
        expect(track(3, "i").map(({ ts }) => cycles(ts!))).toEqual(exceptions.map(({ cycle }) => cycle));
        seen.exceptions += exceptions.length;

        const all = PPUS.flatMap((side) => [...trace.records(side)]);
        const padi = all
          .filter((record) => record.kind === "event" && record.hemisphere === ppu)
          .map(({ cycle }) => cycle);
        expect(track(4, "i").map(({ ts }) => cycles(ts!))).toEqual(padi.toSorted((a, b) => a - b));
        seen.events += padi.length;

        const conversions = all.flatMap((record) =>
          record.kind === "conversion" && record.hemisphere === ppu ? [record] : [],
        );
        conversions.sort((a, b) => a.cycle - b.cycle);
        expect(track(5, "b").map(({ ts, args }) => [cycles(ts!), args!.causal])).toEqual(
          conversions.map(({ cycle, causal }) => [cycle, Array.from(causal)]),
        );
        expect(track(5, "C").map(({ args }) => args!.max)).toEqual(
          conversions.map(({ causal }) => Math.max(...causal)),
        );
        seen.conversions += conversions.length;
      }
    }
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(5);
  });

  it("writes times exactly: a cycle is 4 ns", () => {
    const [trace] = fc.sample(anyTrace({ maxLength: 1 }), { numRuns: 1, seed: 2 });
    const records = [{ kind: "reset", ppu: "top", cycle: 2 ** 40 + 3 } as const];
    const text = textOf({ ...trace, records: (ppu) => (ppu === "top" ? records : []), end: () => undefined });
    expect(text).toContain('"ts":4398046511.116}');
  });

  it("the checker finds what is wrong", () => {
    const doc = (...events: object[]) =>
      JSON.stringify({
        traceEvents: [
          { ph: "M", name: "thread_name", pid: 1, tid: 1, args: { name: "x" } },
          ...events.map((event) => ({ pid: 1, tid: 1, name: "a", ts: 1, ...event })),
        ],
      });
    expect(chromeFaults(doc({ ph: "B" }, { ph: "E" }))).toEqual([]);
    for (const events of [
      [{ ph: "B" }],
      [{ ph: "E" }],
      [{ ph: "B" }, { ph: "E", name: "b" }],
      [{ ph: "i" }, { ph: "i", ts: 0 }],
      [{ ph: "X" }],
      [
        { ph: "X", dur: 2 },
        { ph: "X", ts: 2, dur: 2 },
      ],
      [{ ph: "b", cat: "c", id: 1 }],
      [{ ph: "C", args: { a: "text" } }],
      [{ ph: "i", tid: 7 }],
    ]) {
      expect(chromeFaults(doc(...events)), JSON.stringify(events)).not.toEqual([]);
    }
  });
});
