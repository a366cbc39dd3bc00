/** The array run of index.ts in C, compiled with gcc -O3 -march=native, on the same numbers. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the C program reads, doubles in this order; by column where no other length is given. */
export interface NativeInput {
  /** Charge of a pulse of length 1 by driver (128) and column. */
  readonly products: Float64Array;
  /** Pulse length by driver (128) and code (32), and how it grows with the cycles since the reference. */
  readonly pulses: Float64Array;
  readonly rate: number;
  readonly gain: number;
  readonly decay: number;
  /** Cycles from the reset to the first event, between events, and of integration. */
  readonly times: readonly [number, number, number];
  readonly variances: readonly [membrane: number, event: number];
  readonly sigma: number;
  readonly drift: Float64Array;
  readonly resultOffset: Float64Array;
  /** Level of a channel without charge, what a level is multiplied with, and what is added to counts. */
  readonly level: Float64Array;
  readonly slope: Float64Array;
  readonly shift: Float64Array;
  readonly countShift: Float64Array;
  readonly countFactor: Float64Array;
  readonly added: Float64Array;
}

const SOURCE = `
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define N 256
static struct {
  double products[128 * N], pulses[128 * 32], rate, gain, decay, first, step, time, membrane, event, sigma;
  double drift[N], offset[N], level[N], slope[N], shift[N], countShift[N], countFactor[N], added[N];
} in __attribute__((aligned(64)));
static double totals[N], levels[N], noise[N], copy[128 * N] __attribute__((aligned(64)));
static uint8_t counts[N];

static void normals(double *out, uint32_t seed, uint32_t stream, uint32_t count) {
  uint32_t c0[64], c1[64], c2[64], c3[64], words[N], k0 = seed, k1 = stream << 21;
  for (int b = 0; b < 64; b++) c0[b] = b, c1[b] = count, c2[b] = 0, c3[b] = stream;
  for (int round = 0; round < 10; round++, k0 += 0x9e3779b9u, k1 += 0xbb67ae85u) {
    for (int b = 0; b < 64; b++) {
      uint64_t x = (uint64_t)c0[b] * 0xd2511f53u, y = (uint64_t)c2[b] * 0xcd9e8d57u;
      c0[b] = (uint32_t)(y >> 32) ^ c1[b] ^ k0;
      c1[b] = (uint32_t)y;
      c2[b] = (uint32_t)(x >> 32) ^ c3[b] ^ k1;
      c3[b] = (uint32_t)x;
    }
  }
  for (int b = 0; b < 64; b++) {
    words[4 * b] = c0[b], words[4 * b + 1] = c1[b], words[4 * b + 2] = c2[b], words[4 * b + 3] = c3[b];
  }
  for (int n = 0; n < N; n++) {
    double q = (words[n] + 0.5) * (1.0 / 4294967296) - 0.5, r = 0.180625 - q * q;
    out[n] = q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
             (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1);
  }
  for (int n = 0; n < N; n++) {
    double p = (words[n] + 0.5) * (1.0 / 4294967296), q = p - 0.5;
    if (fabs(q) <= 0.425) continue;
    int exponent;
    double m = frexp(q < 0 ? p : 1 - p, &exponent);
    if (m < M_SQRT1_2) m *= 2, exponent--;
    double s = (m - 1) / (m + 1), s2 = s * s, sum = 1.0 / 17;
    for (int k = 15; k > 0; k -= 2) sum = sum * s2 + 1.0 / k;
    double r = sqrt(-(2 * s * sum + exponent * M_LN2)) - 1.6;
    double value = (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) /
                   ((0.12021132975 * r + 0.7370016425) * r + 1);
    out[n] = q < 0 ? -value : value;
  }
}

__attribute__((noinline)) static void product(const double *pulses) {
  memset(totals, 0, sizeof totals);
  for (int d = 0; d < 128; d += 4) {
    const double *a = in.products + d * N, *b = a + N, *c = b + N, *e = c + N;
    double p = pulses[d], q = pulses[d + 1], r = pulses[d + 2], s = pulses[d + 3];
    for (int j = 0; j < N; j++) totals[j] += p * a[j] + q * b[j] + r * c[j] + s * e[j];
  }
}

__attribute__((noinline)) static void run(uint32_t seed, uint32_t conversion) {
  double pulses[128] = {0};
  for (int d = 0; d < 128; d++) {
    double u = (in.first + d * in.step) * in.rate;
    double growth = 1 + u * (1 + u * (0.5 + u * (1.0 / 6 + u * (1.0 / 24 + u * (1.0 / 120)))));
    pulses[d] += in.pulses[d * 32 + 1 + d * 7 % 31] * growth;
  }
  product(pulses);
  normals(noise, seed, 32, conversion);
  for (int j = 0; j < N; j++) {
    double sigma = sqrt(in.membrane + 128 * in.event);
    levels[j] = in.gain * totals[j] * in.decay + in.drift[j] * in.time + in.offset[j] + sigma * noise[j];
  }
  normals(noise, seed, 33, conversion);
  for (int j = 0; j < N; j++) {
    double level = in.level[j] + in.slope[j] * (levels[j] + in.shift[j]);
    level = (level - in.countShift[j]) * in.countFactor[j] + (in.added[j] + in.sigma * noise[j]);
    double count = floor(level + 0.5);
    counts[j] = count < 0 ? 0 : count > 255 ? 255 : count;
  }
}

__attribute__((noinline)) static double readAll(void) {
  double sums[32] = {0}, sum = 0;
  for (int n = 0; n < 128 * N; n += 32) for (int k = 0; k < 32; k++) sums[k] += in.products[n + k];
  for (int k = 0; k < 32; k++) sum += sums[k];
  return sum;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

int main(int argc, char **argv) {
  FILE *file = fopen(argv[1], "rb");
  if (!file || fread(&in, 1, sizeof in, file) != sizeof in) return 1;
  int repetitions = atoi(argv[2]);
  uint32_t seed = atoi(argv[3]), conversion = atoi(argv[4]);
  double pulses[128], took[4];
  volatile double kept = 0;
  for (int d = 0; d < 128; d++) pulses[d] = d;
  for (int turn = 0; turn < 2; turn++) {
    double start = now();
    for (int n = 0; n < repetitions; n++) run(seed, n);
    took[0] = now() - start, start = now();
    for (int n = 0; n < repetitions; n++) product(pulses);
    took[1] = now() - start, start = now();
    for (int n = 0; n < repetitions; n++) kept += readAll();
    took[2] = now() - start, start = now();
    for (int n = 0; n < repetitions; n++) {
      memcpy(copy, in.products, sizeof copy);
      kept += copy[n & 1023];
    }
    took[3] = now() - start;
  }
  run(seed, conversion);
  printf("{\\"run\\": %f, \\"product\\": %f, \\"read\\": %f, \\"copy\\": %f, \\"counts\\": [", took[0] / repetitions,
         took[1] / repetitions, took[2] / repetitions, took[3] / repetitions);
  for (int j = 0; j < N; j++) printf("%s%d", j ? ", " : "", counts[j]);
  printf("]}");
}
`;

/** Microseconds of processor time; counts of the last conversion. */
export interface NativeTurn {
  readonly run: number;
  readonly product: number;
  readonly read: number;
  readonly copy: number;
  readonly counts: readonly number[];
}

export interface NativeProgram {
  turn(repetitions: number, conversion: number): NativeTurn;
  dispose(): void;
}

/** Noise is that of hemisphere 0 with this seed, below 2^31. Undefined where there is no gcc. */
export function compileNative(input: NativeInput, noiseSeed: number): NativeProgram | undefined {
  const directory = mkdtempSync(join(tmpdir(), "analog-bench-"));
  const dispose = () => rmSync(directory, { recursive: true });
  const [source, program, data] = ["run.c", "run", "input"].map((name) => join(directory, name));
  writeFileSync(source, SOURCE);
  const numbers = Object.values(input).flatMap((part: number | ArrayLike<number>) =>
    typeof part === "number" ? part : Array.from(part),
  );
  writeFileSync(data, new Uint8Array(Float64Array.from(numbers).buffer));
  try {
    // No fused multiply-add: the results are to be the same bits.
    const options = ["-O3", "-march=native", "-ffp-contract=off", "-o", program, source, "-lm"];
    execFileSync("gcc", options, { stdio: "ignore" });
  } catch {
    dispose();
    return undefined;
  }
  return {
    dispose,
    turn(repetitions, conversion) {
      const args = [data, repetitions, noiseSeed, conversion].map(String);
      return JSON.parse(execFileSync(program, args, { encoding: "utf8" })) as NativeTurn;
    },
  };
}
