import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { runCli } from "../../../src/cli/cli.ts";
import { ppu, workspace } from "../../cli/harness.ts";
import { HELLO } from "../../cli/programs.ts";

const { file, path } = workspace();
const hello = file("hello.s", HELLO);

describe("ppu debug", () => {
  it("executes --eval and --script in their order and ends", async () => {
    const script = file("script.txt", "# a script\ncontinue\n");
    const { code, stdout, stderr } = await ppu(
      "debug",
      hello,
      "-e",
      "break exit",
      "-x",
      script,
      "-e",
      "print r3",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^breakpoint 1 at exit: 0x000000(?:5c|60) .*\n\[top\] hello\nbreakpoint 1\n/);
    expect(stdout).toMatch(/\nr3 = 0\n$/);
  });

  it("stops at the first error of a script with its line, code 1", async () => {
    const script = file("bad.txt", "break exit\nfrob\nsave never\n");
    const { code, stderr } = await ppu("debug", hello, "-x", script, "-e", "run");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `ppu: ${script}:2: unknown command "frob"; help lists them\n`,
    });
  });

  it("prints errors of --eval, in JSON as objects", async () => {
    expect(await ppu("debug", hello, "-e", "delete 5")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ppu: --eval "delete 5": .*5.*\n$/),
    });
    const { code, stdout, stderr } = await ppu("debug", hello, "-e", "stepi", "-e", "delete 5", "--json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const [step, error] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(step).toMatchObject({ command: "stepi", ok: true, kind: "stop" });
    expect(error).toMatchObject({ ok: false });
  });

  it("reads commands from the input; errors do not end it but the code says so", async () => {
    let stdout = "";
    const code = await runCli(["debug", hello], {
      input: Readable.from("frob\nstepi 2\ninfo threads\n"),
      stdout: (text) => {
        stdout += text;
      },
      stderr: () => {},
      isTerminal: false,
      exitCode: 0,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^unknown command "frob"; help lists them\ntop /);
    expect(stdout).toContain("2 instructions");
  });

  it("debugs the PPU that is asked for, with registers set before the start", async () => {
    const { stdout } = await ppu("debug", hello, "--ppu", "bottom", "--set", "r3=7", "-e", "run", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      result: { ppu: "bottom", reason: "finished", returnCode: 7 },
      mailboxes: [{ ppu: "bottom", text: "hello\n" }],
    });
  });

  it("saves and loads session points as files", async () => {
    const point = path("here.point");
    const first = await ppu("debug", hello, "-e", "stepi 20", "-e", `save ${point}`);
    expect([first.code, readFileSync(point).length > 100]).toEqual([0, true]);
    const { stdout } = await ppu("debug", hello, "-e", `load ${point}`, "-e", "info cycles", "--json");
    const [, position] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(position.result.instructions).toEqual([20, 0]);
  });

  it.each([
    [["debug"], /missing required argument 'image'/],
    [["debug", "nowhere.elf"], /cannot read nowhere\.elf: no such file/],
    [["debug", hello, "-x", "nowhere.txt"], /cannot read nowhere\.txt: no such file/],
    [["debug", hello, "--history-megabytes", "0"], /--history-megabytes needs a whole number from 1/],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stderr } = await ppu(...argv);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});
