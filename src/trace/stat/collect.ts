/** What a trace consists of, in numbers. */
import { decode, timingClass } from "../../../isa/decode.ts";
import type { Instruction, TimingClass } from "../../../isa/types.ts";
import { CallTracker } from "../calls.ts";
import { CycleAccount, type CycleCause } from "../cycles.ts";
import { deviceOf } from "../devices.ts";
import { exceptionName } from "../exception-name.ts";
import type { Access, InstructionRecord, PpuName, Trace, TraceRecord } from "../model.ts";
import { symbolsOf, type TraceSymbols } from "../symbols.ts";
import type { DeviceTraffic, FunctionShare, MnemonicShare, PpuStatistics, Share } from "./types.ts";
import { VectorCounter } from "./vector-use.ts";

/** Cycles that belong to no function, by cause. */
const OUTSIDE: Partial<Readonly<Record<CycleCause, string>>> = {
  sleep: "(asleep)",
  interrupt: "(interrupt entry)",
  held: "(held in reset)",
  start: "(start)",
  gap: "(not in the trace)",
  end: "(after the last instruction)",
};

interface Tally {
  instructions: number;
  cycles: number;
}

/** Tallies by key, made when asked for. */
class Tallies<T> {
  readonly #entries = new Map<T, Tally>();

  at(key: T): Tally {
    let entry = this.#entries.get(key);
    if (!entry) this.#entries.set(key, (entry = { instructions: 0, cycles: 0 }));
    return entry;
  }

  list(): [T, Tally][] {
    return [...this.#entries].sort(([, a], [, b]) => b.cycles - a.cycles || b.instructions - a.instructions);
  }
}

const shares = (tallies: Tallies<string>): Share[] =>
  tallies.list().map(([name, tally]) => ({ name, ...tally }));

interface Word {
  readonly row: Instruction | undefined;
  readonly class: TimingClass;
}

const traffic = { reads: 0, writes: 0, bytesRead: 0, bytesWritten: 0 };
type Traffic = { -readonly [key in keyof typeof traffic]: number };

class PpuCounter {
  readonly #ppu: PpuName;
  readonly #symbols: TraceSymbols;
  readonly #account: CycleAccount;
  readonly #tracker: CallTracker;
  readonly #vector: VectorCounter;
  readonly #words = new Map<number, Word>();
  readonly #byWord = new Tallies<number>();
  readonly #byPc = new Tallies<number>();
  readonly #causes = new Map<CycleCause, number>();
  readonly #calls = new Map<string, number>();
  readonly #traffic = new Map<ReturnType<typeof deviceOf>, Traffic>();
  readonly #events = { top: 0, bottom: 0 };
  readonly #conversions = { top: 0, bottom: 0 };
  readonly #exceptions = new Map<number, number>();
  #instructions = 0;
  #missing: number | undefined = 0;

  constructor(trace: Trace, ppu: PpuName, symbols: TraceSymbols, from: number) {
    this.#ppu = ppu;
    this.#symbols = symbols;
    this.#tracker = new CallTracker(ppu, symbols.functionAt);
    this.#vector = new VectorCounter(trace.initialState(ppu).get("vcr"));
    if (!trace.header.has.vectors) this.#vector.forget();
    this.#account = new CycleAccount(
      ppu,
      (cause, cycles, instruction) => this.#charge(cause, cycles, instruction),
      from,
    );
  }

  #word(word: number): Word {
    let known = this.#words.get(word);
    if (!known) this.#words.set(word, (known = { row: decode(word), class: timingClass(word) }));
    return known;
  }

  #charge(cause: CycleCause, cycles: number, instruction: InstructionRecord | undefined): void {
    this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + cycles);
    if (!instruction || OUTSIDE[cause]) return;
    this.#byPc.at(instruction.pc).cycles += cycles;
    this.#byWord.at(instruction.word).cycles += cycles;
    const { row } = this.#word(instruction.word);
    if (row?.vector) this.#vector.charge(row, cycles);
  }

  push(record: TraceRecord): void {
    this.#account.push(record);
    for (const { kind, frame } of this.#tracker.push(record)) {
      const { name } = frame.function;
      if (kind === "enter") this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
    }
    switch (record.kind) {
      case "instruction":
        this.#instruction(record);
        break;
      case "event":
        this.#events[record.hemisphere]++;
        break;
      case "conversion":
        this.#conversions[record.hemisphere]++;
        break;
      case "exception":
        this.#exceptions.set(record.vector, (this.#exceptions.get(record.vector) ?? 0) + 1);
        break;
      case "reset":
        this.#vector.reset(undefined);
        break;
      case "gap":
        if (record.instructions === undefined) this.#missing = undefined;
        else if (this.#missing !== undefined) this.#missing += record.instructions;
        if (record.state) this.#vector.reset(record.state.get("vcr"));
        else if (record.instructions !== 0 || record.reason === "host") this.#vector.forget();
    }
  }

  #instruction(record: InstructionRecord): void {
    const { pc, word, accesses } = record;
    this.#instructions++;
    this.#byPc.at(pc).instructions++;
    this.#byWord.at(word).instructions++;
    const { row } = this.#word(word);
    if (row?.vector) this.#vector.count(record, row);
    for (const access of accesses) this.#access(access);
  }

  #access(access: Access): void {
    const device = deviceOf(this.#ppu, access);
    let counted = this.#traffic.get(device);
    if (!counted) this.#traffic.set(device, (counted = { ...traffic }));
    if (!access.write) {
      counted.reads++;
      counted.bytesRead += access.bytes;
    } else {
      counted.writes++;
      counted.bytesWritten += access.enables?.reduce((sum, enable) => sum + enable, 0) ?? access.bytes;
    }
  }

  finish(cycle: number): PpuStatistics {
    this.#account.finish(cycle);
    const causes = [...this.#causes]
      .map(([cause, cycles]) => ({ cause, cycles }))
      .sort((a, b) => b.cycles - a.cycles);
    return {
      ppu: this.#ppu,
      cycles: causes.reduce((sum, { cycles }) => sum + cycles, 0),
      instructions: this.#instructions,
      causes,
      ...this.#functions(),
      ...this.#mix(),
      vector: this.#vector.result,
      devices: this.#devices(),
      ...{ events: this.#events, conversions: this.#conversions },
      exceptions: [...this.#exceptions]
        .map(([vector, count]) => ({ vector: exceptionName(vector), count }))
        .sort((a, b) => b.count - a.count),
      missing: this.#missing,
    };
  }

  #functions(): Pick<PpuStatistics, "functions" | "sourceFunctions"> {
    const functions = new Tallies<string>();
    const sourceFunctions = new Tallies<string>();
    for (const [pc, { instructions, cycles }] of this.#byPc.list()) {
      const name = this.#symbols.functionAt(pc)?.name ?? "(no symbol)";
      for (const [tallies, key] of [
        [functions, name],
        [sourceFunctions, this.#symbols.callsAt(pc)[0]?.name ?? name],
      ] as const) {
        const tally = tallies.at(key);
        tally.instructions += instructions;
        tally.cycles += cycles;
      }
    }
    for (const [cause, cycles] of this.#causes) {
      const name = OUTSIDE[cause];
      if (name !== undefined)
        for (const tallies of [functions, sourceFunctions]) tallies.at(name).cycles += cycles;
    }
    const withCalls = (share: Share): FunctionShare => ({
      ...share,
      calls: this.#calls.get(share.name) ?? 0,
    });
    return { functions: shares(functions).map(withCalls), sourceFunctions: shares(sourceFunctions) };
  }

  #mix(): Pick<PpuStatistics, "mnemonics" | "families" | "classes"> {
    const mnemonics = new Map<string, MnemonicShare>();
    const families = new Tallies<string>();
    const classes = new Tallies<string>();
    for (const [word, { instructions, cycles }] of this.#byWord.list()) {
      const { row, class: timing } = this.#word(word);
      const name = timing === "nop" ? "nop" : (row?.mnemonic ?? ".long");
      const family = row?.family ?? "undecoded";
      const before = mnemonics.get(name);
      mnemonics.set(name, {
        ...{ name, family, class: timing },
        instructions: (before?.instructions ?? 0) + instructions,
        cycles: (before?.cycles ?? 0) + cycles,
      });
      for (const tally of [families.at(family), classes.at(timing)]) {
        tally.instructions += instructions;
        tally.cycles += cycles;
      }
    }
    const byCount = <T extends Share>(list: readonly T[]) =>
      list.toSorted((a, b) => b.instructions - a.instructions);
    return {
      mnemonics: byCount([...mnemonics.values()]),
      families: byCount(shares(families)),
      classes: byCount(shares(classes)),
    };
  }

  #devices(): DeviceTraffic[] {
    const sum = ({ bytesRead, bytesWritten }: Traffic) => bytesRead + bytesWritten;
    return [...this.#traffic]
      .sort(([, a], [, b]) => sum(b) - sum(a))
      .map(([{ name, group }, counted]) => ({ device: name, group, ...counted }));
  }
}

/**
 * Reads a trace once for each PPU that has records in it. Where its end is not known, the cycle behind the last record counts
 * as the end. Cycles count from `from` on.
 */
export function collectStatistics(trace: Trace, from = 0): PpuStatistics[] {
  const symbols = symbolsOf(trace);
  return trace.header.ppus.flatMap((ppu) => {
    const counter = new PpuCounter(trace, ppu, symbols[ppu], from);
    let last = -1;
    for (const record of trace.records(ppu)) {
      counter.push(record);
      last = Math.max(last, record.cycle);
    }
    return last < 0 ? [] : [counter.finish(trace.end()?.cycle ?? last + 1)];
  });
}
