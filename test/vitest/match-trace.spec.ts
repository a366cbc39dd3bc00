/** Golden traces: written, kept, renewed and told apart as vitest's snapshots are. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MatcherState } from "vitest";
import { afterAll, describe, expect, it } from "vitest";
import { loadFirmware, run } from "../../src/vitest/index.ts";
import { matchTrace } from "../../src/vitest/match-trace.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-golden-"));
afterAll(() => rmSync(directory, { recursive: true }));
const golden = join(directory, "golden.txt");

const source = (factor: number, before = "") => `${before}
// @ts-ignore: decorator
@inline(false)
function scale(value: i32): i32 {
  return value * ${factor} + 1;
}
export function main(): i32 {
  let sum = 0;
  for (let i = 0; i < 5; i++) sum += scale(i);
  return sum;
}
`;

const program = async (factor: number, before?: string) =>
  run(await loadFirmware(source(factor, before), { name: "scale.ts" }), { trace: true });

/** A matcher's state as vitest makes it in one of its modes. */
const state = (snapshotUpdateState: "all" | "new" | "none", isNot = false) =>
  ({
    isNot,
    testPath: join(directory, "some.spec.ts"),
    snapshotState: { snapshotUpdateState },
  }) as unknown as MatcherState;

describe("toMatchTrace", () => {
  it("writes a missing golden trace, but not in CI", async () => {
    const result = await program(3);
    const missing = await matchTrace(state("none"), result, "golden.txt");
    expect(missing.pass).toBe(false);
    expect(missing.message()).toMatch(/^there is no golden trace .*golden\.txt; run vitest -u to write it$/);
    expect(existsSync(golden)).toBe(false);
    expect((await matchTrace(state("new"), result, "golden.txt")).pass).toBe(true);
    expect(readFileSync(golden, "utf8")).toMatch(/main/);
  });

  it("passes as long as the program does the same, and renews nothing then", async () => {
    const before = readFileSync(golden, "utf8");
    for (const mode of ["none", "new", "all"] as const) {
      expect((await matchTrace(state(mode), await program(3), "golden.txt")).pass, mode).toBe(true);
    }
    const moved = await program(3, "export function other(x: i32): i32 { return x / 7; }");
    expect((await matchTrace(state("none"), moved, "golden.txt")).pass).toBe(true);
    expect(readFileSync(golden, "utf8")).toBe(before);
  });

  it("tells the first difference with its place, registers and source", async () => {
    const { pass, message } = await matchTrace(state("new"), await program(5), "golden.txt");
    expect(pass).toBe(false);
    const text = message();
    expect(text).toMatch(/^scale\.ts does not run as .*golden\.txt says; run vitest -u to renew it\n/);
    expect(text).toMatch(/First difference at instruction \d+ of top/);
    expect(text).toMatch(/^- top /m);
    expect(text).toMatch(/^\+ top /m);
    expect(text).toMatch(/scale\.ts:\d+/);
    const failing = async () => expect(await program(5)).toMatchTrace(golden);
    await expect(failing()).rejects.toThrow(/does not run as/);
  });

  it("renews with -u only, and finds what is not a trace", async () => {
    expect((await matchTrace(state("all"), await program(5), "golden.txt")).pass).toBe(true);
    expect((await matchTrace(state("none"), await program(5), "golden.txt")).pass).toBe(true);
    expect((await matchTrace(state("none"), await program(3), "golden.txt")).pass).toBe(false);
    expect((await matchTrace(state("all", true), await program(3), "golden.txt")).pass).toBe(false);
    writeFileSync(join(directory, "broken.txt"), "nothing of the kind\n");
    await expect(matchTrace(state("none"), await program(3), "broken.txt")).rejects.toThrow(/broken\.txt/);
  });

  it("needs a recorded run", async () => {
    const plain = run(await loadFirmware(source(3), { name: "scale.ts" }));
    await expect(matchTrace(state("none"), plain, "golden.txt")).rejects.toThrow(/trace: true/);
  });
});
