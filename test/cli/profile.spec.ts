import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { PNG } from "pngjs";
import { Profile } from "pprof-format";
import { describe, expect, it } from "vitest";
import { ppu, workspace } from "./harness.ts";
import { HELLO } from "./programs.ts";

const { path, file } = workspace();
const hello = file("hello.s", HELLO);

describe("ppu profile", () => {
  it("prints a tree and a table", async () => {
    const tree = await ppu("profile", hello, "--min", "0");
    expect(tree.code).toBe(0);
    expect(tree.stdout).toMatch(/^ *cycles +share +self +calls +function\n.*100\.0 % .*top PPU\n/);
    expect(tree.stdout).toMatch(/ 1 +__init {2}/);
    const flat = await ppu("profile", hello, "--format", "flat", "--lines", "--causes", "--min", "0");
    expect(flat.stdout).toMatch(/hello\.s:12\n/);
    expect(flat.stdout).toMatch(/\(register: waiting for a general purpose register\)\n/);
    const both = await ppu("profile", hello, "--ppu", "both");
    expect(both.stdout.match(/100\.0 % .*PPU/g)).toHaveLength(2);
  });

  it("writes pprof, stacks, speedscope, JSON and the heat map", async () => {
    const [pprof, collapsed, speedscope, json, heat] = ["p.pb.gz", "c.txt", "s.json", "j.json", "h.png"].map(
      path,
    );
    const make = (format: string, to: string) => ppu("profile", hello, "--format", format, "-o", to);
    expect(await make("pprof", pprof)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await make("collapsed", collapsed)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await make("speedscope", speedscope)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await make("json", json)).toEqual({ code: 0, stdout: "", stderr: "" });
    const { sample } = Profile.decode(gunzipSync(readFileSync(pprof)));
    const cycles = sample.reduce((sum, { value }) => sum + Number(value[0]), 0);
    const lines = readFileSync(collapsed, "utf8").trimEnd().split("\n");
    expect(lines.reduce((sum, line) => sum + Number(/\d+$/.exec(line)![0]), 0)).toBe(cycles);
    expect(JSON.parse(readFileSync(speedscope, "utf8")).profiles[0].endValue).toBe(cycles);
    expect(JSON.parse(readFileSync(json, "utf8"))[0]).toMatchObject({ name: "top", total: cycles });
    expect((await ppu("profile", hello, "--heat", heat)).code).toBe(0);
    expect(PNG.sync.read(readFileSync(heat)).width).toBeGreaterThan(600);
  });

  it("profiles a list of a trace without a program", async () => {
    const list = file("list.txt", "0 0x40\n1 0x44\n5 0x48\n6 0x40\n");
    const { code, stdout } = await ppu("profile", "--trace", list, "--min", "0");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +7 +100\.0 %/m);
  });

  it("says what the program's end was", async () => {
    const { code, stderr } = await ppu("profile", hello, "--set", "r3=7");
    expect([code, stderr]).toEqual([7, expect.stringContaining("return code 7")]);
    const cut = await ppu("profile", hello, "--max-cycles", "20");
    expect([cut.code, cut.stderr]).toEqual([126, expect.stringContaining("stopped at the cycle limit")]);
  });

  it.each([
    [[], "profile needs a program, or --trace with a recorded trace"],
    [[hello, "--trace", hello], "give a program or --trace, not both"],
    [[hello, "--format", "pprof"], "--format pprof is binary; give its file with -o, e.g. -o profile.pb.gz"],
    [[hello, "--heat", path("no/heat.png")], `cannot write ${path("no/heat.png")}: no such directory`],
    [["--trace", hello], `${hello} is a program; a trace is needed here (ppu trace record makes one)`],
    [[hello, "--min", "x"], '--min needs a percentage from 0 to 100, got "x"'],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stdout, stderr } = await ppu("profile", ...argv);
    expect([code, stdout, stderr]).toEqual([127, "", `ppu: ${message}\n`]);
  });
});
