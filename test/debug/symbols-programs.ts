/** C programs for the tests of symbols, compiled by a stock compiler to addresses that a PPU has. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readElf } from "../../src/toolchain/elf/index.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { outputOf } from "../toolchain/installed-tools.ts";

export const COMPILER = "powerpc-linux-gnu-gcc";

/** Code in the instruction view of the external memory, data and stack in its data view behind it. */
const SCRIPT = `
ENTRY(_start)
SECTIONS {
  . = 0x80000000;
  ext.text : { *(.text .text.*) }
  .eh_frame : { *(.eh_frame) }
  . = 0x40010000;
  ext.data : { *(.data .data.* .rodata .rodata.* .sdata .sdata2) }
  ext.bss : { *(.bss .bss.* .sbss COMMON) }
  /DISCARD/ : { *(.comment .gnu.attributes .note*) }
}
`;

const START = `
  .text
  .global _start
_start:
  lis 1, stack_top@ha
  addi 1, 1, stack_top@l
  li 0, 0
  stw 0, 0(1)
  bl main
  li 0, 1
  sc
  b .
  .size _start, . - _start
  .section .bss
  .align 4
  .space 4096
stack_top:
  .space 64
`;

/** Bytes from the entry to where `main` has returned. */
export const START_BYTES = 24;

export const PROGRAM = `
typedef unsigned char u8;
typedef struct point { short x; short y; } point;
enum color { RED, GREEN = 5, BLUE = -1 };
enum flags { READ = 1, WRITE = 2, EXECUTE = 4 };
union word { int i; u8 b[4]; };
struct node { int value; struct node *next; point at; enum color color; unsigned low : 3; int middle : 7; u8 rest; };
struct wide { long long sum; u8 tag; char text[6]; int table[2][3]; union word word; int (*f)(int); };

int counter = 3;
static const char greeting[] = "hello\\n";
struct node nodes[3] = {{1, 0, {2, 3}, GREEN, 5, -7, 9}, {4, &nodes[0], {-5, 6}, BLUE, 7, 21, 8}, {7, &nodes[1]}};
volatile int sink;
static int calls;

static inline __attribute__((always_inline)) int square(int n) {
  int result = n * n;
  sink = result;
  return result + calls;
}

static inline __attribute__((always_inline)) int cube(int m) {
  int inner = square(m);
  return inner * m;
}

__attribute__((noinline)) int leaf(int a, unsigned char b, short c, const char *text) {
  int sum = a + b * c;
  for (int i = 0; text[i] && i < 4; i++) {
    int code = text[i];
    sum += code ^ i;
  }
  sink = sum;
  return sum;
}

__attribute__((noinline)) long long widen(long long big, struct point p, enum color color, _Bool yes) {
  long long shifted = big << 3;
  if (yes && color == BLUE) shifted -= p.x;
  else shifted += p.y;
  sink = (int)shifted;
  return shifted;
}

__attribute__((noinline)) int length(struct node *list) {
  static int uses = 10;
  int n = 0;
  uses++;
  for (struct node *at = list; at; at = at->next) {
    n += at->value;
    {
      int n = at->at.x;
      sink = n;
    }
  }
  return n + uses;
}

__attribute__((noinline)) int recurse(int depth, int (*f)(int)) {
  int here = depth * 3;
  if (depth == 0) return f(here);
  int below = recurse(depth - 1, f);
  return below + here;
}

__attribute__((noinline)) int apply(int x) {
  int before = cube(x + 2);
  int after = square(before & 15);
  return before - after;
}

__attribute__((noinline)) int fill(int seed) {
  struct wide w;
  unsigned flags = READ | EXECUTE;
  enum flags typed = (enum flags)flags;
  w.sum = 0x123456789all + seed;
  w.tag = 'q';
  for (int i = 0; i < 6; i++) w.text[i] = greeting[i];
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 3; j++) w.table[i][j] = i * seed + j;
  w.word.i = seed;
  w.f = apply;
  struct wide *p = &w;
  sink = p->table[1][2] + typed;
  return leaf((int)p->sum, p->tag, (short)p->word.i, p->text);
}

int main(void) {
  int total = counter;
  total += leaf(1, 200, -3, greeting);
  total += (int)widen(5, (point){7, 8}, BLUE, 1);
  total += length(&nodes[2]);
  total += recurse(3, apply);
  total += fill(40);
  calls++;
  sink = total;
  return total;
}
`;

/** Compiles and links; returns the path of the ELF file. */
export function compileC(
  directory: string,
  name: string,
  source: string,
  options: readonly string[],
): string {
  const at = (suffix: string) => join(directory, `${name}${suffix}`);
  writeFileSync(at(".c"), source);
  writeFileSync(at("-start.s"), START);
  writeFileSync(at(".ld"), SCRIPT);
  outputOf(COMPILER, [
    ...["-ffreestanding", "-nostdlib", "-static", "-fno-pic", "-no-pie", "-msoft-float", "-mno-altivec"],
    ...["-mcpu=powerpc", "-mstrict-align", "-msdata=none", "-fno-stack-protector", "-fno-tree-vectorize"],
    ...["-Wl,--build-id=none", `-Wl,-T,${at(".ld")}`, "-w"],
    ...options,
    ...["-o", at(".elf"), at("-start.s"), at(".c")],
  ]);
  return at(".elf");
}

export const readImage = (path: string): Image => readElf(readFileSync(path), path);
