/** Instruction words that differ only by the addresses in them. */
import { decode, field } from "../../../isa/decode.ts";
import { FIELDS, type FieldName, fieldMask } from "../../../isa/fields.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Instruction } from "../../../isa/types.ts";
import { Code } from "../../debug/symbols/code.ts";
import type { Image } from "../../toolchain/image.ts";
import { displacementMask } from "./code-map.ts";

/** What the comparison of words asks about addresses. */
export interface Addresses {
  isSameCode(a: number, b: number): boolean;
  isSameValue(a: number, b: number): boolean;
}

/** How a row makes an address of a register and 16 bits. */
interface Half {
  readonly name: FieldName;
  /** Field of the register that is added to; absent where there is none. */
  readonly base?: FieldName;
  readonly isHigh: boolean;
}

/** Instructions between the two halves of an address, at most. */
const MOST_BETWEEN = 32;
const HALVES: readonly string[] = ["SI", "UI", "D"];
const halves = new Map<Instruction, Half | undefined>();

/** Masks and factors are no halves of addresses. */
const isArithmetic = (row: Instruction, name: string): boolean =>
  new RegExp(`[*&^] \\(?${name}\\b`).test(row.meaning);

function halfOf(row: Instruction): Half | undefined {
  if (!halves.has(row)) {
    const half = row.operands.find(({ field }) => HALVES.includes(field) && !isArithmetic(row, field));
    const base = row.operands.find(({ field, kind, access }) => {
      const isRead = access === "read" || access === "readWrite";
      return isRead && (kind === "gpr0" || (kind === "gpr" && half?.field !== "D")) && field !== half?.field;
    });
    const name = half?.field as FieldName | undefined;
    halves.set(
      row,
      name && {
        name,
        ...(base && { base: base.field as FieldName }),
        isHigh: row.meaning.includes(`${name} << 16`),
      },
    );
  }
  return halves.get(row);
}

/** The register that the 16 bits are added to: undefined where there is none, or (RA|0) is 0. */
function baseOf(word: number, row: Instruction, { base }: Half): number | undefined {
  if (base === undefined) return undefined;
  const register = field(word, base);
  const isZero = register === 0 && row.operands.some(({ field, kind }) => field === base && kind === "gpr0");
  return isZero ? undefined : register;
}

const targetOf = (pc: number, word: number, row: Instruction): number => {
  const displacement = row.operands.find(({ kind }) => kind === "relative")!;
  const isAbsolute = row.modifiers?.includes("AA") && field(word, "AA") === 1;
  return ((isAbsolute ? 0 : pc) + field(word, displacement.field as FieldName)) >>> 0;
};

/** Addresses that a program builds of two halves. */
class Builder {
  readonly #code: Code;

  constructor(image: Image) {
    this.#code = new Code(image);
  }

  /** The address that the instruction's half belongs to, found among the instructions around it. */
  address(pc: number, word: number, row: Instruction, half: Half): number | undefined {
    const value = field(word, half.name);
    const base = baseOf(word, row, half);
    if (half.isHigh) return base === undefined ? this.#completed(pc, word, value << 16) : undefined;
    if (base === undefined) return value >>> 0;
    const high = this.#high(pc, base);
    return high === undefined ? undefined : (high + value) >>> 0;
  }

  /** Contents of a register that was loaded with a high half before `pc`. */
  #high(pc: number, register: number): number | undefined {
    for (let at = pc - 4; at >= pc - 4 * MOST_BETWEEN; at -= 4) {
      const word = this.#code.word(at);
      if (word === undefined) return undefined;
      if (!readWriteSets(word).writes.has(`r${register}`)) continue;
      const row = decode(word);
      const half = row && halfOf(row);
      if (!row || !half?.isHigh || baseOf(word, row, half) !== undefined) return undefined;
      return field(word, half.name) << 16;
    }
    return undefined;
  }

  /** What becomes of a high half in the register that `word` loads. */
  #completed(pc: number, word: number, high: number): number | undefined {
    const [written] = readWriteSets(word).writes;
    for (let at = pc + 4; at <= pc + 4 * MOST_BETWEEN; at += 4) {
      const next = this.#code.word(at);
      const row = next === undefined ? undefined : decode(next);
      if (next === undefined || !row) return undefined;
      const half = halfOf(row);
      const base = half && baseOf(next, row, half);
      if (half && !half.isHigh && base !== undefined && `r${base}` === written) {
        return (high + field(next, half.name)) >>> 0;
      }
      if (readWriteSets(next).writes.has(written)) return undefined;
    }
    return undefined;
  }
}

export class WordMap {
  readonly #addresses: Addresses;
  readonly #builders: readonly [Builder, Builder];
  /** By place and words. */
  readonly #known = new Map<string, boolean>();

  constructor(a: Image, b: Image, addresses: Addresses) {
    this.#addresses = addresses;
    this.#builders = [new Builder(a), new Builder(b)];
  }

  /** Whether two words at two places are the same instruction but for addresses of the same functions and objects. */
  isSame(pcA: number, a: number, pcB: number, b: number): boolean {
    const key = `${pcA} ${a} ${pcB} ${b}`;
    let same = this.#known.get(key);
    if (same === undefined) {
      same = this.#compare(pcA, a, pcB, b);
      this.#known.set(key, same);
    }
    return same;
  }

  #compare(pcA: number, a: number, pcB: number, b: number): boolean {
    const row = decode(a);
    if (!row || decode(b) !== row) return a === b;
    const displacement = displacementMask(row);
    const half = halfOf(row);
    const free = displacement | (half ? fieldMask(FIELDS[half.name]) : 0);
    if ((a ^ b) & ~free) return false;
    if (displacement && !this.#addresses.isSameCode(targetOf(pcA, a, row), targetOf(pcB, b, row)))
      return false;
    if (!half || field(a, half.name) === field(b, half.name)) return true;
    if (!half.isHigh && this.#addresses.isSameValue(field(a, half.name) >>> 0, field(b, half.name) >>> 0))
      return true;
    const [addressA, addressB] = [
      this.#builders[0].address(pcA, a, row, half),
      this.#builders[1].address(pcB, b, row, half),
    ];
    return (
      addressA !== undefined && addressB !== undefined && this.#addresses.isSameValue(addressA, addressB)
    );
  }

  /** Whether the word loads a high half: its value is no address yet. */
  static isHighHalf(word: number): boolean {
    const row = decode(word);
    return row !== undefined && (halfOf(row)?.isHigh ?? false);
  }
}
