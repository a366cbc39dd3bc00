/** The functions of a source file: those that the text declares, and those that the program knows beside them. */
import type { ProgramSymbols } from "../../debug/symbols/index.ts";
import { type SourceFunction, sourceFunctions } from "../../toolchain/frontend/index.ts";
import type { SourceLocation } from "../../toolchain/image.ts";
import type { CodePoint } from "./code.ts";
import type { FunctionPlaces } from "./decisions.ts";

/** A copy of a function's code: itself, or what was inlined of it. */
export interface FunctionCopy {
  /** Where calls enter; undefined where nothing tells. */
  readonly entry: number | undefined;
  readonly addresses: readonly number[];
}

/** A function of a file and where calls of it are counted. */
export interface CountedFunction {
  readonly file: string;
  /** `line:name`. */
  readonly key: string;
  readonly compiled: boolean;
  readonly copies: readonly FunctionCopy[];
}

/** Declared functions by file; files in other languages than AssemblyScript, or not found, have none. */
export async function declaredFunctions(
  symbols: ProgramSymbols,
  files: Iterable<string>,
): Promise<ReadonlyMap<string, readonly SourceFunction[]>> {
  const declared = new Map<string, readonly SourceFunction[]>();
  for (const file of files) {
    const text = file.endsWith(".ts") ? symbols.sourceText(file) : undefined;
    if (text) declared.set(file, await sourceFunctions(text.join("\n")));
  }
  return declared;
}

interface Copies {
  readonly file: string;
  readonly name: string;
  readonly line: number;
  readonly byKey: Map<string, number[]>;
}

const copyOf = (addresses: readonly number[]): FunctionCopy => ({ entry: Math.min(...addresses), addresses });

export class Functions implements FunctionPlaces {
  readonly #declared: ReadonlyMap<string, readonly SourceFunction[]>;
  readonly #heads = new Set<string>();

  constructor(
    declared: ReadonlyMap<string, readonly SourceFunction[]>,
    points: ReadonlyMap<number, CodePoint>,
  ) {
    this.#declared = declared;
    for (const [file, functions] of declared) {
      for (const { line } of functions) this.#heads.add(`${file}:${line}`);
    }
    for (const { scopes } of points.values()) {
      for (const { declaration } of scopes) {
        if (declaration) this.#heads.add(`${declaration.file}:${declaration.line}`);
      }
    }
  }

  isHead({ file, line }: SourceLocation): boolean {
    return this.#heads.has(`${file}:${line}`);
  }

  areApart(a: SourceLocation, b: SourceLocation): boolean {
    if (a.file !== b.file) return this.#declared.has(a.file) && this.#declared.has(b.file);
    return this.#at(a) !== this.#at(b);
  }

  #at({ file, line }: SourceLocation): SourceFunction | undefined {
    return this.#declared.get(file)?.findLast((f) => f.firstLine <= line && line <= f.lastLine);
  }

  /** All functions of the files in which the program has code, with their copies. */
  counted(points: ReadonlyMap<number, CodePoint>): readonly CountedFunction[] {
    const copies = this.#copies(points);
    const lines = new Map<SourceFunction, number[]>();
    for (const { address, source } of points.values()) {
      const f = source && this.#at(source);
      if (f) lines.set(f, [...(lines.get(f) ?? []), address]);
    }
    const list: CountedFunction[] = [];
    for (const [file, functions] of this.#declared) {
      for (const f of functions) {
        const place = `${file}:${f.line}`;
        const known = copies.get(place);
        copies.delete(place);
        const own = lines.get(f);
        if (!known && !own && f.inline) continue;
        const found = known
          ? [...known.byKey.values()].map(copyOf)
          : own
            ? [{ entry: undefined, addresses: own }]
            : [];
        list.push({ file, key: `${f.line}:${f.name}`, compiled: found.length > 0, copies: found });
      }
    }
    for (const { file, name, line, byKey } of copies.values()) {
      list.push({ file, key: `${line}:${name}`, compiled: true, copies: [...byKey.values()].map(copyOf) });
    }
    return list;
  }

  /** Addresses of functions and inlined copies, by the place of their declaration. */
  #copies(points: ReadonlyMap<number, CodePoint>): Map<string, Copies> {
    const copies = new Map<string, Copies>();
    for (const { address, scopes } of points.values()) {
      for (const { key, name, declaration, source, inlined } of scopes) {
        const at = declaration ?? (inlined ? undefined : source);
        if (!at) continue;
        const place = this.#placeOf(copies, at, key, declaration !== undefined);
        const entry = copies.get(place) ?? { file: at.file, name, line: at.line, byKey: new Map() };
        copies.set(place, entry);
        const addresses = entry.byKey.get(key);
        if (addresses) addresses.push(address);
        else entry.byKey.set(key, [address]);
      }
    }
    return copies;
  }

  /** Without a declaration, the place of the function's first instruction. */
  #placeOf(
    copies: ReadonlyMap<string, Copies>,
    at: SourceLocation,
    key: string,
    isDeclared: boolean,
  ): string {
    if (!isDeclared) {
      for (const [place, { byKey }] of copies) if (byKey.has(key)) return place;
    }
    return `${at.file}:${at.line}`;
  }
}
