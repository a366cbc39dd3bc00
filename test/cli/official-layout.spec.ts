import { describe, expect, it } from "vitest";
import { isInstalled, outputOf } from "../toolchain/installed-tools.ts";
import { ppu, workspace } from "./harness.ts";

const { path, file } = workspace();

/** Memories, sections and symbols as the official linker script has them (firmware-abi 1.1). */
const SCRIPT = `
MEMORY {
  int_mem : ORIGIN = 0, LENGTH = 16K
  ext_mem : ORIGIN = 0x80000000, LENGTH = 128K
  ext_mem_data : ORIGIN = 0x40000000, LENGTH = 128K
}
mailbox_base = 0x3000;
stack_ptr_init = mailbox_base - 16;
ENTRY(__init)
SECTIONS {
  int.text : { *(.start) *(int.text) } > int_mem
  int.data : { *(.data .data.* .rodata .rodata.*) } > int_mem
  int.bss (NOLOAD) : { *(.bss .bss.* .sbss COMMON) } > int_mem
  ext.text : { *(.text .text.* ext.text) } > ext_mem
  ext.data 0x40000000 + SIZEOF(ext.text) : { *(ext.data) } > ext_mem_data
  /DISCARD/ : { *(.eh_frame .comment .gnu.attributes .note*) }
}
`;

/** Start code of firmware-abi section 2, without constructors. */
const START = `
  .section .start, "ax"
  b __init
  .rept 12
  b .
  .endr
  .global __init
__init:
  lis 1, stack_ptr_init@ha
  addi 1, 1, stack_ptr_init@l
  lis 4, start@ha
  addi 4, 4, start@l
  mtctr 4
  bctrl
  lis 11, stack_ptr_init@ha
  addi 11, 11, stack_ptr_init@l
  stw 1, 0(11)
  stw 3, 12(11)
1: .long 0x7c00007c
  b 1b
`;

const PROGRAM = `
extern char mailbox_base[];
static const char text[] = "from external memory\\n";
static int zeros[8];
int factors[3] __attribute__((section("ext.data"))) = {2, 3, 7};
static int __attribute__((section("int.text"), noinline)) product(const int *list, int n) {
  int p = 1;
  for (int i = 0; i < n; i++) p *= list[i];
  return p;
}
int start(void) {
  volatile char *out = mailbox_base;
  for (int i = 0; text[i]; i++) out[i] = text[i];
  return ((int (*volatile)(const int *, int))product)(factors, 3) + zeros[3];
}
`;

describe("an image as the official toolchain links it", () => {
  const tools = isInstalled("powerpc-linux-gnu-gcc");
  it.runIf(tools)("runs from external memory, with symbols and source lines", async () => {
    const output = path("official.elf");
    outputOf("powerpc-linux-gnu-gcc", [
      ...[
        "-g",
        "-O2",
        "-ffreestanding",
        "-nostdlib",
        "-static",
        "-fno-pic",
        "-no-pie",
        "-msoft-float",
        "-mno-altivec",
      ],
      ...[
        "-mcpu=powerpc",
        "-mstrict-align",
        "-msdata=none",
        "-Wl,--build-id=none",
        "-Wl,--no-warn-rwx-segments",
      ],
      ...["-T", file("nux.x", SCRIPT), "-o", output, file("start.s", START), file("program.c", PROGRAM)],
    ]);
    const { code, stdout, stderr } = await ppu("run", output);
    expect(stderr).toMatch(/^finished: top PPU at 0x\w+ <__init/);
    expect([code, stdout]).toEqual([42, "from external memory\n"]);
    const listing = await ppu("disasm", output, "--section", "ext.text");
    expect(listing.stdout).toMatch(new RegExp(`\\nstart:\\n; ${path("program.c")}:\\d+`));
  });
});
