/**
 * Value change dump (IEEE 1364-2005 section 18): a scope for each PPU, registers as the instructions write them at issue. The
 * standard knows time units of 1, 10 and 100 only, so time counts nanoseconds, four of which are a cycle.
 */
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { type EventRecord, PPUS, type PpuName, type Trace, type TraceRecord } from "../model.ts";
import { isRegisterName, REGISTER_NAMES, TraceState } from "../state.ts";
import { TraceError } from "../trace-error.ts";
import { TimeQueue, withHorizon } from "./order.ts";
import { fallsAsleep, TO_SLEEP } from "./sleep.ts";
import { Waiting } from "./waiting.ts";

export interface VcdOptions {
  /** Names of `SIGNALS_HELP`; default: pc, all scalar registers that the trace writes, and what happens. */
  readonly signals?: readonly string[];
}

const NANOSECONDS = 1000 / CYCLES_PER_MICROSECOND;

/** Signals that are no registers, with their bits; 0: an event without a value. */
const HAPPENINGS = {
  pc: 32,
  word: 32,
  sleep: 1,
  stalled: 1,
  exception: 0,
  vector: 8,
  event: 0,
  event_buses: 4,
  event_row: 5,
  event_address: 6,
  conversion: 0,
} as const;
type Happening = keyof typeof HAPPENINGS;

/** For help texts. */
export const SIGNALS_HELP = `  pc, word                 of the instruction that issues
  r0..r31, cr, xer, lr, ... registers; gpr: r0 to r31, scalar: all that are no vectors
  v0..v31, acc, vcr        vectors, lane 0 in the most significant bits; vectors: all of them
  sleep, stalled           1 while the PPU sleeps, while an instruction waits
  exception, vector        exceptions and where they went
  event, event_buses, ...  events on the PADI buses of the PPU's hemisphere
  conversion               conversions of its CADC`;

const GROUPS: Readonly<Record<string, (name: string) => boolean>> = {
  gpr: (name) => /^r\d+$/.test(name),
  scalar: (name) => !isVector(name),
  vectors: (name) => isVector(name),
};
const isVector = (name: string): boolean => /^v\d+$/.test(name) || name === "acc" || name === "vcr";
const isHappening = (name: string): name is Happening => Object.hasOwn(HAPPENINGS, name);
/** CR is one signal. */
const SIGNAL_REGISTERS = [...REGISTER_NAMES.filter((name) => !/^cr\d$/.test(name)), "cr"];

const BITS_OF_VCR = 3;
function bitsOf(name: string): number {
  if (isHappening(name)) return HAPPENINGS[name];
  if (name === "acc") return 2048;
  if (name === "vcr") return 128 * BITS_OF_VCR;
  return isVector(name) ? 1024 : 32;
}

function expand(signals: readonly string[]): string[] {
  const names = signals.flatMap((text) => {
    const name = text.toLowerCase();
    const group = GROUPS[name];
    if (group) return SIGNAL_REGISTERS.filter(group);
    if (isHappening(name) || name === "cr" || (isRegisterName(name) && !/^cr\d$/.test(name))) return [name];
    throw new TraceError(
      `there is no signal "${text}"; there are ${Object.keys(HAPPENINGS).join(", ")}, registers, gpr, scalar, vectors`,
    );
  });
  return [...new Set(names)];
}

const FIRST_CODE = 33;
const CODES = 94;
/** The shortest identifiers of printable characters, in order. */
function identifier(number: number): string {
  let text = "";
  for (let rest = number; ; rest = Math.floor(rest / CODES) - 1) {
    text = String.fromCharCode(FIRST_CODE + (rest % CODES)) + text;
    if (rest < CODES) return text;
  }
}

interface Signal {
  readonly id: string;
  readonly name: string;
  readonly bits: number;
}

/** Digits without leading zeros, which a reader fills up. */
const binary = (value: number): string => (value >>> 0).toString(2);

function lanes(bytes: Uint8Array, bits: number): string {
  let digits = "";
  for (const byte of bytes) digits += (byte & (2 ** bits - 1)).toString(2).padStart(bits, "0");
  return digits.replace(/^0+(?=.)/, "");
}

/** A change as a line of the dump. */
function change({ id, bits }: Signal, digits: string): string {
  if (bits === 0) return `1${id}`;
  return bits === 1 ? `${digits}${id}` : `b${digits} ${id}`;
}

class VcdWriter {
  readonly #signals: Readonly<Record<PpuName, ReadonlyMap<string, Signal>>>;
  readonly #registers: readonly string[];
  readonly #states: Readonly<Record<PpuName, TraceState>>;
  readonly #queue = new TimeQueue<{ signal: Signal; digits: string }>();
  readonly #waiting = new Waiting();
  /** Last digits of each signal that were queued; the same ones are no change. */
  readonly #shown = new Map<Signal, string>();
  #time = -1;

  constructor(trace: Trace, names: readonly string[]) {
    let number = 0;
    const make = () =>
      new Map(
        names.map((name): [string, Signal] => [name, { id: identifier(number++), name, bits: bitsOf(name) }]),
      );
    this.#signals = { top: make(), bottom: make() };
    this.#registers = names.filter((name) => !isHappening(name));
    this.#states = { top: TraceState.initial(trace, "top"), bottom: TraceState.initial(trace, "bottom") };
  }

  *head(): Generator<string> {
    yield "$version ppu-emu $end\n$timescale 1 ns $end\n$scope module chip $end\n";
    for (const ppu of PPUS) {
      yield `$scope module ${ppu} $end\n`;
      for (const { id, name, bits } of this.#signals[ppu].values()) {
        if (bits === 0) yield `$var event 1 ${id} ${name} $end\n`;
        else yield `$var reg ${bits} ${id} ${name}${bits === 1 ? "" : ` [${bits - 1}:0]`} $end\n`;
      }
      yield "$upscope $end\n";
    }
    yield "$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n";
    this.#time = 0;
    for (const ppu of PPUS) {
      for (const signal of this.#signals[ppu].values()) {
        if (signal.bits === 0) continue;
        const digits = isHappening(signal.name)
          ? signal.bits === 1
            ? "0"
            : "x"
          : this.#digits(ppu, signal.name);
        this.#shown.set(signal, digits);
        yield `${change(signal, digits)}\n`;
      }
    }
    yield "$end\n";
  }

  *record(record: TraceRecord, horizon: number): Generator<string> {
    const { ppu, cycle } = record;
    if (record.kind === "event") this.#event(record);
    else if (record.kind === "conversion") this.#set(record.hemisphere, "conversion", cycle, "");
    else {
      this.#set(ppu, "sleep", cycle, "0");
      this.#states[ppu].apply(record);
      const [wait] = this.#waiting.of(record);
      if (wait) {
        this.#set(ppu, "stalled", wait.begin, "1");
        this.#set(ppu, "stalled", cycle, "0");
      }
      if (record.kind === "instruction") {
        this.#set(ppu, "pc", cycle, binary(record.pc));
        this.#set(ppu, "word", cycle, binary(record.word));
        for (const { register } of record.writes) {
          const name = /^cr\d$/.test(register) ? "cr" : register;
          if (this.#signals[ppu].has(name)) this.#set(ppu, name, cycle, this.#digits(ppu, name));
        }
        const sleeps = fallsAsleep(record.word);
        if (sleeps) this.#set(ppu, "sleep", cycle + TO_SLEEP, "1");
      } else {
        if (record.kind === "exception") {
          this.#set(ppu, "exception", cycle, "");
          this.#set(ppu, "vector", cycle, binary(record.vector));
        }
        for (const name of this.#registers) this.#set(ppu, name, cycle, this.#digits(ppu, name));
      }
    }
    yield* this.#before(horizon);
  }

  *finish(cycle: number): Generator<string> {
    yield* this.#before(Number.POSITIVE_INFINITY);
    if (cycle > this.#time) yield `#${cycle * NANOSECONDS}\n`;
  }

  *#before(horizon: number): Generator<string> {
    for (const [cycle, { signal, digits }] of this.#queue.before(horizon)) {
      if (cycle !== this.#time) yield `#${cycle * NANOSECONDS}\n`;
      this.#time = cycle;
      yield `${change(signal, digits)}\n`;
    }
  }

  #set(ppu: PpuName, name: string, cycle: number, digits: string): void {
    const signal = this.#signals[ppu].get(name);
    if (!signal || (signal.bits !== 0 && this.#shown.get(signal) === digits)) return;
    this.#shown.set(signal, digits);
    this.#queue.push(cycle, { signal, digits });
  }

  #event({ hemisphere, cycle, buses, row, address }: EventRecord): void {
    this.#set(hemisphere, "event", cycle, "");
    this.#set(hemisphere, "event_buses", cycle, binary(buses));
    this.#set(hemisphere, "event_row", cycle, binary(row));
    this.#set(hemisphere, "event_address", cycle, binary(address));
  }

  #digits(ppu: PpuName, name: string): string {
    const state = this.#states[ppu];
    if (!state.isKnown(name)) return "x";
    const value = state.get(name);
    if (typeof value === "number") return binary(value);
    return value.length === 0 ? "x" : lanes(value, name === "vcr" ? BITS_OF_VCR : 8);
  }
}

/** Registers that a trace writes, and happenings without a choice. */
function usualSignals(trace: Trace): string[] {
  const written = new Set<string>();
  for (const ppu of PPUS) {
    for (const name of trace.initialState(ppu).keys()) written.add(/^cr\d$/.test(name) ? "cr" : name);
    for (const record of trace.records(ppu)) {
      if (record.kind === "instruction") {
        for (const { register } of record.writes) written.add(/^cr\d$/.test(register) ? "cr" : register);
      } else if (record.kind === "exception") for (const name of ["srr0", "srr1", "msr"]) written.add(name);
    }
  }
  const registers = SIGNAL_REGISTERS.filter((name) => written.has(name) && !isVector(name));
  return ["pc", ...registers, ...Object.keys(HAPPENINGS).filter((name) => name !== "pc" && name !== "word")];
}

/** The trace as a value change dump, in pieces. Without chosen signals it reads the trace twice. */
export function* vcdTrace(trace: Trace, { signals }: VcdOptions = {}): Generator<string> {
  const writer = new VcdWriter(trace, signals ? expand(signals) : usualSignals(trace));
  yield* writer.head();
  for (const [record, horizon] of withHorizon(trace)) yield* writer.record(record, horizon);
  yield* writer.finish(trace.end()?.cycle ?? 0);
}
