import type { Image, ImageSymbol, Section, SourceLocation } from "./image.ts";

/** Section that holds an address. */
export function sectionAt(image: Image, address: number): Section | undefined {
  return image.sections.find((s) => address >= s.address && address < s.address + s.size);
}

/** Symbol of a name: global ones first; undefined when the image has none of that name. */
export function findSymbol(image: Image, name: string): ImageSymbol | undefined {
  const named = image.symbols.filter((symbol) => symbol.name === name && symbol.type !== "file");
  return named.find((symbol) => symbol.global) ?? named[0];
}

/** What an address is called: the nearest symbol at or before it in the same section, and the distance in bytes. */
export interface SymbolOffset {
  readonly symbol: ImageSymbol;
  readonly offset: number;
}

const isLabel = (symbol: ImageSymbol): boolean =>
  symbol.name !== "" && symbol.section !== undefined && symbol.type !== "file" && symbol.type !== "section";

/** Between symbols of one address functions win, then sized ones, then global ones. */
const weight = (symbol: ImageSymbol): number =>
  (symbol.type === "function" ? 4 : 0) + (symbol.size > 0 ? 2 : 0) + (symbol.global ? 1 : 0);

/** Finds names and source lines of addresses quickly; make one for an image and keep it. */
export class AddressIndex {
  private readonly image: Image;
  private readonly labels: readonly ImageSymbol[];

  constructor(image: Image) {
    this.image = image;
    this.labels = image.symbols
      .filter(isLabel)
      .sort((a, b) => a.address - b.address || weight(a) - weight(b));
  }

  symbolAt(address: number): SymbolOffset | undefined {
    const symbol = lastAtOrBefore(this.labels, address);
    const section = sectionAt(this.image, address);
    if (!symbol || !section || symbol.address < section.address) return undefined;
    return { symbol, offset: address - symbol.address };
  }

  /** First address behind a label: that of the next one, or the end of its section. */
  endOf(symbol: ImageSymbol): number {
    const section = sectionAt(this.image, symbol.address);
    const end = section ? section.address + section.size : symbol.address;
    const next = this.labels[indexBehind(this.labels, symbol.address, addressOf)]?.address ?? end;
    return Math.min(next, end);
  }

  /** `name`, `name+0x10`, or undefined. */
  nameOf(address: number): string | undefined {
    const found = this.symbolAt(address);
    if (!found) return undefined;
    return found.offset === 0 ? found.symbol.name : `${found.symbol.name}+0x${found.offset.toString(16)}`;
  }

  sourceAt(address: number): SourceLocation | undefined {
    const line = lastAtOrBefore(this.image.lines, address);
    const section = sectionAt(this.image, address);
    if (!line || !section || line.address < section.address) return undefined;
    return { file: line.file, line: line.line, column: line.column };
  }
}

/** Last element of a list sorted by address that begins at or before the address. */
const lastAtOrBefore = <T extends { readonly address: number }>(
  list: readonly T[],
  address: number,
): T | undefined => list[indexBehind(list, address, addressOf) - 1];

const addressOf = ({ address }: { readonly address: number }): number => address;

/** Index of the first element that begins behind an address, in a list sorted by `begin`. */
export function indexBehind<T>(list: readonly T[], address: number, begin: (element: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (begin(list[middle]) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `file:line:column`, without the column when it is not known. */
export function formatLocation(location: SourceLocation): string {
  return `${location.file}:${location.line}${location.column > 0 ? `:${location.column}` : ""}`;
}
