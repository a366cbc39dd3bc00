/**
 * Code size and executed instructions of small kernels against `powerpc-linux-gnu-gcc -O2` for the same C, both run on
 * our emulator. Prints a table with ratios; says so when the compiler is not installed.
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

interface Kernel {
  readonly name: string;
  /** AssemblyScript with a function `kernel(a: i32, b: i32, n: i32): i32`; `a` and `b` are addresses. */
  readonly script: string;
  readonly c: string;
  readonly n: number;
}

const KERNELS: readonly Kernel[] = [
  {
    name: "fib (loop)",
    n: 500,
    script: `let x: i32 = 0, y: i32 = 1;
      for (let i: i32 = 0; i < n; i++) { const t: i32 = x + y; x = y; y = t; }
      return x;`,
    c: "int x = 0, y = 1; for (int i = 0; i < n; i++) { int t = (unsigned)x + y; x = y; y = t; } return x;",
  },
  {
    name: "sum of words",
    n: 200,
    script: `let s: i32 = 0;
      for (let i: i32 = 0; i < n; i++) s += load<i32>(a + (i << 2));
      return s;`,
    c: "int *p = (int *)a; int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s;",
  },
  {
    name: "copy and add",
    n: 200,
    script: `for (let i: i32 = 0; i < n; i++) store<i32>(b + (i << 2), load<i32>(a + (i << 2)) + i);
      return load<i32>(b + 40);`,
    c: "int *p = (int *)a, *q = (int *)b; for (int i = 0; i < n; i++) q[i] = p[i] + i; return q[10];",
  },
  {
    name: "relu of bytes",
    n: 400,
    script: `let s: i32 = 0;
      for (let i: i32 = 0; i < n; i++) {
        let x: i32 = load<i8>(a + i);
        if (x < 0) x = 0;
        store<u8>(b + i, x >> 2);
        s += x;
      }
      return s;`,
    c: `signed char *p = (signed char *)a; unsigned char *q = (unsigned char *)b; int s = 0;
      for (int i = 0; i < n; i++) { int x = p[i]; if (x < 0) x = 0; q[i] = x >> 2; s += x; } return s;`,
  },
  {
    name: "matrix vector",
    n: 16,
    script: `let s: i32 = 0;
      for (let r: i32 = 0; r < n; r++) {
        let sum: i32 = 0;
        for (let c: i32 = 0; c < n; c++) sum += load<i8>(a + r * n + c) * load<u8>(b + c);
        s ^= sum;
      }
      return s;`,
    c: `signed char *m = (signed char *)a; unsigned char *v = (unsigned char *)b; int s = 0;
      for (int r = 0; r < n; r++) { int sum = 0; for (int c = 0; c < n; c++) sum += m[r * n + c] * v[c]; s ^= sum; }
      return s;`,
  },
  {
    name: "argmax",
    n: 300,
    script: `let best: i32 = 0, value: i32 = load<i32>(a);
      for (let i: i32 = 1; i < n; i++) {
        const x: i32 = load<i32>(a + (i << 2));
        if (x > value) { value = x; best = i; }
      }
      return best;`,
    c: `int *p = (int *)a; int best = 0, value = p[0];
      for (int i = 1; i < n; i++) { int x = p[i]; if (x > value) { value = x; best = i; } } return best;`,
  },
  {
    name: "crc32 bits",
    n: 60,
    script: `let crc: u32 = 0xffffffff;
      for (let i: i32 = 0; i < n; i++) {
        crc ^= load<u8>(a + i);
        for (let k: i32 = 0; k < 8; k++) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
      }
      return ~crc;`,
    c: `unsigned char *p = (unsigned char *)a; unsigned crc = 0xffffffffu;
      for (int i = 0; i < n; i++) { crc ^= p[i];
        for (int k = 0; k < 8; k++) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1; }
      return ~crc;`,
  },
  {
    name: "gcd",
    n: 40,
    script: `let s: i32 = 0;
      for (let i: i32 = 1; i < n; i++) {
        let x: i32 = i * 12, y: i32 = 360;
        while (y != 0) { const t: i32 = x % y; x = y; y = t; }
        s += x;
      }
      return s;`,
    c: `int s = 0; for (int i = 1; i < n; i++) { int x = i * 12, y = 360;
      while (y != 0) { int t = x % y; x = y; y = t; } s += x; } return s;`,
  },
  {
    name: "insertion sort",
    n: 40,
    script: `for (let i: i32 = 0; i < n; i++) store<i32>(b + (i << 2), load<i32>(a + (i << 2)));
      for (let i: i32 = 1; i < n; i++) {
        const x: i32 = load<i32>(b + (i << 2));
        let k: i32 = i - 1;
        while (k >= 0 && load<i32>(b + (k << 2)) > x) {
          store<i32>(b + (k << 2) + 4, load<i32>(b + (k << 2)));
          k--;
        }
        store<i32>(b + (k << 2) + 4, x);
      }
      return load<i32>(b + 28);`,
    c: `int *p = (int *)a, *q = (int *)b; for (int i = 0; i < n; i++) q[i] = p[i];
      for (int i = 1; i < n; i++) { int x = q[i], k = i - 1;
        while (k >= 0 && q[k] > x) { q[k + 1] = q[k]; k--; } q[k + 1] = x; } return q[7];`,
  },
];

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

function theirs(kernel: Kernel, directory: string): { code: Uint8Array; bytes: number } {
  const [c, object, binary] = ["k.c", "k.o", "k.bin"].map((name) => join(directory, name));
  writeFileSync(c, `int kernel(int a, int b, int n) { ${kernel.c} }\n`);
  execFileSync(GCC, [...FLAGS, "-c", c, "-o", object]);
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

export interface CodegenFigures {
  readonly name: string;
  readonly bytes: number;
  readonly instructions: number;
  readonly cycles: number;
  readonly gccBytes?: number;
  readonly gccInstructions?: number;
  readonly gccCycles?: number;
  readonly agree?: boolean;
}

/** Figures of all kernels; those of gcc are missing when it is not installed. */
export async function measureKernels(): Promise<CodegenFigures[]> {
  const figures: CodegenFigures[] = [];
  const directory = mkdtempSync(join(tmpdir(), "codegen-"));
  const compare = installed();
  try {
    for (const kernel of KERNELS) {
      const mine = await ours(kernel);
      const ppu = emulator();
      for (const section of mine.image.sections) {
        section.data?.forEach((byte, i) => {
          const at = section.address + i;
          if (at < 0x4000) ppu.state.words[at >> 2] |= byte << (24 - 8 * (at & 3));
        });
      }
      const a = measure(ppu, mine.address, kernel.n);
      const own = { name: kernel.name, bytes: mine.bytes, instructions: a.instructions, cycles: a.cycles };
      if (!compare) {
        figures.push(own);
        continue;
      }
      const gcc = theirs(kernel, directory);
      const other = emulator();
      gcc.code.forEach((byte, i) => {
        other.state.words[(0x400 + i) >> 2] |= byte << (24 - 8 * (i & 3));
      });
      const b = measure(other, 0x400, kernel.n);
      figures.push({
        ...own,
        gccBytes: gcc.bytes,
        gccInstructions: b.instructions,
        gccCycles: b.cycles,
        agree: a.result === b.result,
      });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return figures;
}

export async function main(): Promise<void> {
  const figures = await measureKernels();
  const cell = (x: unknown, width = 9) => String(x).padStart(width);
  const compare = figures[0].gccBytes !== undefined;
  console.log("Code generator against gcc -O2: executed instructions, cycles and bytes of each kernel");
  if (!compare) console.log(`${GCC} is not installed: only our own figures`);
  console.log(
    `${"kernel".padEnd(16)}${["executed", "gcc", "ratio", "cycles", "gcc", "ratio", "bytes", "gcc"].map((t) => cell(t)).join("")}`,
  );
  let product = 1;
  for (const f of figures) {
    const ratio = f.instructions / (f.gccInstructions ?? Number.NaN);
    product *= ratio;
    console.log(
      f.name.padEnd(16) +
        [
          f.instructions,
          f.gccInstructions ?? "",
          compare ? ratio.toFixed(2) : "",
          f.cycles,
          f.gccCycles ?? "",
          compare ? (f.cycles / f.gccCycles!).toFixed(2) : "",
          f.bytes,
          f.gccBytes ?? "",
        ]
          .map((x) => cell(x))
          .join("") +
        (f.agree === false ? "  results differ" : ""),
    );
  }
  if (compare) console.log(`geometric mean of the ratios: ${(product ** (1 / figures.length)).toFixed(2)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
