import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { completeLine } from "../../../src/debug/terminal/completion.ts";
import { historyPath, readHistory, runRepl, writeHistory } from "../../../src/debug/terminal/index.ts";
import { failure, run, tourTerminal } from "./fixture.ts";

/** `b .` */
const ENDLESS_LOOP = "0x48000000";

/** Everything that a stream has been given. */
function collected(stream: PassThrough): () => string {
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
  });
  return () => text;
}

describe("without a terminal", () => {
  it("reads commands to the end of the input, without prompts and colours", async () => {
    const { terminal, output } = await tourTerminal();
    const out = new PassThrough();
    const echoed = collected(out);
    const input = Readable.from("# a comment\n\nbreak strongest\n  continue\nfrob\ninfo breakpoints");
    const end = await runRepl(terminal, { input, output: out, interactive: false });
    const text = output();
    expect(end.succeeded).toBe(false);
    expect(echoed()).toBe("");
    expect(text).toMatch(/^breakpoint 1 at strongest: 0x/);
    expect(text).toContain('unknown command "frob"; help lists them\n');
    expect(text).toMatch(/hits 1\n$/);
    expect(text).not.toContain("\x1b");
    expect(text).not.toContain("(top)");
  });

  it("leaves at quit and repeats nothing at empty lines", async () => {
    const { terminal } = await tourTerminal();
    const input = Readable.from("stepi 3\n\n\nquit\nstepi 100\n");
    const end = await runRepl(terminal, { input, output: new PassThrough(), interactive: false });
    expect(end.succeeded).toBe(true);
    expect(terminal.session.threads()[0].instructions).toBe(3);
  });
});

describe("at a terminal", () => {
  it("prompts with the selected PPU, repeats steps at empty lines, and keeps a history", async () => {
    const { terminal, output } = await tourTerminal();
    const input = new PassThrough();
    const out = new PassThrough();
    const echoed = collected(out);
    const done = runRepl(terminal, { input, output: out, interactive: true, history: ["earlier"] });
    input.write("stepi 2\r\r\rppu bottom\r\rquit\r");
    const { history } = await done;
    expect(terminal.session.threads()[0].instructions).toBe(6);
    expect(history).toEqual(["quit", "ppu bottom", "stepi 2", "earlier"]);
    expect(echoed()).toContain("(top) ");
    expect(echoed()).toContain("(bottom) ");
    expect(output()).toContain("bottom");
  });

  it("Tab completes", async () => {
    const { terminal, output } = await tourTerminal();
    const input = new PassThrough();
    const done = runRepl(terminal, { input, output: new PassThrough(), interactive: true });
    for (const keys of ["print hea", "\t", "\r", "quit\r"]) input.write(keys);
    await done;
    expect(output()).toBe("head = 0\n");
  });

  it("Ctrl-C interrupts a run, and the debugger goes on", async () => {
    const test = await tourTerminal();
    const { session } = test.terminal;
    await run(test, `set mem32(0) = ${ENDLESS_LOOP}`);
    const input = new PassThrough();
    const done = runRepl(test.terminal, { input, output: new PassThrough(), interactive: true });
    session.once("running", () => setImmediate(() => input.write("\x03")));
    session.once("stopped", () => input.write("quit\r"));
    input.write("continue\r");
    await done;
    expect(session.stop.reason).toBe("interrupted");
    expect(test.output()).toMatch(/interrupted/);
  });

  it("Ctrl-C without a run empties the line", async () => {
    const { terminal, output } = await tourTerminal();
    const input = new PassThrough();
    const done = runRepl(terminal, { input, output: new PassThrough(), interactive: true });
    input.write("stepi 5");
    input.write("\x03");
    input.write("quit\r");
    expect((await done).succeeded).toBe(true);
    expect(output()).toBe("");
  });
});

describe("completion", () => {
  it.each([
    ["", "break"],
    ["rev", "reverse-step"],
    ["info ", "registers"],
    ["info v", "vector"],
    ["help wa", "watch"],
    ["ppu b", "bottom"],
    ["break printS", "printSigned"],
    ["break satur", "saturation.ts:"],
    ["info vector v0 ui", "uint8"],
    ["print v3", "v3"],
    ["print 1 + sum", "sums"],
  ])("%s offers %s", async (line, word) => {
    const { terminal } = await tourTerminal();
    const [words, beginning] = completeLine(terminal, line);
    expect(words).toContain(word);
    expect(line.endsWith(beginning)).toBe(true);
    for (const offered of words) expect(offered.startsWith(beginning)).toBe(true);
  });

  it("offers the numbers of breakpoints, and nothing where nothing fits", async () => {
    const test = await tourTerminal();
    await run(test, "break main", "watch saturation");
    expect(completeLine(test.terminal, "delete ")[0]).toEqual(["1", "2"]);
    for (const line of ["frob ", "run x", "info frob x", "x/4", "\u0000 "]) {
      expect(completeLine(test.terminal, line)[0]).toEqual([]);
    }
  });
});

describe("scripts", () => {
  it("stop at the first error and name its line", async () => {
    const test = await tourTerminal({ files: { "bad.txt": "break main\nfrob\nbreak strongest\n" } });
    expect(await failure(test, "source bad.txt")).toMatch(
      /bad\.txt:2: unknown command "frob"; help lists them$/,
    );
    expect(test.terminal.session.breakables()).toHaveLength(1);
  });

  it("that call themselves end in one line", async () => {
    const test = await tourTerminal({ files: { "loop.txt": "source loop.txt\n" } });
    const text = await failure(test, "source loop.txt");
    expect(text).toMatch(/scripts call each other more than 16 deep$/);
  });
});

describe("the history file", () => {
  const directory = mkdtempSync(join(tmpdir(), "ppu-history-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  it("lies in the user's state directory", () => {
    expect(historyPath({ XDG_STATE_HOME: "/state" })).toBe("/state/ppu-emu/debug-history");
    expect(historyPath({ HOME: "/home/me" })).toBe("/home/me/.local/state/ppu-emu/debug-history");
  });

  it("keeps the latest 1000 lines and is made where it is missing", () => {
    const path = historyPath({ XDG_STATE_HOME: directory });
    expect(readHistory(path)).toEqual([]);
    expect(
      writeHistory(
        path,
        Array.from({ length: 1200 }, (_, index) => `print ${index}`),
      ),
    ).toBe(true);
    expect(readHistory(path)).toHaveLength(1000);
    expect(readHistory(path)[0]).toBe("print 0");
    expect(readFileSync(path, "utf8").endsWith("print 0\n")).toBe(true);
  });

  it("that cannot be written harms nothing", () => {
    const file = join(directory, "file");
    writeFileSync(file, "kept");
    expect(writeHistory(join(file, "debug-history"), ["x"])).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("kept");
  });
});
