import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { MONITOR_COMMANDS } from "../../../src/debug/gdb/index.ts";
import { consoleText, Pipe, word } from "./pipe.ts";
import { SUM, TOTALS } from "./programs.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-gdb-monitor-"));
afterAll(() => rmSync(directory, { recursive: true }));
const TOTAL = "a0";
describe("monitor", () => {
  const pipe = new Pipe(SUM);

  it("help lists every command and explains each", async () => {
    const list = await pipe.monitor("help");
    for (const { name, summary } of MONITOR_COMMANDS) {
      expect(list).toContain(`${name} `);
      expect(list).toContain(summary);
      expect(await pipe.monitor(`help ${name}`)).toMatch(
        new RegExp(`^monitor ${name}.*\n  .*\n  Example: monitor ${name}`),
      );
    }
    expect(await pipe.monitor("")).toBe(list);
  });

  it.each(
    MONITOR_COMMANDS.filter(({ name }) => !["snapshot", "reload"].includes(name)).map(({ name, example }) => [
      name,
      example,
    ]),
  )("the example of %s works: %s", async (_name, example) => {
    await pipe.send("s");
    const text = await pipe.monitor(example.replace(/^delete 3/, "delete 1"));
    expect(text).toMatch(/\S.*\n$/s);
    expect(text).not.toMatch(/usage:|internal error|E\./);
  });

  it.each([
    ["nonsense", /no monitor command "nonsense"/],
    ["d", /"d" could be doorbell, delete/],
    ["row", /ROW is missing; usage: row ROW/],
    ["row 257", /ROW is a whole number from 0 to 256, not "257"/],
    ["row 1 left", /"left" is none of top, bottom/],
    ["row 1 top weights more", /"more" is too much/],
    ["register nothing", /there is no register nothing/],
    ["register ppuStatus top", /"top" is no index/],
    ["register ppuStatus hemisphere=left", /index hemisphere takes top \| bottom/],
    ["pins 16", /0 to 15/],
    ["snapshot load /nowhere/file", /cannot read/],
    ["snapshot save", /FILE is missing/],
    ["watch", /nothing to watch/],
    ["watch v99", /./],
    ["eval 1 +", /./],
    ["who-wrote", /TARGET is missing/],
    ["delete 9", /./],
    ["reload", /not read from a file/],
  ])("%s is refused in one line", async (command, message) => {
    const text = await pipe.monitor(command);
    expect(text).toMatch(message);
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
  });
});

describe("monitor commands that change something", () => {
  let pipe: Pipe;
  beforeEach(() => {
    pipe = new Pipe(SUM);
  });

  it("watches what GDB can't: a register", async () => {
    expect(await pipe.monitor("watch r15 if r15 > 3")).toMatch(/watchpoint 1: .*r15/);
    const answers = await pipe.sendAll("vCont;c");
    expect(answers.at(-1)).toMatch(/^T05thread:1;20:/);
    expect(consoleText(answers)).toMatch(/r15/);
    expect(word(await pipe.send("pf"))).toBe(TOTALS[2]);
    expect(await pipe.monitor("who-wrote r15")).toMatch(/add\s+r15/);
    expect(await pipe.monitor("delete 1")).toBe("removed 1\n");
    expect(await pipe.monitor("points")).toBe("none\n");
  });

  it("saves a state and continues from it", async () => {
    const file = join(directory, "with spaces.session");
    await pipe.send(`Z2,${TOTAL},4`);
    await pipe.send("c");
    expect(await pipe.monitor(`snapshot save ${file}`)).toMatch(/wrote .*with spaces\.session, \d+ bytes/);
    await pipe.send("c");
    expect(word(await pipe.send(`m${TOTAL},4`))).toBe(TOTALS[1]);
    expect(await pipe.monitor(`snapshot load ${file}`)).toMatch(/at cycle \d+/);
    expect(word(await pipe.send(`m${TOTAL},4`))).toBe(TOTALS[0]);
    await pipe.send("c");
    expect(word(await pipe.send(`m${TOTAL},4`))).toBe(TOTALS[1]);
  });

  it("resets a PPU, memories as they are", async () => {
    await pipe.send("c");
    expect(await pipe.monitor("reset top")).toMatch(/reset: top/);
    expect(word(await pipe.send("p20"))).toBe(0);
    expect(word(await pipe.send(`m${TOTAL},4`))).toBe(TOTALS[9]);
  });

  it("reads the program again", async () => {
    const next = new Pipe(SUM.replace("cmpwi   r14, 10", "cmpwi   r14, 2")).session;
    pipe = new Pipe(SUM, {}, { reload: async () => next });
    await pipe.send(`Z2,${TOTAL},4`);
    expect(await pipe.monitor("reload")).toMatch(/read again/);
    await pipe.send("c");
    expect(word(await pipe.send(`m${TOTAL},4`))).toBe(TOTALS[1]);
  });
});
