/** Which instruction of one program is which of another, function by function, so that added code shifts nothing. */
import { decode } from "../../../isa/decode.ts";
import { FIELDS, type FieldName, fieldMask } from "../../../isa/fields.ts";
import type { Instruction } from "../../../isa/types.ts";
import { Code } from "../../debug/symbols/code.ts";
import type { Image } from "../../toolchain/image.ts";
import { sectionAt } from "../../toolchain/symbols.ts";
import { align } from "./align.ts";
import { type Anchor, lastAnchor } from "./anchors.ts";

const masks = new Map<Instruction, number>();

/** Bits of a row's branch displacement (int32). */
export function displacementMask(row: Instruction): number {
  let mask = masks.get(row);
  if (mask === undefined) {
    const fields = row.operands.filter(({ kind }) => kind === "relative" || kind === "absolute");
    mask = fields.reduce((bits, { field }) => bits | fieldMask(FIELDS[field as FieldName]), 0);
    masks.set(row, mask);
  }
  return mask;
}

/** A word without what depends on where it and its target lie. */
function placeless(word: number): number {
  const row = decode(word);
  return row ? word & ~displacementMask(row) : word;
}

/** No word of an instruction. */
const UNKNOWN = -1;

export class CodeMap {
  readonly #images: readonly [Image, Image];
  readonly #code: readonly [Code, Code];
  readonly #anchors: readonly Anchor[];
  /** Begins of anchored code in the second program, ascending. */
  readonly #beginsB: readonly number[];
  /** By anchor. */
  readonly #ranges = new Map<Anchor, ReadonlyMap<number, number>>();
  #origins: ReadonlySet<number> | undefined;

  constructor(a: Image, b: Image, anchors: readonly Anchor[]) {
    this.#images = [a, b];
    this.#code = [new Code(a), new Code(b)];
    this.#anchors = anchors;
    this.#beginsB = anchors.map((anchor) => anchor.b).sort((x, y) => x - y);
  }

  /** True for addresses of code in the first program. */
  isCode(address: number): boolean {
    return this.#code[0].isExecutable(address & ~3);
  }

  /** Whether an address of the first program lies behind a name that both have. */
  hasAnchor(address: number): boolean {
    return this.#anchorBefore(address) >= 0;
  }

  /** Index of the anchor before an address in the same section; -1: none. */
  #anchorBefore(address: number): number {
    const index = lastAnchor(this.#anchors, address);
    return sectionAt(this.#images[0], address) === this.#anchors[index]?.section ? index : -1;
  }

  /** Address in the second program of an instruction of the first; undefined where it has none. */
  of(address: number): number | undefined {
    const index = this.isCode(address) ? this.#anchorBefore(address) : -1;
    return index < 0 ? undefined : this.#range(this.#anchors[index], this.#anchors[index + 1]).get(address);
  }

  /** Whether an instruction of the second program is one of the first. Maps everything. */
  hasOrigin(address: number): boolean {
    if (!this.#origins) {
      for (const [index, anchor] of this.#anchors.entries()) this.#range(anchor, this.#anchors[index + 1]);
      this.#origins = new Set([...this.#ranges.values()].flatMap((range) => [...range.values()]));
    }
    return this.#origins.has(address);
  }

  #range(anchor: Anchor, next: Anchor | undefined): ReadonlyMap<number, number> {
    let range = this.#ranges.get(anchor);
    if (!range) {
      range = this.#mapRange(anchor, next);
      this.#ranges.set(anchor, range);
    }
    return range;
  }

  /** Words of a range; of traces that are text only those that were executed are known, the others are 0, which is no instruction. */
  #words(side: 0 | 1, begin: number, end: number): (number | undefined)[] {
    const words: (number | undefined)[] = [];
    for (let at = begin; at < end; at += 4) {
      const word = this.#code[side].word(at);
      words.push(word === undefined || word === 0 ? undefined : placeless(word));
    }
    return words;
  }

  #mapRange(anchor: Anchor, next: Anchor | undefined): Map<number, number> {
    const endA = Math.min(next?.a ?? Number.POSITIVE_INFINITY, anchor.section.address + anchor.section.size);
    const sectionB = sectionAt(this.#images[1], anchor.b);
    const nextB = this.#beginsB.find((begin) => begin > anchor.b) ?? Number.POSITIVE_INFINITY;
    const endB = sectionB ? Math.min(nextB, sectionB.address + sectionB.size) : anchor.b;
    const [wordsA, wordsB] = [this.#words(0, anchor.a, endA), this.#words(1, anchor.b, endB)];
    // What is not known of one program is taken to be what stands there in the other one.
    const words = [
      wordsA.map((word, index) => word ?? wordsB[index] ?? UNKNOWN),
      wordsB.map((word, index) => word ?? wordsA[index] ?? UNKNOWN),
    ] as const;
    const map = new Map<number, number>();
    if (words[0].length === 0 || words[1].length === 0) {
      // Without contents, as in traces that are text: the same offsets.
      for (let at = 0; at < Math.min(endA - anchor.a, endB - anchor.b); at += 4)
        map.set(anchor.a + at, anchor.b + at);
      return map;
    }
    let [a, b] = [anchor.a, anchor.b];
    for (const segment of align(...words)) {
      // As many other instructions in the same place: the same instructions, changed.
      const pairs = segment.kind === "match" || segment.a === segment.b ? segment.a : 0;
      for (let i = 0; i < pairs; i++) map.set(a + 4 * i, b + 4 * i);
      a += 4 * segment.a;
      b += 4 * segment.b;
    }
    return map;
  }
}
