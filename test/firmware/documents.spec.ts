/** The programs in docs/firmware.md compile, run, return 0 and write the text that stands below them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Chip } from "../../src/chip/chip.ts";
import { packageRoot } from "../../src/package-root.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import { memoryPieces } from "../../src/toolchain/loader.ts";

const BLOCK = /^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;

interface Program {
  readonly source: string;
  readonly text: string | undefined;
  readonly line: number;
}

/** The blocks of a document that are whole programs, with the text that follows them. */
function programsOf(document: string): Program[] {
  return [...document.matchAll(BLOCK)]
    .map((match) => ({
      source: match[1],
      text: match[2],
      line: document.slice(0, match.index).split("\n").length,
    }))
    .filter(({ source }) => source.includes("export function main"));
}

const programs = programsOf(readFileSync(join(packageRoot(), "docs", "firmware.md"), "utf8"));

describe("programs of docs/firmware.md", () => {
  it("show every file of the library that is not only names", () => {
    const imported = new Set(programs.flatMap(({ source }) => source.match(/(?<=")ppu\/[\w-]+(?=")/g) ?? []));
    for (const name of [
      ...["external", "interrupts", "location", "mailbox", "matrix-mode"],
      ...["peer", "synapses", "time", "unittest", "vector"],
    ]) {
      expect([...imported]).toContain(`ppu/${name}`);
    }
  });

  it.each(programs)("line $line", async ({ source, text }) => {
    const { image } = await compileSource(source, { name: "example.ts" });
    const chip = new Chip({ strict: true });
    const ppus = source.includes('"ppu/peer"') ? "both" : "top";
    chip.load(memoryPieces(image), ppus);
    chip.reset(ppus);
    expect(chip.run({ maxCycles: 5_000_000 }).reason).toBe("finished");
    expect(chip.returnCode("top")).toBe(0);
    if (text !== undefined) expect(chip.mailbox("top")).toBe(text);
  });
});

describe("what docs/firmware.md says on sleep and timers", () => {
  const ticking = programs.find(({ source }) => source.includes("isr_dec"))?.source ?? "";
  const napping = programs.find(({ source }) => source.includes("enableDecrementer"))?.source ?? "";

  /** Runs a variant of a program; every replacement must apply. */
  async function runVariant(source: string, ...replacements: [string, string][]) {
    let variant = source;
    for (const [from, to] of replacements) {
      expect(variant).toContain(from);
      variant = variant.replaceAll(from, to);
    }
    const { image } = await compileSource(variant, { name: "variant.ts" });
    const chip = new Chip();
    chip.load(memoryPieces(image), "top");
    chip.reset("top");
    return { reason: chip.run({ maxCycles: 100_000 }).reason, text: chip.mailbox("top") };
  }

  it("an interrupt returns to the wait", async () => {
    const asleep = await runVariant(ticking, ["store32 }", "store32, wait }"], ["< 5) {}", "< 5) wait();"]);
    expect(asleep).toEqual({ reason: "cycles", text: "" });
  });

  it("a running timer keeps a program from finishing", async () => {
    expect(await runVariant(ticking, ["  stopTimers();\n", ""])).toEqual({
      reason: "cycles",
      text: "5 ticks\n",
    });
  });

  it("the fixed interval timer wakes as well", async () => {
    const { reason, text } = await runVariant(
      napping,
      ["enableDecrementer()", "enableFixedIntervalTimer(0)"],
      ["enableDecrementer,", "enableFixedIntervalTimer,"],
      ["    setDecrementer(1000);\n", ""],
      ["acknowledgeDecrementer", "acknowledgeFixedIntervalTimer"],
      ["/ 1000", "/ 512"],
    );
    expect(reason).toBe("finished");
    expect(text).toMatch(/^[45] naps/);
  });
});
