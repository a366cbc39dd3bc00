import { AT, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import type { Image, ImageSymbol, SourceLocation } from "../../toolchain/image.ts";
import { sectionAt } from "../../toolchain/symbols.ts";
import type { Die } from "../dwarf/die.ts";
import type { DebugInfo } from "../dwarf/info.ts";
import type { AddressRange } from "../dwarf/ranges.ts";
import type { Unit } from "../dwarf/unit.ts";
import { Code } from "./code.ts";
import type { LineIndex } from "./lines.ts";
import type { FunctionSymbol } from "./types.ts";

/** A function with the entry that describes it. */
export interface DescribedFunction extends FunctionSymbol {
  readonly die: Die;
}

export const contains = (ranges: readonly AddressRange[], address: number): boolean =>
  ranges.some(({ low, high }) => address >= low && address < high);

/** Where an entry says that it was declared. */
export function declarationOf(die: Die, lines: LineIndex): SourceLocation | undefined {
  for (let holder: Die | undefined = die, n = 0; holder && n < 16; holder = holder.origin(), n++) {
    const line = holder.own(AT.declLine);
    if (!line) continue;
    const file = fileOf(holder, AT.declFile, lines);
    return file === undefined ? undefined : { file, line: Number(line.value), column: 0 };
  }
  return undefined;
}

/** Name of the file that an attribute gives by number. */
export function fileOf(die: Die, attribute: number, lines: LineIndex): string | undefined {
  const number = die.number(attribute);
  const path = number === undefined ? undefined : die.unit.lines?.path(number);
  return path ? lines.nameOf(path, die.unit.directory) : undefined;
}

/** Functions by address and name, from debug information and from the symbol table. */
export class FunctionIndex {
  private readonly image: Image;
  private readonly lines: LineIndex;
  private readonly unitRanges = new Map<Unit, readonly AddressRange[]>();
  private readonly byUnit = new Map<Unit, readonly DescribedFunction[]>();
  /** Labels in code, sorted by address, with the end of each. */
  private readonly labels: readonly FunctionSymbol[];
  #all: readonly FunctionSymbol[] | undefined;

  constructor(image: Image, info: DebugInfo, lines: LineIndex) {
    this.image = image;
    this.lines = lines;
    this.labels = labelsOf(image);
    for (const unit of info.units) {
      const { top } = unit;
      if (top) this.unitRanges.set(unit, unit.ranges(top));
    }
  }

  functionsOf(unit: Unit): readonly DescribedFunction[] {
    let functions = this.byUnit.get(unit);
    if (!functions) {
      functions = [...unit.entries.values()].flatMap((die) => this.describe(die));
      this.byUnit.set(unit, functions);
    }
    return functions;
  }

  private describe(die: Die): DescribedFunction[] {
    if (die.tag !== TAG.subprogram) return [];
    const ranges = die.unit.ranges(die).filter(({ low }) => sectionAt(this.image, low)?.executable === true);
    if (ranges.length === 0) return [];
    const linkageName = die.text(AT.linkageName) ?? die.text(AT.mipsLinkageName);
    const name = die.qualifiedName ?? linkageName ?? `function at 0x${ranges[0].low.toString(16)}`;
    const entry = die.address(AT.lowPc) ?? die.address(AT.entryPc) ?? ranges[0].low;
    if (entry === 0 && this.isDiscarded([name, die.name, linkageName])) return [];
    const declaration = declarationOf(die, this.lines);
    return [
      {
        name,
        ...(linkageName !== undefined && { linkageName }),
        entry: contains(ranges, entry) ? entry : ranges[0].low,
        ranges,
        ...(declaration && { declaration }),
        described: true,
        die,
      },
    ];
  }

  /** Linkers move functions that they leave out to address 0. */
  private isDiscarded(names: readonly (string | undefined)[]): boolean {
    const there = this.image.symbols.filter(({ address, type }) => address === 0 && type === "function");
    return there.length > 0 && !there.some((symbol) => names.includes(symbol.name));
  }

  describedAt(address: number): DescribedFunction | undefined {
    for (const [unit, ranges] of this.unitRanges) {
      if (ranges.length > 0 && !contains(ranges, address)) continue;
      const found = this.functionsOf(unit).find((candidate) => contains(candidate.ranges, address));
      if (found) return found;
    }
    return undefined;
  }

  at(address: number): FunctionSymbol | undefined {
    const described = this.describedAt(address);
    if (described) return described;
    let found: FunctionSymbol | undefined;
    for (const label of this.labels) {
      if (label.entry > address) break;
      if (contains(label.ranges, address)) found = label;
    }
    return found;
  }

  /** All functions: described ones, and labels in code that no description covers. */
  get all(): readonly FunctionSymbol[] {
    if (!this.#all) {
      const described = [...this.unitRanges.keys()].flatMap((unit) => this.functionsOf(unit));
      const entries = new Set(described.map((f) => f.entry));
      this.#all = [...described, ...this.labels.filter((label) => !entries.has(label.entry))].sort(
        (a, b) => a.entry - b.entry,
      );
    }
    return this.#all;
  }

  find(name: string): readonly FunctionSymbol[] {
    const matches = this.all.filter(
      (f) => f.name === name || f.linkageName === name || f.name.endsWith(`::${name}`),
    );
    const exact = matches.filter((f) => f.name === name || f.linkageName === name);
    const found = exact.length > 0 ? exact : matches;
    const described = found.filter((f) => f.described);
    if (described.length > 0) return described;
    if (found.length > 0) return found;
    return this.labels.filter((label) => label.name === name);
  }

  /** All inlined copies of functions of a name, with their ranges. */
  inlinedCopies(name: string): readonly { readonly die: Die; readonly ranges: readonly AddressRange[] }[] {
    return [...this.unitRanges.keys()].flatMap((unit) =>
      [...unit.entries.values()]
        .filter(
          (die) =>
            die.tag === TAG.inlinedSubroutine && (die.name === name || die.root().qualifiedName === name),
        )
        .map((die) => ({ die, ranges: unit.ranges(die) }))
        .filter(({ ranges }) => ranges.length > 0),
    );
  }
}

/**
 * Functions of the symbol table; one without a size ends at the next label or with its section. Labels of assembly that
 * are neither global nor called are places inside functions, as long as their section has others.
 */
function labelsOf(image: Image): FunctionSymbol[] {
  const targets = new Code(image).callTargets();
  const isEntry = ({ type, global, address }: ImageSymbol) =>
    type === "function" || global || targets.has(address);
  const withEntries = new Set(image.symbols.filter(isEntry).map((symbol) => symbol.section));
  const isLabel = (symbol: ImageSymbol) =>
    symbol.name !== "" &&
    symbol.section !== undefined &&
    (symbol.type === "function" || symbol.type === "none") &&
    (isEntry(symbol) || !withEntries.has(symbol.section)) &&
    sectionAt(image, symbol.address)?.executable === true;
  const weight = ({ type, size, global }: ImageSymbol) =>
    (type === "function" ? 4 : 0) + (size > 0 ? 2 : 0) + (global ? 1 : 0);
  const sorted = image.symbols
    .filter(isLabel)
    .sort((a, b) => a.address - b.address || weight(b) - weight(a))
    .filter((symbol, n, list) => n === 0 || list[n - 1].address !== symbol.address);
  return sorted.map(({ name, address, size }, n) => {
    const section = sectionAt(image, address)!;
    const end = section.address + section.size;
    const next = Math.min(sorted[n + 1]?.address ?? end, end);
    const ranges = [{ low: address, high: size > 0 ? address + size : next }];
    return { name, entry: address, ranges, described: false };
  });
}

const INLINED_OR_BLOCK: ReadonlySet<number> = new Set([TAG.inlinedSubroutine, TAG.lexicalBlock]);

/** The function's entry, and the blocks and inlined calls inside it that hold an address, outermost first. */
export function scopesAt(f: DescribedFunction, address: number): readonly Die[] {
  const scopes = [f.die];
  let scope: Die | undefined = f.die;
  while (scope) {
    const here: Generator<Die> = scope.descendants(
      INLINED_OR_BLOCK,
      // A block without addresses is as if it were not there.
      (die) => die.tag === TAG.lexicalBlock && !hasAddresses(die),
    );
    scope = undefined;
    for (const die of here) {
      if (!contains(die.unit.ranges(die), address)) continue;
      scopes.push(die);
      scope = die;
      break;
    }
  }
  return scopes;
}

export const hasAddresses = (die: Die): boolean =>
  die.own(AT.lowPc) !== undefined || die.own(AT.ranges) !== undefined;
