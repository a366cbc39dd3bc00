/**
 * Vector kernels: nanoseconds a call, and ratios to the plain lane model and, where gcc is installed, to native C
 * over the same lanes. Run with `npx tsx bench/vector.ts`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FXV_INSTRUCTIONS } from "../isa/index.ts";
import { MEMORY_LAYOUT } from "../src/core/layout.ts";
import { loadKernels } from "../src/core/vector/kernels.ts";
import { executeLane } from "../src/core/vector/lane-model.ts";
import { emptyAccumulatorState } from "../src/core/vector/lanes.ts";
import { vectorTimingIndex } from "../src/core/vector/timing-classes.ts";
import { VectorUnit } from "../src/core/vector/unit.ts";

const CALLS = 300_000;
const MODEL_CALLS = 20_000;
const ROWS = [
  "fxvmahfs",
  "fxvmabfs",
  "fxvmulbfs",
  "fxvmatachm",
  "fxvaddhfs",
  "fxvaddbm",
  "fxvpckbl",
  "fxvsel",
  "fxvshh",
];

const C_SOURCE = `
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#define V(n) ((int8_t *)(mem + (n) * 128))
#define H(n) ((int16_t *)(mem + (n) * 128))
static uint8_t mem[32 * 128] __attribute__((aligned(64)));
static int32_t acc[64] __attribute__((aligned(64)));
static uint8_t mask[128] __attribute__((aligned(64)));
__attribute__((noinline)) void fxvmulbfs(int t, int a, int b) {
  int8_t *T = V(t), *A = V(a), *B = V(b);
  for (int i = 0; i < 128; i++) {
    int p = 2 * A[i] * B[i];
    p = p > 32767 ? 32767 : p;
    T[i] = mask[i] ? p >> 8 : T[i];
  }
}
__attribute__((noinline)) void fxvmahfs(int t, int a, int b) {
  int16_t *T = H(t), *A = H(a), *B = H(b);
  uint16_t *M = (uint16_t *)mask;
  for (int i = 0; i < 64; i++) {
    int64_t p = 2 * (int64_t)A[i] * B[i];
    p = p > INT32_MAX ? INT32_MAX : p;
    p += acc[i];
    p = p > INT32_MAX ? INT32_MAX : p < INT32_MIN ? INT32_MIN : p;
    T[i] = ((p >> 16) & M[i]) | (T[i] & ~M[i]);
  }
}
static double run(void (*f)(int, int, int)) {
  struct timespec x, y;
  for (int warm = 0; warm < 2; warm++) {
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
    for (int i = 0; i < ${CALLS}; i++) f(3, 1, 2);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &y);
  }
  return ((y.tv_sec - x.tv_sec) * 1e9 + (y.tv_nsec - x.tv_nsec)) / ${CALLS};
}
int main(void) {
  for (unsigned i = 0; i < sizeof mem; i++) mem[i] = i * 37;
  for (int i = 0; i < 128; i++) mask[i] = 0xff;
  printf("{\\"fxvmulbfs\\": %f, \\"fxvmahfs\\": %f}", run(fxvmulbfs), run(fxvmahfs));
}
`;

/** ns per call of native C, or nothing where no gcc is installed. */
function native(): Record<string, number> {
  const directory = mkdtempSync(join(tmpdir(), "vector-bench-"));
  try {
    writeFileSync(join(directory, "lanes.c"), C_SOURCE);
    const program = join(directory, "lanes");
    execFileSync("gcc", ["-O3", "-march=native", "-o", program, join(directory, "lanes.c")], {
      stdio: "ignore",
    });
    return JSON.parse(execFileSync(program, { encoding: "utf8" }));
  } catch {
    return {};
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function nanoseconds(calls: number, run: (calls: number) => void): number {
  run(calls >> 2);
  // Processor time, so that other work on the machine does not count.
  const start = process.cpuUsage();
  run(calls);
  return (process.cpuUsage(start).user * 1000) / calls;
}

const memory = new WebAssembly.Memory({ initial: 1 });
const bytes = new Uint8Array(memory.buffer);
bytes.forEach((_, at) => {
  bytes[at] = at * 37;
});
bytes.fill(0xff, MEMORY_LAYOUT.masks, MEMORY_LAYOUT.masks + 128);
const kernels = loadKernels(memory);
const inC = native();
if (Object.keys(inC).length === 0) console.log("gcc is not installed: no comparison with native C");

for (const mnemonic of ROWS) {
  const index = FXV_INSTRUCTIONS.findIndex((row) => row.mnemonic === mnemonic);
  const row = FXV_INSTRUCTIONS[index];
  const word = row.match | (3 << 21) | (1 << 16) | (2 << 11);
  const kernel = nanoseconds(CALLS, (calls) => {
    for (let i = 0; i < calls; i++) kernels.execute(index, word, i);
  });
  const [vra, vrb] = [bytes.slice(0, 128), bytes.slice(128, 256)];
  const state = emptyAccumulatorState();
  const model = nanoseconds(MODEL_CALLS, (calls) => {
    for (let i = 0; i < calls; i++) executeLane(row, { vra, vrb, imm: 2 }, state);
  });
  const ofNative = inC[mnemonic] ? `, ${(kernel / inC[mnemonic]).toFixed(1)} x the time of gcc -O3` : "";
  console.log(
    `${mnemonic}: ${kernel.toFixed(1)} ns, ${(model / kernel).toFixed(0)} x as fast as plain lanes${ofNative}`,
  );
}

const unit = new VectorUnit();
const classes = ["madd2", "permute2", "madd1acc", "vectorLoad", "madd2acc", "shift"] as const;
let cycle = 0;
const timing = nanoseconds(CALLS, (calls) => {
  for (let i = 0; i < calls; i++) {
    cycle = unit.issue(vectorTimingIndex(classes[i % classes.length]), i & 15, (i + 5) & 15, 16, 0, cycle, 6);
  }
});
console.log(`timing model: ${timing.toFixed(0)} ns an instruction in a dense mix`);
