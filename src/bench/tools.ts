/** Compilers and emulators of this machine that the benches compare with. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSource } from "../package-root.ts";

export const GCC = "gcc";
export const POWER_GCC = "powerpc-linux-gnu-gcc";
export const QEMU = "qemu-ppc";

/** Options for code that runs on a PPU: no floats, no AltiVec, fixed addresses. */
export const POWER_FLAGS =
  "-O2 -mcpu=powerpc -ffreestanding -fno-pic -msoft-float -mno-altivec -mstrict-align -G0".split(" ");

/** Whether a tool answers to --version. */
export const isInstalled = (tool: string): boolean =>
  spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0;

/** Runs a compiler or linker; throws Error with the first line of what it says when it fails. */
export function runTool(tool: string, args: readonly string[]): void {
  try {
    execFileSync(tool, [...args], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    const [line] = String((error as { stderr?: Buffer }).stderr ?? error).split("\n");
    throw new Error(`${tool} failed: ${line}`);
  }
}

/** Calls `work` with the path of a new directory, which is removed at the end. */
export async function inScratch<T>(work: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "ppu-bench-"));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Options of node with which a child process can load modules as this one does: through tsx from sources. */
export const loaderArguments = (): string[] => (isSource() ? ["--import", "tsx"] : []);
