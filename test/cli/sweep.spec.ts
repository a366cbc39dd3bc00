/** The verb `ppu sweep`, with its threads. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
import { packageRoot } from "../../src/package-root.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { writeElf } from "../../src/toolchain/elf/index.ts";
import { ppu, workspace } from "./harness.ts";

const { path, file } = workspace();

/** Tells the least and the sum of what the columns read at rest; ends with 1 where the least is below -90. */
const PROGRAM = `import { print, printSigned, terminate } from "ppu/mailbox";
import { convertEven, rest, useMatrixMode } from "ppu/matrix-mode";
import { sync } from "ppu/vector";
const reading = memory.data(128, 128);
export function main(): i32 {
  useMatrixMode(0);
  rest();
  convertEven().store(reading);
  sync();
  let least = 127;
  let sum = 0;
  for (let k = 0; k < 128; k++) {
    const read = <i32>load<i8>(reading + k);
    least = min(least, read);
    sum += read;
  }
  print("least ");
  printSigned(least);
  print(', "sum" ');
  printSigned(sum);
  terminate();
  return least < -90 ? 1 : 0;
}
`;

const elf = () => path("program.elf");
const RUN = [
  "--chip-seeds",
  "1..4,9",
  "--noise-seeds",
  "2,1",
  "--chip",
  "raw,ideal",
  "--value",
  "least (?<least>-?\\d+)",
];
const CELLS = 20;

const sweep = (...argv: string[]) => ppu("sweep", ...argv);
const sweepProgram = (directory: string, ...more: string[]) =>
  sweep("run", elf(), ...RUN, "-o", path(directory), ...more);
const read = (directory: string, name: string) => readFileSync(join(path(directory), name), "utf8");
const RESULTS = ["results.csv", "results.json", "sweep.svg"];

/** Fields of CSV by RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

beforeAll(async () => {
  const { image } = await compileSource(PROGRAM);
  file("program.elf", writeElf(image));
  const { code, stderr } = await sweepProgram("whole", "--workers", "1");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/ {2}18\/20 cells, about \d+ s left, least -\d/)]);
});

describe("ppu sweep run", () => {
  it("gives the same bytes with two threads as with one", async () => {
    const csv = path("copy.csv");
    const svg = path("copy.svg");
    const { code, stdout } = await sweepProgram(
      "two",
      "--workers",
      "2",
      "--json",
      "--csv",
      csv,
      "--plot",
      svg,
    );
    expect(code).toBe(1);
    for (const name of RESULTS) expect(read("two", name)).toBe(read("whole", name));
    expect([stdout, readFileSync(csv, "utf8"), readFileSync(svg, "utf8")]).toEqual([
      read("whole", "results.json"),
      read("whole", "results.csv"),
      read("whole", "sweep.svg"),
    ]);
    expect(readdirSync(path("two")).sort()).toEqual(["cells.jsonl", ...RESULTS]);
  });

  it("has a line a cell in CSV, and the same figures as ppu run", async () => {
    const [head, ...rows] = parseCsv(read("whole", "results.csv"));
    expect(head.join(" ")).toBe(
      "chip chipSeed noiseSeed exitCode stop at value cycles instructions findings mailbox error",
    );
    expect(rows).toHaveLength(CELLS);
    const cells = rows.map((row) => Object.fromEntries(head.map((name, n) => [name, row[n]])));
    const seeds = cells.map(({ chip, chipSeed, noiseSeed }) => `${chip} ${chipSeed} ${noiseSeed}`);
    expect(seeds.slice(0, 3)).toEqual(["raw 1 2", "raw 1 1", "raw 2 2"]);
    expect(seeds[19]).toBe("ideal 9 1");
    expect(new Set(cells.slice(0, 10).map(({ mailbox }) => mailbox)).size).toBeGreaterThan(5);
    const chip = ["--chip", "raw", "--chip-seed", "2", "--noise-seed", "2"];
    const { code, stdout } = await ppu("run", elf(), ...chip, "--json");
    const { cycles, mailbox } = JSON.parse(stdout);
    expect(cells[2]).toMatchObject({ exitCode: `${code}`, cycles: `${cycles}`, mailbox, stop: "finished" });
    expect(cells[2].mailbox).toBe(`least ${cells[2].value}, "sum" ${mailbox.split(" ").at(-1)}`);
  });

  it("goes on where a kill has torn a line, and computes only what is missing", async () => {
    await sweepProgram("torn", "--workers", "2", "--shard", "1/1");
    const journal = join(path("torn"), "cells-1-of-1.jsonl");
    const contents = readFileSync(journal);
    const keep = contents.toString().split("\n").slice(0, 16).join("\n");
    truncateSync(journal, Buffer.byteLength(keep) - 10);
    writeFileSync(join(path("torn"), "results.csv"), "old");
    const { code, stdout } = await sweepProgram("torn", "--workers", "1");
    expect(code).toBe(1);
    expect(stdout).toContain("14 of 20 cells are in");
    expect(stdout).toContain("6 cells in ");
    for (const name of RESULTS) expect(read("torn", name)).toBe(read("whole", name));
  });

  it("keeps what is done when it is interrupted, and says how to go on", async () => {
    let stderr = "";
    const code = await runCli(["sweep", "run", elf(), ...RUN, "-o", path("cut"), "--workers", "1"], {
      stdout: () => {},
      stderr(text) {
        if (stderr === "") process.emit("SIGINT");
        stderr += text;
      },
      ...{ isTerminal: false, exitCode: 0 },
    });
    const [, done] = /ppu: interrupted; (\d+) of 20 cells are in .*cut, the same command goes on/.exec(
      stderr,
    )!;
    expect([code, Number(done)]).toEqual([130, read("cut", "cells.jsonl").split("\n").length - 2]);
    expect(Number(done)).toBeGreaterThan(0);
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });

  it("joins shards from several directories to the whole", async () => {
    const [head, ...lines] = read("whole", "cells.jsonl").split("\n").slice(0, -1);
    const parts = [1, 2].map((number) => {
      const directory = path(`part${number}`);
      mkdirSync(directory);
      const own = lines.filter((line) => JSON.parse(line).cell % 2 === number - 1);
      writeFileSync(join(directory, `cells-${number}-of-2.jsonl`), [head, ...own, ""].join("\n"));
      return directory;
    });
    const missing = await sweep("merge", parts[1]);
    expect([missing.code, missing.stderr]).toEqual([
      127,
      expect.stringMatching(
        /^ppu: 10 of 20 cells are missing, the first is chip=raw, chip seed 1, noise seed 2; .*\n$/,
      ),
    ]);
    const { code, stdout } = await sweep("merge", ...parts, "-o", path("joined"));
    expect(code).toBe(1);
    for (const name of RESULTS) expect(read("joined", name)).toBe(read("whole", name));
    expect(stdout).toMatch(
      /Least over the chips\n[\s\S]*│ raw .*│ +5 │[\s\S]*Failed: \d+ cells? with exit code 1, finished/,
    );
  });

  it("gives the results when the last shard of a common directory is done", async () => {
    const shard = (number: number) => sweepProgram("common", "--workers", "1", "--shard", `${number}/2`);
    expect((await shard(2)).stdout).toContain("10 of 20 cells");
    expect((await shard(1)).stdout).toContain("Wrote results.csv");
    for (const name of RESULTS) expect(read("common", name)).toBe(read("whole", name));
  });

  it("refuses a directory with another sweep in one line", async () => {
    const { code, stderr } = await sweepProgram("whole", "--max-cycles", "1000000");
    expect(code).toBe(127);
    expect(stderr).toMatch(
      /^ppu: .*whole holds another sweep \(maxCycles: 250000000 there, 1000000 here\); give another directory with --output, or delete it\n$/,
    );
  });
});

describe("ppu sweep", () => {
  it("classifies digits on each chip", async () => {
    const flags = [
      "--chip-seeds",
      "1,2",
      "--images",
      "2",
      "--first",
      "5",
      "--workers",
      "2",
      "--vary",
      "noise=0,1",
    ];
    const { code, stdout } = await sweep(...flags, "-o", path("digits"), "--json");
    expect(code).toBe(0);
    const { sweep: plan, summary, cells, missing } = JSON.parse(stdout);
    expect(plan).toMatchObject({ kind: "mnist", chipSeeds: "1..2", axes: { noise: [0, 1] } });
    expect([missing, summary.length, cells.length]).toEqual([0, 2, 4]);
    expect(cells[0]).toMatchObject({ chip: "calibrated", noise: 0, chipSeed: 1, noiseSeed: 1, images: 2 });
    const { stdout: single } = await ppu(
      ...["mnist", "--images", "2", "--first", "5", "--chip-seed", "2", "--json"],
    );
    const { correct, cycles, instructions } = JSON.parse(single);
    expect(cells[3]).toMatchObject({ chipSeed: 2, noise: 1, correct, cycles, instructions });
  });

  it("runs an own network on each chip", async () => {
    const xor = (name: string) => join(packageRoot(), "examples", "xor", name);
    const files = [
      "--weights",
      xor("weights.npz"),
      "--images",
      xor("images.npy"),
      "--labels",
      xor("labels.npy"),
    ];
    const flags = ["--chip-seeds", "1,2", "--workers", "1", "-o", path("xor"), "--json"];
    const { code, stdout } = await sweep("infer", xor("network.json"), ...files, ...flags);
    expect(code).toBe(0);
    const { cells } = JSON.parse(stdout);
    expect(cells).toHaveLength(2);
    expect(cells[1]).toMatchObject({ chipSeed: 2, images: 4, correct: 4, accuracy: 1 });
  });

  it("is what the job array of examples/cluster runs, with a shard for each of its jobs", () => {
    const script = join(packageRoot(), "examples", "cluster", "sweep.sbatch");
    const env = { ...process.env, PPU: "echo ppu", SLURM_ARRAY_TASK_ID: "3", SLURM_CPUS_PER_TASK: "8" };
    const { status, stdout } = spawnSync("bash", [script], { encoding: "utf8", env });
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^ppu sweep .*--workers 8 --shard 3\/16 --output/),
    ]);
    expect(readFileSync(script, "utf8")).toContain("#SBATCH --array=1-16\n");
  });

  it.each([
    [["program.ts"], /"program\.ts": write ppu sweep run program\.ts for a program/],
    [["--chip-seeds", "3", "run", "x.elf"], /write --chip-seeds behind the command: ppu sweep run/],
    [["--chip-seeds", "5..1"], /--chip-seeds needs seeds from 0 to 4294967295/],
    [["--vary", "noise"], /--vary needs NAME=VALUES, such as .*, got "noise"/],
    [["--vary", "noise=1..0"], /--vary needs NAME=VALUES/],
    [["--vary", "loudness=1"], /analog parameter "loudness" does not exist/],
    [["--vary", "noise=1", "--vary", "noise=2"], /--vary noise is given twice/],
    [["--vary", "noise=1", "--analog", "noise=2"], /noise is in --analog and in --vary/],
    [["--vary", "noise=0..9999", "--chip-seeds", "1..1000"], /10000000 cells are more than 1000000/],
    [["--chip", "raw,good"], /--chip needs raw, calibrated, ideal/],
    [["--calibration", "c.json"], /--calibration is for raw chips/],
    [["--calibration", "c.json", "--chip", "raw"], /write \{seed\} where its number stands/],
    [
      ["--calibration", "c{seed}.json", "--chip", "raw"],
      /c1\.json can't be read; make it with ppu calibrate/,
    ],
    [["--shard", "0/3"], /--shard needs I\/N with I from 1 to N/],
    [["--shard", "1/3", "--json"], /--csv, --plot and --json are for the whole sweep/],
    [["--workers", "0"], /--workers needs a whole number/],
    [["--parameters", "nope.bin"], /nope\.bin can't be read/],
    [["--output", "/nowhere/there"], /cannot make \/nowhere\/there: no such directory/],
    [["run", "x.elf"], /x\.elf: no such file/],
    [["run", "x.elf", "--value", "\\d+"], /--value needs a regular expression with a number in parentheses/],
    [["infer", "x.json"], /required option '--weights <file>' not specified/],
    [["merge", "/nowhere"], /cannot read \/nowhere: no such directory/],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stdout, stderr } = await sweep(...argv);
    expect([code, stdout]).toEqual([127, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});
