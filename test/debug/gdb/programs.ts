/** Programs in assembly that the tests of the GDB door debug. */

/** Sums squares + 1 of 0..9 in `total`, splats the sum into V2, writes "done" to the mailbox, returns 7. */
export const SUM = `
        .section int.text, "ax"
        b       main
        .org    0x40
        .type   main, @function
        .global main
main:   lis     r1, 0x0
        ori     r1, r1, 0x2f00
        li      r14, 0
        li      r15, 0
loop:   mr      r3, r14
        bl      square
        add     r15, r15, r3
        stw     r15, total@l(0)
        addi    r14, r14, 1
        cmpwi   r14, 10
        blt     loop
        fxvsplath 2, r15
        lis     r4, 0x646f
        ori     r4, r4, 0x6e65
        stw     r4, 0x3000(0)
        li      r4, 0x0a00
        sth     r4, 0x3004(0)
        li      r3, 7
        stw     r3, 0x2ffc(0)
end:    wait
        b       end
        .size   main, . - main
        .type   square, @function
square: mullw   r3, r3, r3
        addi    r3, r3, 1
        blr
        .size   square, . - square
        .data
        .global total
        .type   total, @object
        .size   total, 4
total:  .long   0
`;

/** Line of a label or of the text given, in a program. */
export const lineOf = (program: string, text: string): number =>
  program.split("\n").findIndex((line) => line.includes(text)) + 1;

/** What `total` becomes in the course of SUM. */
export const TOTALS = Array.from({ length: 10 }, (_, i) => i * i + 1).map((_value, i, all) =>
  all.slice(0, i + 1).reduce((sum, value) => sum + value, 0),
);

/** Counts in r3 for ever. */
export const ENDLESS = `
        .type   spin, @function
spin:   addi    r3, r3, 1
        b       spin
        .size   spin, . - spin
`;

/** In AssemblyScript: a call that is inlined, a scalar and a vector variable that change in a loop. */
export const MIX = `
import { printUnsigned, terminate } from "ppu/mailbox";
import { type Bytes, splatBytes, storeBytes } from "ppu/vector";

function mix(a: i32, b: i32): i32 {
  const twice = a * 2;
  const sum = twice + b;
  return sum;
}

export function main(): i32 {
  let total: i32 = 0;
  let lanes: Bytes = splatBytes(1);
  for (let i: i32 = 0; i < 5; i++) {
    total += mix(i, total);
    lanes = lanes + splatBytes(u8(i));
  }
  storeBytes(lanes, 0x2000);
  printUnsigned(total);
  terminate();
  return total;
}
`;
