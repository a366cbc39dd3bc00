/** Names that two programs share, and where each puts them. */
import type { Image, ImageSymbol, Section } from "../../toolchain/image.ts";
import { indexBehind, sectionAt } from "../../toolchain/symbols.ts";
import { uniqueNames } from "../text/used-names.ts";

/** A symbol, or the begin of a section, in both programs. */
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

type Named = ReadonlyMap<string, ImageSymbol>;

/** Symbols that have a place, by names that are unique in their program. */
function byName(image: Image): Named {
  const names = [...uniqueNames(image)].filter(([symbol]) => hasPlace(symbol));
  return new Map(names.map(([symbol, name]) => [name, symbol]));
}

/** The same without the files that they are from (`main/total`), as far as they then have one place. */
function byPlainName(names: Named): Named {
  const plain = new Map<string, ImageSymbol>();
  const ambiguous = new Set<string>();
  for (const [whole, symbol] of names) {
    const name = whole.slice(whole.lastIndexOf("/") + 1);
    if ((plain.get(name) ?? symbol).address !== symbol.address) ambiguous.add(name);
    plain.set(name, symbol);
  }
  for (const name of ambiguous) plain.delete(name);
  return plain;
}

/** Symbols of both: by their whole names, and those of a file that is called otherwise. */
function pairs(a: Image, b: Image): (readonly [name: string, a: ImageSymbol, b: ImageSymbol])[] {
  const [namesA, namesB] = [byName(a), byName(b)];
  const common = (x: Named, y: Named) =>
    [...x].flatMap(([name, symbol]) => (y.has(name) ? [[name, symbol, y.get(name)!] as const] : []));
  const whole = common(namesA, namesB);
  const rest = (names: Named) =>
    new Map([...names].filter(([name]) => !(namesA.has(name) && namesB.has(name))));
  return [...whole, ...common(byPlainName(rest(namesA)), byPlainName(rest(namesB)))];
}

/** Begin of a section, or of what it holds: zero-sized ones have nothing to compare. */
function sectionAnchors(a: Image, b: Image): Anchor[] {
  return a.sections.flatMap((section) => {
    const other = b.sections.find(({ name }) => name === section.name);
    if (!other || section.size === 0 || other.size === 0) return [];
    return [{ name: section.name, a: section.address, b: other.address, size: 0, section }];
  });
}

/** Anchors by address in the first program; of several at one address the first symbol, and symbols before sections. */
export function anchorsOf(a: Image, b: Image): Anchor[] {
  const symbols = pairs(a, b).flatMap(([name, symbol, other]): Anchor[] => {
    const section = sectionAt(a, symbol.address);
    if (!section || !sectionAt(b, other.address)) return [];
    return [{ name, a: symbol.address, b: other.address, size: symbol.size, section }];
  });
  const anchors = new Map<number, Anchor>();
  for (const anchor of [...symbols, ...sectionAnchors(a, b)]) {
    if (!anchors.has(anchor.a)) anchors.set(anchor.a, anchor);
  }
  return [...anchors.values()].sort((x, y) => x.a - y.a);
}

/** Index of the last anchor at or before an address of the first program; -1: none. */
export const lastAnchor = (anchors: readonly Anchor[], address: number): number =>
  indexBehind(anchors, address, ({ a }) => a) - 1;
