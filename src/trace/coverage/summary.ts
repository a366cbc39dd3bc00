/** Shares of what was covered, and what was not. */
import type { CoverageData, FileCoverage } from "./data.ts";

export interface Share {
  readonly covered: number;
  readonly total: number;
}

export interface Summary {
  readonly lines: Share;
  /** Ways of all decisions. */
  readonly branches: Share;
  readonly functions: Share;
}

export const KINDS = ["lines", "branches", "functions"] as const satisfies readonly (keyof Summary)[];

const share = (counts: readonly number[]): Share => ({
  covered: counts.filter((count) => count > 0).length,
  total: counts.length,
});

/** Of a file. A function that no program has code of counts as not covered. */
export const summaryOf = (file: FileCoverage): Summary => ({
  lines: share(Object.values(file.lines)),
  branches: share(Object.values(file.branches).flatMap((ways) => Object.values(ways))),
  functions: share(Object.values(file.functions).map(({ calls }) => calls)),
});

const sumOf = (shares: readonly Share[]): Share => ({
  covered: shares.reduce((sum, { covered }) => sum + covered, 0),
  total: shares.reduce((sum, { total }) => sum + total, 0),
});

/** Of all files together. */
export function totalOf(data: CoverageData): Summary {
  const all = Object.values(data).map(summaryOf);
  const of = (kind: keyof Summary) => sumOf(all.map((summary) => summary[kind]));
  return { lines: of("lines"), branches: of("branches"), functions: of("functions") };
}

/** 0..100; of nothing all is covered. */
export const percentOf = ({ covered, total }: Share): number => (total === 0 ? 100 : (100 * covered) / total);

/** Two digits behind the point at most, never rounded up to 100. */
export const percentText = (part: Share): string =>
  part.total === 0 ? "-" : `${Math.floor(100 * percentOf(part)) / 100}`;

/** Numbers in ascending order as `3-5, 9`; `linked` tells whether two that follow each other are one range. */
export function rangesText(numbers: readonly number[], linked: (a: number, b: number) => boolean): string {
  const ranges: [number, number][] = [];
  for (const n of numbers) {
    const last = ranges.at(-1);
    if (last && linked(last[1], n)) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(", ");
}

/** Lines whose count fits, as ranges over lines without code. */
export function lineRanges(file: FileCoverage, fits: (count: number) => boolean): string {
  const lines = Object.keys(file.lines).map(Number);
  const chosen = lines.filter((line) => fits(file.lines[line]));
  return rangesText(chosen, (a, b) => lines.indexOf(b) === lines.indexOf(a) + 1);
}

/** A way that was never gone though its decision was met. */
export interface MissedWay {
  readonly place: string;
  readonly way: string;
}

export function missedWays(file: FileCoverage): readonly MissedWay[] {
  return Object.entries(file.branches).flatMap(([place, ways]) => {
    if (Object.values(ways).every((count) => count === 0)) return [];
    return Object.entries(ways).flatMap(([way, count]) => (count === 0 ? [{ place, way }] : []));
  });
}

export const missedFunctions = (file: FileCoverage): readonly string[] =>
  Object.entries(file.functions).flatMap(([key, { calls }]) =>
    calls === 0 ? [key.slice(key.indexOf(":") + 1)] : [],
  );
