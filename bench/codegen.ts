/**
 * Executed instructions, cycles and size of small kernels against `powerpc-linux-gnu-gcc -O2` for the same C, both run
 * on our emulator, gcc with and without its unrolling. Prints ratios, with `--long` the numbers as well; says so when
 * the compiler is not installed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ppu } from "../src/core/ppu.ts";
import { generateCode } from "../src/toolchain/backend/index.ts";
import { compileTrees } from "../src/toolchain/frontend/index.ts";
import type { Image } from "../src/toolchain/image.ts";
import { KERNELS, type Kernel } from "./codegen-kernels.ts";

const A = 0x2000;
const B = 0x2800;
const GCC = "powerpc-linux-gnu-gcc";
const FLAGS = "-O2 -mcpu=powerpc -ffreestanding -fno-pic -msoft-float -mno-altivec -mstrict-align -G0".split(
  " ",
);

const nothing = {
  load: () => 0,
  store: () => {},
  fetch: () => 0,
  loadVector: () => {},
  storeVector: () => {},
  readParallel: () => {},
  writeParallel: () => {},
  dataLatency: () => 1,
  vectorLatency: () => 1,
  parallelLatency: () => 1,
};

/** Instructions, cycles and result of `kernel` called with (A, B, n). */
function measure(
  ppu: Ppu,
  address: number,
  n: number,
): { instructions: number; cycles: number; result: number } {
  const { words, gpr } = ppu.state;
  // Input data; a return address that sleeps.
  for (let i = 0; i < 0x200; i++) words[(A >> 2) + i] = Math.imul(i + 1, 0x9e3779b1);
  const stop = 0x3ff0;
  words[stop >> 2] = 0x7c00007c;
  ppu.pc = address;
  gpr[1] = 0x3f00;
  [gpr[3], gpr[4], gpr[5]] = [A, B, n];
  ppu.setRegister("lr", stop);
  const before = [ppu.instructions, ppu.cycle];
  ppu.run(5_000_000);
  return { instructions: ppu.instructions - before[0] - 1, cycles: ppu.cycle - before[1], result: gpr[3] };
}

const emulator = () => new Ppu({ name: "top", bus: nothing });

async function ours(kernel: Kernel): Promise<{ image: Image; address: number; bytes: number }> {
  const source = `
    export function kernel(a: i32, b: i32, n: i32): i32 { ${kernel.script} }
    export function main(): i32 { return 0; }`;
  const { module } = await compileTrees("bench.ts", { sources: new Map([["bench.ts", source]]) });
  const { image } = generateCode(module);
  const symbol = image.symbols.find((s) => s.type === "function" && /(^|\/|\.)kernel$/.test(s.name))!;
  return { image, address: symbol.address, bytes: symbol.size };
}

function theirs(
  kernel: Kernel,
  flags: readonly string[],
  directory: string,
): { code: Uint8Array; bytes: number } {
  const [c, object, binary] = ["k.c", "k.o", "k.bin"].map((name) => join(directory, name));
  writeFileSync(c, `int kernel(int a, int b, int n) { ${kernel.c} }\n`);
  execFileSync(GCC, [...FLAGS, ...flags, "-c", c, "-o", object]);
  execFileSync("powerpc-linux-gnu-ld", ["-Ttext=0x400", "-e", "kernel", object, "-o", `${object}.elf`]);
  execFileSync("powerpc-linux-gnu-objcopy", ["-O", "binary", "-j", ".text", `${object}.elf`, binary]);
  const code = readFileSync(binary);
  return { code, bytes: code.length };
}

function installed(): boolean {
  try {
    execFileSync(GCC, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What one compiler's code for a kernel takes. */
export interface Figures {
  readonly bytes: number;
  /** Executed instructions. */
  readonly instructions: number;
  readonly cycles: number;
  readonly result: number;
}

export interface Comparison {
  readonly name: string;
  readonly ours: Figures;
  /** By variant of gcc's options; empty when it is not installed. */
  readonly gcc: Readonly<Record<string, Figures>>;
}

const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  "gcc -O2": [],
  "gcc -O2 -fno-unroll-loops": ["-fno-unroll-loops"],
};

/** Figures of all kernels. */
export async function measureKernels(): Promise<Comparison[]> {
  const directory = mkdtempSync(join(tmpdir(), "codegen-"));
  const compare = installed();
  try {
    const list: Comparison[] = [];
    for (const kernel of KERNELS) {
      const mine = await ours(kernel);
      const ppu = emulator();
      for (const section of mine.image.sections) {
        section.data?.forEach((byte, i) => {
          const at = section.address + i;
          if (at < 0x4000) ppu.state.words[at >> 2] |= byte << (24 - 8 * (at & 3));
        });
      }
      const own = { bytes: mine.bytes, ...measure(ppu, mine.address, kernel.n) };
      const gcc: Record<string, Figures> = {};
      for (const [name, flags] of compare ? Object.entries(VARIANTS) : []) {
        const { code, bytes } = theirs(kernel, flags, directory);
        const other = emulator();
        code.forEach((byte, i) => {
          other.state.words[(0x400 + i) >> 2] |= byte << (24 - 8 * (i & 3));
        });
        gcc[name] = { bytes, ...measure(other, 0x400, kernel.n) };
      }
      list.push({ name: kernel.name, ours: own, gcc });
    }
    return list;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const QUANTITIES = [
  ["executed", (x: Figures) => x.instructions],
  ["cycles", (x: Figures) => x.cycles],
  ["bytes", (x: Figures) => x.bytes],
] as const;

const left = (text: string) => text.padEnd(16);
const cells = (list: readonly (string | number)[]) => list.map((x) => String(x).padStart(10)).join("");

/** Our figures as ratios to those of each variant, with their geometric means. */
function printRatios(list: readonly Comparison[]): void {
  for (const variant of Object.keys(list[0].gcc)) {
    console.log(`\nours / ${variant}`);
    console.log(left("kernel") + cells(QUANTITIES.map(([name]) => name)));
    const logarithms = QUANTITIES.map(() => 0);
    for (const { name, ours: own, gcc } of list) {
      const ratios = QUANTITIES.map(([, of]) => of(own) / of(gcc[variant]));
      ratios.forEach((ratio, i) => {
        logarithms[i] += Math.log(ratio) / list.length;
      });
      const wrong = gcc[variant].result === own.result ? "" : "  results differ";
      console.log(left(name) + cells(ratios.map((ratio) => ratio.toFixed(2))) + wrong);
    }
    console.log(left("geometric mean") + cells(logarithms.map((sum) => Math.exp(sum).toFixed(2))));
  }
}

function printNumbers(list: readonly Comparison[]): void {
  for (const [quantity, of] of QUANTITIES) {
    console.log(`\n${quantity}`);
    for (const { name, ours: own, gcc } of list) {
      const others = Object.entries(gcc).map(([variant, figures]) => `${variant}: ${of(figures)}`);
      console.log(left(name) + cells([of(own)]) + others.map((text) => `   ${text}`).join(""));
    }
  }
}

export async function main(): Promise<void> {
  const list = await measureKernels();
  const compared = Object.keys(list[0].gcc).length > 0;
  console.log("Code generator: executed instructions, cycles and bytes of small kernels");
  if (!compared) console.log(`${GCC} is not installed: only our own figures`);
  else printRatios(list);
  if (!compared || process.argv.includes("--long")) printNumbers(list);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
