/** Loads and stores of the SRAM in translated code. Everything else is for the stepping engine: the instruction is left. */
import { SRAM_BYTES } from "../layout.ts";
import { DERIVED_LAYOUT, POSTED_STORES } from "../state.ts";
import type { Registers } from "./registers.ts";
import type { Code } from "./wasm-code.ts";

const GPRS = 32;

/** What turns the address of a guest's byte or halfword into that of the host (layout.ts). */
const SWAP: Readonly<Record<number, number>> = { 8: 3, 16: 2 };
const LOADS = { 8: "i32.load8_u", 16: "i32.load16_u", 32: "i32.load" } as const;
const STORES = { 8: "i32.store8", 16: "i32.store16", 32: "i32.store" } as const;

export type AccessBits = keyof typeof LOADS;

export class AccessCode {
  readonly #code: Code;
  readonly #registers: Registers;
  /** Leaves the instruction if the i32 on the stack is not 0. */
  readonly #leaveIf: () => void;
  readonly #at: number;

  constructor(code: Code, registers: Registers, leaveIf: () => void) {
    this.#code = code;
    this.#registers = registers;
    this.#leaveIf = leaveIf;
    this.#at = code.newLocal();
  }

  /** Pushes what stands at the address that `pushAddress` pushes. */
  load(bits: AccessBits, pushAddress: () => void): void {
    this.#address(bits / 8, pushAddress);
    this.#place(bits);
    this.#code.access(LOADS[bits], 0);
  }

  store(bits: AccessBits, pushAddress: () => void, pushValue: () => void): void {
    this.#address(bits / 8, pushAddress);
    this.#leaveIfCode(0);
    this.#place(bits);
    pushValue();
    this.#code.access(STORES[bits], 0);
  }

  /** Lists a store to the word whose stores are posted; to anywhere else, or with a full list, the instruction is left. */
  post(pushAddress: () => void, pushValue: () => void, pushTime: () => void): void {
    const code = this.#code;
    const { postedAddress, postedCount, posted } = DERIVED_LAYOUT;
    pushAddress();
    code.constant(0).access("i32.load", postedAddress).op("i32.ne");
    this.#leaveIf();
    code.constant(0).access("i32.load", postedCount).tee(this.#at);
    code.constant(POSTED_STORES).op("i32.ge_u");
    this.#leaveIf();
    code.constant(0).get(this.#at).constant(1).op("i32.add").access("i32.store", postedCount);
    code.get(this.#at).constant(3).op("i32.shl").tee(this.#at);
    pushTime();
    code.access("i32.store", posted).get(this.#at);
    pushValue();
    code.access("i32.store", posted + 4);
  }

  /** General purpose registers `first` to 31 from consecutive words. */
  loadMultiple(first: number, pushAddress: () => void): void {
    this.#addresses(first, pushAddress);
    for (let register = first; register < GPRS; register++) {
      const offset = 4 * (register - first);
      this.#registers.set(`r${register}`, () => this.#code.get(this.#at).access("i32.load", offset));
    }
  }

  storeMultiple(first: number, pushAddress: () => void): void {
    this.#addresses(first, pushAddress);
    for (let register = first; register < GPRS; register++) this.#leaveIfCode(4 * (register - first));
    for (let register = first; register < GPRS; register++) {
      this.#code.get(this.#at);
      this.#registers.get(`r${register}`);
      this.#code.access("i32.store", 4 * (register - first));
    }
  }

  /** The address in a local; outside the SRAM or misaligned, the instruction is left. */
  #address(bytes: number, push: () => void): void {
    push();
    this.#code
      .tee(this.#at)
      .constant(~((SRAM_BYTES - 1) & -bytes))
      .op("i32.and");
    this.#leaveIf();
  }

  /** The same for the words of registers `first` to 31. */
  #addresses(first: number, push: () => void): void {
    this.#address(4, push);
    const last = 4 * (GPRS - 1 - first);
    this.#code.get(this.#at).constant(last).op("i32.add").constant(-SRAM_BYTES).op("i32.and");
    this.#leaveIf();
  }

  /** Code that was decoded must not change unnoticed. */
  #leaveIfCode(offset: number): void {
    this.#code.get(this.#at).constant(1).op("i32.shr_u").constant(~1).op("i32.and");
    this.#code.access("i32.load16_u", DERIVED_LAYOUT.code + offset / 2);
    this.#leaveIf();
  }

  #place(bits: AccessBits): void {
    this.#code.get(this.#at);
    if (bits in SWAP) this.#code.constant(SWAP[bits]).op("i32.xor");
  }
}
