/** Names that two programs share, and where each puts them. */
import type { Image, ImageSymbol, Section } from "../../toolchain/image.ts";
import { sectionAt } from "../../toolchain/symbols.ts";

/** A name, or the begin of a section, in both programs. */
export interface Anchor {
  readonly name: string;
  readonly a: number;
  readonly b: number;
  /** Of its object in the first program; 0: not known. */
  readonly size: number;
  readonly section: Section;
}

const hasPlace = ({ name, section, type }: ImageSymbol): boolean =>
  name !== "" && section !== undefined && type !== "file" && type !== "section";

/** Symbols by name and kind; several of one name in the order of their addresses. */
function byName(image: Image): Map<string, ImageSymbol[]> {
  const names = new Map<string, ImageSymbol[]>();
  for (const symbol of image.symbols.filter(hasPlace).toSorted((x, y) => x.address - y.address)) {
    const list = names.get(symbol.name);
    if (list) list.push(symbol);
    else names.set(symbol.name, [symbol]);
  }
  return names;
}

/** Begin of a section, or of what it holds: zero-sized ones have nothing to compare. */
function sectionAnchors(a: Image, b: Image): Anchor[] {
  return a.sections.flatMap((section) => {
    const other = b.sections.find(({ name }) => name === section.name);
    if (!other || section.size === 0 || other.size === 0) return [];
    return [{ name: section.name, a: section.address, b: other.address, size: 0, section }];
  });
}

/**
 * Anchors by address in the first program. A name that one program has more often than the other is none; where
 * several names stand at one address, the first that has no twin of its name wins, and symbols win over sections.
 */
export function anchorsOf(a: Image, b: Image): Anchor[] {
  const [namesA, namesB] = [byName(a), byName(b)];
  const unique: Anchor[] = [];
  const repeated: Anchor[] = [];
  for (const [name, symbols] of namesA) {
    const others = namesB.get(name);
    if (others?.length !== symbols.length) continue;
    for (const [index, symbol] of symbols.entries()) {
      const section = sectionAt(a, symbol.address);
      if (!section || !sectionAt(b, others[index].address)) continue;
      const anchor = { name, a: symbol.address, b: others[index].address, size: symbol.size, section };
      (symbols.length === 1 ? unique : repeated).push(anchor);
    }
  }
  const taken = new Set<number>();
  const anchors: Anchor[] = [];
  for (const anchor of [...unique, ...repeated, ...sectionAnchors(a, b)]) {
    if (taken.has(anchor.a)) continue;
    taken.add(anchor.a);
    anchors.push(anchor);
  }
  return anchors.sort((x, y) => x.a - y.a);
}

/** Index of the last anchor at or before an address of the first program; -1: none. */
export function lastAnchor(anchors: readonly Anchor[], address: number): number {
  let low = 0;
  let high = anchors.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (anchors[middle].a <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
