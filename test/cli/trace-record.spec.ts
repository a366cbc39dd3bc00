/** The command `ppu trace record`. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openTraceFile } from "../../src/trace/file/index.ts";
import { PPUS, type TraceRecord } from "../../src/trace/model.ts";
import { ppu, workspace } from "./harness.ts";
import { ENDLESS, HELLO, RETURN } from "./programs.ts";

const { path, file } = workspace();
const hello = file("hello.s", HELLO);
const endless = file("endless.s", ENDLESS);

const instructions = (records: Iterable<TraceRecord>) =>
  [...records].filter(({ kind }) => kind === "instruction").length;

describe("ppu trace record", () => {
  it("runs a program as ppu run does, and writes its trace", async () => {
    const run = await ppu("run", hello, "--json", "--set", "r3=7");
    const { top } = JSON.parse(run.stdout).ppus;
    const result = await ppu("trace", "record", hello, "--set", "r3=7");
    expect(result.code).toBe(7);
    expect(result.stdout).toBe("hello\n");
    const output = path("hello.trace");
    const lines = result.stderr.trim().split("\n");
    const size = statSync(output).size;
    expect(lines.at(-1)).toBe(
      `${output}: ${top.instructions} instructions, ${size} bytes (${(size / top.instructions).toFixed(2)} an instruction)`,
    );
    const trace = openTraceFile(output);
    expect(instructions(trace.records("top"))).toBe(top.instructions);
    expect([...trace.records("bottom")]).toEqual([]);
    expect(trace.initialState("top").get("r3")).toBe(7);
    expect(trace.image("top")?.symbols.map(({ name }) => name)).toContain("__init");
    expect(trace.header).toEqual({
      ...{ program: "hello.s", chipSeed: 0, noiseSeed: 0, chip: "calibrated", timing: "chip", ppus: ["top"] },
      filters: [],
      has: { cycles: true, writes: true, accesses: true, stalls: true, vectors: true },
    });
    expect(trace.end()).toMatchObject({ reason: "finished", instructions: [top.instructions, 0] });
    expect(trace.problems).toEqual([]);
    expect(readFileSync(output).includes(Buffer.from(path("")))).toBe(false);
  });

  it("gives the same bytes every time", async () => {
    const make = async (name: string) => {
      await ppu("trace", "record", hello, "-o", path(name));
      return readFileSync(path(name));
    };
    expect(Buffer.compare(await make("a.trace"), await make("b.trace"))).toBe(0);
  });

  it("prints a summary for machines", async () => {
    const output = path("json.trace");
    const result = await ppu("trace", "record", hello, "-o", output, "--json", "--class", "branch");
    const summary = JSON.parse(result.stdout);
    const trace = openTraceFile(output);
    const kept = instructions(trace.records("top"));
    expect(summary).toMatchObject({
      ...{ output, bytes: statSync(output).size, instructions: kept, reason: "finished" },
      leftOut: summary.run.ppus.top.instructions - kept,
      run: { mailbox: "hello\n", exitCode: 0 },
    });
    expect(summary.bytesPerInstruction).toBeCloseTo(summary.bytes / kept);
    expect(kept).toBeGreaterThan(5);
  });

  it("records both PPUs, or one of them, with memories loaded", async () => {
    const input = file("input.bin", new Uint8Array([0, 0, 0, 42]));
    const program = file("load.s", `lis r4, 0x4000\nlwz r3, 0(r4)\n${RETURN}`);
    const options = ["--ppu", "both", "--load", `${input}@0x40000000`];
    const both = path("both.trace");
    expect((await ppu("trace", "record", program, ...options, "-o", both)).code).toBe(42);
    for (const side of PPUS) {
      const reads = [...openTraceFile(both).records(side)].flatMap((one) =>
        one.kind === "instruction" ? one.accesses : [],
      );
      expect(reads[0]).toMatchObject({ address: 0x40000000, value: 42, write: false });
    }
    const one = path("one.trace");
    await ppu("trace", "record", program, ...options, "--of", "bottom", "-o", one);
    const trace = openTraceFile(one);
    expect(trace.header.ppus).toEqual(["bottom"]);
    expect([...trace.records("top")]).toEqual([]);
    expect([...trace.records("bottom")]).toEqual([...openTraceFile(both).records("bottom")]);
  });

  it("takes filters, triggers and limits, and says so in the trace", async () => {
    const output = path("filtered.trace");
    const words = "--range 0x34-0x5f --symbol __init --class load --device sram --no-vectors --no-stalls";
    const more = ["--start", "__init if r6 == 0", "--stop", "exit", "--max-instructions", "3"];
    const { code, stderr } = await ppu("trace", "record", hello, "-o", output, ...words.split(" "), ...more);
    expect(code).toBe(0);
    expect(stderr).toMatch(/: 3 instructions, \d+ bytes .*, \d+ left out; the limit is reached\n$/);
    const trace = openTraceFile(output);
    expect(trace.header.filters).toEqual([
      ...[
        "--range 0x34-0x5f",
        "--symbol __init",
        "--class load",
        "--device sram",
        "--no-vectors",
        "--no-stalls",
      ],
      ...["--start __init if r6 == 0", "--stop exit", "--max-instructions 3"],
    ]);
    expect(trace.header.has).toMatchObject({ stalls: false, vectors: false });
    expect(instructions(trace.records("top"))).toBe(3);
    expect([...trace.records("top")].map((one) => one.kind === "gap" && one.reason)).toContain("filter");
  });

  it("ends with the run at --stop, with exit code 0", async () => {
    const { code, stderr, stdout } = await ppu(
      "trace",
      "record",
      hello,
      "-o",
      path("stop.trace"),
      "--stop",
      "exit",
    );
    expect([code, stdout]).toEqual([0, "hello\n"]);
    expect(stderr).toMatch(/; stopped by --stop\n$/);
  });

  it("keeps the last instructions of a program that does not end", async () => {
    const output = path("ring.trace");
    const options = ["--ring", "500", "--max-cycles", "400000", "-o", output];
    const { code, stderr } = await ppu("trace", "record", endless, ...options);
    expect(code).toBe(126);
    expect(stderr).toMatch(/cycle-limit|stopped at the cycle limit/);
    const [gap, ...rest] = openTraceFile(output).records("top");
    expect(gap).toMatchObject({ kind: "gap", reason: "ring" });
    expect(rest).toHaveLength(500);
    expect(rest.at(-1)!.cycle).toBeGreaterThan(399_000);
  });

  it("ends before a file becomes too large", async () => {
    const output = path("small.trace");
    const { code, stderr } = await ppu("trace", "record", endless, "--max-size", "2.5K", "-o", output);
    expect(code).toBe(0);
    expect(stderr).toMatch(/; the limit is reached\n$/);
    expect(statSync(output).size).toBeLessThanOrEqual(2560);
    expect(openTraceFile(output).end()?.reason).toBe("limit");
  });

  it("closes the file on Ctrl-C", async () => {
    const output = path("interrupted.trace");
    setTimeout(() => process.emit("SIGINT"), 300);
    const { code, stderr } = await ppu("trace", "record", endless, "-o", output);
    expect(code).toBe(130);
    expect(stderr).toMatch(/; interrupted\n$/);
    const trace = openTraceFile(output);
    expect(trace.end()?.reason).toBe("interrupted");
    expect(trace.problems).toEqual([]);
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  it.each([
    [["--max-size", "many"], /--max-size needs a number of bytes like 100M, got "many"/],
    [["--max-size", "100"], /a trace of at most 100 bytes has no room/],
    [["--ring", "0"], /--ring needs a whole number from 1/],
    [["--class", "fast"], /there is no class "fast"; known: /],
    [["--device", "toaster"], /there is no "toaster"; known: /],
    [["--range", "nowhere"], /"nowhere" is neither a number nor a symbol/],
    [["--symbol", "nowhere"], /"nowhere": the program has no such function or label/],
    [["--start", "nowhere"], /--start: the program has no code at nowhere/],
    [["--stop", "exit if 1 +"], /--stop: /],
    [["-o", hello], /is the program itself; name another file/],
    [["-o", "/no/such/directory/x.trace"], /cannot write .*: no such directory/],
    [["--of", "left"], /left/],
  ])("refuses %j in one line", async (options, message) => {
    const { code, stderr, stdout } = await ppu("trace", "record", hello, ...options);
    expect(code).toBe(127);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(readFileSync(hello, "utf8")).toBe(HELLO);
  });

  it("leaves no file behind when the program cannot be used", async () => {
    const program = file("wrong.s", "nonsense\n");
    expect((await ppu("trace", "record", program, "-o", path("wrong.trace"))).code).toBe(127);
    expect(existsSync(path("wrong.trace"))).toBe(false);
  });
});
