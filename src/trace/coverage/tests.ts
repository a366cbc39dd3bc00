/** Coverage by test: which test covers which line, and the file that keeps it. */
import { endsInPath, normalized } from "../../debug/symbols/sources.ts";
import { type CoverageData, mergeCoverage } from "./data.ts";
import { lineRanges } from "./summary.ts";

/** What one test covered, over all its runs and both PPUs. */
export interface TestCoverage {
  readonly name: string;
  readonly coverage: CoverageData;
}

/** Coverage that can't be read, or a question that can't be answered. One line. */
export class CoverageError extends Error {
  override readonly name = "CoverageError";
}

const FORMAT = "ppu-emu coverage";
const VERSION = 1;

/** Tests of the same name are one. */
export function mergeTests(tests: readonly TestCoverage[]): readonly TestCoverage[] {
  const byName = new Map<string, CoverageData[]>();
  for (const { name, coverage } of tests) byName.set(name, [...(byName.get(name) ?? []), coverage]);
  return [...byName].map(([name, parts]) => ({ name, coverage: mergeCoverage(parts) }));
}

/** The text of a coverage file. */
export const encodeCoverage = (tests: readonly TestCoverage[]): string =>
  `${JSON.stringify({ format: FORMAT, version: VERSION, tests }, null, 1)}\n`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean =>
  typeof value === "number" && value >= 0 && Number.isFinite(value);
const isRecord = (value: unknown, key: RegExp, item: (value: unknown) => boolean): boolean =>
  isObject(value) && Object.entries(value).every(([name, entry]) => key.test(name) && item(entry));

const isFile = (value: unknown): boolean =>
  isObject(value) &&
  isRecord(value.lines, /^[1-9]\d*$/, isCount) &&
  isRecord(value.branches, /^[1-9]\d*:\d+$/, (ways) => isRecord(ways, /^/, isCount)) &&
  isRecord(
    value.functions,
    /^[1-9]\d*:./,
    (f) => isObject(f) && isCount(f.calls) && typeof f.compiled === "boolean",
  );

const isTest = (value: unknown): value is TestCoverage =>
  isObject(value) && typeof value.name === "string" && isRecord(value.coverage, /./, isFile);

/** Reads a coverage file; `path` stands in the CoverageError of one that is none or damaged. */
export function decodeCoverage(text: string, path: string): readonly TestCoverage[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new CoverageError(`${path} is no coverage file (no JSON); ppu coverage --save writes one`);
  }
  if (!isObject(content) || content.format !== FORMAT) {
    throw new CoverageError(`${path} is no coverage file; ppu coverage --save writes one`);
  }
  if (content.version !== VERSION) {
    throw new CoverageError(
      `${path} is a coverage file of version ${content.version}; this reads ${VERSION}`,
    );
  }
  const { tests } = content;
  const damaged = Array.isArray(tests) ? tests.findIndex((test) => !isTest(test)) : 0;
  if (damaged >= 0) throw new CoverageError(`${path} is damaged at test ${damaged + 1}; write it again`);
  return tests as readonly TestCoverage[];
}

/** Which test covers which line, by line and by test; lines as `3-5, 9`. */
export interface CoverageMatrix {
  readonly byLine: Readonly<Record<string, Readonly<Record<number, readonly string[]>>>>;
  readonly byTest: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function coverageMatrix(tests: readonly TestCoverage[]): CoverageMatrix {
  const total = mergeCoverage(tests.map(({ coverage }) => coverage));
  const byLine = Object.entries(total).map(([file, { lines }]) => {
    const entries = Object.keys(lines).map((line) => {
      const covering = tests.filter(({ coverage }) => (coverage[file]?.lines[Number(line)] ?? 0) > 0);
      return [line, covering.map(({ name }) => name)] as const;
    });
    return [file, Object.fromEntries(entries)] as const;
  });
  const byTest = tests.map(({ name, coverage }) => {
    const files = Object.entries(coverage).flatMap(([file, of]) => {
      const ranges = lineRanges(of, (count) => count > 0);
      return ranges === "" ? [] : [[file, ranges] as const];
    });
    return [name, Object.fromEntries(files)] as const;
  });
  return { byLine: Object.fromEntries(byLine), byTest: Object.fromEntries(byTest) };
}

/** The file of coverage that a path or the end of one means. */
export function findFile(data: CoverageData, path: string): string {
  const end = normalized(path);
  const files = Object.keys(data);
  const found = files.includes(end) ? [end] : files.filter((file) => endsInPath(file, end));
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new CoverageError(`${path} may be ${found.join(" or ")}; give more of its path`);
  const known = files.length > 0 ? `; there is ${files.join(", ")}` : "";
  throw new CoverageError(`no program has code of a file ${path}${known}`);
}

/** Why a line is covered, or is not. */
export interface LineCause {
  readonly file: string;
  readonly line: number;
  /** Undefined: the line has no code in any program. */
  readonly count: number | undefined;
  /** Tests that cover it, those that run it most first. */
  readonly tests: readonly { readonly name: string; readonly count: number }[];
  /** The lines with code before and after one without. */
  readonly neighbours: readonly number[];
}

/** Answers `file:line`. */
export function whyCovered(tests: readonly TestCoverage[], question: string): LineCause {
  const match = /^(.+):(\d+)$/.exec(question);
  if (!match) throw new CoverageError(`"${question}" is no line; write file.ts:12`);
  const total = mergeCoverage(tests.map(({ coverage }) => coverage));
  const file = findFile(total, match[1]);
  const line = Number(match[2]);
  const lines = Object.keys(total[file].lines).map(Number);
  const covering = tests
    .map(({ name, coverage }) => ({ name, count: coverage[file]?.lines[line] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  const neighbours = [lines.findLast((n) => n < line), lines.find((n) => n > line)];
  return {
    file,
    line,
    count: total[file].lines[line],
    tests: covering,
    neighbours: neighbours.filter((n) => n !== undefined),
  };
}
