/**
 * Registers of a PPU in translated code. They live in its memory, which is always up to date, and for reading also in
 * locals: from their first use in a stretch of code with a single way in until its ways out. So code can be left
 * anywhere, and no local is alive where ways meet, of which there are so many that a compiler would do little else than
 * move them.
 */
import { MEMORY_LAYOUT } from "../layout.ts";
import { DERIVED_LAYOUT, SPECIAL } from "../state.ts";
import type { Code } from "./wasm-code.ts";

const special = (name: keyof typeof SPECIAL) => MEMORY_LAYOUT.special + 4 * SPECIAL[name];
const GPRS = 32;
const CONDITION_FIELDS = 8;

/** A part of a register that is a word of its own while translated code runs. */
interface Part {
  readonly register: number;
  readonly shift: number;
  readonly bits: number;
}

const PARTS: Readonly<Record<string, Part>> = {
  ...Object.fromEntries(
    Array.from({ length: CONDITION_FIELDS }, (_, n) => [
      `cr${n}`,
      { register: special("cr"), shift: 28 - 4 * n, bits: 4 },
    ]),
  ),
  CA: { register: special("xer"), shift: 29, bits: 1 },
};

/** Where each register lies. */
const ADDRESS: Readonly<Record<string, number>> = {
  LR: special("lr"),
  CTR: special("ctr"),
  ...Object.fromEntries(Array.from({ length: GPRS }, (_, n) => [`r${n}`, MEMORY_LAYOUT.gpr + 4 * n])),
  ...Object.fromEntries(Object.keys(PARTS).map((name, n) => [name, DERIVED_LAYOUT.parts + 4 * n])),
};

export class Registers {
  readonly #code: Code;
  readonly #locals = new Map<string, number>();
  #held = new Set<string>();

  constructor(code: Code) {
    this.#code = code;
  }

  #local(name: string): number {
    let local = this.#locals.get(name);
    if (local === undefined) {
      if (!(name in ADDRESS)) throw new Error(`no register ${name}`);
      local = this.#code.newLocal();
      this.#locals.set(name, local);
    }
    return local;
  }

  /** r0..r31, cr0..cr7, LR, CTR, CA; pushes its value. */
  get(name: string): void {
    const local = this.#local(name);
    if (this.#held.has(name)) {
      this.#code.get(local);
      return;
    }
    this.#code.constant(0).access("i32.load", ADDRESS[name]).tee(local);
    this.#held.add(name);
  }

  /** From here on the register is in its local. */
  hold(name: string): void {
    if (this.#held.has(name)) return;
    this.#code.constant(0).access("i32.load", ADDRESS[name]).set(this.#local(name));
    this.#held.add(name);
  }

  /** Assigns what `push` pushes. */
  set(name: string, push: () => void): void {
    const local = this.#local(name);
    push();
    this.#code.set(local).constant(0).get(local).access("i32.store", ADDRESS[name]);
    this.#held.add(name);
  }

  /** Names of the registers that locals hold at this point of the code. */
  get held(): ReadonlySet<string> {
    return new Set(this.#held);
  }

  set held(names: ReadonlySet<string>) {
    this.#held = new Set(names);
  }

  /** Emits an arm of a conditional: what it loads is not held behind it. */
  arm(emit: () => void): void {
    const { held } = this;
    emit();
    this.held = held;
  }
}

/** At the start of a function: registers with parts to their words. */
export function splitParts(code: Code): void {
  for (const [name, { register, shift, bits }] of Object.entries(PARTS)) {
    code.constant(0).constant(0).access("i32.load", register).constant(shift).op("i32.shr_u");
    code
      .constant((1 << bits) - 1)
      .op("i32.and")
      .access("i32.store", ADDRESS[name]);
  }
}

/** At its end: the parts together again. */
export function joinParts(code: Code): void {
  for (const register of new Set(Object.values(PARTS).map((part) => part.register))) {
    let kept = -1;
    for (const part of Object.values(PARTS)) {
      if (part.register === register) kept &= ~(((1 << part.bits) - 1) << part.shift);
    }
    code.constant(0).constant(0).access("i32.load", register).constant(kept).op("i32.and");
    for (const [name, part] of Object.entries(PARTS)) {
      if (part.register !== register) continue;
      code.constant(0).access("i32.load", ADDRESS[name]).constant(part.shift).op("i32.shl").op("i32.or");
    }
    code.access("i32.store", register);
  }
}
