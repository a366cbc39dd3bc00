/** Cold start: a new process of `ppu run` with a full SRAM, beside a process of node that does nothing. */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { assemble } from "../toolchain/assembler/index.ts";
import { writeElf } from "../toolchain/elf/index.ts";
import { inScratch } from "./tools.ts";
import { median, medianRatio, secondsSince, takeTurns } from "./turns.ts";
import type { BenchContext, Row } from "./types.ts";

/** Milliseconds beyond those of bare node. */
const GOAL = { atMost: 150 };
/** 16 KiB of SRAM; a few thousand instructions. */
const PROGRAM = `
start: li r4, 1000
  mtctr r4
  li r3, 0
again: addi r5, r5, 1
  bdnz again
  wait
  .space 0x4000 - 24
`;

function milliseconds(args: readonly string[]): number {
  const begin = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, [...args], { encoding: "utf8" });
  const seconds = secondsSince(begin);
  if (status !== 0) throw new Error(`node ${args[0]} ended with ${status}: ${stderr.split("\n")[0]}`);
  return 1000 * seconds;
}

/** Measures the compiled command; without one, says so and measures nothing. */
export async function startRows({ long, note }: BenchContext): Promise<Row[]> {
  const command = join(packageRoot(), "dist", "src", "cli", "main.js");
  if (!existsSync(command)) {
    note("dist/ is missing: run npm run build to measure the start of the compiled command");
    return [];
  }
  return inScratch(async (directory) => {
    const elf = join(directory, "full.elf");
    writeFileSync(elf, writeElf(assemble(PROGRAM, "full.s")));
    const { bare, help, run } = await takeTurns(long ? 25 : 7, {
      bare: () => milliseconds(["-e", "0"]),
      help: () => milliseconds([command, "--version"]),
      run: () => milliseconds([command, "run", elf]),
    });
    const beyond = (times: number[]) => median(times.map((time, turn) => time - bare[turn]));
    const [node, unit] = ["node -e 0", "x time"];
    return [
      { name: "ppu run of a 16 KiB image, beyond node -e 0", value: beyond(run), unit: "ms", goal: GOAL },
      { name: "ppu run of a 16 KiB image", value: medianRatio(run, bare), unit, peer: node },
      { name: "ppu --version, beyond node -e 0", value: beyond(help), unit: "ms" },
      { name: "ppu --version", value: medianRatio(help, bare), unit, peer: node },
    ];
  });
}
