/** Condition fields in translated code; SO is 0 there. */
import type { Registers } from "./registers.ts";
import type { Code, Operator } from "./wasm-code.ts";

const FIELDS = 8;
/** Bits of a field, the most significant first. */
const BITS = ["lt", "gt", "eq", "so"] as const;

/** Operands, in locals, of the comparison that a condition field holds. */
interface Comparison {
  readonly left: number;
  readonly right: number;
  readonly unsigned: boolean;
}

/** What is known of condition fields at a point of the code: the comparisons that they hold. */
export type Comparisons = ReadonlyMap<number, Comparison>;

export class ConditionCode {
  readonly #code: Code;
  readonly #registers: Registers;
  /** Locals for the operands of a comparison, by field; for the whole register. */
  readonly #operands = new Map<number, readonly [left: number, right: number]>();
  readonly #whole: number;
  #compared = new Map<number, Comparison>();

  constructor(code: Code, registers: Registers) {
    this.#code = code;
    this.#registers = registers;
    this.#whole = code.newLocal();
  }

  get comparisons(): Comparisons {
    return new Map(this.#compared);
  }

  set comparisons(comparisons: Comparisons) {
    this.#compared = new Map(comparisons);
  }

  /** Nothing is known: a place where ways meet. */
  forget(): void {
    this.#compared.clear();
  }

  /** Replaces a field by the four bits that `push` pushes. */
  set(field: number, push: () => void): void {
    this.#compared.delete(field);
    this.#registers.set(`cr${field}`, push);
  }

  /** Replaces a field by the relation of what is pushed. */
  compare(field: number, unsigned: boolean, pushLeft: () => void, pushRight: () => void): void {
    let operands = this.#operands.get(field);
    if (!operands) {
      operands = [this.#code.newLocal(), this.#code.newLocal()];
      this.#operands.set(field, operands);
    }
    const [left, right] = operands;
    pushLeft();
    this.#code.set(left);
    pushRight();
    this.#code.set(right);
    const comparison = { left, right, unsigned };
    this.set(field, () => this.#relation(comparison));
    this.#compared.set(field, comparison);
  }

  /** LT GT EQ as bits 8 4 2. */
  #relation(comparison: Comparison): void {
    this.#code.constant(8).constant(4).constant(2);
    for (const bit of ["gt", "lt"] as const) {
      this.#test(comparison, bit);
      this.#code.op("select");
    }
  }

  #test({ left, right, unsigned }: Comparison, bit: "lt" | "gt" | "eq"): void {
    const sign = bit === "eq" ? "" : unsigned ? "_u" : "_s";
    this.#code
      .get(left)
      .get(right)
      .op(`i32.${bit}${sign}` as Operator);
  }

  /** Replaces bit 0..31 of the register by the lowest bit of what `push` pushes. */
  setBit(bit: number, push: () => void): void {
    const shift = 3 - (bit & 3);
    this.set(bit >> 2, () => {
      this.#registers.get(`cr${bit >> 2}`);
      this.#code.constant(~(1 << shift)).op("i32.and");
      push();
      this.#code.constant(1).op("i32.and").constant(shift).op("i32.shl").op("i32.or");
    });
  }

  /** Pushes bit 0..31 of the register. */
  bit(bit: number): void {
    this.field(bit >> 2);
    this.#code
      .constant(3 - (bit & 3))
      .op("i32.shr_u")
      .constant(1)
      .op("i32.and");
  }

  /** Pushes something that is not 0 where the bit is as `wanted`. */
  isBit(bit: number, wanted: boolean): void {
    const comparison = this.#compared.get(bit >> 2);
    const name = BITS[bit & 3];
    if (comparison && name !== "so") this.#test(comparison, name);
    else this.bit(bit);
    if (!wanted) this.#code.op("i32.eqz");
  }

  /** Pushes the four bits of a field. */
  field(field: number): void {
    this.#registers.get(`cr${field}`);
  }

  /** Pushes the whole register. */
  all(): void {
    this.#code.constant(0);
    for (let field = 0; field < FIELDS; field++) {
      this.field(field);
      this.#code.constant(shiftOf(field)).op("i32.shl").op("i32.or");
    }
  }

  /** Pops the whole register. */
  setAll(): void {
    this.#code.set(this.#whole);
    for (let field = 0; field < FIELDS; field++) {
      this.set(field, () => {
        this.#code.get(this.#whole).constant(shiftOf(field)).op("i32.shr_u").constant(15).op("i32.and");
      });
    }
  }
}

const shiftOf = (field: number) => 28 - 4 * field;
