/** The Kanata log, version 0004, of the pipeline viewer Konata: a row for each instruction, PPUs as threads. */
import { disassemble } from "../../../isa/disassemble.ts";
import type { TimingProfile } from "../../core/timing-profile.ts";
import { exceptionName } from "../exception-name.ts";
import { type InstructionRecord, PPUS, type PpuName, type Trace, type TraceRecord } from "../model.ts";
import { type SymbolsByPpu, symbolsOf } from "../symbols.ts";
import { formatStall, RecordFormatter } from "../text/index.ts";
import { cyclesToWrite, profileOf } from "./durations.ts";
import { TimeQueue, withHorizon } from "./order.ts";
import { fallsAsleep, TO_SLEEP } from "./sleep.ts";
import { type Wait, Waiting } from "./waiting.ts";

/** Stages, in the order in which an instruction has them. */
export const STAGES = {
  waiting: "Wt",
  issue: "Is",
  execute: "Ex",
  write: "Wb",
  sleep: "Sl",
} as const;

/** A row of the log. Numbers are given when its first command is written, in the order of the file. */
interface Row {
  readonly ppu: PpuName;
  /** Since reset, of its PPU. */
  readonly number: number;
  id?: number;
}

type Command = (row: Row) => string;

const NAME = 0;
const DETAILS = 1;
const RETIRED = 0;
const LANE = 0;

class KonataWriter {
  readonly #symbols: SymbolsByPpu;
  readonly #profile: TimingProfile;
  readonly #formatter: RecordFormatter;
  readonly #queue = new TimeQueue<readonly [Row, Command]>();
  readonly #waiting = new Waiting();
  readonly #count = { top: 0, bottom: 0 };
  /** The row that has written a register last. */
  readonly #writers = { top: new Map<string, Row>(), bottom: new Map<string, Row>() };
  readonly #sleeper: Partial<Record<PpuName, { readonly row: Row; readonly since: number }>> = {};
  /** What came before the next instruction, for its details. */
  readonly #notes: Record<PpuName, string[]> = { top: [], bottom: [] };
  #rows = 0;
  #retired = 0;
  #time: number | undefined;
  #last = 0;

  constructor(trace: Trace) {
    this.#symbols = symbolsOf(trace);
    this.#profile = profileOf(trace.header.timing);
    this.#formatter = new RecordFormatter({ names: this.#symbols, short: true });
  }

  *record(record: TraceRecord, horizon: number): Generator<string> {
    const { ppu, cycle } = record;
    this.#last = Math.max(this.#last, cycle);
    if (record.kind === "instruction") {
      this.#wake(ppu, cycle);
      this.#instruction(record, this.#waiting.of(record));
    } else {
      if (record.kind !== "event" && record.kind !== "conversion") this.#waiting.of(record);
      if (record.kind === "exception") this.#notes[ppu].push(`exception ${exceptionName(record.vector)}`);
      else this.#notes[ppu].push(this.#formatter.line(record).replace(/ +/g, " "));
      if (record.kind === "exception" || record.kind === "reset") this.#wake(ppu, cycle);
    }
    yield* this.#before(horizon);
  }

  *finish(cycle: number): Generator<string> {
    for (const ppu of PPUS) this.#wake(ppu, Math.max(cycle, this.#last));
    yield* this.#before(Number.POSITIVE_INFINITY);
  }

  *#before(horizon: number): Generator<string> {
    for (const [cycle, [row, command]] of this.#queue.before(horizon)) {
      if (this.#time === undefined) yield `C=\t${cycle}\n`;
      else if (cycle > this.#time) yield `C\t${cycle - this.#time}\n`;
      this.#time = cycle;
      yield `${command(row)}\n`;
    }
  }

  #stage(row: Row, name: string, begin: number, end: number): void {
    if (end <= begin) return;
    this.#begin(row, name, begin);
    this.#end(row, name, end);
  }

  #begin(row: Row, name: string, at: number): void {
    this.#queue.push(at, [row, ({ id }) => `S\t${id}\t${LANE}\t${name}`]);
  }

  #end(row: Row, name: string, at: number): void {
    this.#queue.push(at, [row, ({ id }) => `E\t${id}\t${LANE}\t${name}`]);
  }

  #label(row: Row, at: number, kind: number, text: string): void {
    this.#queue.push(at, [row, ({ id }) => `L\t${id}\t${kind}\t${text}`]);
  }

  #retire(row: Row, at: number): void {
    this.#queue.push(at, [row, ({ id }) => `R\t${id}\t${this.#retired++}\t${RETIRED}`]);
  }

  #instruction(record: InstructionRecord, waits: readonly Wait[]): void {
    const { ppu, cycle, pc, word } = record;
    const row: Row = { ppu, number: this.#count[ppu]++ };
    const begin = waits[0]?.begin ?? cycle;
    this.#queue.push(begin, [
      row,
      (self) => {
        self.id = this.#rows++;
        return `I\t${self.id}\t${self.number}\t${PPUS.indexOf(self.ppu)}`;
      },
    ]);
    const symbol = this.#symbols[ppu].nameOf(pc);
    const place = `${pc.toString(16).padStart(8, "0")}${symbol === undefined ? "" : ` <${symbol}>`}`;
    const { nameOf } = this.#symbols[ppu];
    const code = disassemble(word, pc, { symbolAt: (address) => nameOf(address) }).text;
    this.#label(row, begin, NAME, plain(`${ppu} ${place}: ${code}`));
    const notes = this.#notes[ppu].splice(0);
    const [, effects = ""] = this.#formatter.line(record).split(" ; ");
    this.#label(
      row,
      begin,
      DETAILS,
      plain([...notes, `cycle ${cycle}`, effects].filter(Boolean).join(" | ")),
    );
    for (const wait of waits) {
      this.#stage(row, STAGES.waiting, wait.begin, wait.end);
      this.#dependence(row, wait.begin, wait.stall.register);
      this.#label(row, wait.begin, DETAILS, ` | ${formatStall(wait.stall)}`);
    }
    this.#stage(row, STAGES.issue, cycle, cycle + 1);
    this.#behind(record, row);
    for (const { register } of record.writes) this.#writers[ppu].set(register, row);
  }

  #dependence(consumer: Row, at: number, register: string | undefined): void {
    const producer = register === undefined ? undefined : this.#writers[consumer.ppu].get(register);
    if (producer) this.#queue.push(at, [consumer, ({ id }) => `W\t${id}\t${producer.id}\t0`]);
  }

  #behind(record: InstructionRecord, row: Row): void {
    const { ppu, cycle, word } = record;
    const sleeps = fallsAsleep(word);
    if (record.aborted) this.#retire(row, cycle + 1);
    else if (sleeps) {
      const since = cycle + TO_SLEEP;
      this.#stage(row, STAGES.execute, cycle + 1, since);
      this.#begin(row, STAGES.sleep, since);
      this.#sleeper[ppu] = { row, since };
    } else {
      const written = cyclesToWrite(record, this.#profile);
      const end = cycle + (written ?? TO_EXECUTED);
      this.#stage(row, STAGES.execute, cycle + 1, end);
      if (written !== undefined) this.#stage(row, STAGES.write, end, end + 1);
      this.#retire(row, written === undefined ? end : end + 1);
    }
  }

  #wake(ppu: PpuName, cycle: number): void {
    const sleeper = this.#sleeper[ppu];
    if (!sleeper) return;
    delete this.#sleeper[ppu];
    const { row, since } = sleeper;
    const end = Math.max(cycle, since);
    this.#end(row, STAGES.sleep, end);
    this.#retire(row, end);
  }
}

/** Of instructions without a result, in cycles behind issue. */
const TO_EXECUTED = 2;
/** One field of a line. */
const plain = (text: string): string => text.replace(/\p{Cc}/gu, " ");

/** The trace as a Kanata log, in pieces. */
export function* konataTrace(trace: Trace): Generator<string> {
  const writer = new KonataWriter(trace);
  yield "Kanata\t0004\n";
  for (const [record, horizon] of withHorizon(trace)) yield* writer.record(record, horizon);
  yield* writer.finish(trace.end()?.cycle ?? 0);
}
