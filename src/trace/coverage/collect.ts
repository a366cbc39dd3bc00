/** From the counts of a PPU to coverage of the sources of its program. */
import { isAbsolute, relative } from "node:path";
import type { ExecutionCounters } from "../../core/record/counters.ts";
import { createProgramSymbols, type SymbolOptions } from "../../debug/symbols/index.ts";
import type { Image } from "../../toolchain/image.ts";
import { codePoints, isFixed } from "./code.ts";
import { type CoverageData, type FileCoverage, type FunctionCoverage, inOrder } from "./data.ts";
import { type Way, waysOf } from "./decisions.ts";
import { type CountedFunction, declaredFunctions, type FunctionCopy, Functions } from "./functions.ts";

/** What of `ExecutionCounters` coverage needs. */
export type Counts = Pick<ExecutionCounters, "at">;

/** A line with the addresses of each copy of it. */
interface CountedLine {
  readonly file: string;
  readonly line: number;
  readonly copies: Map<string, number[]>;
}

/** Files of asc's own library are nobody's to cover. */
const isOwn = (file: string): boolean => !file.startsWith("~lib/");

/** Path of a file as it stands in reports. */
function shown(file: string): string {
  if (!isAbsolute(file)) return file;
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

/** The lines, decisions and functions of a program. Made once for an image; counts any number of runs. */
export class CoverageMap {
  readonly #lines: readonly CountedLine[];
  readonly #ways: readonly Way[];
  readonly #functions: readonly CountedFunction[];

  private constructor(
    lines: readonly CountedLine[],
    ways: readonly Way[],
    functions: readonly CountedFunction[],
  ) {
    this.#lines = lines;
    this.#ways = ways;
    this.#functions = functions;
  }

  /** Reads debug information and, for the functions that they declare, the sources. */
  static async of(image: Image, options: SymbolOptions = {}): Promise<CoverageMap> {
    const symbols = createProgramSymbols(image, options);
    const points = codePoints(image, symbols);
    const lines = new Map<string, CountedLine>();
    for (const { address, source, scopes } of points.values()) {
      if (!source || !isOwn(source.file)) continue;
      const place = `${source.file}:${source.line}`;
      const entry = lines.get(place) ?? { file: source.file, line: source.line, copies: new Map() };
      lines.set(place, entry);
      const key = scopes.at(-1)?.key ?? "";
      const addresses = entry.copies.get(key);
      if (addresses) addresses.push(address);
      else entry.copies.set(key, [address]);
    }
    const files = new Set([...lines.values()].map(({ file }) => file));
    const functions = new Functions(await declaredFunctions(symbols, files), points);
    const ways = waysOf(points, functions).filter(({ file }) => isOwn(file));
    const counted = functions.counted(points).filter(({ file }) => isOwn(file));
    for (const { copies } of lines.values()) {
      for (const [key, addresses] of copies) {
        const fixed = addresses.filter((address) => isFixed(points.get(address)!.word));
        if (fixed.length > 0) copies.set(key, fixed);
      }
    }
    return new CoverageMap([...lines.values()], ways, counted);
  }

  /**
   * What the counts say. A line ran as often as the one of its instructions that ran most often, in each copy of it, of
   * stores, calls and conditional branches if it has any, because others may have been moved out of loops and conditions. A
   * function was called as often as its first instruction ran; where inlined copies have no known begin, as in release
   * builds, as often as the one of its instructions that ran least, of those that ran.
   */
  count(counts: Counts): CoverageData {
    const executed = (address: number): number => counts.at(address).executed;
    const most = (addresses: readonly number[]): number =>
      addresses.reduce((largest, address) => Math.max(largest, executed(address)), 0);
    const files = new Map<string, MutableFile>();
    const fileOf = (name: string): MutableFile => {
      const file = files.get(name) ?? { lines: new Map(), branches: new Map(), functions: new Map() };
      files.set(name, file);
      return file;
    };
    for (const { file, line, copies } of this.#lines) {
      const times = [...copies.values()].reduce((sum, addresses) => sum + most(addresses), 0);
      fileOf(file).lines.set(`${line}`, times);
    }
    for (const { branch, taken, file, place, way } of this.#ways) {
      const count = counts.at(branch);
      const { branches } = fileOf(file);
      const ways = branches.get(place) ?? new Map<string, number>();
      branches.set(place, ways);
      ways.set(way, (ways.get(way) ?? 0) + (taken ? count.taken : count.executed - count.taken));
    }
    const callsOf = ({ entry, addresses }: FunctionCopy): number => {
      const ran = addresses.map(executed).filter((times) => times > 0);
      return (entry !== undefined && executed(entry)) || Math.min(...(ran.length > 0 ? ran : [0]));
    };
    for (const { file, key, compiled, copies } of this.#functions) {
      const calls = copies.reduce((sum, copy) => sum + callsOf(copy), 0);
      fileOf(file).functions.set(key, { calls, compiled });
    }
    const names = [...files.keys()].sort();
    return Object.fromEntries(names.map((name) => [shown(name), fileCoverage(files.get(name)!)]));
  }
}

interface MutableFile {
  readonly lines: Map<string, number>;
  readonly branches: Map<string, Map<string, number>>;
  readonly functions: Map<string, FunctionCoverage>;
}

const fileCoverage = ({ lines, branches, functions }: MutableFile): FileCoverage => ({
  lines: inOrder(lines),
  branches: inOrder([...branches].map(([place, ways]) => [place, inOrder(ways)] as const)),
  functions: inOrder(functions),
});

const maps = new WeakMap<Image, Promise<CoverageMap>>();

/**
 * Coverage of a program's sources by one PPU. What is read of the program is kept as long as the image itself, so that
 * many runs of an image are cheap.
 */
export async function coverageOf(
  image: Image,
  counts: Counts,
  options: SymbolOptions = {},
): Promise<CoverageData> {
  let map = maps.get(image);
  if (!map) {
    map = CoverageMap.of(image, options);
    maps.set(image, map);
  }
  return (await map).count(counts);
}
