import { describe, expect, it } from "vitest";
import { resultKinds } from "../../../src/debug/terminal/command.ts";
import { COMMANDS } from "../../../src/debug/terminal/commands/index.ts";
import { RESULT_KINDS, type ResultShape } from "../../../src/debug/terminal/result-kinds.ts";
import { failure, run, tourTerminal } from "./fixture.ts";

/** For tests that change nothing. */
const shared = await tourTerminal();
const FILES = { "commands.txt": "# two commands\nbreak main\n\ncontinue\n" };

interface JsonObject {
  readonly command: string;
  readonly ok: boolean;
  readonly kind: keyof typeof RESULT_KINDS;
  readonly result: Record<string, unknown>;
  readonly error?: string;
  readonly mailboxes: { readonly ppu: string; readonly text: string }[];
  readonly logs: { readonly id: number; readonly text: string }[];
}

const objects = (text: string): JsonObject[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe.each(COMMANDS.map((command) => ({ ...command })))("$name", (command) => {
  const { name, example, summary, help } = command;
  it("has help and an example that uses it", async () => {
    expect(summary).toMatch(/^[a-z]\S+ .*[^.]$|^\S+ .*[^.]$/);
    expect(help ?? "x.").toMatch(/[^ ]\.$/);
    const text = await run(shared, `help ${name}`);
    expect(text).toContain(name);
    for (const line of example) expect(text).toContain(`  ${line}\n`);
    expect(example.some((line) => line.startsWith(name))).toBe(true);
  });

  it("does what its example shows, with the documented object for --json", async () => {
    const test = await tourTerminal({ json: true, files: FILES });
    const shown = objects(await run(test, ...example));
    const own = shown.filter((object) => object.command.startsWith(name));
    expect(own.length).toBeGreaterThan(0);
    for (const { kind, ok, result: data } of own) {
      expect([ok, resultKinds(command)]).toEqual([true, expect.arrayContaining([kind])]);
      const { fields }: ResultShape = RESULT_KINDS[kind];
      const known = Object.keys(fields).map((field) => field.replace("?", ""));
      const needed = Object.keys(fields).filter((field) => !field.endsWith("?"));
      expect(known).toEqual(expect.arrayContaining(Object.keys(data)));
      expect(Object.keys(data)).toEqual(expect.arrayContaining(needed));
    }
  });
});

describe("objects of --json", () => {
  it("hold what the programs have written and the texts of log points", async () => {
    const test = await tourTerminal({ json: true });
    const [, last] = objects(await run(test, "log printSigned number {r3}", "run"));
    expect(last.mailboxes).toEqual([{ ppu: "top", text: "strongest neuron: 17, expected: 90\n" }]);
    expect(last.logs.map(({ text }) => text)).toEqual(["number 17", "number 90"]);
    expect(last.result).toMatchObject({ reason: "finished", returnCode: 1 });
  });

  it("tell errors", async () => {
    const test = await tourTerminal({ json: true });
    const { ok, error, command } = JSON.parse(await failure(test, "frob"));
    expect({ ok, error, command }).toEqual({
      ok: false,
      error: 'unknown command "frob"; help lists them',
      command: "frob",
    });
  });
});

describe("errors are one clear line", () => {
  it.each([
    ["break", "break nowhere if", "if needs a condition behind it"],
    ["a condition that does not parse", "break main if r3 ==", /\w/],
    ["an expression that does not parse", "print 1 +", /\w/],
    ["an unknown name", "print nothing_of_this_name", /nothing_of_this_name/],
    ["no such breakpoint", "delete 77", /77/],
    ["no such breakpoint", "ignore 77 1", /77/],
    ["no number", "enable x", '"x" is not the number of a breakpoint; info breakpoints lists them'],
    ["no such frame", "frame 99", /^no frame 99; the outermost one is \d+$/],
    ["down from the innermost frame", "down", "this is the innermost frame"],
    ["count 0", "stepi 0", 'stepi needs a number from 1, got "0"'],
    ["count that is no number", "step x", 'step needs a number from 1, got "x"'],
    ["no PPU", "ppu left", 'no PPU "left"; use top (1) or bottom (2)'],
    ["no mark", "goto nowhere", 'no mark "nowhere"; there are start'],
    ["no cycle", "to-cycle soon", '"soon" is not a cycle; info cycles tells the current one'],
    ["no assignment", "set r3", 'set needs TARGET = VALUE, got "r3"'],
    ["a comparison", "set r3 == 5", 'set needs TARGET = VALUE, got "r3 == 5"'],
    ["no memory", "x/4xw 0xf0000000", /0xf0000000/],
    ["two sizes", "x/4bw 0", "x/4bw: give one size (b, h, w) and one format (x, d, u, t, c, i, s)"],
    ["too many units", "x/99999999 0", "x/99999999: the count must be 1..65536"],
    ["no row", "info row 300", 'info row needs a row 0..256 (256: the switch row), got "300"'],
    ["no lane type", "info vector v0 float", /no lane type "float"/],
    ["no register", "info registers q9", /no scalar register "q9"/],
    ["no file", "load nowhere.point", "cannot read nowhere.point: no such file or directory"],
    ["no script", "source nowhere.txt", "cannot read nowhere.txt: no such file or directory"],
    ["pins", "pins 16", 'pins needs a value 0..15 (one bit a pin), got "16"'],
    ["fork without a seed", "fork soon", 'fork needs a noise seed, got "soon"'],
    ["list of a line that is not there", "list 5000,5001", /\w/],
    ["watch without a target", "watch", "what to watch is missing"],
    ["log without a text", "log main", "log needs a location and a text, e.g. log main sum is {r3}"],
    ["display that has no value", "display nothing_of_this_name", /nothing_of_this_name/],
  ])("%s: %s", async (_what, line, message) => {
    const text = await failure(shared, line);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/internal error|\n/);
    expect(shared.terminal.session.breakables()).toEqual([]);
  });
});
