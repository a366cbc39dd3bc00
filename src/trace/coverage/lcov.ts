/** Coverage as a tracefile of lcov (geninfo(1)). */
import type { CoverageData, FileCoverage } from "./data.ts";
import { summaryOf } from "./summary.ts";

/** Line and name of a key `line:name`; names that occur twice in a file get their line. */
function functionRecords(file: FileCoverage): string[] {
  const functions = Object.entries(file.functions).map(([key, { calls }]) => {
    const line = Number.parseInt(key, 10);
    return { line, name: key.slice(key.indexOf(":") + 1), calls };
  });
  const named = functions.map((f) => {
    const unique = functions.filter(({ name }) => name === f.name).length === 1;
    return { ...f, name: unique ? f.name : `${f.name}@${f.line}` };
  });
  const { covered, total } = summaryOf(file).functions;
  return [
    ...named.map(({ line, name }) => `FN:${line},${name}`),
    ...named.map(({ name, calls }) => `FNDA:${calls},${name}`),
    `FNF:${total}`,
    `FNH:${covered}`,
  ];
}

/** Decisions of a line are its blocks, in the order of their columns; `-`: never met. */
function branchRecords(file: FileCoverage): string[] {
  const blocks = new Map<number, number>();
  const records = Object.entries(file.branches).flatMap(([place, ways]) => {
    const line = Number.parseInt(place, 10);
    const block = blocks.get(line) ?? 0;
    blocks.set(line, block + 1);
    const met = Object.values(ways).some((count) => count > 0);
    return Object.values(ways).map((count, n) => `BRDA:${line},${block},${n},${met ? count : "-"}`);
  });
  const { covered, total } = summaryOf(file).branches;
  return [...records, `BRF:${total}`, `BRH:${covered}`];
}

function lineRecords(file: FileCoverage): string[] {
  const { covered, total } = summaryOf(file).lines;
  return [
    ...Object.entries(file.lines).map(([line, count]) => `DA:${line},${count}`),
    `LF:${total}`,
    `LH:${covered}`,
  ];
}

/** The text of `lcov.info`. */
export function lcovText(data: CoverageData): string {
  const files = Object.entries(data).map(([name, file]) =>
    [
      "TN:",
      `SF:${name}`,
      ...functionRecords(file),
      ...branchRecords(file),
      ...lineRecords(file),
      "end_of_record",
      "",
    ].join("\n"),
  );
  return files.join("");
}
