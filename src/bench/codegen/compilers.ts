/** Code for a PPU from our compiler and from gcc. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateCode } from "../../toolchain/backend/index.ts";
import { compileTrees } from "../../toolchain/frontend/index.ts";
import { POWER_FLAGS, POWER_GCC, runTool } from "../tools.ts";
import type { Kernel } from "./kernels.ts";

/** Code of one kernel for the SRAM of a PPU. */
export interface KernelCode {
  /** Sections with their addresses. */
  readonly sections: readonly { readonly address: number; readonly data: Uint8Array }[];
  /** Address of `kernel(a, b, n)`. */
  readonly entry: number;
  /** Size of the function. */
  readonly bytes: number;
}

/** Where gcc's code is linked to; not in the first page, which user mode cannot have. */
export const GCC_ADDRESS = 0x1000;

export async function compileOurs(kernel: Kernel): Promise<KernelCode> {
  const source = `
    export function kernel(a: i32, b: i32, n: i32): i32 { ${kernel.script} }
    export function main(): i32 { return 0; }`;
  const { module } = await compileTrees("bench.ts", { sources: new Map([["bench.ts", source]]) });
  const { image } = generateCode(module);
  const symbol = image.symbols.find(
    ({ type, name }) => type === "function" && /(^|\/|\.)kernel$/.test(name),
  )!;
  const sections = image.sections.flatMap(({ address, data }) =>
    data !== undefined && address < 0x4000 ? [{ address, data }] : [],
  );
  return { sections, entry: symbol.address, bytes: symbol.size };
}

/** C by powerpc-linux-gnu-gcc -O2 with more `flags`; files go to `directory`. Throws Error when the compiler does. */
export function compileGcc(kernel: Kernel, flags: readonly string[], directory: string): KernelCode {
  const [c, object, elf, binary] = ["k.c", "k.o", "k.elf", "k.bin"].map((name) => join(directory, name));
  writeFileSync(c, `int kernel(int a, int b, int n) { ${kernel.c} }\n`);
  runTool(POWER_GCC, [...POWER_FLAGS, ...flags, "-c", c, "-o", object]);
  runTool("powerpc-linux-gnu-ld", [
    `-Ttext=0x${GCC_ADDRESS.toString(16)}`,
    "-e",
    "kernel",
    object,
    "-o",
    elf,
  ]);
  runTool("powerpc-linux-gnu-objcopy", ["-O", "binary", "-j", ".text", elf, binary]);
  const data = readFileSync(binary);
  return { sections: [{ address: GCC_ADDRESS, data }], entry: GCC_ADDRESS, bytes: data.length };
}
