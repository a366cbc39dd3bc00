/** Which symbols a text names, so that it can be read without the program. */
import type { Image, ImageSymbol, Section } from "../../toolchain/image.ts";
import type { SymbolOffset } from "../../toolchain/symbols.ts";
import { sectionAt } from "../../toolchain/symbols.ts";
import type { TraceSymbols } from "../symbols.ts";
import type { Names } from "./format.ts";

/** `label`: a place inside a function. */
export interface UsedSymbol {
  readonly name: string;
  readonly address: number;
  /** In bytes, up to which the name holds. */
  readonly size: number;
  readonly kind: "function" | "label" | "data";
}

/** Names that are unique in their program (`loop`, `loop~2`), and a list of those that were asked for. */
export class UsedNames implements Names {
  readonly #symbols: TraceSymbols;
  readonly #used = new Map<ImageSymbol, UsedSymbol>();
  readonly #unique: ReadonlyMap<ImageSymbol, string>;

  constructor(symbols: TraceSymbols) {
    this.#symbols = symbols;
    this.#unique = uniqueNames(symbols.image);
  }

  /** Ascending. */
  get used(): readonly UsedSymbol[] {
    return [...this.#used.values()].sort((a, b) => a.address - b.address || a.size - b.size);
  }

  readonly nameOf = (address: number): string | undefined => {
    const found = this.#symbols.index?.symbolAt(address);
    return found && this.#use(found, address);
  };

  readonly dataName = (address: number): string | undefined =>
    this.#symbols.dataName(address) === undefined ? undefined : this.nameOf(address);

  sourceAt(address: number) {
    return this.#symbols.sourceAt(address);
  }

  #use({ symbol, offset }: SymbolOffset, address: number): string {
    const name = this.#unique.get(symbol)!;
    if (!this.#used.has(symbol)) this.#add(symbol, address);
    return offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
  }

  #add(symbol: ImageSymbol, address: number): void {
    const { index, image, program } = this.#symbols;
    const name = this.#unique.get(symbol)!;
    const end = index!.endOf(symbol);
    const isCode = sectionAt(image!, symbol.address)?.executable === true;
    const inside = isCode ? program?.functionAt(address) : undefined;
    const range = inside?.ranges.find(({ low }) => low === symbol.address);
    const isFunction = inside?.entry === symbol.address && range !== undefined;
    this.#used.set(symbol, {
      ...{ name, address: symbol.address, size: (isFunction ? range.high : end) - symbol.address },
      kind: isFunction ? "function" : isCode ? "label" : "data",
    });
    if (inside && !isFunction && inside.entry !== symbol.address) this.nameOf(inside.entry);
  }
}

/** Symbols of an image under names that each stand for one of them: `loop`, `loop~2` by address. */
export function uniqueNames(image: Image | undefined): ReadonlyMap<ImageSymbol, string> {
  const names = new Map<ImageSymbol, string>();
  const taken = new Set<string>();
  for (const symbol of (image?.symbols ?? []).toSorted((a, b) => a.address - b.address)) {
    let name = symbol.name;
    for (let n = 2; taken.has(name); n++) name = `${symbol.name}~${n}`;
    taken.add(name);
    names.set(symbol, name);
  }
  return names;
}

const isCode = ({ kind }: UsedSymbol): boolean => kind !== "data";

/** A program that has these symbols and no contents. Its sections cover what they cover. */
export function imageOf(used: readonly UsedSymbol[]): Image {
  const ranges: { address: number; end: number; executable: boolean }[] = [];
  for (const symbol of used.toSorted((a, b) => a.address - b.address)) {
    const last = ranges.at(-1);
    const end = symbol.address + symbol.size;
    if (last && last.executable === isCode(symbol) && symbol.address <= last.end)
      last.end = Math.max(last.end, end);
    else ranges.push({ address: symbol.address, end, executable: isCode(symbol) });
  }
  const name = ({ address, executable }: { address: number; executable: boolean }) =>
    `${executable ? "text" : "data"}.${address.toString(16)}`;
  const sections = ranges.map((range): Section => {
    const { address, end, executable } = range;
    return { name: name(range), address, size: end - address, executable, writable: !executable, align: 4 };
  });
  const symbols = used.map((symbol): ImageSymbol => {
    const type = ({ function: "function", label: "none", data: "object" } as const)[symbol.kind];
    const range = ranges.findLast(({ address }) => address <= symbol.address)!;
    const { address, size } = symbol;
    return {
      name: symbol.name,
      address,
      size: type === "none" ? 0 : size,
      type,
      global: false,
      section: name(range),
    };
  });
  return { entry: 0, sections, symbols, lines: [] };
}
