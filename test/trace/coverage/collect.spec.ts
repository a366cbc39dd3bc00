/** Coverage against an observer of the run, and against programs that count their lines themselves. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import { compileSource } from "../../../src/toolchain/compile.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import {
  type CoverageData,
  coverageOf,
  type FileCoverage,
  mergeCoverage,
} from "../../../src/trace/coverage/index.ts";
import { type CountedRun, countedRun } from "./counted-run.ts";
import { randomProgram } from "./random-program.ts";

/** Lines with code and the counts of their instructions, straight from the line entries of the image. */
function observedLines(image: Image, { seen }: CountedRun): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  const text = image.sections.find(({ name }) => name === "int.text")!;
  image.lines.forEach(({ address, file, line }, n) => {
    const end = Math.min(image.lines[n + 1]?.address ?? Number.POSITIVE_INFINITY, text.address + text.size);
    const place = `${file}:${line}`;
    for (let at = address; at < end; at += 4) {
      const count = (seen.top.get(at) ?? 0) + (seen.bottom.get(at) ?? 0);
      lines.set(place, [...(lines.get(place) ?? []), count]);
    }
  });
  return lines;
}

const coveredLines = (data: CoverageData): Map<string, number> =>
  new Map(
    Object.entries(data).flatMap(([file, { lines }]) =>
      Object.entries(lines).map(([line, count]) => [`${file}:${line}`, count] as const),
    ),
  );

const runOf = async (image: Image, run: CountedRun) =>
  mergeCoverage([await coverageOf(image, run.counters.top), await coverageOf(image, run.counters.bottom)]);

describe("coverage of lines is what an observer sees", () => {
  it.each([
    ["firmware/examples/saturation.ts", true, "top"],
    ["firmware/examples/saturation.ts", false, "top"],
    ["firmware/relu.ts", true, "both"],
    ["firmware/relu.ts", false, "bottom"],
  ] as const)("%s, debug build: %s, %s", async (file, debug, ppus) => {
    const image = await loadProgramFile(file, { debug });
    const run = countedRun(image, ppus);
    const observed = observedLines(image, run);
    const covered = coveredLines(await runOf(image, run));
    expect([...covered.keys()].sort()).toEqual([...observed.keys()].sort());
    for (const [place, counts] of observed) {
      const count = covered.get(place)!;
      expect(count, place).toBeGreaterThanOrEqual(Math.min(...counts));
      if (Math.max(...counts) === 0) expect(count, place).toBe(0);
    }
  });

  it("exactly for assembly, where a line is an instruction", async () => {
    const text = [
      ["  li 3, 5", "  mtctr 3", "loop: addi 4, 4, 1", "  cmpwi 4, 3", "  bne skip", "  addi 5, 5, 1"],
      ["skip: bdnz loop", "  b end", "  addi 6, 6, 1", "end: wait", "  b end"],
    ].flat();
    const image = assemble(text.join("\n"), "loop.s");
    const run = countedRun(image);
    const file = (await coverageOf(image, run.counters.top))["loop.s"];
    expect(file.lines).toEqual({ 1: 1, 2: 1, 3: 5, 4: 5, 5: 5, 6: 1, 7: 5, 8: 1, 9: 0, 10: 1, 11: 0 });
    expect(file.branches).toEqual({ "5:3": { "6": 1, "7": 4 }, "7:7": { "3": 4, "10": 1 } });
  });
});

describe("random programs that count their lines themselves", () => {
  const file = (data: CoverageData): FileCoverage => data["random.ts"];

  it("in debug builds: what ran, how often statements ran, which ways were gone", async () => {
    let decisions = 0;
    await fc.assert(
      fc.asyncProperty(randomProgram, async (program) => {
        const { image } = await compileSource(program.source, { name: "random.ts", debug: true });
        const { lines, branches } = file(await coverageOf(image, countedRun(image).counters.top));
        for (const line of program.statements) {
          // A copy without code is one that the compiler knows not to run.
          const times = program.lines.get(line) ?? 0;
          if (times > 0 || lines[line] !== undefined) expect(lines[line], `line ${line}`).toBe(times);
        }
        for (const [line, counts] of program.decisions) {
          const places = Object.entries(branches).filter(([place]) => place.startsWith(`${line}:`));
          for (const [place, ways] of places) {
            decisions++;
            const gone = Object.values(ways).filter((count) => count > 0).length;
            const expected = counts.filter((count) => count > 0).length;
            // In copies of which the compiler knows the outcome there is no branch.
            expect(gone, `${place} ${JSON.stringify(ways)} ${counts}`).toBeLessThanOrEqual(expected);
            const sum = Object.values(ways).reduce((a, b) => a + b, 0);
            expect(sum, place).toBeLessThanOrEqual(counts[0] + counts[1]);
            expect(Object.keys(ways).length, place).toBeLessThanOrEqual(2);
          }
        }
      }),
      { numRuns: 10, seed: 2024, endOnFailure: true },
    );
    expect(decisions).toBeGreaterThan(20);
  });

  it("in release builds: what ran, and how often statements ran", async () => {
    await fc.assert(
      fc.asyncProperty(randomProgram, async (program) => {
        const { image } = await compileSource(program.source, { name: "random.ts" });
        const { lines } = file(await coverageOf(image, countedRun(image).counters.top));
        for (const line of program.statements) {
          const times = program.lines.get(line) ?? 0;
          if (times > 0) expect(lines[line], `line ${line}`).toBeGreaterThan(0);
          else if (lines[line] !== undefined) expect(lines[line], `line ${line}`).toBe(0);
        }
      }),
      { numRuns: 6, seed: 77, endOnFailure: true },
    );
  });
});
