/**
 * Addresses of one program in another one: the same function or object at the same offset. Addresses outside of the
 * program (stack, mailbox, devices) correspond to themselves.
 */
import type { Image, Section } from "../../toolchain/image.ts";
import { sectionAt } from "../../toolchain/symbols.ts";
import { type Anchor, anchorsOf, lastAnchor } from "./anchors.ts";
import { CodeMap } from "./code-map.ts";
import { WordMap } from "./words.ts";

/** A pointer may stand that far before or behind its object: a vector, as loops leave it. */
const SLACK = 128;
/** Code in external memory is fetched here and loaded as data 0x40000000 below. */
const FETCH_VIEW = { begin: 0x8000_0000, size: 0x2000_0000, data: 0x4000_0000 } as const;

export class Correspondence {
  readonly #images: readonly [Image, Image];
  readonly #anchors: readonly Anchor[];
  readonly #code: CodeMap;
  readonly #words: WordMap;
  /** Addresses of code that were asked for. */
  readonly #known = new Map<number, number | undefined>();

  constructor(a: Image, b: Image) {
    this.#images = [a, b];
    this.#anchors = anchorsOf(a, b);
    this.#code = new CodeMap(a, b, this.#anchors);
    this.#words = new WordMap(a, b, this);
  }

  /** Where the second program has an instruction of the first; the address itself where neither knows its name. */
  code(address: number): number | undefined {
    let place = this.#known.get(address);
    if (place === undefined && !this.#known.has(address)) {
      place = this.#code.isCode(address) ? this.#code.of(address) : undefined;
      if (place === undefined && !this.#isNamed(address)) place = address;
      this.#known.set(address, place);
    }
    return place;
  }

  /** Whether an address lies behind a name that both programs have, in either of them. */
  #isNamed(address: number): boolean {
    const [, image] = this.#images;
    const section = sectionAt(image, address);
    const isAnchor = ({ b }: Anchor) => b <= address && sectionAt(image, b) === section;
    return this.#code.hasAnchor(address) || (section !== undefined && this.#anchors.some(isAnchor));
  }

  /** An address of the second program for one of the first: the same function or object; else the address itself. */
  place(address: number): number {
    return this.#places(asLinked(this.#images[0], address), 0)[0] ?? address;
  }

  #isInside(side: 0 | 1, address: number): boolean {
    return sectionAt(this.#images[side], address) !== undefined;
  }

  /** Whether some instruction of the first program is this one of the second. */
  hasOrigin(address: number): boolean {
    return this.#code.hasOrigin(address);
  }

  /** Whether two addresses of code are the same place. */
  isSameCode(a: number, b: number): boolean {
    return this.code(a) === b;
  }

  /** Whether two addresses that are accessed are the same place. */
  isSamePlace(a: number, b: number): boolean {
    const [inA, inB] = [asLinked(this.#images[0], a), asLinked(this.#images[1], b)];
    if (!this.#isInside(0, inA) || !this.#isInside(1, inB)) return a === b;
    return this.#places(inA, 0).includes(inB);
  }

  /** Whether two values are the same number, or addresses of the same place. */
  isSameValue(a: number, b: number): boolean {
    if (a === b) return true;
    return this.#places(asLinked(this.#images[0], a), SLACK).includes(asLinked(this.#images[1], b));
  }

  /** Whether two instructions are the same but for the addresses in them. */
  isSameWord(pcA: number, a: number, pcB: number, b: number): boolean {
    return this.#words.isSame(pcA, a, pcB, b);
  }

  /**
   * Candidates in the second program for an address in objects of the first; with `slack` also for one that many bytes
   * beside them.
   */
  #places(address: number, slack: number): number[] {
    const places: number[] = [];
    if (this.#code.isCode(address)) {
      const place = this.#code.of(address - (address & 3));
      if (place !== undefined) places.push(place + (address & 3));
      if (slack === 0) return places;
    }
    const index = lastAnchor(this.#anchors, address);
    const add = (anchor: Anchor | undefined) => anchor && places.push(address - anchor.a + anchor.b);
    const nearest = this.#anchors[index];
    const next = this.#anchors[index + 1];
    if (nearest && address < endOf(nearest.section) + slack) {
      add(nearest);
      const isNamed = address < nearest.a + nearest.size;
      if (!isNamed)
        add(this.#anchors.find(({ name, section }) => name === section.name && section === nearest.section));
    }
    if (slack > 0 && next && next.a - address <= slack) add(next);
    const before = slack > 0 ? this.#anchors[index - 1] : undefined;
    if (before && address <= before.a + before.size + slack) add(before);
    return places;
  }
}

const endOf = ({ address, size }: Section): number => address + size;

function asLinked(image: Image, address: number): number {
  if (sectionAt(image, address)) return address;
  const fetched = address - FETCH_VIEW.data + FETCH_VIEW.begin;
  const isView = fetched >= FETCH_VIEW.begin && fetched < FETCH_VIEW.begin + FETCH_VIEW.size;
  return isView && sectionAt(image, fetched) ? fetched : address;
}
