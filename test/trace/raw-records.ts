/** The way back from records to raw ones as `src/core/record/entries.ts` says, for whatever takes raw records. */
import {
  ATTACHMENT,
  ENTRY,
  HEADER_WORDS,
  type Slot,
  STALL,
  STALL_REGISTERS,
} from "../../src/core/record/entries.ts";
import { layoutOf } from "../../src/core/record/layout.ts";
import type { Access, GapRecord, InstructionRecord, Stall, TraceRecord } from "../../src/trace/model.ts";

/** Special registers of a state attachment behind CR. */
const STATE_SPECIALS =
  "xer lr ctr msr srr0 srr1 csrr0 csrr1 mcsrr0 mcsrr1 esr dear dec decar tcr tsr iccr gin gout goe".split(
    " ",
  );
const SIDES = { top: 0, bottom: 1 } as const;

/** Turns the records of one PPU into raw ones; knows CR, of which records tell the fields written, and CTR. */
export class RawRecords {
  #cr = 0;
  /** Is recorded of some branches that do not count. */
  #ctr = 0;
  #words: number[] = [];
  #base = 0;

  /** Raw records with times relative to `base`. */
  convert(records: readonly TraceRecord[], base = 0): Int32Array {
    this.#words = [];
    this.#base = base;
    for (const record of records) this.#put(record);
    return Int32Array.from(this.#words, (word) => word | 0);
  }

  #put(record: TraceRecord): void {
    const t = record.cycle - this.#base;
    if (t !== (t | 0)) throw new RangeError(`cycle ${record.cycle} is too far from base ${this.#base}`);
    switch (record.kind) {
      case "instruction":
        this.#instruction(record, t);
        break;
      case "exception":
        this.#attachment("exception", 0, t, record.vector, record.returnAddress);
        break;
      case "event":
        this.#attachment(
          "event",
          SIDES[record.hemisphere] << 8,
          t,
          record.buses | (record.row << 8) | (record.address << 16),
        );
        break;
      case "conversion":
        this.#attachment("conversion", SIDES[record.hemisphere] << 8, t, ...wordsOf(record.causal));
        break;
      case "reset":
        this.#attachment("reset", 0, t);
        break;
      case "gap":
        this.#state(record, t);
        break;
    }
  }

  #attachment(kind: keyof typeof ATTACHMENT, more: number, ...rest: readonly number[]): void {
    this.#words.push(ENTRY.attachment | (ATTACHMENT[kind].type << 2) | more, ...rest);
  }

  #state({ state = new Map() }: GapRecord, t: number): void {
    const scalar = (name: string) => (state.get(name) as number | undefined) ?? 0;
    const lanes = (name: string, bytes: number) => wordsOf(state.get(name) ?? new Uint8Array(bytes));
    const numbers = Array.from({ length: 32 }, (_, n) => n);
    this.#cr = numbers.slice(0, 8).reduce((cr, n) => (cr << 4) | scalar(`cr${n}`), 0);
    this.#attachment(
      "state",
      0,
      t,
      ...numbers.map((n) => scalar(`r${n}`)),
      this.#cr,
      ...STATE_SPECIALS.map(scalar),
      ...numbers.flatMap((n) => lanes(`v${n}`, 128)),
      ...lanes("acc", 256),
      ...lanes("vcr", 128),
    );
  }

  #instruction(record: InstructionRecord, t: number): void {
    const { pc, word, stalls, aborted } = record;
    this.#words.push(pc | (aborted ? ENTRY.aborted : ENTRY.instruction), word, t);
    if (!aborted) {
      const { slots, words } = layoutOf(word | 0);
      const begin = this.#words.length;
      const accesses = [...record.accesses];
      for (const slot of slots) this.#slot(slot, record, accesses);
      if (this.#words.length !== begin + words) throw new Error(`${HEADER_WORDS + words} words expected`);
    }
    for (const stall of stalls) this.#stall(stall);
  }

  #stall({ cause, cycles, register }: Stall): void {
    this.#attachment("stall", (STALL[cause] << 8) | (stallRegister(register) << 16), cycles);
  }

  #slot(slot: Slot, record: InstructionRecord, accesses: Access[]): void {
    const push = (...words: readonly number[]) => this.#words.push(...words);
    const value = (name: string): number | Uint8Array => {
      const write = record.writes.find(({ register }) => register === name);
      if (!write) throw new Error(`the record of 0x${record.word.toString(16)} lacks ${name}`);
      return write.value;
    };
    switch (slot.kind) {
      case "load":
      case "store": {
        const access = accesses.shift()!;
        push(access.address, access.value as number);
        break;
      }
      case "loadMultiple":
      case "storeMultiple": {
        const list = accesses.splice(0, 32 - slot.first);
        push(list[0].address, ...list.map((access) => access.value as number));
        break;
      }
      case "gpr":
        push(value(`r${slot.register}`) as number);
        break;
      case "cr":
        for (const { register, value: bits } of record.writes) {
          const [, digit] = /^cr(\d)$/.exec(register) ?? [];
          if (digit === undefined) continue;
          const shift = 28 - 4 * Number(digit);
          this.#cr = (this.#cr & ~(15 << shift)) | ((bits as number) << shift);
        }
        push(this.#cr);
        break;
      case "spr":
        push(record.writes.length > 0 ? (record.writes[0].value as number) : 0);
        break;
      case "ctr":
        if (record.writes.some(({ register }) => register === "ctr")) this.#ctr = value("ctr") as number;
        push(this.#ctr);
        break;
      case "xer":
      case "lr":
      case "msr":
        push(value(slot.kind) as number);
        break;
      case "vector":
        push(...wordsOf(value(`v${slot.register}`)));
        break;
      case "accumulator":
        push(...wordsOf(value("acc")));
        break;
      case "conditions":
        push(...wordsOf(value("vcr")));
        break;
      case "vectorLoad":
      case "parallelRead":
        push(accesses.shift()!.address);
        break;
      case "vectorStore":
      case "parallelWrite": {
        const access = accesses.shift()!;
        push(access.address, ...wordsOf(access.value));
        if (slot.kind === "parallelWrite" && slot.predicated) {
          push(...wordsOf(access.enables!.map((enable) => (enable ? 0xff : 0))));
        }
        break;
      }
    }
  }
}

function stallRegister(name: string | undefined): number {
  if (name === undefined) return STALL_REGISTERS.none;
  if (name === "lr" || name === "ctr") return STALL_REGISTERS[name];
  return (name.startsWith("cr") ? 32 : 0) + Number(/\d+$/.exec(name)![0]);
}

/** Lanes as words, the first lane in the most significant byte. */
function wordsOf(bytes: number | Uint8Array): number[] {
  if (typeof bytes === "number") throw new Error("lanes expected");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index));
}
