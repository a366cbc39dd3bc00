/** How `ppu run` tells a program that has finished from one that has not. */
import { describe, expect, it } from "vitest";
import { ppu, workspace } from "./harness.ts";
import { ENDLESS } from "./programs.ts";

const { file } = workspace();
/** Sleeps with the doorbell enabled, which nobody rings. */
const asleep = file(
  "asleep.s",
  "li r3, -1\nmtspr 22, r3\nlis r3, 0\nori r3, r3, 0x8000\nmtmsr r3\nend: wait\nb end\n",
);
const TRAPPING = `let depth: i32 = 3;
export function main(): i32 {
  while (depth > 0) depth--;
  if (depth == 0) unreachable();
  return depth;
}
`;
const UNALIGNED = `let place: usize = 0x401;
export function main(): i32 {
  place += 1;
  return load<i32>(place);
}
`;

describe("a program that sleeps with interrupts enabled", () => {
  it("is no success, and the reason is explained", async () => {
    const { code, stderr } = await ppu("run", asleep, "--max-cycles", "100000");
    expect(code).toBe(125);
    expect(stderr).toMatch(
      /^asleep with interrupts enabled, nothing left to wake it: top PPU at 0x\w+ <end>/,
    );
    expect(stderr).toMatch(/rfi returns to the wait itself \(quirk R9\)/);
    expect(stderr).toMatch(/\ntop: no return code, /);
    const { stdout } = await ppu("run", asleep, "--max-cycles", "100000", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 125,
      stop: { reason: "asleep" },
      ppus: { top: { returnCode: null } },
    });
  });

  it("is explained in the help", async () => {
    expect((await ppu("run", "--help")).stdout).toMatch(/125 [^\n]*asleep with interrupts enabled/);
    expect((await ppu("--help")).stdout).toMatch(/125 [^\n]*asleep/);
  });
});

describe("return codes", () => {
  it("are printed only when the program returned one", async () => {
    const limit = await ppu("run", file("endless.s", ENDLESS), "--max-cycles", "1000");
    expect(limit.stderr).toMatch(/^stopped at the cycle limit.*\ntop: no return code, \d+ cycles/);
    const strict = await ppu("run", file("wild.s", "lis r4, 0x2000\nlwz r5, 0(r4)\nwait\n"), "--strict");
    expect(strict.code).toBe(125);
    expect(strict.stderr).toMatch(/\ntop: no return code, \d+ cycles/);
  });
});

describe("faults", () => {
  it.each([
    ["trap", TRAPPING, 4, "0xdead0001", /trap \(failed check or unreachable code\)/],
    ["alignment", UNALIGNED, 4, "0xdead0002", /access that is not aligned/],
  ])("%s: in words, with the place", async (kind, source, line, value, words) => {
    const program = file(`${kind}.ts`, source);
    const { code, stderr } = await ppu("run", program);
    expect(code).not.toBe(0);
    const fault = stderr.split("\n").find((text) => text.startsWith("top: return code"))!;
    expect(fault).toMatch(words);
    expect(fault).toContain(`return code ${value}`);
    expect(fault).toMatch(new RegExp(`at 0x\\w+ <main\\+0x\\w+> .*${kind}\\.ts:${line}:\\d+`));
    const { stop } = JSON.parse((await ppu("run", program, "--json")).stdout);
    expect(stop.trap).toEqual({
      kind,
      ppu: "top",
      pc: expect.any(Number),
      symbol: expect.stringMatching(/^main\+0x/),
      source: expect.stringMatching(new RegExp(`${kind}\\.ts:${line}:`)),
    });
  });

  it("are not seen where a program returns that number itself", async () => {
    const program = file("number.s", "stw r3, 0x2ffc(0)\nend: wait\nb end\n");
    const { stdout } = await ppu("run", program, "--set", "r3=0xdead0001", "--json");
    expect(JSON.parse(stdout).stop).not.toHaveProperty("trap");
  });
});

describe("the last instructions", () => {
  const trapping = file("trapping.ts", TRAPPING);

  it("are shown up to the culprit when a program ends badly", async () => {
    const { stderr } = await ppu("run", trapping, "--history", "3");
    const [title, ...lines] = stderr.split("\n").slice(-5, -1);
    expect(title).toBe("last instructions of the top PPU (cycle, pc):");
    expect(lines).toHaveLength(3);
    for (const line of lines)
      expect(line).toMatch(/^ +\d+ {2}0x\w{8} {2}<main\+0x\w+> .*trapping\.ts:\d+:\d+$/);
    expect(lines[2]).toMatch(/> +trap +.*trapping\.ts:4:/);
    const { history, stop } = JSON.parse((await ppu("run", trapping, "--json")).stdout);
    expect(history).toHaveLength(8);
    expect(history.at(-1)).toMatchObject({ pc: stop.trap.pc, instruction: "trap", source: stop.trap.source });
    expect(history[0].cycle).toBeLessThan(history[1].cycle);
  });

  it("are shown for a program that does not end, and not after a good end or when not wanted", async () => {
    const endless = file("endless2.s", ENDLESS);
    const limit = await ppu("run", endless, "--max-cycles", "1000", "--history", "2");
    expect(limit.stderr).toMatch(/last instructions of the top PPU \(cycle, pc\):\n.*\n.*\n$/);
    expect((await ppu("run", trapping, "--history", "0")).stderr).not.toMatch(/last instructions/);
    const good = await ppu("run", file("good.s", "end: wait\nb end\n"));
    expect(good.stderr).not.toMatch(/last instructions/);
    expect((await ppu("run", endless, "--history", "-1")).code).toBe(127);
  });
});
