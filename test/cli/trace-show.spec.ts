/** ppu trace show, grep, stat and export on a recorded run. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
import { packageRoot } from "../../src/package-root.ts";
import { openTraceFile } from "../../src/trace/file/index.ts";
import { mergedRecords, type Trace } from "../../src/trace/model.ts";
import { formatRecord, openTextTrace } from "../../src/trace/text/index.ts";
import { topSource } from "../trace/everything.ts";
import { chromeFaults } from "../trace/export/chrome-checker.ts";
import { readKanata } from "../trace/export/kanata-reader.ts";
import { readVcd } from "../trace/export/vcd-reader.ts";
import { ppu, workspace } from "./harness.ts";

const { path, file } = workspace();
const program = file("program.s", topSource);
const recorded = path("run.trace");
let trace: Trace;
let lines: string[];

beforeAll(async () => {
  const { code, stderr } = await ppu("trace", "record", program, "--ppu", "both", "-o", recorded);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("instructions")]);
  trace = openTraceFile(recorded);
  lines = await shown();
});

/** Lines of ppu trace show. */
async function shown(...argv: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await ppu("trace", "show", recorded, ...argv);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.split("\n").slice(0, -1);
}

/** Ends with one line on stderr. */
async function refused(...argv: string[]): Promise<string> {
  const { code, stderr } = await ppu("trace", ...argv);
  expect(code).toBe(127);
  expect(stderr.trimEnd()).not.toContain("\n");
  return stderr.trimEnd();
}

const cycleOf = (line: string) => Number(line.split(/ +/)[1]);

describe("ppu trace show", () => {
  it("prints a line for each record of both PPUs in the order of time", () => {
    expect(lines).toHaveLength([...mergedRecords(trace)].length);
    expect(lines.length).toBeGreaterThan(500);
    expect(lines[0]).toMatch(/^top {12}3 {2}00000000 +48000040 b +start$/);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^bottom +\d+ {2}[0-9a-f]{8} <work\+0x14> +7ca41bd6 divw +r5, r4, r3 +; r5=0x\w+$/,
      ),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^bottom +\d+ {2}exception 0x24 doorbell return 00000094 <again\+0x1c>$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^top +\d+ {2}event top buses 0,2 row 1 address 0$/));
    expect(lines).toContainEqual(
      expect.stringMatching(/ {2}conversion top [0-9a-f]{32}\.\.\. min \d+ mean \d+\.\d max \d+$/),
    );
  });

  it("shows the same of the file, of its text, and of the program that it runs", async () => {
    expect((await ppu("trace", "export", recorded, "-o", path("run.txt"))).code).toBe(0);
    for (const argument of [path("run.txt"), program]) {
      const { stdout } = await ppu(
        "trace",
        "show",
        argument,
        ...(argument === program ? ["--ppu", "both"] : []),
      );
      expect(stdout).toBe(lines.map((line) => `${line}\n`).join(""));
    }
  });

  it("selects: cycles, PPU, counts, symbols, kinds", async () => {
    const inside = (from: number, to: number) =>
      lines.filter((line) => cycleOf(line) >= from && cycleOf(line) < to);
    expect(await shown("--from", "500", "--to", "600")).toEqual(inside(500, 600));
    expect(await shown("--ppu", "bottom")).toEqual(lines.filter((line) => line.startsWith("bottom")));
    expect(await shown("--instructions", "7")).toEqual(lines.slice(0, 7));
    expect(await shown("--last", "7")).toEqual(lines.slice(-7));
    expect(await shown("--last", "100000")).toEqual(lines);
    expect(await shown("--last", "3", "--to", "600")).toEqual(inside(0, 600).slice(-3));
    expect(await shown("--symbol", "scale")).toEqual(
      lines.filter((line) => / <scale(\+0x\w+)?> /.test(line)),
    );
    expect(await shown("--symbol", "scale", "--last", "2", "--ppu", "top")).toHaveLength(2);
    const events = await shown("--only", "events");
    expect(events).toEqual(lines.filter((line) => / {2}event /.test(line)));
    expect(events).toHaveLength(12);
    expect(await shown("--only", "exceptions")).toEqual(lines.filter((line) => / {2}exception /.test(line)));
    expect(await shown("--only", "conversions")).toHaveLength(12);
  });

  it("leaves out what is not wanted", async () => {
    const bare = await shown("--no-stalls", "--no-accesses", "--registers", "none");
    expect(bare.filter((line) => line.includes(" ; ") && !line.endsWith("; aborted"))).toEqual([]);
    const some = await shown("--no-stalls", "--no-accesses", "--registers", "r3,cr");
    expect(some.filter((line) => / ; r3=0x\w+$/.test(line)).length).toBeGreaterThan(10);
    expect(some.filter((line) => / ; cr0=\w+$/.test(line)).length).toBeGreaterThan(10);
    expect(some.join("\n")).not.toMatch(/ r[0-24-9]\d?=|->|<-|\+\d+ register/);
  });

  it("prints vectors in full, cycles as distances and places as symbols", async () => {
    const whole = [...mergedRecords(trace)];
    const full = await shown("--full");
    const conversion = whole.findIndex(({ kind }) => kind === "conversion");
    expect(full[conversion]).toBe(formatRecord(whole[conversion]));
    const [, second] = await shown("--symbolic", "--relative", "--ppu", "top");
    expect(second).toMatch(/^top {11}\+5 {2}<start> +lis +r1, 0 +; r1=0x0$/);
  });

  it("prints source lines where they change", async () => {
    const found = await shown("--source", "--symbol", "scale", "--ppu", "top", "--instructions", "1");
    expect(found).toHaveLength(2);
    const number = topSource.split("\n").findIndex((line) => line.startsWith("scale:")) + 1;
    expect(found[0]).toMatch(new RegExp(`^top {4}.*program\\.s:${number}: scale: mulli r3, r3, 3$`));
  });

  it("prints JSON, an object a record", async () => {
    const objects = (await shown("--json")).map((line) => JSON.parse(line));
    const records = [...mergedRecords(trace)];
    expect(objects).toHaveLength(records.length);
    objects.forEach((object, n) => {
      const record = records[n];
      expect(object).toMatchObject({ kind: record.kind, ppu: record.ppu, cycle: record.cycle });
      if (record.kind !== "instruction") return;
      expect(object).toMatchObject({ pc: record.pc, word: record.word >>> 0, stalls: record.stalls });
      expect(object.writes.map(({ register }: { register: string }) => register)).toEqual(
        record.writes.map(({ register }) => register),
      );
      for (const [at, { value }] of record.writes.entries()) {
        expect(object.writes[at].value).toBe(
          typeof value === "number" ? value : Buffer.from(value).toString("hex"),
        );
      }
    });
    const [divw] = objects.filter(({ text }) => text?.startsWith("divw"));
    expect(divw).toMatchObject({ symbol: "work+0x14", source: expect.stringMatching(/program\.s:\d+$/) });
  });

  it("prints functions entered and left", async () => {
    const calls = await shown("--calls", "--ppu", "top");
    expect(calls.filter((line) => /-> work {2}again\+0x4$/.test(line))).toHaveLength(6);
    expect(calls.filter((line) => /<- work {2}\d+ cycles$/.test(line))).toHaveLength(6);
    expect(calls).toContainEqual(expect.stringMatching(/^top +\d+ +-> 0x00000030 {2}decrementer$/));
    expect(calls).toContainEqual(expect.stringMatching(/^top +\d+ +-> on_timer {2}jump from 0x30$/));
    const objects = (await shown("--calls", "--json")).map((line) => JSON.parse(line));
    const depth = { top: 0, bottom: 0 };
    for (const { kind, ppu: side, depth: told } of objects as {
      kind: string;
      ppu: "top" | "bottom";
      depth: number;
    }[]) {
      if (kind === "leave") depth[side]--;
      expect(told).toBe(depth[side]);
      if (kind === "enter") depth[side]++;
    }
  });

  it("colours on a terminal, and only there", async () => {
    let stdout = "";
    const write = (text: string) => {
      stdout += text;
    };
    await runCli(["trace", "show", recorded], {
      stdout: write,
      stderr: () => {},
      isTerminal: true,
      exitCode: 0,
    });
    expect(stdout).toContain("\x1b[");
    expect(stripVTControlCharacters(stdout)).toBe(lines.map((line) => `${line}\n`).join(""));
    expect(lines.join("")).not.toContain("\x1b");
  });

  it("ends quietly when nobody reads on", () => {
    const { status, stdout, stderr } = spawnSync(
      "sh",
      [
        "-c",
        `"$0" --import tsx src/cli/main.ts trace show "$1" | head -n 1; echo done`,
        process.execPath,
        recorded,
      ],
      { encoding: "utf8", cwd: packageRoot() },
    );
    expect([status, stdout, stderr]).toEqual([0, `${lines[0]}\ndone\n`, ""]);
  });

  it("refuses in one line", async () => {
    expect(await refused("show", "/no/such.trace")).toBe("ppu: cannot read /no/such.trace: no such file");
    expect(await refused("show", recorded, "--last", "1", "--instructions", "1")).toBe(
      "ppu: give --instructions or --last, not both",
    );
    expect(await refused("show", recorded, "--from", "9", "--to", "9")).toBe(
      "ppu: --to 9 is not behind --from 9",
    );
    expect(await refused("show", recorded, "--registers", "x3")).toMatch(
      /--registers: there is no register "x3"/,
    );
    expect(await refused("show", recorded, "--chip-seed", "3")).toBe(
      `ppu: --chip-seed is for a program that is run; ${recorded} is a trace`,
    );
    expect(await refused("show", program, "--program", program)).toMatch(/--program is for a trace/);
    expect(await refused("show", recorded, "--calls", "--only", "events")).toMatch(/give one of them/);
    const bad = file(
      "bad.txt",
      `${readFileSync(path("run.txt"), "utf8").split("\n").slice(0, 40).join("\n")}\ntop 5 nonsense\n`,
    );
    expect(await refused("show", bad)).toBe(
      `ppu: ${bad}:41: "nonsense" is neither an instruction nor another record`,
    );
  });

  it("tells of a text that was cut", async () => {
    const cut = file("cut.txt", readFileSync(path("run.txt"), "utf8").slice(0, -2000));
    const { code, stdout, stderr } = await ppu("trace", "show", cut);
    expect(code).toBe(0);
    expect(lines.join("\n").startsWith(stdout.trimEnd())).toBe(true);
    expect(stderr).toMatch(/cut\.txt: the text was cut, its end is missing\n/);
  });
});

describe("ppu trace grep", () => {
  const grep = (...argv: string[]) => ppu("trace", "grep", ...argv);

  it("prints what fulfils the expression", async () => {
    const { code, stdout } = await grep("mnemonic=divw and ppu=top", recorded);
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, -1)).toEqual(
      lines.filter((line) => line.startsWith("top") && line.includes(" divw ")),
    );
  });

  it("shows context, counts, stops early, and prints JSON", async () => {
    const at = lines.flatMap((line, n) => (line.includes("exception 0x24") ? [n] : []));
    const { stdout } = await grep("exception=doorbell", recorded, "-C", "2");
    const wanted = new Set(at.flatMap((n) => [n - 2, n - 1, n, n + 1, n + 2]));
    const expected = lines.flatMap((line, n) => {
      if (!wanted.has(n)) return [];
      return wanted.has(n - 1) || n === at[0] - 2 ? [line] : ["--", line];
    });
    expect(stdout.split("\n").slice(0, -1)).toEqual(expected);
    expect((await grep("event", recorded, "--count")).stdout).toBe("12\n");
    expect(JSON.parse((await grep("event", recorded, "--count", "--json")).stdout)).toEqual({
      matches: 12,
      records: lines.length,
    });
    expect((await grep("event", recorded, "-m", "3")).stdout.split("\n")).toHaveLength(4);
    const [first] = (await grep("event", recorded, "--json")).stdout.split("\n");
    expect(JSON.parse(first)).toMatchObject({
      kind: "event",
      hemisphere: "top",
      buses: 5,
      row: 1,
      address: 0,
    });
  });

  it("says by its exit code whether something was found", async () => {
    expect(await grep("reset", recorded)).toEqual({ code: 1, stdout: "", stderr: "" });
    expect(await refused("grep", "frob", recorded)).toMatch(
      /^ppu: "frob" is no predicate; there are ppu, cycle, pc, /,
    );
  });

  it("has every predicate in its help", async () => {
    const { stdout } = await grep("--help");
    for (const name of ["pc=0x120..0x180", "stall>5", "device=cadc", "r3=0x10", "hello.ts:12"])
      expect(stdout).toContain(name);
  });
});

describe("ppu trace stat", () => {
  it("prints tables, and everything as JSON", async () => {
    const { code, stdout } = await ppu("trace", "stat", recorded, "--top", "3");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^top PPU: \d+ instructions, \d+ cycles \(\d+\.\d\d us\), \d+\.\d\d cycles an instruction\n/,
    );
    for (const title of [
      "Cycles by cause",
      "Cycles by function",
      "Instructions",
      "Vector unit",
      "Accesses by device",
      "Events",
    ]) {
      expect(stdout).toContain(`\n${title}`);
    }
    expect(stdout).toMatch(/│ work +│ +6 │ +\d+ │ +\d+ │ +\d+\.\d % │/);
    expect(stdout).toMatch(/and \d+ more \(--top\)/);
    const statistics = JSON.parse((await ppu("trace", "stat", recorded, "--json")).stdout);
    for (const { causes, cycles } of statistics) {
      expect(causes.reduce((sum: number, cause: { cycles: number }) => sum + cause.cycles, 0)).toBe(cycles);
      expect(cycles).toBe(trace.end()!.cycle);
    }
  });

  it("counts a part only", async () => {
    const { stdout } = await ppu(
      "trace",
      "stat",
      recorded,
      "--ppu",
      "top",
      "--from",
      "500",
      "--to",
      "900",
      "--json",
    );
    const [one, ...others] = JSON.parse(stdout);
    expect(others).toEqual([]);
    expect(one.cycles).toBe(400);
    const inside = lines.filter(
      (line) =>
        line.startsWith("top") &&
        cycleOf(line) >= 500 &&
        cycleOf(line) < 900 &&
        /^\S+ +\d+ {2}[0-9a-f]{8} /.test(line),
    );
    expect(one.instructions).toBe(inside.length);
  });
});

describe("ppu trace export", () => {
  it.each([
    ["chrome", (text: string) => expect(chromeFaults(text)).toEqual([])],
    ["konata", (text: string) => expect(readKanata(text).length).toBeGreaterThan(500)],
    ["vcd", (text: string) => expect(readVcd(text).variables.size).toBeGreaterThan(40)],
    ["text", (text: string) => expect(text).toMatch(/^# ppu trace, text form 1\n/)],
  ])("%s", async (format, check) => {
    const output = path(`out.${format}`);
    const { code, stdout, stderr } = await ppu("trace", "export", recorded, "--format", format, "-o", output);
    const text = readFileSync(output, "utf8");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(new RegExp(`out\\.${format}: .*, ${Buffer.byteLength(text)} bytes\n$`));
    check(text);
    expect((await ppu("trace", "export", recorded, "--format", format, "-o", "-")).stdout).toBe(text);
  });

  it("text keeps every record, in each of its forms", async () => {
    for (const options of [[], ["--symbolic", "--relative"], ["--source"]]) {
      const output = path("again.txt");
      await ppu("trace", "export", recorded, ...options, "-o", output);
      const read = openTextTrace(output);
      for (const side of ["top", "bottom"] as const) {
        expect([...read.records(side)]).toEqual([...trace.records(side)]);
        expect(read.end()).toEqual(trace.end());
      }
    }
  });

  it("takes a part, and signals", async () => {
    const output = path("part.vcd");
    await ppu(
      "trace",
      "export",
      recorded,
      "--format",
      "vcd",
      "--signals",
      "pc,r3",
      "--from",
      "500",
      "--to",
      "600",
      "-o",
      output,
    );
    const { variables, end } = readVcd(readFileSync(output, "utf8"));
    expect([...variables.keys()]).toEqual(["chip.top.pc", "chip.top.r3", "chip.bottom.pc", "chip.bottom.r3"]);
    expect(end).toBe(600 * 4);
    const [, [first]] = variables.get("chip.top.pc")!.changes;
    expect(first).toBeGreaterThanOrEqual(500 * 4);
  });

  it("refuses in one line, before it has written anything", async () => {
    expect(await refused("export", recorded, "-o", recorded)).toBe(
      `ppu: --output ${recorded} is the trace itself; name another file`,
    );
    expect(await refused("export", recorded, "--format", "chrome", "--signals", "pc", "-o", path("x"))).toBe(
      "ppu: --signals is for --format vcd",
    );
    expect(await refused("export", recorded, "--format", "vcd", "--signals", "pcc", "-o", path("x"))).toMatch(
      /there is no signal "pcc"/,
    );
    expect(await refused("export", recorded, "-o", "/no/such/out")).toBe(
      "ppu: cannot write /no/such/out: no such directory",
    );
    expect(await refused("export", recorded, "--format", "xml", "-o", path("x"))).toMatch(
      /Allowed choices are text, chrome, konata, vcd/,
    );
    expect(await refused("export", recorded)).toMatch(/required option '-o, --output <file>' not specified/);
    expect(readFileSync(recorded).length).toBeGreaterThan(1000);
  });
});

describe("help", () => {
  it.each(["show", "grep", "stat", "export"])(
    "of %s explains every option and has examples",
    async (verb) => {
      const { code, stdout } = await ppu("trace", verb, "--help");
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: ppu trace ${verb}`);
      expect(stdout).toContain("Examples:");
    },
  );
});

describe("a trace without a program", () => {
  it("gets one with --program", async () => {
    const list = file("list.txt", "3 0x0\n8 0x40\n9 0x44\n");
    const { stdout } = await ppu("trace", "show", list, "--program", program);
    expect(stdout).toMatch(
      /^top +3 {2}00000000 +48000040 b +start\ntop +8 {2}00000040 <start> +3c200000 lis/,
    );
    expect((await ppu("trace", "show", list)).stdout).toBe(
      "top            3  00000000\ntop            8  00000040\ntop            9  00000044\n",
    );
  });
});
