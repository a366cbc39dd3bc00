import { field } from "../../../isa/decode.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Instruction } from "../../../isa/types.ts";
import type { InstructionRecord } from "../model.ts";
import type { VectorUse } from "./types.ts";

const BYTE_LANES = 128;
const LANES = { byte: BYTE_LANES, halfword: BYTE_LANES / 2, none: BYTE_LANES } as const;
/** Bits of a condition lane by cond field: always, GT, LT, EQ. */
const CONDITION_BITS = [0, 1, 2, 4];

/** What a vector word does, whatever its operands hold. */
interface Kind {
  readonly unit: string;
  /** Of the cond field; 0: all lanes. */
  readonly condition: number;
  readonly lanes: number;
  readonly multiplies: boolean;
  readonly registers: readonly number[];
}

function kindOf(word: number, row: Instruction): Kind {
  const { unit, width, conditional } = row.vector!;
  const { reads, writes } = readWriteSets(word, row);
  const registers = [...reads, ...writes].flatMap((name) =>
    /^v\d+$/.test(name) ? [Number(name.slice(1))] : [],
  );
  return {
    unit,
    condition: conditional ? field(word, "COND") : 0,
    lanes: LANES[width],
    multiplies: /\*|\bfmul\b/.test(row.meaning),
    registers,
  };
}

/** Counts the vector instructions of one PPU. */
export class VectorCounter {
  readonly #kinds = new Map<number, Kind>();
  readonly #units = new Map<string, { instructions: number; cycles: number }>();
  readonly #registers = new Set<number>();
  #instructions = 0;
  #predicated = 0;
  #lanesEnabled = 0;
  #lanes = 0;
  #multiplications = 0;
  /** By cond field, how many byte lanes the condition register enables; undefined: not known. */
  #enabled: readonly number[] | undefined;

  constructor(conditions: number | Uint8Array | undefined) {
    this.reset(conditions);
  }

  /** Instructions are missing: the condition register may have changed. */
  forget(): void {
    this.#enabled = undefined;
  }

  /** The condition register is known again; undefined: it is 0. */
  reset(conditions: number | Uint8Array | undefined): void {
    this.#enabled = countEnabled(conditions instanceof Uint8Array ? conditions : new Uint8Array(BYTE_LANES));
  }

  count({ word, writes }: InstructionRecord, row: Instruction): void {
    let kind = this.#kinds.get(word);
    if (!kind) this.#kinds.set(word, (kind = kindOf(word, row)));
    this.#instructions++;
    this.#unit(kind.unit).instructions++;
    for (const register of kind.registers) this.#registers.add(register);
    const enabled = kind.condition === 0 ? BYTE_LANES : this.#enabled?.[kind.condition];
    if (kind.condition !== 0) {
      this.#predicated++;
      if (enabled !== undefined) {
        this.#lanesEnabled += enabled;
        this.#lanes += BYTE_LANES;
      }
    }
    if (kind.multiplies) this.#multiplications += (kind.lanes * (enabled ?? BYTE_LANES)) / BYTE_LANES;
    for (const { register, value } of writes) {
      if (register === "vcr" && typeof value !== "number" && value.length > 0)
        this.#enabled = countEnabled(value);
    }
  }

  /** Cycles that were charged to an instruction. */
  charge(row: Instruction, cycles: number): void {
    this.#unit(row.vector!.unit).cycles += cycles;
  }

  #unit(name: string) {
    let unit = this.#units.get(name);
    if (!unit) this.#units.set(name, (unit = { instructions: 0, cycles: 0 }));
    return unit;
  }

  get result(): VectorUse {
    return {
      instructions: this.#instructions,
      units: [...this.#units]
        .map(([name, unit]) => ({ name, ...unit }))
        .sort((a, b) => b.instructions - a.instructions),
      predicated: { instructions: this.#predicated, lanesEnabled: this.#lanesEnabled, lanes: this.#lanes },
      registers: [...this.#registers].sort((a, b) => a - b),
      multiplications: this.#multiplications,
    };
  }
}

const countEnabled = (conditions: Uint8Array): readonly number[] =>
  CONDITION_BITS.map((bit) =>
    bit === 0 ? BYTE_LANES : conditions.reduce((sum, lane) => sum + (lane & bit ? 1 : 0), 0),
  );
