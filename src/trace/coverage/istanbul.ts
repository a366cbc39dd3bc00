/** Coverage in the form of istanbul, and its HTML report. A statement is a line. */
import istanbulCoverage, {
  type BranchMapping,
  type CoverageMapData,
  type FileCoverageData,
  type FunctionMapping,
  type Range,
} from "istanbul-lib-coverage";
import istanbulReport from "istanbul-lib-report";
import istanbulReports from "istanbul-reports";
import type { CoverageData, FileCoverage } from "./data.ts";

/** Lines of a source file; undefined: it can't be found. */
export type SourceText = (file: string) => readonly string[] | undefined;

const rangeIn = (text: readonly string[] | undefined, line: number, column: number): Range => ({
  start: { line, column },
  end: { line, column: Math.max(text?.[line - 1]?.length ?? 0, column) },
});

function fileData(path: string, file: FileCoverage, text: readonly string[] | undefined): FileCoverageData {
  const lines = Object.entries(file.lines);
  const decisions = Object.entries(file.branches);
  const functions = Object.entries(file.functions);
  const indent = (line: number) => /^\s*/.exec(text?.[line - 1] ?? "")![0].length;
  const branchMap = decisions.map(([place, ways]): BranchMapping => {
    const [line, column] = place.split(":").map(Number);
    const loc = rangeIn(text, line, Math.max(column - 1, 0));
    return { loc, type: "branch", locations: Object.keys(ways).map(() => loc), line };
  });
  const fnMap = functions.map(([key]): FunctionMapping => {
    const line = Number.parseInt(key, 10);
    const loc = rangeIn(text, line, indent(line));
    return { name: key.slice(key.indexOf(":") + 1), decl: loc, loc, line };
  });
  const numbered = <T>(list: readonly T[]): Record<string, T> =>
    Object.fromEntries(list.map((item, n) => [`${n}`, item]));
  return {
    path,
    statementMap: numbered(lines.map(([line]) => rangeIn(text, Number(line), indent(Number(line))))),
    fnMap: numbered(fnMap),
    branchMap: numbered(branchMap),
    s: numbered(lines.map(([, count]) => count)),
    f: numbered(functions.map(([, { calls }]) => calls)),
    b: numbered(decisions.map(([, ways]) => Object.values(ways))),
  };
}

/** What `coverage-final.json` holds. */
export function istanbulData(data: CoverageData, source: SourceText): CoverageMapData {
  return Object.fromEntries(
    Object.entries(data).map(([path, file]) => [path, fileData(path, file, source(path))]),
  );
}

/** Writes the HTML report into a directory. Throws the errors of the file system. */
export function writeHtml(data: CoverageData, source: SourceText, directory: string, version: string): void {
  const context = istanbulReport.createContext({
    dir: directory,
    defaultSummarizer: "nested",
    coverageMap: istanbulCoverage.createCoverageMap(istanbulData(data, source)),
    sourceFinder: (path) => source(path)?.join("\n") ?? `(${path} was not found)`,
  });
  const report = istanbulReports.create("html");
  // Otherwise the time of day stands on every page.
  (report as unknown as { date: string }).date = `the end of the runs, with ppu-emu ${version}`;
  report.execute(context);
}
