/**
 * The Trace Event Format that chrome://tracing and Perfetto read: a process for each PPU, tracks for functions, waiting, sleep
 * and exceptions, events of the PADI buses and the CADC.
 */

import { disassemble } from "../../../isa/disassemble.ts";
import { LATENCIES } from "../../chip/latency.ts";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { type CallChange, CallTracker } from "../calls.ts";
import { exceptionName } from "../exception-name.ts";
import {
  type ConversionRecord,
  type EventRecord,
  type InstructionRecord,
  PPUS,
  type PpuName,
  type Trace,
  type TraceRecord,
} from "../model.ts";
import { type SymbolsByPpu, symbolsOf } from "../symbols.ts";
import { TimeQueue, withHorizon } from "./order.ts";
import { fallsAsleep, TO_SLEEP } from "./sleep.ts";
import { type Wait, Waiting } from "./waiting.ts";

/** One event of the format; times in cycles until it is written. */
interface ChromeEvent {
  readonly ph: "B" | "E" | "X" | "i" | "b" | "e" | "C" | "M";
  readonly name: string;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: number;
  readonly s?: "t";
  readonly args?: Readonly<Record<string, unknown>>;
}

const TRACKS = ["functions", "waiting", "sleep and exceptions", "PADI events", "CADC"] as const;
type Track = (typeof TRACKS)[number];
const pidOf = (ppu: PpuName): number => PPUS.indexOf(ppu) + 1;
const tidOf = (track: Track): number => TRACKS.indexOf(track) + 1;
const NANOSECONDS = 1000 / CYCLES_PER_MICROSECOND;

/** Microseconds with all nanoseconds as digits: no rounding. */
function microseconds(cycles: number): string {
  const nanoseconds = cycles * NANOSECONDS;
  return `${Math.floor(nanoseconds / 1000)}.${String(nanoseconds % 1000).padStart(3, "0")}`;
}

/** JSON of an event with times in microseconds. */
function text({ ts, dur, ...rest }: ChromeEvent): string {
  const json = JSON.stringify(rest);
  const times =
    (ts === undefined ? "" : `,"ts":${microseconds(ts)}`) +
    (dur === undefined ? "" : `,"dur":${microseconds(dur)}`);
  return json.slice(0, -1) + times + json.slice(-1);
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

class ChromeWriter {
  readonly #symbols: SymbolsByPpu;
  readonly #queue = new TimeQueue<ChromeEvent>();
  readonly #trackers: Readonly<Record<PpuName, CallTracker>>;
  readonly #waiting = new Waiting();
  readonly #introduced = new Set<string>();
  /** Since when a span of sleep is open. */
  readonly #asleep: Partial<Record<PpuName, number>> = {};
  #conversions = 0;
  #last = 0;

  constructor(trace: Trace) {
    this.#symbols = symbolsOf(trace);
    const { top, bottom } = this.#symbols;
    this.#trackers = {
      top: new CallTracker("top", top.functionAt),
      bottom: new CallTracker("bottom", bottom.functionAt),
    };
  }

  /** Events in front of the first one of a track. */
  *#introduce({ pid, tid }: ChromeEvent): Generator<ChromeEvent> {
    const isNew = (key: string) => !this.#introduced.has(key) && this.#introduced.add(key);
    if (isNew(`${pid}`)) {
      yield { ph: "M", name: "process_name", pid, tid: 0, args: { name: `${PPUS[pid - 1]} PPU` } };
      yield { ph: "M", name: "process_sort_index", pid, tid: 0, args: { sort_index: pid } };
    }
    if (isNew(`${pid} ${tid}`)) {
      yield { ph: "M", name: "thread_name", pid, tid, args: { name: TRACKS[tid - 1] } };
      yield { ph: "M", name: "thread_sort_index", pid, tid, args: { sort_index: tid } };
    }
  }

  *#before(horizon: number): Generator<ChromeEvent> {
    for (const [at, event] of this.#queue.before(horizon)) {
      yield* this.#introduce(event);
      yield { ...event, ts: at };
    }
  }

  *record(record: TraceRecord, horizon: number): Generator<ChromeEvent> {
    const { ppu, cycle } = record;
    this.#last = Math.max(this.#last, cycle);
    for (const change of this.#trackers[ppu].push(record)) this.#call(ppu, change);
    if (record.kind === "event") this.#event(record);
    else if (record.kind === "conversion") this.#conversion(record);
    else {
      this.#wake(ppu, cycle);
      const waits = this.#waiting.of(record);
      if (record.kind === "instruction") this.#instruction(record, waits);
      else if (record.kind === "exception") {
        this.#instant(ppu, cycle, "sleep and exceptions", exceptionName(record.vector), {
          vector: hex(record.vector),
          return: this.#place(ppu, record.returnAddress),
        });
      } else if (record.kind === "reset") this.#instant(ppu, cycle, "sleep and exceptions", "reset", {});
      else {
        const { reason, instructions = null } = record;
        this.#instant(ppu, cycle, "functions", `gap (${reason})`, { instructions });
      }
    }
    yield* this.#before(horizon);
  }

  *finish(cycle: number): Generator<ChromeEvent> {
    const end = Math.max(cycle, this.#last);
    for (const ppu of PPUS) {
      this.#wake(ppu, end);
      for (const change of this.#trackers[ppu].finish(end)) this.#call(ppu, change);
    }
    yield* this.#before(Number.POSITIVE_INFINITY);
  }

  #push(ppu: PpuName, track: Track, cycle: number, event: Omit<ChromeEvent, "pid" | "tid" | "ts">): void {
    this.#queue.push(cycle, { ...event, pid: pidOf(ppu), tid: tidOf(track) });
  }

  #place(ppu: PpuName, address: number): string {
    const name = this.#symbols[ppu].nameOf(address);
    return name === undefined ? hex(address) : `${hex(address)} <${name}>`;
  }

  #call(ppu: PpuName, { kind, frame, cycle }: CallChange): void {
    const { name } = frame.function;
    if (kind === "leave") {
      this.#push(ppu, "functions", cycle, { ph: "E", name });
      return;
    }
    const args = {
      entered: frame.kind,
      ...(frame.callSite !== undefined && { from: this.#place(ppu, frame.callSite) }),
      ...(frame.vector !== undefined && { exception: exceptionName(frame.vector) }),
    };
    this.#push(ppu, "functions", cycle, {
      ph: "B",
      name,
      cat: frame.vector === undefined ? "function" : "handler",
      args,
    });
  }

  #instruction({ ppu, cycle, pc, word }: InstructionRecord, waits: readonly Wait[]): void {
    for (const { stall, begin, end } of waits) {
      const { cause, register } = stall;
      const name = register === undefined ? cause : `${cause} ${register}`;
      const args = { instruction: disassemble(word, pc).text, at: this.#place(ppu, pc) };
      this.#push(ppu, "waiting", begin, { ph: "X", name, cat: cause, dur: end - begin, args });
    }
    const sleeps = fallsAsleep(word);
    if (!sleeps) return;
    const since = cycle + TO_SLEEP;
    this.#asleep[ppu] = since;
    this.#push(ppu, "sleep and exceptions", since, { ph: "B", name: "asleep", cat: "sleep" });
  }

  #wake(ppu: PpuName, cycle: number): void {
    const since = this.#asleep[ppu];
    if (since === undefined) return;
    delete this.#asleep[ppu];
    this.#push(ppu, "sleep and exceptions", Math.max(cycle, since), { ph: "E", name: "asleep" });
  }

  #instant(ppu: PpuName, cycle: number, track: Track, name: string, args: ChromeEvent["args"]): void {
    this.#push(ppu, track, cycle, { ph: "i", name, s: "t", args });
  }

  #event({ ppu, hemisphere, cycle, buses, row, address }: EventRecord): void {
    const args = { buses, row, address, by: ppu };
    this.#instant(hemisphere, cycle, "PADI events", `row ${row} address ${address}`, args);
  }

  #conversion({ ppu, hemisphere, cycle, causal }: ConversionRecord): void {
    const id = ++this.#conversions;
    const sum = causal.reduce((total, value) => total + value, 0);
    const values =
      causal.length === 0
        ? {}
        : { min: Math.min(...causal), mean: sum / causal.length, max: Math.max(...causal) };
    const common = { name: "conversion", cat: "CADC", id };
    this.#push(hemisphere, "CADC", cycle, {
      ph: "b",
      ...common,
      args: { by: ppu, causal: Array.from(causal) },
    });
    this.#push(hemisphere, "CADC", cycle + LATENCIES.cadcTrigger.cycles, { ph: "e", ...common });
    if (causal.length > 0)
      this.#push(hemisphere, "CADC", cycle, { ph: "C", name: "CADC causal", args: values });
  }
}

/** The trace as one JSON document, in pieces. */
export function* chromeTrace(trace: Trace): Generator<string> {
  const writer = new ChromeWriter(trace);
  const { program, chip, chipSeed, noiseSeed, timing } = trace.header;
  yield '{"displayTimeUnit":"ns","traceEvents":[\n';
  let separator = "";
  function* all(): Generator<ChromeEvent> {
    for (const [record, horizon] of withHorizon(trace)) yield* writer.record(record, horizon);
    yield* writer.finish(trace.end()?.cycle ?? 0);
  }
  for (const event of all()) {
    yield separator + text(event);
    separator = ",\n";
  }
  const otherData = { program, chip, chipSeed, noiseSeed, timing, clock: `${CYCLES_PER_MICROSECOND} MHz` };
  yield `\n],"otherData":${JSON.stringify(otherData)}}\n`;
}
