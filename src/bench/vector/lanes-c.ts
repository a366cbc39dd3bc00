/**
 * Every vector instruction as a loop over lanes in C, made from the meanings of its rows, which are nearly C already; the
 * compiler vectorises. Registers are in lane order: 128 int8_t or 64 int16_t.
 */
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";

const PRELUDE = `
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
typedef union { int8_t b[128]; uint8_t u[128]; int16_t h[64]; uint16_t uh[64]; } vector __attribute__((aligned(64)));
static vector T, A, B, M, MEMORY, EQV, GTV, LTV;
static struct { union { int16_t h[128]; int32_t w[64]; } c; } ACCU __attribute__((aligned(64)));
static int16_t MASK16[64] __attribute__((aligned(64)));
static int32_t MASK32[64] __attribute__((aligned(64)));
static int RA, IMM, COND;
#define lo(x) (x)
#define loD(x) (x)
static inline int sat8(int x) { return x > 127 ? 127 : x < -128 ? -128 : x; }
static inline int sat16(int x) { return x > 32767 ? 32767 : x < -32768 ? -32768 : x; }
static inline int fmul8(int a, int b) { int p = 2 * a * b; return p > 32767 ? 32767 : p; }
static inline int fmul16(int a, int b) { int p = a * b; return p == 1 << 30 ? INT32_MAX : 2 * p; }
static inline int add32(int x, int y) {
  int s = (int)((unsigned)x + (unsigned)y);
  return ((x ^ s) & (y ^ s)) < 0 ? (x >> 31) ^ INT32_MAX : s;
}
`;

/** Pack and unpack move lanes between slices of 16 bytes; written as one would by hand. */
const MOVING: Readonly<Record<string, string>> = {
  fxvpckbu: pack("x >> (8 + COND)"),
  fxvpckbl: pack("(x >> (2 * COND)) & (0xff >> COND)"),
  fxvupckbr: unpack(8),
  fxvupckbl: unpack(0),
  fxvlax: "memcpy(&T, &MEMORY, 128);",
  fxvstax: "memcpy(&MEMORY, &T, 128);",
  fxvinx: "memcpy(&T, &MEMORY, 128);",
  fxvoutx: "for (int i = 0; i < 128; i++) MEMORY.b[i] = (T.b[i] & M.b[i]) | (MEMORY.b[i] & ~M.b[i]);",
};

function pack(value: string): string {
  const half = (source: string, at: number) =>
    `for (int j = 0; j < 8; j++) { unsigned x = ${source}.uh[8 * s + j]; T.u[16 * s + ${at} + j] = ${value}; }`;
  return `for (int s = 0; s < 8; s++) { ${half("A", 0)} ${half("B", 8)} }`;
}

function unpack(at: number): string {
  return `int m = 0xff >> COND;
  for (int s = 0; s < 8; s++) for (int j = 0; j < 8; j++) {
    int n = 16 * s + ${at} + j;
    T.uh[8 * s + j] = (A.u[n] & m) << (8 + COND) | (B.u[n] & m) << (2 * COND);
  }`;
}

/** A meaning as statements in C over the locals t, a, b, c of one lane. */
function statements(meaning: string, isByte: boolean): string {
  return `${meaning};`
    .replace(/satD\((.*) \+ (.*)\)/g, isByte ? "sat16($1 + $2)" : "add32($1, $2)")
    .replace(/\bsat\(/g, isByte ? "sat8(" : "sat16(")
    .replace(/\bfmul\(/g, isByte ? "fmul8(" : "fmul16(")
    .replace(/\bunsigned\(VRA\)/g, isByte ? "(a & 0xff)" : "(a & 0xffff)")
    .replaceAll(">>>", ">>")
    .replace(/\bW\b/g, isByte ? "8" : "16")
    .replace(/\bVRT\b/g, "t")
    .replace(/\bVRA\b/g, "a")
    .replace(/\bVRB\b/g, "b")
    .replace(/\bACC\b/g, "c")
    .replace(/\bENABLED\b/g, "M.b[i]");
}

function laneLoop(row: Instruction): string {
  const { meaning } = row;
  const isByte = row.vector?.width === "byte";
  const lanes = isByte ? "b" : "h";
  const text = statements(meaning, isByte);
  const blend = (target: string, value: string, mask: string) =>
    row.vector?.conditional
      ? `${target} = (${value} & ${mask}) | (${target} & ~${mask});`
      : `${target} = ${value};`;
  const accumulator = isByte ? "ACCU.c.h[i]" : "ACCU.c.w[i]";
  const stores = [
    /\bVRT =/.test(meaning) && blend(`T.${lanes}[i]`, "t", isByte ? "M.b[i]" : "MASK16[i]"),
    /\bACC =/.test(meaning) && blend(accumulator, "c", isByte ? "M.b[i]" : "MASK32[i]"),
    /\bEQ =/.test(meaning) && ["EQ", "GT", "LT"].map((name) => `${name}V.${lanes}[i] = -${name};`).join(" "),
  ].filter((store) => store !== false);
  const compare = /\bEQ =/.test(meaning) ? "int EQ, GT, LT;" : "";
  return `for (int i = 0; i < ${isByte ? 128 : 64}; i++) {
    int a = A.${lanes}[i], b = B.${lanes}[i], t = 0, c = ${accumulator}; ${compare}
    (void)a, (void)b, (void)t, (void)c;
    ${text}
    ${stores.join(" ")}
  }`;
}

/**
 * Source of a program with two forms. `lanes`: for each row in the order of FXV_INSTRUCTIONS reads T, A, B (128 bytes each),
 * 64 accumulators (256 bytes), the byte mask and the memory (128 bytes each) and RA, IMM, COND (int32 each), executes it once
 * and writes T, accumulators, memory, EQ, GT and LT. `lanes CALLS`: prints the nanoseconds a call of each row, one a line.
 * To be compiled with -fwrapv.
 */
export function lanesSource(): string {
  const functions = FXV_INSTRUCTIONS.map(
    (row) =>
      `__attribute__((noinline)) static void ${row.mnemonic}(void) { ${MOVING[row.mnemonic] ?? laneLoop(row)} }`,
  );
  return `${PRELUDE}${functions.join("\n")}
static void (*const ROWS[])(void) = { ${FXV_INSTRUCTIONS.map(({ mnemonic }) => mnemonic).join(", ")} };
enum { COUNT = sizeof ROWS / sizeof *ROWS };
#define GET(x) if (fread(&x, sizeof x, 1, stdin) != 1) return 1
#define PUT(x) fwrite(&x, sizeof x, 1, stdout)
static void masks(void) {
  for (int i = 0; i < 64; i++) {
    MASK16[i] = M.u[2 * i] << 8 | M.u[2 * i + 1];
    MASK32[i] = (M.b[2 * i] & 0xffff0000) | (M.b[2 * i + 1] & 0xffff);
  }
}
static double now(void) {
  struct timespec x;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
  return x.tv_sec * 1e9 + x.tv_nsec;
}
int main(int argc, char **argv) {
  int calls = 0;
  if (argc > 1) sscanf(argv[1], "%d", &calls);
  for (int row = 0; row < COUNT && calls == 0; row++) {
    GET(T); GET(A); GET(B); GET(ACCU); GET(M); GET(MEMORY); GET(RA); GET(IMM); GET(COND);
    masks();
    ROWS[row]();
    PUT(T); PUT(ACCU); PUT(MEMORY); PUT(EQV); PUT(GTV); PUT(LTV);
  }
  COND = 1; IMM = 3; RA = 7;
  for (int i = 0; i < 128; i++) { A.u[i] = i * 37; B.u[i] = i * 11; M.u[i] = 0xff; }
  masks();
  for (int row = 0; row < COUNT && calls > 0; row++) {
    for (int i = 0; i < calls / 4; i++) ROWS[row]();
    double begin = now();
    for (int i = 0; i < calls; i++) ROWS[row]();
    printf("%f\\n", (now() - begin) / calls);
  }
}
`;
}
