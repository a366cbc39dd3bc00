import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import { readElf } from "../../../src/toolchain/elf/index.ts";
import { isInstalled, outputOf } from "../installed-tools.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-as-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Texts that both assemblers must turn into the same bytes at the same addresses. */
const texts: Readonly<Record<string, string>> = {
  "instructions and simplified mnemonics": `
    .text
    .global _start
_start: li 3, -5; lis 4, 0x1234; addi 5, 4, 0x7fff
    mr 6, 5
    cmpwi 7, 6, 100
    cmplw 6, 5
    bgt- cr7, 1f
    beq cr1, 1f
    bne 1f
    bdnz _start
1:  rlwinm 5, 6, 3, 4, 27
    slwi 5, 6, 2
    srwi. 5, 6, 2
    clrlwi 7, 8, 16
    mtctr 5; mflr 0; mtlr 0; mfctr 9; mtxer 3
    bctr
    bctrl
    lwzu 3, -8(4)
    stwx 3, 4, 5
    lmw 29, 8(1)
    stwu 1, -16(1)
    addo. 3, 4, 5
    subf 3, 4, 5; sub 3, 4, 5; subi 3, 4, 5; neg 3, 3
    crset 4*cr1+eq; crand 4*cr1+lt, eq, 4*cr2+gt
    mtcrf 0xc0, 3; mfcr 3; mtcr 4
    twi 4, 3, 5; trap; tweq 3, 4
    nop; blr; blrl; bl _start; b .; ba 0x40
    divw 3, 4, 5; mulli 3, 4, -7; cntlzw 3, 4; extsb 3, 4; extsh. 3, 4
    and. 3, 4, 5; andi. 3, 4, 0xff00; not 3, 4; nand 3, 4, 5
`,
  "symbols, halves of addresses, data": `
    .equ SIZE, 3 * 4
    .set big, 0x12340000 & 0
    .set big, 0x12348000
    .text
start:
    lis 3, table@ha
    addi 3, 3, table@l
    lwz 4, table@l+4(3)
    lis 5, big@h
    ori 5, 5, big@l
    lis 6, big@ha
    li 7, end - table
    li 8, SIZE
    b next
    .align 4
next:
    .long start, next, next - start
    .data
table:
    .byte 1, 2, 0xff, -1, 'a', '\\n'
    .hword 0x1234, -1
    .balign 4
    .long 1 + 2 * 3, ~0, -1 << 4, 0x80000000, table, end - 4, 0b101, 017
    .quad 0x123456789abcdef0, -2
    .ascii "one\\n\\x41\\101\\"", "two"
    .asciz "three"
    .string "four"
    .space 3, 7
    .zero 2
    .fill 3, 2, 0x55aa
    .p2align 3
end:
    .org table + 0xc0
    .long . - table
`,
  "macros, repetition, conditions, local labels": `
    .macro load register, value=5
    lis \\register, (\\value)@h
    ori \\register, \\register, (\\value)@l
    .endm
    .macro pair a:req, rest:vararg
    .if \\a > 3
    .byte \\rest
    .else
    .byte 0xee
    .endif
    .endm
    .text
    load 3, 0x12345678
    load 4
    load register=5, value=1+2
1:  .rept 3
    addi 3, 3, 1
2:  bdnz 2b
    .endr
    b 1b
    b 1f
1:  nop
    .data
    pair 4, 1, 2, 3
    pair 1, 9
    .set n, 0
    .rept 4
    .set n, n + 3
    .byte n
    .endr
    .ifdef nothing
    .byte 99
    .endif
    .ifndef nothing
    .byte 98
    .endif
`,
  "padding of code": `
    .text
    nop
    .balign 8
    nop
    nop
    nop
    .balign 16
    nop
    .balign 64
    nop
    .p2align 5
    nop
`,
  "precedence of operators": `
    .data
    .long 1 + 2 & 3, 1 | 2 + 4, 2 * 3 << 2, 16 >> 1 + 1, 7 - 2 - 1, 100 / 7 % 4, 5 ^ 3 - 1, -3 / 2
    .long 1 << 2 + 3, 3 & 6 | 8, ~1 + 2, -(2 + 3) * 4, 3 == 3, 4 < 3, 1 && 0, 1 || 0
`,
};

function bytesOf(section: { data?: Uint8Array } | undefined): string {
  return Buffer.from(section?.data ?? new Uint8Array(0)).toString("hex");
}

describe("agreement with GNU as", () => {
  const tools = isInstalled("powerpc-linux-gnu-as") && isInstalled("powerpc-linux-gnu-ld");
  it.runIf(tools).each(Object.entries(texts))("%s", (name, text) => {
    const ours = assemble(text, "text.s");
    const ourText = ours.sections.find((section) => section.name === ".text");
    const ourData = ours.sections.find((section) => section.name === ".data");
    const base = join(directory, name.replaceAll(/\W+/g, "-"));
    writeFileSync(`${base}.s`, text);
    outputOf("powerpc-linux-gnu-as", ["-mpower7", "-a32", "-mregnames", "-o", `${base}.o`, `${base}.s`]);
    outputOf("powerpc-linux-gnu-ld", [
      ...["-Ttext=0", `-Tdata=0x${(ourData?.address ?? 0x1000).toString(16)}`, "-e", "0"],
      ...["-o", `${base}.elf`, `${base}.o`],
    ]);
    const theirs = readElf(readFileSync(`${base}.elf`), base);
    const theirText = theirs.sections.find((section) => section.name === ".text");
    const theirData = theirs.sections.find((section) => section.name === ".data");
    expect(bytesOf(ourText)).toBe(bytesOf(theirText));
    expect(bytesOf(ourData)).toBe(bytesOf(theirData));
  });
});
