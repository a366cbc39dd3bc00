/** Registers of a PPU as the records of a trace tell them. */
import { SPRS, sprByName } from "../../isa/sprs.ts";
import { ESR_TRAP, VECTOR } from "../core/engine/interrupts.ts";
import { VECTOR_BYTES, VECTOR_REGISTERS } from "../core/layout.ts";
import { MSR } from "../core/state.ts";
import type { PpuName, RegisterWrite, Trace, TraceRecord } from "./model.ts";

export type RegisterValue = RegisterWrite["value"];

const GPRS = 32;
const CONDITION_FIELDS = 8;
const ACCUMULATOR_BYTES = 2 * VECTOR_BYTES;
const KEPT_BY_EXCEPTIONS = MSR.CE | MSR.ME | MSR.DE;

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const NO_LANES = new Uint8Array(VECTOR_BYTES);
const NO_ACCUMULATOR = new Uint8Array(ACCUMULATOR_BYTES);
const CONDITIONS = numbered("cr", CONDITION_FIELDS);

const RESET_VALUES: ReadonlyMap<string, RegisterValue> = new Map<string, RegisterValue>([
  ...[...numbered("r", GPRS), ...CONDITIONS, "xer", "lr", "ctr", "msr"].map((name) => [name, 0] as const),
  ...SPRS.map(({ name }) => [name.toLowerCase(), 0] as const),
  ...numbered("v", VECTOR_REGISTERS).map((name) => [name, NO_LANES] as const),
  ["acc", NO_ACCUMULATOR],
  ["vcr", NO_LANES],
]);

/** Every name that a `RegisterWrite` may have: general purpose, condition fields, special, vectors. */
export const REGISTER_NAMES: readonly string[] = [...RESET_VALUES.keys()];

export const isRegisterName = (name: string): boolean => RESET_VALUES.has(name);

/**
 * Registers rebuilt from records. What the hardware changes by itself (DEC, TBL, TBU, TSR, GIN) stays as it was last
 * written. After a gap that does not tell the registers behind it, values are the last ones seen, and `isKnown` is false
 * until the next write.
 */
export class TraceState {
  #values: Map<string, RegisterValue>;
  /** Written since the last gap; undefined while there was none. */
  #known: Set<string> | undefined;
  #pc: number | undefined;

  constructor(initial: Iterable<readonly [string, RegisterValue]> = []) {
    this.#values = new Map();
    for (const [name, value] of initial) this.#set(name, value);
  }

  /** The state before the first record of a PPU. */
  static initial(trace: Trace, ppu: PpuName): TraceState {
    return new TraceState(trace.initialState(ppu));
  }

  #set(name: string, value: RegisterValue): void {
    if (name === "cr") {
      for (const [n, field] of CONDITIONS.entries()) {
        this.#set(field, ((value as number) >>> (4 * (CONDITION_FIELDS - 1 - n))) & 15);
      }
    } else if (name === "pc") this.#pc = value as number;
    else {
      this.#values.set(name, value);
      this.#known?.add(name);
    }
  }

  apply(record: TraceRecord): void {
    switch (record.kind) {
      case "instruction":
        this.#pc = record.pc;
        for (const { register, value } of record.writes) this.#write(register, value);
        break;
      case "exception":
        this.#enter(record.vector, record.returnAddress);
        break;
      case "reset":
        this.#values.clear();
        this.#known = undefined;
        this.#pc = undefined;
        break;
      case "gap":
        if (record.state) this.#replace(record.state);
        else if (record.instructions !== 0 || record.reason === "host") this.#known = new Set();
        break;
    }
  }

  #replace(state: ReadonlyMap<string, RegisterValue>): void {
    this.#values.clear();
    this.#known = undefined;
    for (const [name, value] of state) this.#set(name, value);
  }

  /** Bits that do not exist are not kept; writing 1 clears a bit of TSR. */
  #write(name: string, value: RegisterValue): void {
    const special = typeof value === "number" ? sprByName(name) : undefined;
    if (!special || typeof value !== "number") this.#set(name, value);
    else if (name === "tsr") this.#set(name, (this.#number(name) & ~value) >>> 0);
    else this.#set(name, (value & special.bits) >>> 0);
  }

  #enter(vector: number, returnAddress: number): void {
    const msr = this.#number("msr");
    this.#set("srr0", returnAddress);
    this.#set("srr1", msr);
    this.#set("msr", (msr & KEPT_BY_EXCEPTIONS) >>> 0);
    if (vector === VECTOR.alignment) this.#set("esr", 0);
    if (vector === VECTOR.program) this.#set("esr", ESR_TRAP);
    this.#pc = vector;
  }

  #number(name: string): number {
    return (this.#values.get(name) as number | undefined) ?? 0;
  }

  /**
   * Value of a register by its name in `RegisterWrite`; also `cr` as a whole, and `pc`, which is where the last instruction
   * stands. 0 where nothing was written. Throws RangeError for other names.
   */
  get(name: string): RegisterValue {
    if (name === "cr") return CONDITIONS.reduce((cr, field) => ((cr << 4) | this.#number(field)) >>> 0, 0);
    if (name === "pc") return this.#pc ?? 0;
    const value = this.#values.get(name) ?? RESET_VALUES.get(name);
    if (value === undefined) throw new RangeError(`there is no register "${name}"`);
    return value;
  }

  /** False: instructions that are missing may have changed it. */
  isKnown(name: string): boolean {
    if (!this.#known) return true;
    return name === "cr" ? CONDITIONS.every((field) => this.#known?.has(field)) : this.#known.has(name);
  }

  /** Registers that were written or given at the begin, in no particular order. */
  get written(): Iterable<string> {
    return this.#values.keys();
  }

  copy(): TraceState {
    const copy = new TraceState();
    copy.#values = new Map(this.#values);
    copy.#known = this.#known && new Set(this.#known);
    copy.#pc = this.#pc;
    return copy;
  }
}
