import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { runCli } from "../../../src/cli/cli.ts";
import { ppu, workspace } from "../../cli/harness.ts";
import { HELLO } from "../../cli/programs.ts";

const { file, path } = workspace();
const hello = file("hello.s", HELLO);

/** Starts the command; `line` waits for the first line of its output that matches. */
function start(...argv: string[]) {
  let stdout = "";
  let heard = () => {};
  const io = {
    stdout: (text: string) => {
      stdout += text;
      heard();
    },
    stderr: () => {},
    isTerminal: false,
    exitCode: 0,
  };
  const code = runCli(argv, io);
  const line = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(stdout);
      if (match) return match;
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  return { code, line };
}

describe("ppu gdb", () => {
  it("says where it listens and how to connect, writes the ELF file, ends with its only client", async () => {
    const elf = path("out.elf");
    const { code, line } = start("gdb", hello, "--once", "-o", elf);
    const [, port] = await line(/^Listening on 127\.0\.0\.1:(\d+)\n/);
    const [, target] = await line(/\ngdb-multiarch (.*)\n/);
    expect(target).toBe(`${elf} -ex 'target remote 127.0.0.1:${port}'`);
    expect((await ppu("disasm", elf)).stdout).toMatch(/__init/);
    const taken = await ppu("gdb", hello, "--port", port);
    expect(taken).toMatchObject({ code: 127, stderr: expect.stringContaining(`port ${port}: it is taken`) });
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("connect", () => socket.end());
    socket.resume();
    expect(await code).toBe(0);
  });

  it.each([
    [["--stdio", "--port", "1"], /--stdio and --port exclude each other/],
    [["--port", "65536"], /--port needs a whole number from 0 to 65535/],
    [["--on-finish", "jump"], /--on-finish/],
    [["--set", "r99=1"], /no register "r99"/],
  ])("refuses %j in one line", async (argv, message) => {
    const { code, stdout, stderr } = await ppu("gdb", hello, ...argv);
    expect([code, stdout]).toEqual([127, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("refuses what is no program", async () => {
    const { code, stderr } = await ppu("gdb", path("nothing.elf"));
    expect(code).toBe(127);
    expect(stderr).toMatch(/no such file/);
  });
});
