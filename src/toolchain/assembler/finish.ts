import type { Image, ImageSymbol, LineEntry, Section, SourceLocation } from "../image.ts";
import { linkerSymbols } from "./layout.ts";
import type { SectionBuilder } from "./section-builder.ts";
import type { SymbolTable } from "./symbol-table.ts";

/** Where an instruction lies and which line gave it. */
export interface CodePlace {
  readonly section: SectionBuilder;
  readonly at: number;
  readonly location: SourceLocation;
}

const DEFAULT_MAILBOX_BYTES = 4096;

function namedSymbols(symbols: SymbolTable): ImageSymbol[] {
  const word = (value: bigint): number => Number(BigInt.asUintN(32, value));
  const list: ImageSymbol[] = [];
  for (const { name, node, isLabel, global, type, size } of symbols.named()) {
    if (!node) continue;
    const section = isLabel && node.kind === "place" ? (node.section as SectionBuilder) : undefined;
    list.push({
      name,
      address: word(symbols.evaluate(node)!.value),
      size: size ? word(symbols.evaluate(size)!.value) : 0,
      type,
      global,
      ...(section && section.size > 0 && { section: section.name }),
    });
  }
  return list;
}

/** The mailbox base, for hosts, when the program uses it or it is not where it usually is. */
function mailboxSymbol(symbols: SymbolTable, mailboxBytes: number): ImageSymbol[] {
  const isUsual = mailboxBytes === DEFAULT_MAILBOX_BYTES && !symbols.usedLinkerSymbols.has("mailbox_base");
  if (isUsual || symbols.isDefined("mailbox_base")) return [];
  const address = linkerSymbols(0, mailboxBytes).get("mailbox_base")!;
  return [{ name: "mailbox_base", address, size: 0, type: "none", global: true }];
}

/** Functions without `.size` reach up to the next function, or to the end of their section. */
function withFunctionSizes(list: readonly ImageSymbol[], sections: readonly SectionBuilder[]): ImageSymbol[] {
  const starts = list
    .filter((symbol) => symbol.type === "function")
    .map((symbol) => symbol.address)
    .sort((a, b) => a - b);
  const ends = new Map(
    starts.map((address, i) => [address, starts.find((next, j) => j > i && next > address)]),
  );
  return list.map((symbol) => {
    const section = sections.find((candidate) => candidate.name === symbol.section);
    if (symbol.type !== "function" || symbol.size > 0 || !section) return symbol;
    const end = Math.min(
      section.address + section.size,
      ends.get(symbol.address) ?? Number.POSITIVE_INFINITY,
    );
    return { ...symbol, size: end - symbol.address };
  });
}

function lineEntries(code: readonly CodePlace[]): LineEntry[] {
  const lines: LineEntry[] = [];
  const entries = code.map(({ section, at, location }) => ({ address: section.address + at, ...location }));
  for (const entry of entries.sort((a, b) => a.address - b.address)) {
    const last = lines.at(-1);
    if (!last || last.line !== entry.line || last.file !== entry.file) lines.push(entry);
  }
  return lines;
}

function toSection(builder: SectionBuilder): Section {
  const { name, address, size, align } = builder;
  const { executable, writable, empty } = builder.kind;
  return { name, address, size, align, executable, writable, ...(!empty && { data: builder.data }) };
}

/** Puts an assembled program together; all sections have addresses and all symbols have values. */
export function makeImage(
  sections: readonly SectionBuilder[],
  symbols: SymbolTable,
  code: readonly CodePlace[],
  mailboxBytes: number,
): Image {
  const named = withFunctionSizes(namedSymbols(symbols), sections);
  const list = [...named, ...mailboxSymbol(symbols, mailboxBytes)];
  return {
    entry: list.find((symbol) => symbol.name === "_start" && symbol.global)?.address ?? 0,
    sections: sections.toSorted((a, b) => a.address - b.address).map(toSection),
    symbols: list,
    lines: lineEntries(code),
  };
}
