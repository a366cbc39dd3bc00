/** Where the cycles of a PPU went: every one of them is charged to one cause, and to an instruction where there is one. */
import { decode } from "../../isa/decode.ts";
import { readWriteSets } from "../../isa/read-write.ts";
import { REQUEST_TO_VECTOR } from "../core/engine/interrupts.ts";
import type { InstructionRecord, PpuName, StallCause, TraceRecord } from "./model.ts";

/** Causes beside those of recorded stalls, with what they mean. */
export const CYCLE_CAUSES = {
  issue: "one for each instruction",
  register: "waiting for a general purpose register",
  condition: "waiting for a condition field",
  special: "waiting for LR, CTR or another special register",
  writePort: "waiting for the write port of the registers",
  divider: "waiting for the divider",
  vectorQueue: "waiting for room in the vector unit's queue",
  fetch: "fetching code from outside the SRAM",
  branch: "behind a branch that was taken or mispredicted",
  divide: "a division in progress",
  carry: "behind a write to XER (carry and overflow forms)",
  drain: "sync, mtmsr and traps: until everything in flight has ended",
  update: "the second slot of a load with update",
  multiple: "the further slots of lmw and stmw",
  requestQueue: "behind a load or store with too many requests outstanding",
  interrupt: "entry of exceptions and interrupts, up to the first instruction at the vector",
  sleep: "asleep in wait, the ways there and back included",
  held: "held in reset",
  start: "from the release of reset to the first instruction",
  gap: "instructions that are not in the trace",
  end: "behind the last instruction",
  other: "not explained by the records",
} as const satisfies Record<string, string>;

export type CycleCause = keyof typeof CYCLE_CAUSES;

/**
 * Is told about cycles. `instruction`: whose they are, that is the one that waited in a stall, else the one that lasted;
 * undefined where no instruction had a part in it.
 */
export type ChargeCycles = (
  cause: CycleCause,
  cycles: number,
  instruction: InstructionRecord | undefined,
) => void;

const stallCause = (cause: StallCause): CycleCause => cause;
const WRITES_XER = ["ca", "ov", "so"];

/** What keeps the next instruction back behind one that has issued, beyond its one cycle. */
function causeBehind(word: number): CycleCause {
  const row = decode(word);
  switch (row?.timing) {
    case "branch":
      return "branch";
    case "div":
      return "divide";
    case "sync":
    case "mtmsr":
    case "trap":
      return "drain";
    case "wait":
      return "sleep";
    case "load":
    case "store":
    case "loadUpdate":
    case "storeUpdate":
      return "requestQueue";
    case "loadMultiple":
    case "storeMultiple":
      return "multiple";
  }
  const { writes } = readWriteSets(word);
  return WRITES_XER.some((name) => writes.has(name)) ? "carry" : "other";
}

/**
 * Takes the records of one PPU in order, those of the other are ignored. The cycles charged add up to the chip's cycle
 * at the end (or behind the last issue, if that is later), from the first one on. Behind an instruction only what no recorded stall explains is charged to what it does itself;
 * in a trace without stalls the waiting of its successor is therefore part of that.
 */
export class CycleAccount {
  readonly #ppu: PpuName;
  readonly #charge: ChargeCycles;
  readonly #causes = new Map<number, CycleCause>();
  /** Cycles before this one are charged. */
  #at: number;
  #last: InstructionRecord | undefined;
  #before: CycleCause = "start";

  /** `from`: the first cycle that is charged. */
  constructor(ppu: PpuName, charge: ChargeCycles, from = 0) {
    this.#ppu = ppu;
    this.#charge = charge;
    this.#at = from;
  }

  push(record: TraceRecord): void {
    if (record.ppu !== this.#ppu) return;
    switch (record.kind) {
      case "instruction":
        this.#instruction(record);
        break;
      case "exception":
        this.#exception(record.cycle);
        this.#last = undefined;
        this.#before = "interrupt";
        break;
      case "reset":
        this.#until(record.cycle, this.#asleep ? "sleep" : "held");
        this.#last = undefined;
        this.#before = "start";
        break;
      case "gap":
        this.#until(record.cycle, "gap");
        this.#last = undefined;
        this.#before = "gap";
        break;
    }
  }

  /** The run has ended in this cycle of the chip. */
  finish(cycle: number): void {
    this.#until(cycle, this.#asleep ? "sleep" : "end");
  }

  get #asleep(): boolean {
    return this.#last !== undefined && this.#behind(this.#last) === "sleep";
  }

  #instruction(record: InstructionRecord): void {
    let left = record.cycle - this.#at;
    let stalled = 0;
    for (const stall of record.stalls) stalled += stall.cycles;
    if (this.#last && left > stalled) this.#rest(this.#last, left - stalled);
    else if (left > stalled) this.#charge(this.#before, left - stalled, undefined);
    left = Math.min(left, stalled);
    for (const { cause, cycles } of record.stalls) {
      const charged = Math.min(cycles, left);
      if (charged > 0) this.#charge(stallCause(cause), charged, record);
      left -= charged;
    }
    this.#at = Math.max(this.#at, record.cycle);
    if (this.#at === record.cycle) {
      this.#charge("issue", 1, record);
      this.#at++;
    }
    this.#last = record;
  }

  /** What keeps the last instruction busy delays the entry. */
  #exception(cycle: number): void {
    const delay = cycle - REQUEST_TO_VECTOR - this.#at;
    const cause = this.#last && this.#behind(this.#last);
    if (cause === "sleep") this.#until(cycle, cause);
    else if (this.#last && cause !== "other" && delay > 0) {
      this.#rest(this.#last, delay);
      this.#at += delay;
    }
    this.#until(cycle, "interrupt");
  }

  #rest(last: InstructionRecord, cycles: number): void {
    const cause = this.#behind(last);
    const isUpdate = cause === "requestQueue" && decode(last.word)?.timing === "loadUpdate";
    if (isUpdate) this.#charge("update", 1, last);
    if (cycles > (isUpdate ? 1 : 0)) this.#charge(cause, cycles - (isUpdate ? 1 : 0), last);
  }

  #until(cycle: number, cause: CycleCause): void {
    if (cycle <= this.#at) return;
    this.#charge(cause, cycle - this.#at, this.#last);
    this.#at = cycle;
  }

  #behind({ word }: InstructionRecord): CycleCause {
    let cause = this.#causes.get(word);
    if (cause === undefined) {
      cause = causeBehind(word);
      if (this.#causes.size > 0x10000) this.#causes.clear();
      this.#causes.set(word, cause);
    }
    return cause;
  }
}
