/** Where breakpoints go: addresses of source lines and of functions behind their prologue. */
import { AT, LANGUAGE, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import type { Die } from "../dwarf/die.ts";
import type { AddressRange } from "../dwarf/ranges.ts";
import type { Unit } from "../dwarf/unit.ts";
import { type DescribedFunction, type FunctionIndex, scopesAt } from "./functions.ts";
import type { IndexedRow, LineIndex } from "./lines.ts";
import type { LinePlaces } from "./types.ts";

const VARIABLES: ReadonlySet<number> = new Set([TAG.variable, TAG.formalParameter]);

function isListed(die: Die): boolean {
  const location = die.own(AT.location);
  return location !== undefined && !(location.value instanceof Uint8Array);
}

function isAssembly(unit: Unit): boolean {
  const language = unit.top?.number(AT.language);
  return language === LANGUAGE.assembly || language === LANGUAGE.mipsAssembler;
}

export class BreakpointPlaces {
  private readonly withLists = new Map<Unit, boolean>();
  private readonly lines: LineIndex;
  private readonly functions: FunctionIndex;

  constructor(lines: LineIndex, functions: FunctionIndex) {
    this.lines = lines;
    this.functions = functions;
  }

  /**
   * First address behind the prologue of a function: where the line table marks it, or at its second row. Where
   * variables have location lists they are right from the entry on, and there is nothing to skip; nor is there in
   * assembly text.
   */
  afterPrologue(entry: number): number {
    const f = this.functions.describedAt(entry);
    if (f && (isAssembly(f.die.unit) || this.hasLocationLists(f.die.unit))) return entry;
    const range = f?.ranges.find(({ low, high }) => entry >= low && entry < high);
    if (!range || !this.lines.rowAt(entry)) return entry;
    const rows = this.lines
      .rowsOfFile(this.lines.rowAt(entry)!.file)
      .filter(({ low, isStatement }) => low >= entry && low < range.high && isStatement);
    const marked = rows.find((row) => row.prologueEnd);
    if (marked) return marked.low;
    const all = this.lines.rowsWithin(entry + 1, range.high).filter((row) => row.line > 0);
    return all[0]?.low ?? entry;
  }

  private hasLocationLists(unit: Unit): boolean {
    let has = this.withLists.get(unit);
    if (has === undefined) {
      has = [...unit.entries.values()].some((die) => VARIABLES.has(die.tag) && isListed(die));
      this.withLists.set(unit, has);
    }
    return has;
  }

  ofLine(file: string, line: number): readonly LinePlaces[] {
    return this.lines.find(file).flatMap((name) => {
      const rows = this.lines.rowsOfFile(name).filter((row) => row.isStatement && row.line >= line);
      if (rows.length === 0) return [];
      const actual = Math.min(...rows.map((row) => row.line));
      const addresses = this.firstOfEachCopy(rows.filter((row) => row.line === actual));
      return [{ file: name, line: actual, addresses }];
    });
  }

  /** Of the rows of a line the first in each function and in each inlined copy; not at entries but behind prologues. */
  private firstOfEachCopy(rows: readonly IndexedRow[]): number[] {
    const copies = new Map<unknown, number>();
    for (const { low } of [...rows].sort((a, b) => a.low - b.low)) {
      const f = this.functions.describedAt(low);
      const copy = f ? this.innermost(f, low) : "code without description";
      if (copies.has(copy)) continue;
      copies.set(copy, f && f.entry === low ? this.afterPrologueOfLine(f, low, rows) : low);
    }
    return [...new Set(copies.values())].sort((a, b) => a - b);
  }

  private innermost(f: DescribedFunction, address: number): unknown {
    return scopesAt(f, address).at(-1);
  }

  private afterPrologueOfLine(f: DescribedFunction, low: number, rows: readonly IndexedRow[]): number {
    const behind = this.afterPrologue(f.entry);
    // A line that ends with the prologue has nothing behind it.
    return behind > low && !rows.some((row) => row.low < behind && row.low > low) ? behind : low;
  }

  ofFunction(name: string): readonly number[] {
    const own = this.functions.find(name).map((f) => this.afterPrologue(f.entry));
    const inlined = this.functions.inlinedCopies(name).map(({ ranges }) => firstOf(ranges));
    return [...new Set([...own, ...inlined])].sort((a, b) => a - b);
  }
}

const firstOf = (ranges: readonly AddressRange[]): number => ranges[0].low;
