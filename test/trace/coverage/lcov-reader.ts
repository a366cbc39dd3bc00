/** Reads tracefiles as geninfo(1), section FILES, describes them, and checks everything that is said there. */

export interface LcovFile {
  readonly name: string;
  readonly functions: Map<string, { line: number; calls: number }>;
  /** `line,block,branch` to times taken; undefined: "-", never executed. */
  readonly branches: Map<string, number | undefined>;
  readonly lines: Map<number, number>;
}

const ORDER = ["TN", "SF", "FN", "FNDA", "FNF", "FNH", "BRDA", "BRF", "BRH", "DA", "LF", "LH"];

export function readLcov(text: string): LcovFile[] {
  const files: LcovFile[] = [];
  let file: LcovFile | undefined;
  let last = -1;
  const totals = new Map<string, number>();
  const fail = (line: string): never => {
    throw new Error(`bad record: ${line}`);
  };
  const whole = (value: string, line: string): number => (/^\d+$/.test(value) ? Number(value) : fail(line));
  if (!text.endsWith("\n") && text !== "") throw new Error("the last line is not ended");
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "end_of_record") {
      if (!file) fail(line);
      check(file!, totals);
      files.push(file!);
      file = undefined;
      last = -1;
      totals.clear();
      continue;
    }
    const [, keyword, rest] = /^([A-Z]+):(.*)$/.exec(line) ?? fail(line);
    const order = ORDER.indexOf(keyword);
    if (order < last || order < 0) fail(line);
    last = order;
    if (keyword === "TN") continue;
    if (keyword === "SF") {
      file = { name: rest, functions: new Map(), branches: new Map(), lines: new Map() };
      continue;
    }
    if (!file) return fail(line);
    if (keyword === "FN") {
      // FN:<line number of function start>,<function name>
      const [, start, name] = /^(\d+),(.+)$/.exec(rest) ?? fail(line);
      if (file.functions.has(name)) fail(line);
      file.functions.set(name, { line: Number(start), calls: -1 });
    } else if (keyword === "FNDA") {
      // FNDA:<execution count>,<function name>
      const [, calls, name] = /^(\d+),(.+)$/.exec(rest) ?? fail(line);
      const known = file.functions.get(name) ?? fail(line);
      known.calls = Number(calls);
    } else if (keyword === "BRDA") {
      // BRDA:<line number>,<block number>,<branch number>,<taken>
      const [at, block, branch, taken, ...more] = rest.split(",");
      const key = [at, block, branch].map((value) => whole(value, line)).join(",");
      if (more.length > 0 || file.branches.has(key)) fail(line);
      file.branches.set(key, taken === "-" ? undefined : whole(taken, line));
    } else if (keyword === "DA") {
      // DA:<line number>,<execution count>[,<checksum>]
      const [at, count, ...more] = rest.split(",");
      if (more.length > 0 || file.lines.has(Number(at))) fail(line);
      file.lines.set(whole(at, line), whole(count, line));
    } else totals.set(keyword, whole(rest, line));
  }
  if (file) throw new Error("a record is not ended");
  return files;
}

function check({ name, functions, branches, lines }: LcovFile, totals: ReadonlyMap<string, number>): void {
  const hit = (counts: Iterable<number | undefined>) =>
    [...counts].filter((count) => (count ?? 0) > 0).length;
  const calls = [...functions.values()].map((f) => f.calls);
  const expected = {
    FNF: functions.size,
    FNH: hit(calls),
    BRF: branches.size,
    BRH: hit(branches.values()),
    LF: lines.size,
    LH: hit(lines.values()),
  };
  for (const [keyword, count] of Object.entries(expected)) {
    if (totals.get(keyword) !== count) throw new Error(`${name}: ${keyword} is not ${count}`);
  }
  if (calls.includes(-1)) throw new Error(`${name}: a function has no FNDA`);
}
